"""The shipped coefficients of the log-HAR, one set a kind of evidence.

Trained on 502 stocks of the S&P 500 and on portfolios of them, on forecasts whose 21 sessions ended before
2010; the bands from 2000 to 2020. docs/evidence/volatility.md has the training, the scores since 2010 and the
command that repeats both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType


class Method(IntEnum):
    """How a forecast was made: from whose variance, and with which state of the market."""

    NONE = 0
    LOG_HAR_CLOSE = 1
    LOG_HAR_CLOSE_MARKET = 2
    LOG_HAR_RANGE = 3
    LOG_HAR_RANGE_MARKET = 4
    LOG_HAR_MARKET_RANGE = 5
    EWMA_FALLBACK = 6

    @property
    def label(self) -> str | None:
        """Lower-case word of the tables and the API; None without a forecast."""
        return None if self is Method.NONE else self.name.lower()


_OF_RANGES = frozenset({Method.LOG_HAR_RANGE, Method.LOG_HAR_RANGE_MARKET})
_OF_MARKET_RANGES = frozenset({Method.LOG_HAR_RANGE_MARKET, Method.LOG_HAR_MARKET_RANGE})


@dataclass(frozen=True, slots=True)
class HarCoefficients:
    """Coefficients of the log-HAR, trained on pooled stocks or portfolios.

    ``slopes`` maps a window in sessions to the slope of its own component (that of 63 is bent first),
    ``market`` to that of the universe's stress, ``move`` is that of its move; ``scale`` turns the exponential
    into the mean variance; ``display`` makes realized over shown volatility 1 on average; ``band`` holds the
    10, 50 and 90 % multipliers.
    """

    method: Method
    intercept: float
    slopes: Mapping[int, float]
    scale: float
    display: float
    band: tuple[float, float, float]
    market: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    move: float = 0.0

    @property
    def uses_ranges(self) -> bool:
        """Whether the model is fed with variances from ranges rather than with squared returns."""
        return self.method in _OF_RANGES

    @property
    def needs_market(self) -> bool:
        """Whether the model asks for the state of the market."""
        return bool(self.market)

    @property
    def needs_market_ranges(self) -> bool:
        """Whether that state must come from ranges."""
        return self.method in _OF_MARKET_RANGES


CLOSE_ONLY = HarCoefficients(
    method=Method.LOG_HAR_CLOSE,
    intercept=-0.053,
    slopes={5: 0.137, 21: 0.134, 63: 0.418},
    scale=1.318,
    display=1.065,
    band=(0.657, 0.977, 1.565),
)
"""For instruments, from closes alone."""

CLOSE_MARKET = HarCoefficients(
    method=Method.LOG_HAR_CLOSE_MARKET,
    intercept=0.035,
    slopes={5: 0.059, 21: 0.056, 63: 0.337},
    market={1: 0.046, 5: 0.385},
    move=-0.177,
    scale=1.278,
    display=1.058,
    band=(0.671, 0.986, 1.546),
)
"""For instruments, from closes, with the state of the market from closes."""

RANGE = HarCoefficients(
    method=Method.LOG_HAR_RANGE,
    intercept=-0.046,
    slopes={1: 0.102, 5: 0.179, 21: 0.106, 63: 0.379},
    scale=1.299,
    display=1.062,
    band=(0.664, 0.977, 1.545),
)
"""For instruments, from daily ranges."""

RANGE_MARKET = HarCoefficients(
    method=Method.LOG_HAR_RANGE_MARKET,
    intercept=-0.020,
    slopes={1: 0.054, 5: 0.093, 21: 0.024, 63: 0.331},
    market={1: 0.109, 5: 0.330},
    move=-0.121,
    scale=1.271,
    display=1.057,
    band=(0.673, 0.981, 1.527),
)
"""For instruments, from daily ranges, with the state of the market from ranges."""

PORTFOLIO_CLOSE_ONLY = HarCoefficients(
    method=Method.LOG_HAR_CLOSE,
    intercept=-0.007,
    slopes={5: 0.158, 21: 0.249, 63: 0.390},
    scale=1.211,
    display=1.046,
    band=(0.671, 0.970, 1.510),
)
"""For portfolios, from closes alone."""

PORTFOLIO_CLOSE_MARKET = HarCoefficients(
    method=Method.LOG_HAR_CLOSE_MARKET,
    intercept=0.100,
    slopes={21: 0.110, 63: 0.314},
    market={1: 0.032, 5: 0.503},
    move=-0.237,
    scale=1.176,
    display=1.039,
    band=(0.682, 0.964, 1.462),
)
"""For portfolios, from closes, with the state of the market from closes."""

PORTFOLIO_MARKET_RANGE = HarCoefficients(
    method=Method.LOG_HAR_MARKET_RANGE,
    intercept=0.060,
    slopes={21: 0.060, 63: 0.280},
    market={1: 0.159, 5: 0.544},
    move=-0.167,
    scale=1.164,
    display=1.037,
    band=(0.681, 0.960, 1.441),
)
"""For portfolios, from closes, with the state of the market from ranges."""

INSTRUMENT_MODELS = (RANGE_MARKET, CLOSE_MARKET, RANGE, CLOSE_ONLY)
"""For instruments, best first; each serves where what it needs is known."""

PORTFOLIO_MODELS = (PORTFOLIO_MARKET_RANGE, PORTFOLIO_CLOSE_MARKET, PORTFOLIO_CLOSE_ONLY)
"""For portfolios, best first."""

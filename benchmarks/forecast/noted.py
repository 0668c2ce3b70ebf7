"""The figures noted when the methods were chosen, kept for a look beside those of the pages."""

from dataclasses import dataclass

CLOSE, RANGE_MARKET = "instrument, close", "instrument, range + market (ranges)"
ROLLING, EWMA = "rolling 21 sessions", "EWMA 0.97"
OWN_HAR, GARCH = "own HAR refitted on 252 sessions", "GARCH(1,1), refitted each year"


@dataclass(frozen=True, slots=True)
class NotedLoss:
    """QLIKE noted for one method: ``later`` from 2010 on, then the columns that the page does not repeat.

    ``method`` is its name on the page, ``shipped`` that of the library's own form of it.
    """

    method: str
    later: float
    since_2004: float | None
    since_2021: float | None
    funds: float | None
    shipped: str | None = None


LOSSES = (
    NotedLoss(ROLLING, 0.576, 0.537, 0.402, 0.436),
    NotedLoss(EWMA, 0.426, 0.392, 0.259, 0.342),
    NotedLoss(OWN_HAR, 0.812, 0.731, 0.317, 0.592),
    NotedLoss(GARCH, 0.414, 0.379, None, None),
    NotedLoss("earlier: instrument, close, fitted before 2010", 0.392, None, 0.234, 0.315, CLOSE),
    NotedLoss(
        "earlier: instrument, range + market, fitted before 2010", 0.362, 0.338, None, None, RANGE_MARKET
    ),
)


@dataclass(frozen=True, slots=True)
class NotedBeta:
    """RMSE (least and most, where several windows were noted) and slope of one estimate of beta."""

    method: str
    name: str
    least: float
    most: float
    slope: float


BETAS = (
    NotedBeta("OLS 90", "OLS 82 to 90", 0.400, 0.404, 0.66),
    NotedBeta("OLS 252", "OLS 252", 0.376, 0.376, 0.78),
    NotedBeta("Blume on 252: 1/3 + 2/3 b", "Blume on 252", 0.369, 0.369, 1.17),
    NotedBeta("OLS 252, shrunk", "OLS 252, shrunk", 0.367, 0.367, 0.89),
    NotedBeta("EWMA .99, shrunk", "EWMA .99, shrunk", 0.353, 0.353, 0.97),
)
BETA_PAIRS, BETA_APART = 87_282, 0.16

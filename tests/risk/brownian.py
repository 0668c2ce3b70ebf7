"""Sessions of a Brownian price with exact extremes, for estimators that look at highs and lows."""

import numpy as np

from riskpanel.risk import Bars


def simulate_bars(seed, *, sessions, columns, volatility=0.2, night=0.0, drift=0.0, steps=40):
    """Draw (sessions, columns) bars; ``night`` is its share of variance, ``drift`` a session's, in sigmas.

    Between two points of the path the highest and the lowest are drawn from the law of a Brownian bridge, so
    that the extremes are those of the continuous path and not of its 40 points.
    """
    rng = np.random.default_rng(seed)
    variance = volatility**2 / 252
    overnight = rng.normal(0, np.sqrt(night * variance), (sessions, columns))
    step = (1 - night) * variance / steps
    moves = rng.normal(
        drift * np.sqrt((1 - night) * variance) / steps, np.sqrt(step), (steps, sessions, columns)
    )
    ends = np.cumsum(moves, axis=0)
    starts = ends - moves
    reach = np.sqrt(moves**2 - 2 * step * np.log(rng.random((2, steps, sessions, columns))))
    highest = (starts + (moves + reach[0]) / 2).max(axis=0)
    lowest = (starts + (moves - reach[1]) / 2).min(axis=0)
    closes = np.cumsum(overnight + ends[-1], axis=0)
    opens = closes - ends[-1]
    return Bars(*(100 * np.exp(log) for log in (opens, opens + highest, opens + lowest, closes)))

"""One-day forecasts of a series' tail on every day of its history, by four methods."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import norm

from riskpanel.risk import filtered_tail_risk
from riskpanel.risk.arrays import FloatArray

WINDOW, DECAY, BURN_IN = 504, 0.94, 21


@dataclass(frozen=True, slots=True)
class Walk:
    """Forecasts made at the end of each day from the ``WINDOW`` days up to it, for the next; (D,) each."""

    at_risk: FloatArray
    shortfall: FloatArray


def outcomes(returns: FloatArray) -> FloatArray:
    """Return the returns (D,) that the forecasts of a walk are made for."""
    return returns[WINDOW:]


def filtered(returns: FloatArray, *, level: float) -> Walk:
    """Walk with filtered historical simulation, by the library wherever it answers.

    The library refuses a level of 99 % from 504 days. To show what such a number would have been worth, it is
    calculated here, by the code that the walk at 95 % is held against, day by day.
    """
    columns = _columns(returns)
    standardised, volatility = _standardised(columns)
    at_risk, shortfall = _empirical(standardised, level)
    walk = Walk(at_risk * volatility, shortfall * volatility)
    if level > 0.95:
        return walk
    library = filtered_tail_risk(columns, level=level, decay=DECAY)
    np.testing.assert_allclose(library.value_at_risk, walk.at_risk, rtol=1e-9)
    np.testing.assert_allclose(library.expected_shortfall, walk.shortfall, rtol=1e-9)
    return Walk(library.value_at_risk, library.expected_shortfall)


def plain(returns: FloatArray, *, level: float, window: int = 252) -> Walk:
    """Walk with plain historical simulation: the quantile of the last returns as they were."""
    return Walk(*_empirical(_columns(returns)[-window:], level))


def normal(returns: FloatArray, *, level: float) -> Walk:
    """Walk with an exponentially weighted volatility and the tail of the normal distribution."""
    _, volatility = _standardised(_columns(returns))
    quantile = float(norm.ppf(level))
    return Walk(quantile * volatility, float(norm.pdf(quantile)) / (1.0 - level) * volatility)


METHODS: dict[str, Callable[..., Walk]] = {
    "filtered history, 504 days": filtered,
    "plain history, 252 days": plain,
    "plain history, 504 days": lambda returns, *, level: plain(returns, level=level, window=504),
    "normal, weighted volatility": normal,
}


def _columns(returns: FloatArray) -> FloatArray:
    """Return the window that each forecast sees, one a column: (WINDOW, D)."""
    return sliding_window_view(returns, WINDOW)[:-1].T


def _standardised(columns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return each return over the volatility before it, without the burn-in, and the next volatility."""
    squares, nothing = np.zeros(columns.shape[1]), np.full(columns.shape[1], np.nan)
    total = 0.0
    rows = []
    for age, row in enumerate(columns):
        if age >= BURN_IN:  # NaN where nothing has moved before
            moved = columns[age - BURN_IN : age].any(axis=0)
            rows.append(np.divide(row, np.sqrt(squares / total), out=nothing.copy(), where=moved))
        squares = DECAY * squares + np.square(row)
        total = DECAY * total + 1.0
    return np.array(rows), np.where(columns[-BURN_IN:].any(axis=0), np.sqrt(squares / total), np.nan)


def _empirical(values: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the loss at the quantile of each column, and the mean loss at or beyond it."""
    quantile = np.quantile(values, 1.0 - level, axis=0)
    holed = np.flatnonzero(np.isnan(quantile))  # nanquantile is slow, and needed for few
    quantile[holed] = np.nanquantile(values[:, holed], 1.0 - level, axis=0)
    beyond = values <= quantile
    return -quantile, -np.where(beyond, values, 0.0).sum(axis=0) / beyond.sum(axis=0)

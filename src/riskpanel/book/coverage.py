"""How much of a portfolio's series is real: shares of gross exposure with returns of their own."""

import numpy as np

from riskpanel.book.policy import RiskPolicy
from riskpanel.risk import PortfolioSeries
from riskpanel.risk.arrays import BoolArray, FloatArray


def mean_coverage(series: PortfolioSeries, window: int) -> FloatArray:
    """Average the real share over the last ``window`` sessions, from the first real return on: (P,).

    Sessions that did not count as observations are in the mean with the share that they had. NaN without
    any real return.
    """
    begun = np.logical_or.accumulate(series.coverage > 0, axis=1)[:, -window:]
    shares = np.where(begun, series.coverage[:, -window:], 0.0)
    sessions = begun.sum(axis=1)
    # Added session by session, so that empty sessions in front change no bit.
    total = np.add.accumulate(shares, axis=1)[:, -1]
    return np.where(sessions > 0, total / np.maximum(sessions, 1), np.nan)


def least_coverage(series: PortfolioSeries) -> FloatArray:
    """Return the least of the mean real shares over the last 21, 63 and 252 sessions: (P,)."""
    return np.min([mean_coverage(series, window) for window in (21, 63, 252)], axis=0)


def lost_to_imputation(series: PortfolioSeries, policy: RiskPolicy) -> BoolArray:
    """Tell whether a series lost sessions to too few real returns, rather than to none at all: (P,)."""
    thin: BoolArray = (series.coverage > 0) & (series.coverage + 1e-12 < policy.series_min_coverage)
    return np.logical_or.reduce(thin, axis=1)

"""How much of a portfolio's series is real: shares of gross exposure with returns of their own."""

import numpy as np

from riskpanel.book.policy import RiskPolicy
from riskpanel.risk import PortfolioSeries
from riskpanel.risk.arrays import BoolArray, FloatArray, column_sums


def mean_coverage(series: PortfolioSeries, window: int) -> FloatArray:
    """Average the real share over the last ``window`` sessions, from the first real return on: (P,).

    Sessions that did not count as observations are in the mean with the share that they had. NaN without
    any real return.
    """
    there = series.coverage > 0
    sessions = np.where(there.any(axis=1), there.shape[1] - there.argmax(axis=1), 0)
    counted = np.minimum(sessions, window)
    # Added session by session, so that empty sessions in front change no bit.
    total = column_sums(np.ascontiguousarray(series.coverage[:, -window:].T))
    return np.where(counted > 0, total / np.maximum(counted, 1), np.nan)


def least_coverage(series: PortfolioSeries) -> FloatArray:
    """Return the least of the mean real shares over the last 21, 63 and 252 sessions: (P,)."""
    return np.min([mean_coverage(series, window) for window in (21, 63, 252)], axis=0)


def lost_to_imputation(series: PortfolioSeries, policy: RiskPolicy) -> BoolArray:
    """Tell whether a series lost sessions to too few real returns, rather than to none at all: (P,)."""
    thin: BoolArray = (series.coverage > 0) & (series.coverage + 1e-12 < policy.series_min_coverage)
    return np.logical_or.reduce(thin, axis=1)

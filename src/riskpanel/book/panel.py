"""Prices of many instruments on the calendar's sessions."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from riskpanel.errors import InputError
from riskpanel.risk import Bars, parkinson_variance, session_variance, simple_returns
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray

DateArray: TypeAlias = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class PricePanel:
    """Closes and adjusted closes, NaN where there is no price.

    ``sessions`` (T,) consecutive sessions of the calendar; ``symbols`` (N,) sorted; ``close`` and
    ``adj_close`` (T, N), in currency; ``returns`` (T, N), simple, decimal, of adjusted closes, its first row
    NaN so that rows are sessions. From open, high and low, decimal squared, NaN where those are not known:
    ``variances`` (T, N) of each session with its night, not yet at the level of squared returns, and
    ``spans`` (T, N) without the night.
    """

    sessions: DateArray
    symbols: tuple[str, ...]
    close: FloatArray
    adj_close: FloatArray
    returns: FloatArray
    variances: FloatArray
    spans: FloatArray

    def row(self, as_of: date) -> int:
        """Return the row of a session, or raise InputError when the panel does not hold it."""
        day = np.datetime64(as_of, "D")
        position = int(np.searchsorted(self.sessions, day))
        if position == len(self.sessions) or self.sessions[position] != day:
            raise InputError(f"not a session of the price panel: {as_of}")
        return position

    def column(self, symbol: str) -> int:
        """Return the column of a symbol, or raise InputError when the panel does not hold it."""
        position = bisect_left(self.symbols, symbol)
        if position == len(self.symbols) or self.symbols[position] != symbol:
            raise InputError(f"not in the price panel: {symbol}")
        return position

    def returns_until(self, row: int, rows: int) -> FloatArray:
        """Return the last ``rows`` rows of returns up to and including ``row``: (<= rows, N)."""
        return self.returns[max(row + 1 - rows, 0) : row + 1]

    def variances_until(self, row: int, rows: int) -> FloatArray:
        """Return the last ``rows`` rows of variances up to and including ``row``: (<= rows, N)."""
        return self.variances[max(row + 1 - rows, 0) : row + 1]

    def spans_until(self, row: int, rows: int) -> FloatArray:
        """Return the last ``rows`` rows of spans up to and including ``row``: (<= rows, N)."""
        return self.spans[max(row + 1 - rows, 0) : row + 1]

    def last_known(self, prices: FloatArray, row: int, max_age: int) -> tuple[FloatArray, IntArray]:
        """Return each newest price, at most ``max_age`` sessions old, and its age, or NaN and -1."""
        recent = prices[max(row - max_age, 0) : row + 1][::-1]
        present = np.isfinite(recent)
        age = present.argmax(axis=0)
        price = np.take_along_axis(recent, age[None, :], axis=0)[0]
        return price, np.where(present.any(axis=0), age, -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class RawRanges:
    """Open, high and low as traded, unadjusted, (T, N) each; NaN where not known."""

    open: FloatArray
    high: FloatArray
    low: FloatArray


def build_panel(
    sessions: DateArray,
    symbols: tuple[str, ...],
    *,
    close: FloatArray,
    adj_close: FloatArray,
    ranges: RawRanges | None = None,
) -> PricePanel:
    """Assemble a panel; returns are made after the prices stand on the sessions.

    Parameters
    ----------
    sessions : (T,) datetime64[D]
        Consecutive sessions, ascending.
    symbols : tuple of str
        Sorted, one a column.
    close, adj_close : (T, N) float64
        In currency; NaN means no price.
    ranges : RawRanges, optional

    Returns
    -------
    PricePanel
    """
    returns = np.full(adj_close.shape, np.nan)
    variances = spans = np.full(adj_close.shape, np.nan)
    if len(sessions):
        returns[1:] = simple_returns(adj_close)
    if ranges is not None and len(sessions):
        bars = _adjusted_bars(ranges, close, adj_close)
        variances, spans = session_variance(bars), parkinson_variance(bars)
    days = sessions.astype("datetime64[D]")
    return PricePanel(days, symbols, close, adj_close, returns, variances, spans)


def _adjusted_bars(ranges: RawRanges, close: FloatArray, adj_close: FloatArray) -> Bars:
    """Bring open, high and low to the adjustment of the closes; a session that cannot be is missing."""
    factor = adj_close / close
    traded = (ranges.open, ranges.high, ranges.low)
    possible: BoolArray = np.logical_and.reduce([part > 0 for part in traded]) & (ranges.high >= ranges.low)
    opened, high, low = (np.where(possible, part * factor, np.nan) for part in traded)
    return Bars(opened, high, low, adj_close)

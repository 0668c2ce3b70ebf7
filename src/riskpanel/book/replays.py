"""What instruments returned over windows of the past, from the closes at both ends."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from riskpanel.book.panel import DateArray
from riskpanel.risk.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Replays:
    """Compounded returns over W windows, each once whoever replays it.

    ``windows`` (W, 2) first and last day; ``returns`` (W, N) decimal, NaN where an instrument has no close
    near both ends. Columns are those of the panel.
    """

    windows: DateArray
    returns: FloatArray

    def over(self, windows: DateArray) -> FloatArray:
        """Return the rows of the given windows (S, 2), all NaN for those that are not there: (S, N)."""
        same = (windows[:, None, :] == self.windows[None, :, :]).all(axis=2)
        asked, stored = np.nonzero(same)
        rows = np.full((len(windows), self.returns.shape[1]), np.nan)
        rows[asked] = self.returns[stored]
        return rows


def distinct_windows(windows: DateArray, *, until: date) -> DateArray:
    """Return the different windows among (S, 2) that have ended by a day, NaT aside: (W, 2)."""
    ended = windows[windows[:, 1] <= np.datetime64(until, "D")]
    return np.unique(ended, axis=0) if len(ended) else ended


def build_replays(windows: DateArray, sessions: DateArray, adj_close: FloatArray, *, max_age: int) -> Replays:
    """Compute every instrument's return over windows.

    Parameters
    ----------
    windows : (W, 2) datetime64[D]
        First and last day of each.
    sessions : (D,) datetime64[D]
        Ascending. For each end of a window it holds the ``max_age`` + 1 newest sessions up to that day, as
        far as the calendar goes; it may hold other sessions besides.
    adj_close : (D, N) float64
        Adjusted closes on those sessions; NaN means no price.
    max_age : int
        Oldest close, in sessions, that still counts for an end.

    Returns
    -------
    Replays
        ``p[last] / p[first] - 1``, the product of all returns between; NaN without a close near both ends.
        The close of the last day must be of a day after the first one: a price that stopped before the
        window moved nowhere in it, which nobody has seen.
    """
    first, _ = _newest(sessions, adj_close, windows[:, 0], max_age)
    last, day = _newest(sessions, adj_close, windows[:, 1], max_age)
    returns = np.where(day > windows[:, :1], last / first - 1.0, np.nan)
    return Replays(windows, returns)


def _newest(
    sessions: DateArray, adj_close: FloatArray, ends: DateArray, max_age: int
) -> tuple[FloatArray, DateArray]:
    """Return each instrument's newest close up to each end, (W, N), and its day; NaN and NaT without one."""
    newest: IntArray = np.searchsorted(sessions, ends, side="right") - 1
    rows = newest[:, None] - np.arange(max_age + 1)
    there = np.maximum(rows, 0)
    prices = np.full((len(ends), max_age + 1, adj_close.shape[1]), np.nan)
    if len(sessions):
        prices = np.where((rows >= 0)[:, :, None], adj_close[there], np.nan)
    age = np.isfinite(prices).argmax(axis=1)  # 0 where there is none: the price is NaN then
    price = np.take_along_axis(prices, age[:, None, :], axis=1)[:, 0, :]
    days = np.full(age.shape, np.datetime64("NaT"), dtype="datetime64[D]")
    if len(sessions):
        days = np.where(np.isfinite(price), np.take_along_axis(sessions[there], age, axis=1), days)
    return price, days

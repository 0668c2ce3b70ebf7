"""Open, high, low and close of sessions, and the logarithmic moves between them."""

from dataclasses import dataclass

import numpy as np

from riskpanel.risk.arrays import BoolArray, FloatArray

ROUNDING = 1e-6  # float32 files round the four prices of a session apart from each other by less than this


@dataclass(frozen=True, slots=True)
class LogMoves:
    """Logarithmic moves of each session, (T, N): NaN where a price that a move needs is missing.

    From the open: ``up`` to the high, ``down`` to the low, ``close`` to the close. ``span`` is the high over
    the low, ``gap`` the open over the close of the session before.
    """

    up: FloatArray
    down: FloatArray
    close: FloatArray
    span: FloatArray
    gap: FloatArray


@dataclass(frozen=True, slots=True)
class Bars:
    """Open, high, low and close of consecutive sessions, all four on the same adjustment.

    Parameters
    ----------
    open, high, low, close : (T, N) or (T,) array_like
        Prices, positive; NaN means missing. Adjusted ones: raw prices times adjusted close over close, or
        a split looks like a night in which half the value was lost.

    Raises
    ------
    ValueError
        On shapes that differ, a price that is zero, negative or infinite, and a high below its low by more
        than the rounding of single precision; the message names the first such row.

    Notes
    -----
    A session whose open or close lies outside its own range contradicts itself: the true range is unknown.
    It is kept here and counts as missing in every estimate.
    """

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray

    def __post_init__(self) -> None:
        """Convert to float64 and refuse what cannot be a price."""
        for name in ("open", "high", "low", "close"):
            object.__setattr__(self, name, _as_prices(getattr(self, name), name))
        shapes = {prices.shape for prices in (self.open, self.high, self.low, self.close)}
        if len(shapes) != 1:
            raise ValueError(f"open, high, low and close must have one shape, not {sorted(shapes)}")
        crossed = self.high < self.low * (1.0 - ROUNDING)
        if crossed.any():
            row = tuple(int(place) for place in np.argwhere(crossed)[0])
            raise ValueError(f"high is below low: row {row[0]}" + (f", column {row[1]}" if row[1:] else ""))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one number a column: () for single series, (N,) for matrices."""
        return self.close.shape[1:]

    @property
    def contradictory(self) -> BoolArray:
        """Sessions whose open or close lies outside their range: (T, N) or (T,)."""
        highest, lowest = self.high * (1.0 + ROUNDING), self.low * (1.0 - ROUNDING)
        ends = np.fmax(self.open, self.close), np.fmin(self.open, self.close)
        return (ends[0] > highest) | (ends[1] < lowest)

    def log_moves(self, rows: int) -> LogMoves:
        """Return the moves of the newest ``rows`` sessions, all of them when there are fewer."""
        last = slice(max(len(self.close) - rows - 1, 0), None)  # one more, for the close before the first
        wrong = self.contradictory[last]
        columns = self.shape[0] if self.shape else 1
        opened, high, low, closed = (
            np.log(np.where(wrong, np.nan, prices[last])).reshape(len(wrong), columns)
            for prices in (self.open, self.high, self.low, self.close)
        )
        gap = np.full_like(opened, np.nan)
        gap[1:] = opened[1:] - closed[:-1]
        moves = (high - opened, low - opened, closed - opened, high - low, gap)
        return LogMoves(*(move[max(len(move) - rows, 0) :] for move in moves))


def _as_prices(values: object, name: str) -> FloatArray:
    prices = np.asarray(values, dtype=np.float64, order="C")
    if prices.ndim not in (1, 2):
        raise ValueError(f"{name} must have shape (T,) or (T, N), not {prices.shape}")
    if np.isinf(prices).any() or (prices <= 0).any():
        raise ValueError(f"{name} must be positive and finite; missing is NaN")
    return prices

"""Moments of two series over every window, in time that does not depend on the window's length."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from riskpanel.risk.arrays import BoolArray, FloatArray
from riskpanel.risk.kernels import compiled, loops


@dataclass(frozen=True, slots=True)
class Moments:
    """Pairs ``n``, means, and centred sums of squares and products, all (T, N); 0 where there is no pair."""

    n: FloatArray
    mean_x: FloatArray
    mean_y: FloatArray
    sxx: FloatArray
    syy: FloatArray
    sxy: FloatArray

    @classmethod
    def of_windows(cls, x: FloatArray, y: FloatArray, *, window: int) -> Self:
        """Return the moments of rows t - window + 1 to t for each t of (T, N) series.

        Time is cut into blocks as long as the window. A window is then the end of one block and the start of
        the next: running moments forwards and backwards in each block, merged. Nothing is ever subtracted, so
        what was in the series before a window leaves no rounding in it.
        """
        rows = len(x)
        present = np.isfinite(x) & np.isfinite(y)
        folded = tuple(_folded(np.where(present, values, 0.0), window) for values in (x, y, present))
        ends = cls._running(*folded)
        starts = cls._running(*(values[::-1] for values in folded))
        upto = cls(*(_unfolded(part, x.shape) for part in ends._parts))
        since = cls(*(_unfolded(part[::-1], x.shape) for part in starts._parts))
        if rows <= window:
            return upto
        two_blocks = (np.arange(window, rows) + 1) % window != 0
        head, tail = (cls(*(part[cut] for part in upto._parts)) for cut in _cuts(window))
        older = cls(*(part[1 : rows - window + 1] * two_blocks[:, None] for part in since._parts))
        pairs = zip(head._parts, older._merged(tail)._parts, strict=True)
        return cls(*(np.concatenate(both) for both in pairs))

    @classmethod
    def beside_market(cls, market: FloatArray, y: FloatArray, *, window: int) -> Self:
        """Return those of :meth:`of_windows` where all (T, N) series have one market (T,); the same bits."""
        upto, since = (compiled(loop, cells=y.size) for loop in (loops.moments_upto, loops.moments_since))
        if upto is None or since is None:
            return cls.of_windows(np.broadcast_to(market[:, None], y.shape), y, window=window)
        x, rows = np.ascontiguousarray(market), len(y)
        ends, moments = np.zeros((window + 1, 6, y.shape[1])), np.empty((6, *y.shape))
        for first in range(0, rows, window):
            stop = min(first + window, rows)
            upto(x, y, first, stop, ends, moments)
            since(x, y, first, stop, ends)
        n, mean_x, mean_y, sxx, syy, sxy = np.split(moments.reshape(-1, y.shape[1]), 6)
        return cls(n, mean_x, mean_y, sxx, syy, sxy)

    @classmethod
    def _running(cls, x: FloatArray, y: FloatArray, present: FloatArray) -> Self:
        """Return the moments of rows 0 to t at each t (Welford); x and y are 0 where ``present`` is."""
        n = np.cumsum(present, axis=0)
        step = present / np.maximum(n, 1.0)
        keep = present - step
        mean_x, mean_y, sxx, syy, sxy = (np.zeros_like(x) for _ in range(5))
        for t in range(len(x)):
            before = max(t - 1, 0)  # row 0 holds zeros until it is written
            dx, dy = x[t] - mean_x[before], y[t] - mean_y[before]
            np.add(mean_x[before], step[t] * dx, out=mean_x[t])
            np.add(mean_y[before], step[t] * dy, out=mean_y[t])
            np.add(sxy[before], keep[t] * dx * dy, out=sxy[t])
            np.add(sxx[before], keep[t] * dx * dx, out=sxx[t])
            np.add(syy[before], keep[t] * dy * dy, out=syy[t])
        return cls(n, mean_x, mean_y, sxx, syy, sxy)

    def _merged(self, other: Self) -> Self:
        """Return the moments of two disjoint sets of pairs together (Chan, Golub, LeVeque)."""
        n = self.n + other.n
        share = other.n / np.maximum(n, 1.0)
        dx, dy = other.mean_x - self.mean_x, other.mean_y - self.mean_y
        between = self.n * share
        return type(self)(
            n,
            self.mean_x + dx * share,
            self.mean_y + dy * share,
            self.sxx + other.sxx + between * dx * dx,
            self.syy + other.syy + between * dy * dy,
            self.sxy + other.sxy + between * dx * dy,
        )

    @property
    def _parts(self) -> tuple[FloatArray, ...]:
        return self.n, self.mean_x, self.mean_y, self.sxx, self.syy, self.sxy


def _cuts(window: int) -> tuple[slice, slice]:
    return slice(None, window), slice(window, None)


def _folded(values: FloatArray | BoolArray, window: int) -> FloatArray:
    """Lay blocks of ``window`` rows side by side: (T, N) to (window, blocks x N), zeros at the end."""
    rows, columns = values.shape
    blocks = -(-rows // window)
    padded = np.zeros((blocks * window, columns))
    padded[:rows] = values
    side_by_side = padded.reshape(blocks, window, columns).transpose(1, 0, 2)
    return np.ascontiguousarray(side_by_side).reshape(window, blocks * columns)


def _unfolded(values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Put the blocks below one another again, and drop the zeros at the end."""
    window, (rows, columns) = len(values), shape
    blocks = -(-rows // window)
    stacked = values.reshape(window, blocks, columns).transpose(1, 0, 2)
    return stacked.reshape(blocks * window, columns)[:rows]

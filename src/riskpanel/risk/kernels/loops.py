"""The loops themselves: each does what the numpy form of its name does, in the same order of additions.

Written for a compiler and slow without one; arrays are C-ordered, and what is filled comes last.
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

_EPS = float(np.finfo(np.float64).eps)


def product_sums(
    left: FloatArray,
    picks: IntArray,
    right: FloatArray,
    others: IntArray,
    plan: IntArray,
    sums: FloatArray,
) -> None:
    """Sum over time the products of chosen rows, by the ``plan`` of numpy's own pairwise additions."""
    stack, runs = np.empty(64), np.empty(8)
    for pair in range(len(picks)):
        one, other = left[picks[pair]], right[others[pair]]
        top, at = 0, 0
        for length in plan:
            if length == 0:
                top -= 1
                stack[top - 1] += stack[top]
                continue
            stop, total = at + length, 0.0
            if length >= 8:
                runs[:] = 0.0
                for first in range(at, stop - 7, 8):
                    for place in range(8):
                        runs[place] += one[first + place] * other[first + place]
                low = (runs[0] + runs[1]) + (runs[2] + runs[3])
                total = low + ((runs[4] + runs[5]) + (runs[6] + runs[7]))
                at += length // 8 * 8
            while at < stop:
                total += one[at] * other[at]
                at += 1
            stack[top] = total
            top += 1
        sums[pair] = stack[0] if top else 0.0


def moments_since(x: FloatArray, y: FloatArray, first: int, stop: int, since: FloatArray) -> None:
    """Fill in n, means and centred sums (rows, 6, N) from each row of a block of time to the block's end.

    ``x`` (T,) and ``y`` (T, N); the row of ``since`` after the block's last holds zeros.
    """
    for row in range(stop - 1, first - 1, -1):
        after, here = since[row - first + 1], since[row - first]
        for column in range(y.shape[1]):
            there = x[row] == x[row] and y[row, column] == y[row, column]
            one = 1.0 if there else 0.0
            n = after[0, column] + one
            step = one / max(n, 1.0)
            keep = one - step
            dx = (x[row] if there else 0.0) - after[1, column]
            dy = (y[row, column] if there else 0.0) - after[2, column]
            here[0, column] = n
            here[1, column] = after[1, column] + step * dx
            here[2, column] = after[2, column] + step * dy
            here[3, column] = after[3, column] + keep * dx * dx
            here[4, column] = after[4, column] + keep * dy * dy
            here[5, column] = after[5, column] + keep * dx * dy


def moments_upto(
    x: FloatArray, y: FloatArray, first: int, stop: int, since: FloatArray, moments: FloatArray
) -> None:
    """Fill in n, means and centred sums (6, T, N) of the windows that end in a block of time.

    Each is the end of the block before, whose moments ``since`` holds, and the start of this one.
    """
    upto = np.zeros((6, y.shape[1]))
    for row in range(first, stop):
        older = since[row - first + 1]  # zeros in the first block, and where the window is the block
        for column in range(y.shape[1]):
            there = x[row] == x[row] and y[row, column] == y[row, column]
            one = 1.0 if there else 0.0
            n = upto[0, column] + one
            step = one / max(n, 1.0)
            keep = one - step
            dx = (x[row] if there else 0.0) - upto[1, column]
            dy = (y[row, column] if there else 0.0) - upto[2, column]
            upto[0, column] = n
            upto[1, column] += step * dx
            upto[2, column] += step * dy
            upto[3, column] += keep * dx * dx
            upto[4, column] += keep * dy * dy
            upto[5, column] += keep * dx * dy
            both = older[0, column] + n
            share = n / max(both, 1.0)
            far_x, far_y = upto[1, column] - older[1, column], upto[2, column] - older[2, column]
            between = older[0, column] * share
            moments[0, row, column] = both
            moments[1, row, column] = older[1, column] + far_x * share
            moments[2, row, column] = older[2, column] + far_y * share
            moments[3, row, column] = older[3, column] + upto[3, column] + between * far_x * far_x
            moments[4, row, column] = older[4, column] + upto[4, column] + between * far_y * far_y
            moments[5, row, column] = older[5, column] + upto[5, column] + between * far_x * far_y


def rolling_volatility(
    columns: FloatArray, window: int, min_obs: int, annualization: float, volatility: FloatArray
) -> None:
    """Fill in the volatility of the windows that end in each row of (T, N)."""
    rows, count = columns.shape
    n, mean, squares = np.empty(count), np.empty(count), np.empty(count)
    for row in range(rows):
        lags = min(window, row + 1)
        n[:] = 0.0
        mean[:] = 0.0
        squares[:] = 0.0
        for lag in range(lags):
            values = columns[row - lag]
            for column in range(count):
                there = values[column] == values[column]
                n[column] += 1.0 if there else 0.0
                mean[column] += values[column] if there else 0.0
        for column in range(count):
            mean[column] = mean[column] / n[column] if n[column] > 0.0 else np.nan
        for lag in range(lags):
            values = columns[row - lag]
            for column in range(count):
                off = values[column] - mean[column]
                squares[column] += off * off if values[column] == values[column] else 0.0
        for column in range(count):
            spread = abs(mean[column]) * window * _EPS
            square = 0.0 if squares[column] <= n[column] * (spread * spread) else squares[column]
            variance = square / (n[column] - 1.0) if n[column] >= min_obs else np.nan
            volatility[row, column] = math.sqrt(annualization * variance)


def mixed_series(
    weights: FloatArray,
    shares: FloatArray,
    columns: IntArray,
    starts: IntArray,
    values: FloatArray,
    present: BoolArray,
    series: FloatArray,
    coverage: FloatArray,
) -> None:
    """Add up weighted rows of (N, T) values, and the shares of those present, for each sparse row: (P, T)."""
    for row in range(len(starts) - 1):
        series[row] = 0.0
        coverage[row] = 0.0
        for place in range(starts[row], starts[row + 1]):
            weight, share = weights[place], shares[place]
            own, there = values[columns[place]], present[columns[place]]
            for session in range(len(own)):
                series[row, session] += weight * own[session]
                coverage[row, session] += share if there[session] else 0.0


def standardised(
    columns: FloatArray,
    decay: float,
    burn_in: int,
    values: FloatArray,
    squares: FloatArray,
    weight: FloatArray,
    unmoved: FloatArray,
) -> None:
    """Fill in returns over the volatility known before them (T, N), and the state after the last row (N,)."""
    rows, count = columns.shape
    seen = np.zeros(count)
    squares[:] = 0.0
    weight[:] = 0.0
    unmoved[:] = 0.0
    for row in range(rows):
        for column in range(count):
            value = columns[row, column]
            there = value == value
            known = seen[column] >= burn_in and unmoved[column] < burn_in and weight[column] != 0.0
            variance = squares[column] / weight[column] if known else np.nan
            size = math.sqrt(variance)
            values[row, column] = value / size if size != 0.0 else np.nan
            squares[column] = decay * squares[column] + value * value if there else squares[column]
            weight[column] = decay * weight[column] + 1.0 if there else weight[column]
            seen[column] += 1.0 if there else 0.0
            still = unmoved[column] + 1.0 if value == 0.0 else 0.0
            unmoved[column] = still if there else unmoved[column]

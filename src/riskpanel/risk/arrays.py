"""Array types and the one way in: float64, time along axis 0, NaN for missing."""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskpanel.risk.kernels import compiled, loops

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
CodeArray: TypeAlias = NDArray[np.int8]
BoolArray: TypeAlias = NDArray[np.bool_]

PAIRWISE_RUN = 128  # numbers that numpy adds up in eight interleaved sums


def as_columns(values: ArrayLike, name: str) -> tuple[FloatArray, tuple[int, ...]]:
    """Return ``values`` as a (T, N) matrix and the shape that results of one number a column must have.

    Parameters
    ----------
    values : (T,) or (T, N) array_like
        Float series along axis 0; NaN means missing.
    name : str
        Name of the argument, for the error message.

    Returns
    -------
    columns : (T, N) float64
    shape : () for a series, (N,) for a matrix

    Raises
    ------
    ValueError
        When the array has no time axis, more than two axes, or an infinite value.
    """
    array = np.asarray(values, dtype=np.float64, order="C")  # sums must not depend on the memory layout
    if array.ndim not in (1, 2):
        raise ValueError(f"{name} must have shape (T,) or (T, N), not {array.shape}")
    if np.isinf(array).any():
        raise ValueError(f"{name} holds an infinite value; missing is NaN")
    return array.reshape(len(array), array.shape[1] if array.ndim == 2 else 1), array.shape[1:]


def as_series(values: ArrayLike, name: str, length: int) -> FloatArray:
    """Return ``values`` as a (T,) float64 series of the given length, or raise ValueError."""
    columns, shape = as_columns(values, name)
    if shape != () or len(columns) != length:
        raise ValueError(f"{name} must have shape ({length},), not {(len(columns), *shape)}")
    return columns[:, 0]


def last_rows(columns: FloatArray, window: int) -> FloatArray:
    """Return the newest ``window`` rows of a (T, N) matrix, all of them when there are fewer."""
    if window < 1:
        raise ValueError(f"window must be at least 1 session, not {window}")
    return columns[-window:]


def column_sums(columns: FloatArray) -> FloatArray:
    """Sum a (T, N) matrix over time, row after row: (N,).

    numpy adds a single column pairwise and several row by row, so the last bit of a sum would depend on how
    many series are computed together. Here a series gives the same bits alone and among many.
    """
    if columns.shape[1] == 1 and len(columns):
        return np.cumsum(columns[:, 0])[-1:]
    return np.add.reduce(columns, axis=0)


def zero_filled(values: FloatArray) -> FloatArray:
    """Put 0 where a number is missing, and the largest double in place of an overflow: any shape."""
    present = np.isfinite(values)
    if np.isinf(values[~present]).any():
        return np.nan_to_num(values)
    return np.where(present, values, 0.0)  # as nan_to_num, in a quarter of its passes


def unmoved(columns: FloatArray, asked: BoolArray) -> BoolArray:
    """Whether all returns of a series are 0 or missing, of the series (N,) that are asked for; else False."""
    still = np.zeros(columns.shape[1], dtype=bool)
    still[asked] = ~zero_filled(np.compress(asked, columns, axis=1)).any(axis=0)
    return still


def divide(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide elementwise; NaN wherever the denominator is 0 or anything is NaN, without a warning."""
    safe = np.where(denominator == 0, np.nan, denominator)
    return numerator / safe


def exceeds_rounding(squares: FloatArray, n: ArrayLike, largest: ArrayLike) -> BoolArray:
    """Whether a sum of ``n`` squared deviations is more than the rounding error of equal numbers."""
    count = np.asarray(n, dtype=np.float64)
    return squares > count * np.square(count * np.finfo(np.float64).eps * np.asarray(largest))


def product_sums(
    left: tuple[FloatArray, IntArray], right: tuple[FloatArray, IntArray], *, chunk: int = 65_536
) -> FloatArray:
    """Sum over time the products of chosen pairs of series: (K,).

    ``left`` and ``right`` are (series, picks): series (M, T) with time along the last axis, and the row that
    each of the K pairs takes. At most about ``chunk`` numbers are gathered at once. Each sum runs over
    contiguous memory, so that a pair gives the same bits alone and among many.
    """
    (first, picks), (second, others) = left, right
    sums = np.empty(len(picks))
    kernel = compiled(loops.product_sums, cells=len(picks) * first.shape[1])
    if kernel is not None:
        kernel(first, picks, second, others, pairwise_plan(first.shape[1]), sums)
        return sums
    step = max(chunk // max(first.shape[1], 1), 1)
    for start in range(0, len(picks), step):
        part = slice(start, start + step)
        products = first[picks[part]]
        products *= second[others[part]]
        sums[part] = np.add.reduce(products, axis=1)
    return sums


def pairwise_plan(count: int) -> IntArray:
    """How numpy adds up ``count`` neighbouring numbers: lengths of runs, 0 to add the last two sums."""
    if count <= PAIRWISE_RUN:
        return np.array([count] if count else [], dtype=np.int64)
    half = count // 2
    half -= half % 8
    return np.concatenate([pairwise_plan(half), pairwise_plan(count - half), np.zeros(1, dtype=np.int64)])

"""Sparse (P, N) matrices of weights and exposures: one row a portfolio, one column an instrument."""

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray


@runtime_checkable
class ScipySparse(Protocol):
    """Any sparse array or matrix of scipy."""

    def tocsr(self) -> Any:  # noqa: ANN401  scipy's own types are not precise enough to name
        """Convert to compressed rows."""
        ...


@dataclass(frozen=True, slots=True)
class SparseRows:
    """Compressed rows: ``data[starts[p]:starts[p + 1]]`` are row p's values, in ``columns`` of that slice.

    ``data`` (nnz,) float64, ``columns`` (nnz,) int64 ascending within a row, ``starts`` (P + 1,) int64,
    ``n_columns`` = N. Nothing is stored twice and no zero is stored, so a stored value means "held".
    """

    data: FloatArray
    columns: IntArray
    starts: IntArray
    n_columns: int

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.starts) - 1

    @property
    def rows(self) -> IntArray:
        """Row of each stored value: (nnz,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def lengths(self) -> IntArray:
        """Stored values in each row: (P,)."""
        return np.diff(self.starts)

    @property
    def empty(self) -> BoolArray:
        """Rows that hold nothing: (P,)."""
        return self.lengths == 0

    def replaced(self, data: FloatArray) -> "SparseRows":
        """Return other values in the same places."""
        return SparseRows(data, self.columns, self.starts, self.n_columns)

    def times(self, dense: ArrayLike) -> FloatArray:
        """Multiply by a dense (N,) or (N, K): (P,) or (P, K)."""
        return cast("FloatArray", self._scipy() @ np.asarray(dense, dtype=np.float64))

    def select(self, rows: IntArray) -> "SparseRows":
        """Return the given rows in the given order."""
        return from_scipy(self._scipy()[rows])

    def sums(self) -> FloatArray:
        """Sum each row: (P,)."""
        return self.times(np.ones(self.n_columns))

    def gross(self) -> FloatArray:
        """Sum the absolute values of each row: (P,)."""
        return self.replaced(np.abs(self.data)).sums()

    def shares(self) -> "SparseRows":
        """Divide absolute values by their row's sum; rows that hold nothing stay empty."""
        return self.replaced(np.abs(self.data) / np.repeat(self.gross(), self.lengths))

    def _scipy(self) -> Any:  # noqa: ANN401
        return sparse.csr_array((self.data, self.columns, self.starts), shape=(len(self), self.n_columns))


WeightMatrix: TypeAlias = SparseRows | ScipySparse | ArrayLike
"""A (P, N) matrix, sparse or dense, or a (N,) vector for a single portfolio."""


def from_scipy(matrix: ScipySparse) -> SparseRows:
    """Convert any scipy sparse matrix; duplicates are summed and zeros dropped."""
    csr: Any = matrix.tocsr().astype(np.float64)
    csr.sum_duplicates()
    csr.eliminate_zeros()
    return SparseRows(
        data=np.asarray(csr.data, dtype=np.float64),
        columns=np.asarray(csr.indices, dtype=np.int64),
        starts=np.asarray(csr.indptr, dtype=np.int64),
        n_columns=int(csr.shape[1]),
    )


def from_triples(
    rows: IntArray, columns: IntArray, values: FloatArray, *, shape: tuple[int, int]
) -> SparseRows:
    """Build from (row, column, value) triples; those of the same place are summed."""
    return from_scipy(sparse.coo_array((values, (rows, columns)), shape=shape))


def as_weights(weights: WeightMatrix, name: str = "weights") -> tuple[SparseRows, bool]:
    """Return sparse rows, and whether a single portfolio was meant.

    Parameters
    ----------
    weights : (P, N) sparse or dense, or (N,)
        Signed numbers; must be finite.
    name : str
        Name of the argument, for the error message.

    Returns
    -------
    rows : SparseRows
    single : bool
        True for a (N,) input.

    Raises
    ------
    ValueError
        On another number of axes, or a number that is not finite.
    """
    single = False
    if isinstance(weights, SparseRows):
        matrix = weights
    elif isinstance(weights, ScipySparse):
        matrix = from_scipy(weights)
    else:
        dense = np.asarray(weights, dtype=np.float64)
        single = dense.ndim == 1
        if dense.ndim not in (1, 2):
            raise ValueError(f"{name} must have shape (P, N) or (N,), not {dense.shape}")
        matrix = from_scipy(cast("ScipySparse", sparse.csr_array(np.atleast_2d(dense))))
    if not np.isfinite(matrix.data).all():
        raise ValueError(f"{name} must be finite: leave out what is not held")
    return matrix, single


def as_loadings(values: ArrayLike, name: str, matrix: SparseRows) -> FloatArray:
    """Return one number an instrument as (N,) float64, or raise ValueError."""
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (matrix.n_columns,):
        raise ValueError(f"{name} must have shape ({matrix.n_columns},), not {array.shape}")
    if np.isinf(array).any():
        raise ValueError(f"{name} holds an infinite value; unknown is NaN")
    return array


_SUM_TOLERANCE = 1e-9


def as_members(
    groups: ArrayLike, name: str, *, n_columns: int, n_groups: int, unclassified: bool = False
) -> FloatArray:
    """Return how much of each instrument belongs to each group: (N, S), decimal.

    Parameters
    ----------
    groups : (N,) array_like of int, or (N, S) array_like
        One group each, 0 to ``n_groups`` - 1, or shares of several, 0 to 1, that sum to 1 at most.
    name : str
        Name of the argument, for the error message.
    n_columns, n_groups : int
        N and S.
    unclassified : bool
        Whether a code of -1 is allowed, for an instrument in no group.

    Returns
    -------
    (N, S) float64
        A code is a share of 1, exactly.

    Raises
    ------
    ValueError
        On shapes that do not fit, codes out of range, or shares that are none.
    """
    given = np.asarray(groups)
    if given.shape == (n_columns, n_groups) and given.ndim == 2:
        return _as_shares(given, name)
    if given.shape != (n_columns,):
        raise ValueError(f"{name} must have shape ({n_columns},) or ({n_columns}, S), not {given.shape}")
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"{name} must be integers, or shares with shape ({n_columns}, S)")
    least = -1 if unclassified else 0
    if given.min(initial=0) < least or given.max(initial=-1) >= n_groups:
        raise ValueError(f"{name} must be {least} to {n_groups - 1}")
    return (given[:, None] == np.arange(n_groups)).astype(np.float64)


def _as_shares(given: NDArray[Any], name: str) -> FloatArray:
    shares = given.astype(np.float64)
    if not (shares >= 0).all() or (shares.sum(axis=1) > 1 + _SUM_TOLERANCE).any():
        raise ValueError(f"{name} must be shares from 0 that sum to 1 at most")
    return shares

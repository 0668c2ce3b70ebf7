"""Series that are averaged over many windows: looked at once, whatever the windows."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from riskpanel.risk.arrays import FloatArray, IntArray, column_sums, divide, zero_filled

PRESENT_SHARE = 0.75  # least share of a window's rows


@dataclass(frozen=True, slots=True)
class Windows:
    """(T, N) numbers with 0 for missing, and how many are there before each row: (T + 1, N)."""

    filled: FloatArray
    before: IntArray

    @classmethod
    def of(cls, values: FloatArray) -> Self:
        """Prepare a (T, N) matrix; NaN means missing."""
        before = np.zeros((len(values) + 1, values.shape[1]), dtype=np.int32)
        before[1:] = np.isfinite(values)
        return cls(zero_filled(values), np.add.accumulate(before, axis=0, out=before))

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.filled)

    def sums(self, first: int, last: int) -> tuple[FloatArray, IntArray]:
        """Add up the rows from ``first`` to before ``last``, and count what is there: (N,) each."""
        return column_sums(self.filled[first:last]), self.before[last] - self.before[first]

    def mean(self, window: int, *, until: int, min_obs: int | None = None) -> FloatArray:
        """Average the ``window`` rows before row ``until``: (N,).

        NaN below ``min_obs`` numbers, by default three quarters of the window.
        """
        least = int(np.ceil(PRESENT_SHARE * window)) if min_obs is None else min_obs
        total, n = self.sums(max(until - window, 0), until)
        return np.where(n >= least, divide(total, n.astype(np.float64)), np.nan)

"""What every estimator of beta shares: pairs of returns, the least-squares line through them, the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from riskpanel.risk.arrays import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    as_columns,
    as_series,
    column_sums,
    divide,
    exceeds_rounding,
)
from riskpanel.risk.evidence import absence_reasons


@dataclass(frozen=True, slots=True)
class BetaEstimates:
    """Beta of each series with its statistics; all arrays have one entry a series.

    ``beta`` is the slope, ``alpha`` the intercept (decimal a session; NaN where the method has none),
    ``std_error`` of the slope, ``r_squared`` in [0, 1], ``p_value`` two-sided for slope 0, ``n_obs`` the
    pairs used, ``reason`` a code of :class:`~riskpanel.risk.evidence.Reason` that is not NONE exactly where
    ``beta`` is NaN. Rolling estimates have one entry a session and series.
    """

    beta: FloatArray
    alpha: FloatArray
    std_error: FloatArray
    r_squared: FloatArray
    p_value: FloatArray
    n_obs: IntArray
    reason: CodeArray

    @staticmethod
    def two_sided_p(beta: FloatArray, std_error: FloatArray, *, freedom: FloatArray | IntArray) -> FloatArray:
        """Probability of a slope this far from 0 if it were 0, by Student's t; NaN where the slope is."""
        with np.errstate(divide="ignore", invalid="ignore"):  # a perfect fit: standard error 0, t infinite
            t = np.abs(beta) / std_error
        return 2.0 * stdtr(freedom, -t)

    @classmethod
    def side_by_side(cls, parts: Sequence[Self]) -> Self:
        """Join the estimates of several groups of series along the last axis."""
        names = (field.name for field in fields(cls))
        return cls(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names))

    def reshaped(self, shape: tuple[int, ...]) -> Self:
        """Return the same numbers in another shape."""
        return type(self)(
            self.beta.reshape(shape),
            self.alpha.reshape(shape),
            self.std_error.reshape(shape),
            self.r_squared.reshape(shape),
            self.p_value.reshape(shape),
            self.n_obs.reshape(shape),
            self.reason.reshape(shape),
        )


@dataclass(frozen=True, slots=True)
class Pairs:
    """Returns beside those of the market.

    ``y`` and ``x`` (T, N) float64 with NaN for missing (the market repeated for each series), ``present``
    (T, N) where both exist, ``n`` (N,) how many those are.
    """

    y: FloatArray
    x: FloatArray
    present: BoolArray
    n: IntArray

    @classmethod
    def of(cls, returns: ArrayLike, market: ArrayLike) -> tuple[Self, tuple[int, ...]]:
        """Align (T, N) or (T,) returns with a (T,) market; return also the shape of one number a series."""
        y, shape = as_columns(returns, "returns")
        x = np.broadcast_to(as_series(market, "market", len(y))[:, None], y.shape)
        return cls.beside(y, x), shape

    @classmethod
    def beside(cls, y: FloatArray, x: FloatArray) -> Self:
        """Pair two (T, N) matrices, each series with a market of its own."""
        present = np.isfinite(y) & np.isfinite(x)
        return cls(y, x, present, present.sum(axis=0).astype(np.int64))

    @property
    def count(self) -> FloatArray:
        """Number of pairs as a float, to divide by: (N,)."""
        return self.n.astype(np.float64)

    def centred(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean over the pairs (N,), and deviations from it (T, N) that are 0 outside them."""
        mean = divide(column_sums(np.where(self.present, values, 0.0)), self.count)
        return mean, np.where(self.present, values - mean, 0.0)

    def varies(self, values: FloatArray, squares: FloatArray) -> BoolArray:
        """Whether a sum of squared deviations is more than the rounding error of a constant series: (N,)."""
        largest = np.where(self.present, np.abs(values), 0.0).max(axis=0, initial=0.0)
        return exceeds_rounding(squares, self.n, largest)

    def reasons(self, missing: BoolArray, *, min_obs: int) -> CodeArray:
        """Say why the estimates over all rows are missing: (N,)."""
        codes = np.zeros(len(missing), dtype=np.int8)
        present, y = (np.compress(missing, values, axis=1) for values in (self.present, self.y))
        pairs = np.where(present, y, np.nan)
        codes[missing] = absence_reasons(
            pairs, np.ones(pairs.shape[1], dtype=bool), window=max(len(pairs), 1), min_obs=min_obs
        )
        return codes


@dataclass(frozen=True, slots=True)
class Line:
    """Ordinary least squares through pairs.

    ``dx`` and ``residuals`` (T, N), 0 outside the pairs (residuals are NaN where there is no line); all
    others (N,): ``beta`` NaN where there are too few pairs or something does not vary, ``sxx``, ``syy`` and
    ``sse`` sums of squared deviations of market and series, and of residuals.
    """

    pairs: Pairs
    dx: FloatArray
    residuals: FloatArray
    beta: FloatArray
    alpha: FloatArray
    sxx: FloatArray
    syy: FloatArray
    sse: FloatArray
    reason: CodeArray

    @classmethod
    def through(cls, pairs: Pairs, *, min_obs: int) -> Self:
        """Fit each series; the squared residuals are summed themselves, which keeps their digits."""
        if min_obs < 3:
            raise ValueError(f"min_obs must be at least 3: a slope with a standard error, not {min_obs}")
        mean_x, dx = pairs.centred(pairs.x)
        mean_y, dy = pairs.centred(pairs.y)
        sxx, syy, sxy = column_sums(dx * dx), column_sums(dy * dy), column_sums(dx * dy)
        usable = (pairs.n >= min_obs) & pairs.varies(pairs.x, sxx) & pairs.varies(pairs.y, syy)
        beta = np.where(usable, divide(sxy, sxx), np.nan)
        residuals = dy - beta * dx
        return cls(
            pairs,
            dx=dx,
            residuals=residuals,
            beta=beta,
            alpha=mean_y - beta * mean_x,
            sxx=sxx,
            syy=syy,
            sse=column_sums(np.square(residuals)),
            reason=pairs.reasons(~usable, min_obs=min_obs),
        )

    @property
    def plain_error(self) -> FloatArray:
        """Standard error of the slope if all residuals have one variance and are independent: (N,)."""
        return np.sqrt(divide(divide(self.sse, self.pairs.count - 2), self.sxx))

    def estimates(self, std_error: FloatArray) -> BetaEstimates:
        """Put the statistics together around a standard error of the slope."""
        r_squared = 1.0 - divide(self.sse, self.syy)
        return BetaEstimates(
            beta=self.beta,
            alpha=self.alpha,
            std_error=std_error,
            r_squared=np.maximum(r_squared, 0.0),  # -1e-15 is a rounded 0
            p_value=BetaEstimates.two_sided_p(self.beta, std_error, freedom=np.maximum(self.pairs.n - 2, 1)),
            n_obs=self.pairs.n,
            reason=self.reason,
        )

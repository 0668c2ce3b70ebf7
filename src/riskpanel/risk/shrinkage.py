"""Betas pulled towards the average of their universe, as far as they are noisy."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskpanel.risk.arrays import BoolArray, CodeArray, FloatArray
from riskpanel.risk.evidence import Reason

LEAST_TAU_SQUARED = 0.01  # betas of a universe are never taken to be closer together than 0.1


@dataclass(frozen=True, slots=True)
class ShrunkBetas:
    """Betas after shrinkage, (N,) each: ``weight`` is of the own estimate, ``std_error`` the posterior's.

    ``mean`` and ``dispersion`` (tau) of the universe's true betas and ``n_universe`` members are scalars;
    mean and dispersion are NaN when the universe is too small. ``reason`` is not NONE exactly where ``beta``
    is NaN.
    """

    beta: FloatArray
    std_error: FloatArray
    weight: FloatArray
    reason: CodeArray
    mean: float
    dispersion: float
    n_universe: int


def vasicek_shrinkage(
    beta: ArrayLike,
    std_error: ArrayLike,
    *,
    universe: ArrayLike,
    min_universe: int = 20,
    reason: ArrayLike | None = None,
) -> ShrunkBetas:
    r"""Shrink betas towards the mean of their universe, each by its own sampling error.

    Parameters
    ----------
    beta, std_error : (N,) array_like
        Estimates and their standard errors, at least 0; NaN means missing.
    universe : (N,) array_like of bool
        Which of them make up the cross-section. The others are shrunk too, and move nothing.
    min_universe : int
        Fewest members with an estimate, at least 2.
    reason : (N,) array_like of int, optional
        Why estimates are missing, codes of :class:`~riskpanel.risk.evidence.Reason`, to be passed on; without
        it a missing estimate is ``DEGENERATE``.

    Returns
    -------
    ShrunkBetas
        Arrays of shape (N,). NaN where there is no estimate to shrink; all NaN (``SMALL_UNIVERSE``) below
        ``min_universe`` members.

    Raises
    ------
    ValueError
        On shapes that do not fit, infinite values, a negative standard error, a universe that is not
        boolean, or ``min_universe`` below 2.

    Notes
    -----
    .. math::
        \tilde b_i = w_i b_i + (1 - w_i) \bar b, \quad w_i = \frac{\tau^2}{\tau^2 + se_i^2}, \quad
        \tau^2 = \max\big(\mathrm{var}(b) - \overline{se^2},\; 0.01\big), \quad
        \tilde{se}_i = \sqrt{w_i}\, se_i

    with mean, sample variance and mean squared error over the members of the universe. The floor is part of
    the method: a cross-section that looks narrower than its noise still has betas that differ. Sums over the
    universe are exact, so the order of its members changes no bit. A missing estimate is not replaced by
    the mean.

    References
    ----------
    Vasicek (1973), *A Note on Using Cross-Sectional Information in Bayesian Estimation of Security Betas*.

    Examples
    --------
    >>> b = np.linspace(0.5, 1.5, 21)
    >>> shrunk = vasicek_shrinkage(b, np.full(21, 0.2), universe=np.ones(21, bool))
    >>> round(shrunk.mean, 12), round(float(shrunk.weight[0]), 4), round(float(shrunk.beta[0]), 4)
    (1.0, 0.5844, 0.7078)
    """
    estimates, errors, members = _checked(beta, std_error, universe)
    if min_universe < 2:
        raise ValueError(f"min_universe must be at least 2: a spread, not {min_universe}")
    known = np.isfinite(estimates) & np.isfinite(errors)
    n_universe = int((members & known).sum())
    enough = n_universe >= min_universe
    mean, tau_squared = _prior(estimates, errors, members & known) if enough else (np.nan, np.nan)
    # tau² / (tau² + se²) needs no guard: the floor keeps tau² above 0.
    weight = tau_squared / (tau_squared + np.square(errors))
    weight = np.where(known, weight, np.nan)
    absent = np.full(len(known), Reason.DEGENERATE) if reason is None else np.asarray(reason)
    if absent.shape != known.shape:
        raise ValueError(f"reason must have shape {known.shape}, not {absent.shape}")
    absent = np.where(absent == Reason.NONE, Reason.DEGENERATE, absent)
    return ShrunkBetas(
        beta=weight * estimates + (1.0 - weight) * mean,
        std_error=np.sqrt(weight) * errors,
        weight=weight,
        reason=np.where(known, Reason.NONE if enough else Reason.SMALL_UNIVERSE, absent).astype(np.int8),
        mean=float(mean),
        dispersion=float(np.sqrt(tau_squared)),
        n_universe=n_universe,
    )


def _prior(estimates: FloatArray, errors: FloatArray, members: BoolArray) -> tuple[float, float]:
    """Mean and variance of the true betas of the universe."""
    betas, n = estimates[members], int(members.sum())
    mean = math.fsum(betas) / n
    variance = math.fsum(np.square(betas - mean)) / (n - 1)
    return mean, max(variance - math.fsum(np.square(errors[members])) / n, LEAST_TAU_SQUARED)


def _checked(
    beta: ArrayLike, std_error: ArrayLike, universe: ArrayLike
) -> tuple[FloatArray, FloatArray, BoolArray]:
    estimates, errors = np.asarray(beta, dtype=np.float64), np.asarray(std_error, dtype=np.float64)
    members = np.asarray(universe)
    if estimates.ndim != 1 or not estimates.shape == errors.shape == members.shape:
        shapes = f"{estimates.shape}, {errors.shape} and {members.shape}"
        raise ValueError(f"beta, std_error and universe must have one shape (N,), not {shapes}")
    if members.dtype != np.bool_:
        raise ValueError(f"universe must be boolean, not {members.dtype}")
    if np.isinf(estimates).any() or np.isinf(errors).any() or (errors < 0).any():
        raise ValueError("beta must be finite, and std_error finite and at least 0; missing is NaN")
    return estimates, errors, members

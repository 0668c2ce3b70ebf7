"""How good forecasts of volatility were: what followed, the loss, and whether two losses really differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from riskpanel.risk.arrays import FloatArray, IntArray, as_columns, as_series
from riskpanel.risk.realized import SESSIONS_IN_YEAR


def realized_variance_after(
    returns: ArrayLike, *, window: int = 21, min_obs: int = 16, annualization: int = SESSIONS_IN_YEAR
) -> FloatArray:
    r"""Compute the variance that was realized over the ``window`` rows strictly after each row.

    Parameters
    ----------
    returns : (T, N) or (T,) array_like
        Simple returns, decimal; NaN means missing.
    window, min_obs : int
        Sessions ahead and fewest returns among them; ``min_obs`` at least 1 and at most ``window``.
    annualization : int
        Sessions in a year.

    Returns
    -------
    (T, N) or (T,) float64
        Annualised, decimal squared. NaN below ``min_obs`` returns, and in the last ``window`` rows, whose
        future is not over.

    Raises
    ------
    ValueError
        On a window below 1, ``min_obs`` outside 1 to ``window``, or infinite returns.

    Notes
    -----
    .. math:: RV_t = \frac{252}{n} \sum_{k=1}^{21} r_{t+k}^2

    over the n returns that exist. The mean is not subtracted: over weeks it is noise. Row t is made of rows
    t + 1 to t + ``window`` and of no others, so it must never stand on the side of what was known.

    References
    ----------
    Andersen, Bollerslev (1998), *Answering the Skeptics: Yes, Standard Volatility Models Do Provide Accurate
    Forecasts*.

    Examples
    --------
    >>> after = realized_variance_after([0.5, 0.01, -0.03, 0.02], window=2, min_obs=2, annualization=1)
    >>> after.round(6).tolist()
    [0.0005, 0.00065, nan, nan]
    """
    if not 1 <= min_obs <= window:
        raise ValueError(f"min_obs must be from 1 to the window of {window} sessions, not {min_obs}")
    columns, shape = as_columns(returns, "returns")
    rows = len(columns)
    present = np.isfinite(columns)
    squares = np.square(np.where(present, columns, 0.0))
    total, n = np.zeros_like(columns), np.zeros_like(columns)
    for ahead in range(1, min(window, rows - 1) + 1):
        total[: rows - ahead] += squares[ahead:]
        n[: rows - ahead] += present[ahead:]
    over = np.arange(rows)[:, None] + window < rows
    mean = total / np.where(n > 0, n, np.nan)
    return np.where(over & (n >= min_obs), annualization * mean, np.nan).reshape(rows, *shape)


def qlike(realized_variance: ArrayLike, forecast_variance: ArrayLike) -> FloatArray:
    r"""Measure the QLIKE loss of variance forecasts: 0 is perfect, lower is better.

    Parameters
    ----------
    realized_variance : (N,) array_like
        What followed, any shape; NaN means missing.
    forecast_variance : (N,) array_like
        What was expected, in the same unit and of a shape that broadcasts; NaN means missing.

    Returns
    -------
    (N,) float64
        NaN where either is missing or 0: the loss has no value there.

    Raises
    ------
    ValueError
        On negative or infinite variances.

    Notes
    -----
    .. math:: L(RV, h) = \frac{RV}{h} - \ln \frac{RV}{h} - 1

    It is never negative, does not change when both are scaled, punishes a forecast that is too low more than
    one that is too high, and ranks forecasts rightly although RV is itself a noisy measure of variance.

    References
    ----------
    Patton (2011), *Volatility Forecast Comparison Using Imperfect Volatility Proxies*.

    Examples
    --------
    >>> qlike([0.04, 0.04, 0.04], [0.04, 0.08, 0.02]).round(4).tolist()
    [0.0, 0.1931, 0.3069]
    """
    ratio = _variance(realized_variance, "realized_variance") / _variance(
        forecast_variance, "forecast_variance"
    )
    return np.maximum(ratio - np.log(ratio) - 1.0, 0.0)  # -1e-16 is a rounded 0


def _variance(values: ArrayLike, name: str) -> FloatArray:
    """Return variances as float64, NaN for 0."""
    array = np.asarray(values, dtype=np.float64)
    if np.isinf(array).any() or (array < 0).any():
        raise ValueError(f"{name} holds a negative or infinite value; missing is NaN")
    return np.where(array > 0, array, np.nan)


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """Mean of differences and its evidence; ``n_obs`` differences in ``n_groups`` independent groups.

    ``p_value`` is two-sided, for a true mean of 0. NaN where there are too few groups, or no spread.
    """

    mean: float
    std_error: float
    t_statistic: float
    p_value: float
    n_obs: int
    n_groups: int


def mean_difference(differences: ArrayLike, groups: ArrayLike, *, min_groups: int = 6) -> MeanDifference:
    r"""Test whether differences of losses are 0 on average, when those of a group are not independent.

    Parameters
    ----------
    differences : (N,) array_like
        Loss of one forecast less that of the other; NaN means missing.
    groups : (N,) array_like of int
        Differences with the same number happened together and count as one piece of evidence.
    min_groups : int
        Fewest groups for a standard error, at least 2.

    Returns
    -------
    MeanDifference
        The mean is NaN without any difference; the rest is NaN below ``min_groups`` groups and where the
        groups do not vary (nothing is known of the chance in them).

    Raises
    ------
    ValueError
        On infinite differences, shapes that do not fit, or ``min_groups`` below 2.

    Notes
    -----
    With d the N differences, m their mean and G groups:

    .. math::
        u_g = \sum_{i \in g} (d_i - m), \quad
        se(m) = \frac{1}{N} \sqrt{\frac{G}{G - 1} \sum_g u_g^2}, \quad t = m / se(m)

    and p from Student's t with G - 1 degrees of freedom. Where every group has as many differences, this is
    the test of Diebold and Mariano on the groups' averages. Forty stocks that were scored over the same
    month are one piece of evidence, not forty: giving every series twice changes nothing.

    References
    ----------
    Diebold, Mariano (1995), *Comparing Predictive Accuracy*; Liang, Zeger (1986), *Longitudinal Data Analysis
    Using Generalized Linear Models*.

    Examples
    --------
    >>> test = mean_difference([-0.1, -0.3, -0.2, -0.2, 0.0, -0.2], [0, 0, 1, 1, 2, 2], min_groups=3)
    >>> round(test.mean, 4), round(test.t_statistic, 4), test.n_groups
    (-0.1667, -5.0, 3)
    """
    if min_groups < 2:
        raise ValueError(f"min_groups must be at least 2: one group has no spread, not {min_groups}")
    values = np.asarray(differences, dtype=np.float64)
    loss = as_series(values, "differences", len(np.atleast_1d(values)))
    labels = np.asarray(groups)
    if labels.shape != loss.shape:
        raise ValueError(f"groups must have shape {loss.shape}, not {labels.shape}")
    known = np.isfinite(loss)
    return _tested(loss[known], np.unique(labels[known], return_inverse=True)[1], min_groups)


def _tested(loss: FloatArray, group: IntArray, min_groups: int) -> MeanDifference:
    n, n_groups = len(loss), int(group.max(initial=-1)) + 1
    mean = float(loss.sum() / n) if n else np.nan
    std_error = t_statistic = p_value = np.nan
    if n_groups >= min_groups:
        sums = np.bincount(group, weights=loss - mean)
        spread = float(np.sqrt(n_groups / (n_groups - 1) * np.square(sums).sum()))
        if spread > n * np.finfo(np.float64).eps * np.abs(loss).sum():  # more than the dust of summing
            std_error = spread / n
            t_statistic = mean / std_error
            p_value = float(2.0 * stdtr(n_groups - 1, -abs(t_statistic)))
    return MeanDifference(mean, std_error, t_statistic, p_value, n, n_groups)

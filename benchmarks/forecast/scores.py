"""Tables of scores: every method on the same cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.forecast.scoring import calibration, coverage, diebold_mariano, qlike, root_mean_square_error

from riskpanel.risk.arrays import BoolArray, FloatArray

ANNUAL = 252
RIVALS = ("rolling 21 sessions", "EWMA 0.97")  # what people use, and the best of it


@dataclass(frozen=True, slots=True)
class Method:
    """Forecasts of one method at all origins, (D, N): variance a session, and annualised read-outs."""

    name: str
    variance: FloatArray
    volatility: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None


def plain(name: str, variance: FloatArray) -> Method:
    """Return a method whose volatility is the root of its variance, without a band."""
    return Method(name, variance, np.sqrt(ANNUAL * variance))


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of one method; ``calm`` leaves out the origins just before and in the crash of 2020.

    ``scaled`` is QLIKE after multiplication by the constant that made mean RV/h 1 in training, ``t`` the
    Diebold-Mariano statistics against the rivals, ``band`` the shares of outcomes below, inside, above.
    ``ratio`` is the mean of realized over shown volatility; ``bias`` mean shown over mean realized, less 1,
    as ``riskpanel evaluate`` reports it. They differ: small denominators push the first one up.
    """

    name: str
    qlike: float
    calm: float
    scaled: float | None
    rmse: float
    ratio: float
    bias: float
    slope: float
    t: tuple[float | None, ...]
    band: tuple[float, float, float] | None
    n_cells: int


def common_cells(methods: Sequence[Method], realized: FloatArray) -> BoolArray:
    """Return where a target above 0 and a forecast of every method exist."""
    there = realized > 0
    for method in methods:
        there &= np.isfinite(method.variance) & (method.variance > 0)
    return there


def unbiasing_constant(variance: FloatArray, realized: FloatArray) -> float:
    """Return mean RV/h, the factor that makes a forecast of variance unbiased on these cells."""
    there = np.isfinite(variance) & (variance > 0) & np.isfinite(realized)
    return float(np.mean(realized[there] / variance[there]))


def score(
    method: Method, realized: FloatArray, *, calm: BoolArray, rivals: Sequence[Method], constant: float | None
) -> Score:
    """Score one method; ``realized`` is NaN outside the common cells, ``calm`` marks origins."""
    loss = qlike(realized, method.variance)
    outcome = np.sqrt(ANNUAL * realized)
    t = tuple(
        None if rival is method else diebold_mariano(loss, qlike(realized, rival.variance)).t
        for rival in rivals
    )
    band = None
    if method.low is not None and method.high is not None:
        band = coverage(outcome, method.low, method.high)
    volatility = np.where(np.isfinite(realized), method.volatility, np.nan)
    return Score(
        name=method.name,
        qlike=float(np.nanmean(loss)),
        calm=float(np.nanmean(loss[calm])),
        scaled=None if constant is None else float(np.nanmean(qlike(realized, constant * method.variance))),
        rmse=root_mean_square_error(outcome, volatility),
        ratio=float(np.nanmean(outcome / volatility)),
        bias=float(np.nanmean(volatility) / np.nanmean(outcome)) - 1.0,
        slope=calibration(outcome, volatility).slope,
        t=t,
        band=band,
        n_cells=int(np.isfinite(loss).sum()),
    )


def score_all(
    methods: Sequence[Method], realized: FloatArray, *, calm: BoolArray, constants: Sequence[float | None]
) -> list[Score]:
    """Score all methods on the cells that they have in common, each against ``RIVALS``."""
    rivals = [method for name in RIVALS for method in methods if method.name == name]
    cells = np.where(common_cells(methods, realized), realized, np.nan)
    return [
        score(method, cells, calm=calm, rivals=rivals, constant=constant)
        for method, constant in zip(methods, constants, strict=True)
    ]

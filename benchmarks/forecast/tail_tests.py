"""Tests of a value at risk: how often it is exceeded, whether exceedances cluster, how large they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, xlogy

from riskpanel.risk.arrays import FloatArray

Exceedances = NDArray[np.bool_]


def kupiec(exceeded: Exceedances, *, share: float) -> float:
    """Return the p-value of exceedances coming at the promised share: likelihood ratio, chi-square(1)."""
    n, hits = len(exceeded), int(exceeded.sum())
    found = hits / n
    promised = xlogy(hits, share) + xlogy(n - hits, 1.0 - share)
    fitted = xlogy(hits, found) + xlogy(n - hits, 1.0 - found)
    return float(chdtrc(1, max(2.0 * (fitted - promised), 0.0)))


def christoffersen(exceeded: Exceedances) -> float:
    """Return the p-value of an exceedance being as likely after one as after none (first-order Markov)."""
    before, after = exceeded[:-1], exceeded[1:]
    counts = np.array([[np.sum((before == b) & (after == a)) for a in (False, True)] for b in (False, True)])
    visits = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    dependent = xlogy(counts, counts / visits).sum()
    independent = xlogy(counts.sum(axis=0), counts.sum(axis=0) / counts.sum()).sum()
    return float(chdtrc(1, max(2.0 * (dependent - independent), 0.0)))


@dataclass(frozen=True, slots=True)
class TailScore:
    """How a method did on one series.

    ``days`` forecast, ``exceedances`` counted, ``after`` those on the day after one, ``beyond`` the days with
    a loss above the expected shortfall, p-values of both tests, ``loss`` and ``shortfall`` summed over the
    days with an exceedance: what was lost and what the expected shortfall had said.
    """

    days: int
    exceedances: int
    after: int
    beyond: int
    frequency_p: float
    clustering_p: float
    loss: float
    shortfall: float


def score(returns: FloatArray, at_risk: FloatArray, shortfall: FloatArray, *, level: float) -> TailScore:
    """Score forecasts (D,) against the returns (D,) of the days that they were made for."""
    exceeded = returns < -at_risk
    return TailScore(
        days=len(returns),
        exceedances=int(exceeded.sum()),
        after=int((exceeded[1:] & exceeded[:-1]).sum()),
        beyond=int((returns < -shortfall).sum()),
        frequency_p=kupiec(exceeded, share=1.0 - level),
        clustering_p=christoffersen(exceeded),
        loss=float(-returns[exceeded].sum()),
        shortfall=float(shortfall[exceeded].sum()),
    )


@dataclass(frozen=True, slots=True)
class GroupScore:
    """How a method did on several series together."""

    series: int
    days: int
    share: float
    share_after: float
    share_beyond: float
    frequency_rejected: int
    clustering_rejected: int
    shortfall_ratio: float


def pool(scores: list[TailScore], *, significance: float = 0.05) -> GroupScore:
    """Add up the scores of several series; rejections count those with a p-value below ``significance``."""
    days, hits = (sum(getattr(one, name) for one in scores) for name in ("days", "exceedances"))
    return GroupScore(
        series=len(scores),
        days=days,
        share=hits / days,
        share_after=sum(one.after for one in scores) / hits,
        share_beyond=sum(one.beyond for one in scores) / days,
        frequency_rejected=sum(one.frequency_p < significance for one in scores),
        clustering_rejected=sum(one.clustering_p < significance for one in scores),
        shortfall_ratio=sum(one.loss for one in scores) / sum(one.shortfall for one in scores),
    )

"""The track record: stored forecasts of volatility against what followed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from riskpanel.book.forecast_scores import (
    HORIZON,
    NO_MOVEMENT,
    Comparison,
    Losses,
    Score,
    StoredForecasts,
)
from riskpanel.book.panel import DateArray, PricePanel
from riskpanel.risk import realized_variance_after
from riskpanel.risk.arrays import BoolArray, CodeArray, FloatArray, IntArray

MIN_RETURNS = 16  # of the 21 after a forecast, for what followed to be measured


class Unscored(IntEnum):
    """Why a forecast whose sessions are over has no score."""

    NONE = 0
    PRICES_MISSING = 1
    NO_MOVEMENT = 2
    HOLDINGS_CHANGED = 3
    UNVALUED = 4

    @property
    def label(self) -> str | None:
        """Lower-case word of the JSON document; None where there is a score."""
        return None if self is Unscored.NONE else self.name.lower()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What followed K forecasts: annualised ``variance`` (K,), NaN with a code of ``reasons`` (K,)."""

    variance: FloatArray
    reasons: CodeArray


@dataclass(frozen=True, slots=True)
class UnscoredGroup:
    """Forecasts that are over and have no score for one reason, and the series that they belong to."""

    reason: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Scores of all forecasts of one kind, by series and by method.

    ``stored`` forecasts, ``open`` of them without their 21 sessions yet, ``overlapping`` of them over but
    left out because they share sessions with a chosen one. The rest is scored, or in ``unscored``.
    ``better`` of ``comparable`` series have a lower loss with the model.
    """

    stored: int
    open: int
    overlapping: int
    pooled: Score
    comparison: Comparison
    better: int
    comparable: int
    series: tuple[Score, ...]
    methods: tuple[Score, ...]
    unscored: tuple[UnscoredGroup, ...]


def choose_origins(present: BoolArray, *, last_row: int) -> BoolArray:
    """Choose the forecasts to score: no two of a series share a session of what followed.

    Parameters
    ----------
    present : (T, N) bool
        Where a forecast is stored.
    last_row : int
        Row of the newest session with prices: forecasts of the last 21 rows up to it are still open.

    Returns
    -------
    (T, N) bool
        In each column the newest forecast that is over, the newest one at least 21 sessions before it, and so
        on: every 21st session where one is stored every session.
    """
    n_series: int = present.shape[1]
    every: IntArray = np.arange(n_series)
    rows = np.arange(len(present), dtype=np.int32)[:, None]
    newest = np.maximum.accumulate(np.where(present, rows, np.int32(-1)), axis=0)  # at or before each row
    chosen = np.zeros_like(present)
    at = np.full(n_series, last_row - HORIZON)
    while (at >= 0).any():
        found = np.where(at >= 0, newest[np.maximum(at, 0), every], -1)
        chosen[found[found >= 0], every[found >= 0]] = True
        at = found - HORIZON  # where nothing was found this stays below 0
    return chosen


def instrument_outcomes(forecasts: StoredForecasts, panel: PricePanel, *, annualization: int) -> Outcomes:
    """Measure what followed the forecasts of instruments, whose series are the panel's columns."""
    after = realized_variance_after(
        panel.returns, window=HORIZON, min_obs=MIN_RETURNS, annualization=annualization
    )
    return outcomes_of(after[forecasts.rows, forecasts.series])


def outcomes_of(variance: FloatArray, known: CodeArray | None = None) -> Outcomes:
    """Put the reason beside each variance (K,) that is missing or stands still, where none is ``known``."""
    codes = np.where(np.isnan(variance), Unscored.PRICES_MISSING, Unscored.NONE)
    codes = np.where(variance <= NO_MOVEMENT, Unscored.NO_MOVEMENT, codes)
    if known is not None:
        codes = np.where(known != Unscored.NONE, known, codes)
    return Outcomes(np.where(codes == Unscored.NONE, variance, np.nan), codes.astype(np.int8))


def build_track_record(
    forecasts: StoredForecasts,
    outcomes: Outcomes,
    present: BoolArray,
    *,
    last_row: int,
    names: Sequence[str],
    sessions: DateArray,
) -> TrackRecord:
    """Score the chosen forecasts of one kind.

    Parameters
    ----------
    forecasts : StoredForecasts
        The K forecasts of :func:`choose_origins`.
    outcomes : Outcomes
        What followed each.
    present : (T, N) bool
        Where a forecast is stored.
    last_row : int
        As in :func:`choose_origins`.
    names : sequence of str
        Of the N series.
    sessions : (T,) datetime64[D]

    Returns
    -------
    TrackRecord
    """
    losses = Losses(forecasts, outcomes.variance, sessions)
    chosen: list[int] = np.unique(forecasts.series).tolist()
    places = np.searchsorted(chosen, forecasts.series)
    series = losses.scores(places, [names[position] for position in chosen])
    stored, still_open = int(present.sum()), int(present[max(last_row - HORIZON + 1, 0) :].sum())
    return TrackRecord(
        stored=stored,
        open=still_open,
        overlapping=stored - still_open - len(forecasts),
        pooled=losses.scores(np.zeros(len(forecasts), dtype=np.int64), ["all"])[0],
        comparison=losses.comparison(),
        better=sum(score.better for score in series),
        comparable=sum(score.compared > 0 for score in series),
        series=series,
        methods=losses.scores(forecasts.method, forecasts.methods),
        unscored=_unscored(forecasts, outcomes, names),
    )


def _unscored(
    forecasts: StoredForecasts, outcomes: Outcomes, names: Sequence[str]
) -> tuple[UnscoredGroup, ...]:
    groups: list[UnscoredGroup] = []
    for reason in Unscored:
        where = outcomes.reasons == reason
        if reason.label and where.any():
            affected: list[int] = np.unique(forecasts.series[where]).tolist()
            groups.append(UnscoredGroup(reason.label, int(where.sum()), tuple(names[n] for n in affected)))
    return tuple(groups)

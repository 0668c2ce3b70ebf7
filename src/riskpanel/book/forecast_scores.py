"""Scores of stored forecasts: losses, bias and band, summed by any grouping of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from riskpanel.book.panel import DateArray
from riskpanel.risk import mean_difference, qlike
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray

HORIZON = 21  # sessions that a forecast is about
NO_MOVEMENT = 1e-12  # an annualised variance up to this (0.0001 % of volatility) is a price that stands still


@dataclass(frozen=True, slots=True)
class StoredForecasts:
    """K stored forecasts, as columns (K,), sorted by series and row; NaN where a number is not stored.

    ``rows`` of the sessions, ``series`` (a position among names), ``variance`` expected, annualised;
    ``volatility`` as displayed with its band ``low`` to ``high``; ``rolling`` the volatility realized up to
    the forecast's own session; ``method`` a position in ``methods``; ``in_time`` whether the row as it is
    was stored by the session after its own, rather than computed or changed later.
    """

    rows: IntArray
    series: IntArray
    variance: FloatArray
    volatility: FloatArray
    low: FloatArray
    high: FloatArray
    rolling: FloatArray
    method: IntArray
    in_time: BoolArray
    methods: tuple[str, ...]

    def __len__(self) -> int:
        """Count the forecasts."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Score:
    """How a set of forecasts did; None where nothing could be measured.

    ``scored`` forecasts, dated ``first`` to ``last``; ``in_time`` of them were stored by the next session,
    ``compared`` have a rolling volatility too and are behind both QLIKE, ``banded`` have a band. Bias is
    relative, decimal: +0.1 expected 10 % too much. ``band_coverage`` is the share of realized volatilities
    inside the band.
    """

    name: str
    first: date | None
    last: date | None
    scored: int
    in_time: int
    compared: int
    banded: int
    qlike_model: float | None
    qlike_rolling: float | None
    volatility_bias: float | None
    variance_bias: float | None
    band_coverage: float | None

    @property
    def better(self) -> bool:
        """Whether the model's loss is below that of the rolling volatility."""
        if self.qlike_model is None or self.qlike_rolling is None:
            return False
        return self.qlike_model < self.qlike_rolling


@dataclass(frozen=True, slots=True)
class Comparison:
    """QLIKE of the model less that of the rolling volatility: mean, t and p over independent periods."""

    difference: float | None
    t_statistic: float | None
    p_value: float | None
    periods: int


class Losses:
    """The losses of K forecasts, given the variance ``realized`` (K,) after each, NaN where unknown."""

    def __init__(self, forecasts: StoredForecasts, realized: FloatArray, sessions: DateArray) -> None:
        rolling = np.square(forecasts.rolling)
        model = qlike(realized, forecasts.variance)
        benchmark = qlike(realized, np.where(rolling > NO_MOVEMENT, rolling, np.nan))
        self._forecasts, self._realized, self._sessions = forecasts, realized, sessions
        # Both are judged on the same forecasts.
        self._compared = np.isfinite(model) & np.isfinite(benchmark)
        self._model = np.where(self._compared, model, np.nan)
        self._rolling = np.where(self._compared, benchmark, np.nan)

    def comparison(self) -> Comparison:
        """Compare the two losses; forecasts of the same 21 sessions are one piece of evidence.

        Periods count back from the newest forecast; a series has at most one forecast in each.
        """
        rows = self._forecasts.rows
        periods = (rows.max(initial=0) - rows) // HORIZON
        test = mean_difference(self._model - self._rolling, periods)
        return Comparison(
            _known(test.mean), _known(test.t_statistic), _known(test.p_value), periods=test.n_groups
        )

    def scores(self, groups: IntArray, names: Sequence[str]) -> tuple[Score, ...]:
        """Score each group (K,) of forecasts; ``names`` has one a group."""
        found, realized = self._forecasts, self._realized
        scored = np.isfinite(realized)
        volatility = np.sqrt(realized)
        banded = scored & np.isfinite(found.low) & np.isfinite(found.high)
        inside = banded & (found.low <= volatility) & (volatility <= found.high)

        def total(values: FloatArray | BoolArray) -> FloatArray:
            counted = np.where(scored, np.nan_to_num(values.astype(np.float64)), 0.0)
            sums: FloatArray = np.bincount(groups, counted, len(names)).astype(np.float64)
            return sums

        n_compared, n_banded = total(self._compared), total(banded)
        counts = (total(scored), total(found.in_time), n_compared, n_banded)
        means = (
            _ratio(total(self._model), n_compared),
            _ratio(total(self._rolling), n_compared),
            _ratio(total(found.volatility), total(volatility)) - 1.0,
            _ratio(total(found.variance), total(realized)) - 1.0,
            _ratio(total(inside), n_banded),
        )
        spans = self._spans(groups[scored], found.rows[scored], len(names))
        lines = zip(names, spans, _rows_of(counts), _rows_of(means), strict=True)
        return tuple(_score(name, *span, sums, ratios) for name, span, sums, ratios in lines)

    def _spans(
        self, groups: IntArray, rows: IntArray, n_groups: int
    ) -> list[tuple[date, date] | tuple[None, None]]:
        """First and last session of each group."""
        first, last = np.full(n_groups, len(self._sessions)), np.full(n_groups, -1)
        np.minimum.at(first, groups, rows)
        np.maximum.at(last, groups, rows)
        days: list[date] = self._sessions.tolist()
        return [
            (days[a], days[b]) if b >= 0 else (None, None)
            for a, b in zip(first.tolist(), last.tolist(), strict=True)
        ]


def _score(
    name: str, first: date | None, last: date | None, sums: Sequence[float], means: Sequence[float]
) -> Score:
    scored, in_time, compared, banded = (int(count) for count in sums)
    model, rolling, volatility_bias, variance_bias, inside = (_known(mean) for mean in means)
    return Score(
        name=name,
        first=first,
        last=last,
        scored=scored,
        in_time=in_time,
        compared=compared,
        banded=banded,
        qlike_model=model,
        qlike_rolling=rolling,
        volatility_bias=volatility_bias,
        variance_bias=variance_bias,
        band_coverage=inside,
    )


def _rows_of(columns: Sequence[FloatArray]) -> list[list[float]]:
    """Turn columns of one number a group into one list a group."""
    rows: list[list[float]] = np.column_stack(columns).tolist()
    return rows


def _ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    return numerator / np.where(denominator > 0, denominator, np.nan)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

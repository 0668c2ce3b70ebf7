"""Stored forecasts, as columns: a fixed number of statements however many series and days there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa

from riskpanel.book.forecast_scores import StoredForecasts
from riskpanel.book.mix_outcomes import StoredBooks
from riskpanel.book.panel import DateArray
from riskpanel.risk.arrays import BoolArray, FloatArray
from riskpanel.store.schema import batch_runs, instrument_volatility, portfolio_snapshots

_BATCH = 100_000


@dataclass(frozen=True, slots=True)
class ForecastTable:
    """Where forecasts of one kind are stored: columns of series, day, numbers and method, and further ones.

    ``numbers`` are expected variance, expected volatility, its low and high, and realized volatility.
    """

    series: sa.Column[Any]
    day: sa.Column[Any]
    numbers: tuple[sa.Column[Any], ...]
    method: sa.Column[Any]
    updated: sa.Column[Any]
    further: tuple[sa.Column[Any], ...] = ()

    def between(self, first: date | None, last: date | None) -> sa.ColumnElement[bool]:
        """Restrict to rows with a forecast, of the days of a range; None leaves an end open."""
        limits = [self.day >= first] if first else []
        limits += [self.day <= last] if last else []
        return sa.and_(*(column.is_not(None) for column in self.numbers[:2]), *limits)


_OF_INSTRUMENT, _OF_PORTFOLIO = instrument_volatility.c, portfolio_snapshots.c
INSTRUMENT_FORECASTS = ForecastTable(
    series=_OF_INSTRUMENT.symbol,
    day=_OF_INSTRUMENT.calculation_date,
    numbers=(
        _OF_INSTRUMENT.expected_variance,
        _OF_INSTRUMENT.expected_vol_21d,
        _OF_INSTRUMENT.expected_vol_low,
        _OF_INSTRUMENT.expected_vol_high,
        _OF_INSTRUMENT.realized_vol_21d,
    ),
    method=_OF_INSTRUMENT.expected_vol_method,
    updated=_OF_INSTRUMENT.updated_at,
)
PORTFOLIO_FORECASTS = ForecastTable(
    series=_OF_PORTFOLIO.portfolio_id,
    day=_OF_PORTFOLIO.snapshot_date,
    numbers=(
        _OF_PORTFOLIO.expected_variance,
        _OF_PORTFOLIO.expected_volatility_21d,
        _OF_PORTFOLIO.expected_volatility_low,
        _OF_PORTFOLIO.expected_volatility_high,
        _OF_PORTFOLIO.realized_volatility_21d,
    ),
    method=_OF_PORTFOLIO.expected_volatility_method,
    updated=_OF_PORTFOLIO.updated_at,
    further=(
        _OF_PORTFOLIO.cash_value,
        _OF_PORTFOLIO.gross_exposure,
        _OF_PORTFOLIO.net_exposure,
        _OF_PORTFOLIO.positions_count,
    ),
)


def load_forecast_dates(
    conn: sa.Connection, *, first: date | None = None, last: date | None = None
) -> tuple[date, date] | None:
    """Load the first and the last day of a range with any stored forecast; None for none."""
    spans = [
        row
        for table in (INSTRUMENT_FORECASTS, PORTFOLIO_FORECASTS)
        for row in conn.execute(
            sa.select(sa.func.min(table.day), sa.func.max(table.day)).where(table.between(first, last))
        )
        if row[0] is not None
    ]
    return (min(row[0] for row in spans), max(row[1] for row in spans)) if spans else None


def load_forecast_symbols(conn: sa.Connection, first: date, last: date) -> tuple[str, ...]:
    """Load the symbols with a forecast between two days, sorted."""
    table = INSTRUMENT_FORECASTS
    query = sa.select(table.series).where(table.between(first, last)).distinct()
    return tuple(sorted(conn.execute(query).scalars()))


def load_annualizations(conn: sa.Connection, first: date, last: date) -> frozenset[int]:
    """Load the sessions in a year that the stored forecasts of a range were annualised with."""
    table = PORTFOLIO_FORECASTS
    runs = sa.select(_OF_PORTFOLIO.run_id).where(table.between(first, last)).distinct()
    policies = conn.execute(sa.select(batch_runs.c.policy).where(batch_runs.c.id.in_(runs))).scalars()
    return frozenset(policy["annualization"] for policy in policies)


def load_presence(
    conn: sa.Connection,
    table: ForecastTable,
    names: Sequence[object],
    *,
    sessions: DateArray,
    first: date,
    last: date,
) -> BoolArray:
    """Load where a forecast is stored: (T, N) over ``sessions`` and series ``names``."""
    present = np.zeros((len(sessions), len(names)), dtype=np.bool_)
    row_of, series_of = _positions(sessions, names)
    query = sa.select(table.day, table.series).where(table.between(first, last))
    for batch in conn.execution_options(yield_per=_BATCH).execute(query).partitions():
        places = np.array(
            [(row_of[day], series_of[name]) for day, name in batch if day in row_of], dtype=np.int64
        ).reshape(-1, 2)
        present[places[:, 0], places[:, 1]] = True
    return present


def load_instrument_forecasts(
    conn: sa.Connection, chosen: BoolArray, names: Sequence[object], sessions: DateArray
) -> StoredForecasts:
    """Load the chosen (T, N) forecasts of instruments."""
    return _load_chosen(conn, INSTRUMENT_FORECASTS, chosen, names, sessions)[0]


def load_portfolio_forecasts(
    conn: sa.Connection, chosen: BoolArray, names: Sequence[object], sessions: DateArray
) -> tuple[StoredForecasts, StoredBooks]:
    """Load the chosen (T, P) forecasts of portfolios, by id, and what their snapshots say of the books."""
    forecasts, (cash, gross, net, held) = _load_chosen(conn, PORTFOLIO_FORECASTS, chosen, names, sessions)
    return forecasts, StoredBooks(cash, gross, net, held.astype(np.int64))


def _load_chosen(
    conn: sa.Connection,
    table: ForecastTable,
    chosen: BoolArray,
    names: Sequence[object],
    sessions: DateArray,
) -> tuple[StoredForecasts, FloatArray]:
    """Load chosen forecasts, and the further columns (F, K) of the table; only their days are read."""
    row_of, series_of = _positions(sessions, names)
    days: list[date] = sessions[chosen.any(axis=1)].tolist()
    numbers_of = (*table.numbers, *table.further)
    query = sa.select(table.day, table.series, table.method, table.updated, *numbers_of).where(
        table.between(None, None), table.day.in_(days)
    )
    places: list[tuple[int, int]] = []
    stored: list[date] = []
    words: list[str] = []
    numbers = [_numbers([], len(numbers_of))]
    for batch in conn.execution_options(yield_per=_BATCH).execute(query).partitions():
        rows: list[tuple[Any, ...]] = [tuple(row) for row in batch]
        kept = [row for row in rows if chosen[row_of[row[0]], series_of[row[1]]]]
        places += [(row_of[row[0]], series_of[row[1]]) for row in kept]
        words += [row[2] for row in kept]
        stored += [row[3].date() for row in kept]
        numbers.append(_numbers([row[4:] for row in kept], len(numbers_of)))
    return _sorted(places, words, stored, np.concatenate(numbers), sessions)


def _sorted(
    at_series: list[tuple[int, int]],
    words: list[str],
    stored: list[date],
    numbers: FloatArray,
    sessions: DateArray,
) -> tuple[StoredForecasts, FloatArray]:
    """Assemble forecasts by series and row; a sum must not depend on the order of the database."""
    places = np.array(at_series, dtype=np.int64).reshape(-1, 2)
    order = np.lexsort((places[:, 0], places[:, 1]))
    at, series = places[order].T
    values = numbers[order].T
    methods, method = np.unique(np.array(words, dtype=np.str_)[order], return_inverse=True)
    next_session = sessions[np.minimum(at + 1, len(sessions) - 1)]
    variance, volatility, low, high, rolling = values[:5]
    forecasts = StoredForecasts(
        rows=at,
        series=series,
        variance=variance,
        volatility=volatility,
        low=low,
        high=high,
        rolling=rolling,
        method=method.astype(np.int64),
        in_time=np.array(stored, dtype="datetime64[D]")[order] <= next_session,
        methods=tuple(methods.tolist()),
    )
    return forecasts, values[5:]


def _numbers(rows: Sequence[tuple[Any, ...]], width: int) -> FloatArray:
    """Turn rows of numbers into (K, width) float64; NULL is NaN."""
    return np.array(rows, dtype=np.float64).reshape(-1, width)


def _positions(
    sessions: DateArray, names: Sequence[object]
) -> tuple[Mapping[date, int], Mapping[object, int]]:
    row_of: dict[date, int] = {day: position for position, day in enumerate(sessions.tolist())}
    return row_of, {name: position for position, name in enumerate(names)}

"""Sector weights of benchmarks: history in, history out."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import sqlalchemy as sa

from riskpanel.book.benchmark import BenchmarkWeights, packaged_weights
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import NotFoundError
from riskpanel.store.keysets import after_key
from riskpanel.store.schema import benchmarks_sector_weights as table
from riskpanel.store.schema import instruments
from riskpanel.store.upsert import upsert

_UNKNOWN = (None,) * len(GICS_SECTORS)


@dataclass(frozen=True, slots=True)
class BenchmarkSummary:
    """A benchmark, and of which days there are sector weights."""

    code: str
    first_date: date
    newest_date: date
    dates_count: int


@dataclass(frozen=True, slots=True)
class SectorWeight:
    """A sector's share of a benchmark; None where the source did not say."""

    sector: str
    weight: float
    market_cap: Decimal | None
    num_constituents: int | None


@dataclass(frozen=True, slots=True)
class BenchmarkTable:
    """The stored sector weights of a benchmark on a day, the largest first."""

    code: str
    asof_date: date
    source: str
    method: str
    taxonomy: str
    sectors: tuple[SectorWeight, ...]


def save_benchmark(conn: sa.Connection, benchmark: BenchmarkWeights, *, now: datetime) -> int:
    """Save the 11 rows of one date; return how many were inserted or changed."""
    rows = [
        {
            "benchmark_code": benchmark.code,
            "asof_date": benchmark.asof_date,
            "sector": sector,
            "weight": weight,
            "market_cap": market_cap,
            "num_constituents": count,
            "data_source": benchmark.source,
            "method": benchmark.method,
            "taxonomy": benchmark.taxonomy,
        }
        for sector, weight, market_cap, count in zip(
            GICS_SECTORS,
            benchmark.weights.tolist(),
            benchmark.market_caps or _UNKNOWN,
            benchmark.counts or _UNKNOWN,
            strict=True,
        )
    ]
    return upsert(conn, table, rows, now=now)


def save_packaged_benchmarks(conn: sa.Connection, *, now: datetime) -> int:
    """Save the tables that ship with riskpanel, without touching a date that another source has written."""
    written = conn.execute(
        sa.select(table.c.benchmark_code, table.c.asof_date, table.c.data_source).distinct()
    ).all()
    taken = {(row.benchmark_code, row.asof_date): row.data_source for row in written}
    return sum(
        save_benchmark(conn, benchmark, now=now)
        for benchmark in packaged_weights()
        if taken.get((benchmark.code, benchmark.asof_date), benchmark.source).startswith("packaged")
    )


def load_benchmarks(conn: sa.Connection) -> tuple[BenchmarkWeights, ...]:
    """Load every dated table of every benchmark."""
    tables: dict[tuple[object, object], list[sa.Row[tuple[object, ...]]]] = {}
    for row in conn.execute(sa.select(table).order_by(*table.primary_key)):
        tables.setdefault((row.benchmark_code, row.asof_date), []).append(row)
    return tuple(_benchmark(rows) for rows in tables.values())


def load_gics_sectors(conn: sa.Connection) -> dict[str, str]:
    """Load the sector of every symbol that is classified by GICS itself, not by another vocabulary."""
    known = instruments.c
    official = (known.taxonomy == "gics", known.sector.in_(GICS_SECTORS))
    return {
        row.symbol: row.sector for row in conn.execute(sa.select(known.symbol, known.sector).where(*official))
    }


def load_benchmark_summaries(
    conn: sa.Connection, *, after: tuple[str] | None = None, limit: int
) -> tuple[BenchmarkSummary, ...]:
    """Load which benchmarks there are, by code."""
    day = table.c.asof_date
    columns: list[sa.ColumnElement[Any]] = [
        table.c.benchmark_code,
        sa.func.min(day),
        sa.func.max(day),
        sa.func.count(day.distinct()),
    ]
    query = sa.select(*columns).group_by(table.c.benchmark_code)
    rows = conn.execute(after_key(query, (table.c.benchmark_code,), after, limit=limit))
    return tuple(BenchmarkSummary(*row) for row in rows)


def load_benchmark_table(conn: sa.Connection, code: str, *, on_day: date | None = None) -> BenchmarkTable:
    """Load the newest sector weights that were known on a day; without a day the newest of all.

    Raises
    ------
    NotFoundError
        When the benchmark is not known, or was not on that day.
    """
    own = table.c.benchmark_code == code
    known = sa.true() if on_day is None else table.c.asof_date <= on_day
    newest = sa.select(sa.func.max(table.c.asof_date)).where(own, known).scalar_subquery()
    order = (table.c.weight.desc(), table.c.sector)
    rows = conn.execute(sa.select(table).where(own, table.c.asof_date == newest).order_by(*order)).all()
    if not rows:
        raise _unknown(conn, code, on_day)
    first = rows[0]
    return BenchmarkTable(
        code=code,
        asof_date=first.asof_date,
        source=first.data_source,
        method=first.method,
        taxonomy=first.taxonomy,
        sectors=tuple(SectorWeight(*(getattr(row, f.name) for f in fields(SectorWeight))) for row in rows),
    )


def _unknown(conn: sa.Connection, code: str, on_day: date | None) -> NotFoundError:
    oldest = conn.execute(sa.select(sa.func.min(table.c.asof_date)).where(table.c.benchmark_code == code))
    first = oldest.scalar()
    if first is None:
        return NotFoundError(f"no benchmark has the code {code!r}")
    return NotFoundError(f"no weights of {code!r} on {on_day}", hint=f"the oldest are of {first}")


def _benchmark(rows: list[sa.Row[tuple[object, ...]]]) -> BenchmarkWeights:
    by_sector = {row.sector: row for row in rows}
    first = rows[0]
    placed = [by_sector[sector] for sector in GICS_SECTORS if sector in by_sector]
    caps = tuple(row.market_cap for row in placed if row.market_cap is not None)
    counts = tuple(row.num_constituents for row in placed if row.num_constituents is not None)
    return BenchmarkWeights(
        code=first.benchmark_code,
        asof_date=first.asof_date,
        weights=np.array([by_sector[name].weight if name in by_sector else 0.0 for name in GICS_SECTORS]),
        source=first.data_source,
        method=first.method,
        taxonomy=first.taxonomy,
        market_caps=caps if len(caps) == len(GICS_SECTORS) else None,
        counts=counts if len(counts) == len(GICS_SECTORS) else None,
    )

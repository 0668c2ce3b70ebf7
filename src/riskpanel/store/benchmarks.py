"""Sector weights of benchmarks: history in, history out."""

from datetime import datetime

import numpy as np
import sqlalchemy as sa

from riskpanel.book.benchmark import BenchmarkWeights, packaged_weights
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.store.schema import benchmarks_sector_weights as table
from riskpanel.store.upsert import upsert


def save_benchmark(conn: sa.Connection, benchmark: BenchmarkWeights, *, now: datetime) -> int:
    """Save the 11 rows of one date; return how many were inserted or changed."""
    rows = [
        {
            "benchmark_code": benchmark.code,
            "asof_date": benchmark.asof_date,
            "sector": sector,
            "weight": weight,
            "data_source": benchmark.source,
            "method": benchmark.method,
            "taxonomy": benchmark.taxonomy,
        }
        for sector, weight in zip(GICS_SECTORS, benchmark.weights.tolist(), strict=True)
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


def _benchmark(rows: list[sa.Row[tuple[object, ...]]]) -> BenchmarkWeights:
    by_sector = {row.sector: row.weight for row in rows}
    first = rows[0]
    return BenchmarkWeights(
        code=first.benchmark_code,
        asof_date=first.asof_date,
        weights=np.array([by_sector.get(sector, 0.0) for sector in GICS_SECTORS]),
        source=first.data_source,
        method=first.method,
        taxonomy=first.taxonomy,
    )

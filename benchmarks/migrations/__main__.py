"""Writes docs/evidence/migrations.md: ``python -m benchmarks.migrations``. Takes about ten minutes."""

import platform
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa
from benchmarks.migrations.world import (
    DAYS,
    FILLS,
    FORECAST_SYMBOLS,
    PORTFOLIOS,
    SCENARIOS,
    SESSIONS,
    STRESS_SESSIONS,
    SYMBOLS,
)
from benchmarks.night.databases import KINDS, fresh_database

from riskpanel.store.contents import load_contents
from riskpanel.store.database import Store, open_store
from riskpanel.store.migrate import downgrade, revisions, upgrade

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "migrations.md"
TEMPLATE = Path(__file__).with_name("template.md")
GOAL = 60.0
EXPECTED = {
    "market_data_cache": SYMBOLS * DAYS,
    "portfolio_snapshots": PORTFOLIOS * SESSIONS,
    "instrument_volatility": FORECAST_SYMBOLS * SESSIONS,
    "stress_test_results": PORTFOLIOS * STRESS_SESSIONS * SCENARIOS,
}


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each migration by its id, and the size of the database at the newest schema."""

    up: dict[str, float] = field(default_factory=dict)
    down: dict[str, float] = field(default_factory=dict)
    megabytes: list[float] = field(default_factory=list)


def main() -> None:
    """Measure, write the page, and fail where a migration misses the goal."""
    times = {kind: measure(kind) for kind in KINDS}
    page = TEMPLATE.read_text(encoding="utf-8").format(
        table="\n".join(_row(revision.id, times) for revision in revisions()),
        sqlite_mb=times["sqlite"].megabytes[0],
        postgresql_mb=times["postgresql"].megabytes[0],
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        prices=SYMBOLS * DAYS / 1e6,
        snapshots=PORTFOLIOS * SESSIONS / 1e6,
        forecasts=FORECAST_SYMBOLS * SESSIONS / 1e6,
        stress=EXPECTED["stress_test_results"] / 1e6,
    )
    PAGE.write_text(page, encoding="utf-8")
    print(page)
    slow = {
        f"{kind} {name}": seconds
        for kind, one in times.items()
        for direction in (one.up, one.down)
        for name, seconds in direction.items()
        if seconds >= GOAL
    }
    if slow:
        sys.exit(f"slower than {GOAL:.0f} s: {slow}")


def measure(kind: str) -> Times:
    """Time every migration up, filling tables as they come, and down again."""
    times = Times()
    with fresh_database(kind) as url, open_store(url) as store:
        for revision in revisions():
            times.up[revision.id] = _seconds(lambda name=revision.id: upgrade(store, name))
            if revision.id in FILLS:
                FILLS[revision.id](url)
            print(kind, "up", revision.id, f"{times.up[revision.id]:.1f}", flush=True)
        with store.read() as conn:
            rows = load_contents(conn).rows
        assert {name: rows[name] for name in EXPECTED} == EXPECTED, rows
        times.megabytes.append(_megabytes(store))
        for revision in reversed(revisions()):
            times.down[revision.id] = _seconds(lambda: downgrade(store, "-1"))
            print(kind, "down", revision.id, f"{times.down[revision.id]:.1f}", flush=True)
    return times


def _seconds(move: Callable[[], object]) -> float:
    started = perf_counter()
    move()
    return perf_counter() - started


def _megabytes(store: Store) -> float:
    if store.file is not None:
        return store.file.stat().st_size / 1e6
    with store.read() as conn:
        return conn.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one() / 1e6


def _row(name: str, times: dict[str, Times]) -> str:
    cells = [f"{direction[name]:.1f}" for one in times.values() for direction in (one.up, one.down)]
    return f"| `{name}` | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()

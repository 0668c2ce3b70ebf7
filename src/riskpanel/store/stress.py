"""Stress tests into rows and back; rows of scenarios that are no longer computed go."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from itertools import compress

import sqlalchemy as sa

from riskpanel.book.complete import StressRecord
from riskpanel.book.snapshots import Snapshots, StressTests
from riskpanel.store.cells import money, rows_of
from riskpanel.store.computed_tables import stress_test_results
from riskpanel.store.upsert import upsert

_IDS_PER_STATEMENT = 1_000


def save_stress(conn: sa.Connection, snapshots: Snapshots, *, now: datetime) -> int:
    """Save the stress tests of snapshots; return how many rows were inserted, changed or removed.

    What an earlier run of the session stored for these portfolios under another scenario is removed: the
    scenario is gone, or its window has lost its prices.
    """
    rows = [row for tests in snapshots.stress for row in _rows(snapshots, tests)]
    changed = upsert(conn, stress_test_results, rows, now=now)
    return changed + _remove_others(conn, snapshots)


def load_stress(conn: sa.Connection, portfolio_id: int, day: date) -> tuple[StressRecord, ...]:
    """Load the stress tests of a snapshot, by kind and shock."""
    table = stress_test_results
    columns = [table.c[field.name] for field in fields(StressRecord)]
    own = (table.c.portfolio_id == portfolio_id) & (table.c.snapshot_date == day)
    order = (table.c.kind, table.c.shock.nulls_last(), table.c.scenario)
    rows = conn.execute(sa.select(*columns).where(own).order_by(*order)).all()
    return tuple(StressRecord(*row) for row in rows)


def _rows(snapshots: Snapshots, tests: StressTests) -> list[dict[str, object]]:
    scenarios = tests.scenarios
    ids, nav = snapshots.holdings.portfolio_ids[tests.rows], snapshots.valuation.nav[tests.rows]
    rows: list[dict[str, object]] = []
    for at, name in enumerate(scenarios.names):
        tested = tests.tested[:, at]
        pnl, proxied = tests.pnl[tested, at], tests.proxied[tested, at].tolist()
        columns: dict[str, Sequence[object]] = {
            "portfolio_id": ids[tested].tolist(),
            "pnl": money(pnl),
            "pnl_pct": (pnl / nav[tested]).tolist(),
            "coverage": tests.coverage[tested, at].tolist(),
            "proxied": proxied if scenarios.replayed[at] else [None] * len(pnl),
        }
        first, last = scenarios.windows[at].tolist()  # None where it is no replay
        rows += rows_of(
            columns,
            snapshot_date=snapshots.as_of,
            scenario=name,
            kind=scenarios.kinds[at],
            shock=float(tests.shocks[at]),
            window_from=first,
            window_to=last,
        )
    return rows


def _remove_others(conn: sa.Connection, snapshots: Snapshots) -> int:
    """Remove rows of the session that were not computed; portfolios with the same scenarios go together."""
    names: dict[int, list[str]] = {key: [] for key in snapshots.holdings.portfolio_ids.tolist()}
    for tests in snapshots.stress:
        ids: list[int] = snapshots.holdings.portfolio_ids[tests.rows].tolist()
        for portfolio_id, tested in zip(ids, tests.tested.tolist(), strict=True):
            names[portfolio_id] += compress(tests.scenarios.names, tested)
    alike: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for portfolio_id, computed in names.items():
        alike[tuple(computed)].append(portfolio_id)
    table, removed = stress_test_results.c, 0
    for computed, ids in alike.items():
        for start in range(0, len(ids), _IDS_PER_STATEMENT):
            other = (
                table.portfolio_id.in_(ids[start : start + _IDS_PER_STATEMENT]),
                table.snapshot_date == snapshots.as_of,
                table.scenario.not_in(computed),
            )
            removed += conn.execute(sa.delete(stress_test_results).where(*other)).rowcount
    return removed

"""Stress tests into rows and back; rows of scenarios that are no longer computed go."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from itertools import compress

import numpy as np
import polars as pl
import sqlalchemy as sa

from riskpanel.book.complete import StressRecord
from riskpanel.book.snapshots import Snapshots, StressTests
from riskpanel.risk.arrays import IntArray
from riskpanel.store.cells import money
from riskpanel.store.computed_tables import stress_test_results
from riskpanel.store.series import Cells, joined
from riskpanel.store.upsert import upsert_columns

_IDS_PER_STATEMENT = 1_000


def save_stress(conn: sa.Connection, snapshots: Snapshots, *, now: datetime) -> int:
    """Save the stress tests of snapshots; return how many rows were inserted, changed or removed.

    What an earlier run of the session stored for these portfolios under another scenario is removed: the
    scenario is gone, or its window has lost its prices.
    """
    columns = joined([_columns(snapshots, tests) for tests in snapshots.stress])
    changed = (
        upsert_columns(conn, stress_test_results, columns, now=now, snapshot_date=snapshots.as_of)
        if columns
        else 0
    )
    return changed + _remove_others(conn, snapshots)


def load_stress(conn: sa.Connection, portfolio_id: int, day: date) -> tuple[StressRecord, ...]:
    """Load the stress tests of a snapshot, by kind and shock."""
    table = stress_test_results
    columns = [table.c[field.name] for field in fields(StressRecord)]
    own = (table.c.portfolio_id == portfolio_id) & (table.c.snapshot_date == day)
    order = (table.c.kind, table.c.shock.nulls_last(), table.c.scenario)
    rows = conn.execute(sa.select(*columns).where(own).order_by(*order)).all()
    return tuple(StressRecord(*row) for row in rows)


def _columns(snapshots: Snapshots, tests: StressTests) -> dict[str, Cells]:
    """Lay the scenarios of each portfolio below one another; those not tested are left out."""
    scenarios = tests.scenarios
    portfolio, scenario = np.nonzero(tests.tested)
    nav = snapshots.valuation.nav[tests.rows][portfolio]
    pnl = tests.pnl[tests.tested]
    first, last = scenarios.windows.T  # NaT where it is no replay
    return {
        "portfolio_id": snapshots.holdings.portfolio_ids[tests.rows][portfolio],
        "scenario": _spread(scenarios.names, scenario),
        "kind": _spread(scenarios.kinds, scenario),
        "shock": tests.shocks[scenario],
        "window_from": pl.Series(first).gather(scenario),
        "window_to": pl.Series(last).gather(scenario),
        "pnl": money(pnl),
        "pnl_pct": pnl / nav,
        "coverage": tests.coverage[tests.tested],
        "proxied": np.where(scenarios.replayed[scenario], tests.proxied[tests.tested], np.nan),
    }


def _spread(names: Sequence[str], rows: IntArray) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(rows)


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

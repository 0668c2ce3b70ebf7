"""What is in the database as a whole: its schema, and how many rows each table has."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from riskpanel.store.revisions import stored_revision
from riskpanel.store.schema import (
    benchmarks_sector_weights,
    metadata,
    run_locks,
    users,
)

VIEWS = ("position_market_betas", "position_volatility")
VERSION_TABLE = "alembic_version"
_MADE_BY_INIT = {benchmarks_sector_weights.name, run_locks.name, VERSION_TABLE}


@dataclass(frozen=True, slots=True)
class Contents:
    """The revision of the schema, None where there are no tables, and the rows of each table by its name."""

    revision: str | None
    rows: Mapping[str, int]

    @property
    def kept_rows(self) -> Mapping[str, int]:
        """Rows that somebody would miss: all but what ``riskpanel init`` makes by itself, and locks."""
        counted = {name: count for name, count in self.rows.items() if count and name not in _MADE_BY_INIT}
        if counted.get(users.name) == 1:
            del counted[users.name]
        return counted


def load_contents(conn: sa.Connection) -> Contents:
    """Count the rows of every table that is there; locks belong to a moment and count as none."""
    rows = {name: _count(conn, name) for name in own_tables(conn)}
    if run_locks.name in rows:
        rows[run_locks.name] = 0
    return Contents(stored_revision(conn), rows)


def own_tables(conn: sa.Connection) -> tuple[str, ...]:
    """Names of riskpanel's tables that are there, whatever its schema; other tables are not ours."""
    known = {*metadata.tables, VERSION_TABLE}
    return tuple(sorted(known.intersection(sa.inspect(conn).get_table_names())))


def own_views(conn: sa.Connection) -> tuple[str, ...]:
    """Names of riskpanel's views that are there."""
    return tuple(sorted(set(VIEWS).intersection(sa.inspect(conn).get_view_names())))


def _count(conn: sa.Connection, table: str) -> int:
    return conn.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one()

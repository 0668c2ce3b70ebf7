"""Where commands are disturbed: both databases, their worlds, and the processes that run commands."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crash.children import Children, forking
from crash.databases import Database, Postgres, Server, Sqlite
from crash.world import World, prepare

DIALECTS = ("sqlite", "postgresql")


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder that everybody may enter, also a child without rights."""
    made = Path(tempfile.mkdtemp(prefix="riskpanel-crash-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def server() -> Iterator[Server]:
    """Start a PostgreSQL server."""
    with folder() as home:
        running = Server(home)
        try:
            yield running
        finally:
            running.close()


@contextmanager
def world(dialect: str, running: Server | None = None) -> Iterator[tuple[World, Children]]:
    """Prepare a world of one kind of database, and the process that forks commands."""
    with ExitStack() as stack:
        home = stack.enter_context(folder())
        for name in ("files", "scenes"):
            (home / name).mkdir()
        database = _database(dialect, home / "scenes", running)
        if isinstance(database, Postgres):
            stack.callback(database.close)
        children = stack.enter_context(forking(home))
        yield prepare(home / "files", database, children), children


def _database(dialect: str, scenes: Path, running: Server | None) -> Database:
    if dialect == "sqlite":
        return Sqlite(scenes)
    assert running is not None
    return Postgres(scenes, running.uri)

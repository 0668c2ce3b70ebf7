"""pg_dump and pg_restore: found, refused when older than the server, run without a password in sight."""

import os
import re
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from riskpanel.errors import InputError, StoreError

_SETTING = "RISKPANEL_POSTGRES_TOOLS"
_SECRET = {"password", "sslpassword"}
_LOCK_WAIT = "30s"


@contextmanager
def dump(conn: sa.Connection, tables: Sequence[str], folder: Path | None) -> Generator[IO[bytes]]:
    """Yield what pg_dump writes of some tables and views, as they are at the moment that ``conn`` sees.

    Raises
    ------
    InputError
        When there is no pg_dump in ``folder``, or without one on the path, or it is older than the server.
    StoreError
        When it fails.
    """
    program = _find("pg_dump", folder)
    connection = driver_connection(conn)
    _refuse_older(program, connection)
    conn.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    moment = conn.execute(sa.select(sa.func.pg_export_snapshot())).scalar_one()
    schema = sa.inspect(conn).default_schema_name
    command = [
        program,
        f"--dbname={_address(connection)}",
        f"--snapshot={moment}",
        *(f'--table="{schema}"."{name}"' for name in tables),
        "--exclude-table-data=*.run_locks",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--lock-wait-timeout={_LOCK_WAIT}",
    ]
    with _output(command, password=connection.info.password) as stream:
        yield stream


@contextmanager
def script(path: Path, folder: Path | None) -> Generator[IO[bytes]]:
    """Yield the statements and rows of a dump, as pg_restore writes them; no server is asked.

    Raises
    ------
    InputError
        When there is no pg_restore.
    StoreError
        When it cannot read the dump.
    """
    command = [_find("pg_restore", folder), "--file=-", "--no-owner", "--no-privileges", str(path)]
    with _output(command) as stream:
        yield stream


def driver_connection(conn: sa.Connection) -> "psycopg.Connection[tuple[object, ...]]":
    """Return psycopg's own connection, in whose transaction ``conn`` is."""
    return cast("psycopg.Connection[tuple[object, ...]]", conn.connection.driver_connection)


def _find(name: str, folder: Path | None) -> str:
    found = shutil.which(name, path=None if folder is None else str(folder))
    if found is None:
        where = f"in {folder}" if folder else "on the path"
        raise InputError(
            f"{name} was not found {where}: it comes with PostgreSQL",
            hint="install PostgreSQL's client programs of the version of the server or a newer one, or name "
            f"their folder in {_SETTING}",
        )
    return found


def _refuse_older(program: str, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\d+", said)
    server = connection.info.server_version // 10_000
    if version and int(version[0]) < server:
        raise InputError(
            f"pg_dump is older than the server: {version[0]}, the server is PostgreSQL {server}: {program}",
            hint=f"install the client programs of PostgreSQL {server}, and name their folder in {_SETTING}",
        )


def _address(connection: "psycopg.Connection[tuple[object, ...]]") -> str:
    shown = {name: text for name, text in connection.info.get_parameters().items() if name not in _SECRET}
    return make_conninfo(**shown)


@contextmanager
def _output(command: Sequence[str], *, password: str = "") -> Generator[IO[bytes]]:
    """Yield what a program writes; at the end it must have ended well. It goes when the caller fails."""
    secret = {"PGPASSWORD": password} if password else {}
    environment = {**os.environ, "LC_ALL": "C", **secret}  # noqa: TID251  a child needs its path and home
    name = Path(command[0]).name
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=environment) as child,
    ):
        try:
            yield cast("IO[bytes]", child.stdout)
        except BaseException:
            child.kill()
            raise
        if child.wait():
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip()
            raise _failure(name, said.replace(password, "***") if password else said)


def _failure(name: str, said: str) -> StoreError:
    lines = [line.removeprefix(f"{name}: ").removeprefix("error: ") for line in said.splitlines()]
    return StoreError(
        f"{name} failed: {lines[0] if lines else 'it said nothing'}",
        hint=f"it may be too old for the server or the file: {_SETTING} names the folder of another one",
        details=tuple(lines[1:]),
    )

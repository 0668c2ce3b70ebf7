"""Opening the database: real transactions on both dialects, and failures that a person can act on."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from shutil import disk_usage
from typing import Self, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from riskpanel.errors import InputError, NoDatabaseError, StoreError
from riskpanel.store.connections import file_identity, postgres_engine, sqlite_engine
from riskpanel.store.faults import DatabaseError, names_unknown, postgres_fault, sqlite_fault
from riskpanel.store.revisions import head_revision, refuse_ahead, stored_revision

_SCHEMES = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_URL_HINT = "write sqlite:////folder/file.sqlite3 or postgresql://user:password@host/database"
_SQLITE_QUERY = {"mode": ("rw", "ro")}


class Store:
    """The database, opened lazily: connections are made by ``read`` and ``begin``."""

    def __init__(self, url: sa.URL, *, lock_timeout: float) -> None:
        self.url_for_people = _without_secrets(url)
        self._url = url
        self._lock_timeout = lock_timeout
        self._file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        make = postgres_engine if self._file is None else sqlite_engine
        self._engine = make(url, lock_timeout)

    def __reduce__(self) -> tuple[Callable[[sa.URL], "Store"], tuple[sa.URL]]:
        """Travel to another machine without connections: they are made anew there."""
        return partial(Store, lock_timeout=self._lock_timeout), (self._url,)

    @property
    def is_file(self) -> bool:
        """Whether the database is a file of this machine."""
        return self._file is not None

    def free_bytes(self) -> int | None:
        """Return how much room is left where the file is; None of a server, whose disks are its own."""
        return None if self._file is None else disk_usage(self._file.parent).free

    @property
    def file(self) -> Path | None:
        """The file of SQLite, None for a server."""
        return self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.dispose()

    @contextmanager
    def read(self, *, any_schema: bool = False) -> Generator[sa.Connection]:
        """Yield a connection that sees one moment of the database and keeps nothing that it writes.

        ``any_schema`` says that the statements do not need the schema of this version.
        """
        options = {} if self._file else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._clear_failures(any_schema=any_schema), self._engine.connect() as conn:
            yield conn.execution_options(**options)

    @contextmanager
    def begin(self, *, any_schema: bool = False, tables_anew: bool = False) -> Generator[sa.Connection]:
        """Yield a connection in one write transaction: commit at the end, nothing on an exception.

        ``any_schema`` says that the statements do not need the schema of this version, ``tables_anew`` that
        they copy, drop and rename tables of SQLite and look after foreign keys themselves.

        Raises
        ------
        StoreError
            When the database fails; nothing of the transaction is saved then, unless the answer to the commit
            was lost, or somebody has put another file in the place of SQLite's meanwhile.
        """
        with (
            self._same_file(),
            self._clear_failures(any_schema=any_schema),
            self._writing_engine(tables_anew=tables_anew) as engine,
            engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as conn,
        ):
            yield conn

    @contextmanager
    def _same_file(self) -> Generator[None]:
        """Tell of a file that was removed or replaced meanwhile, whatever else that led to."""
        before, error = file_identity(self._file), None
        try:
            yield
        except StoreError as raised:
            error = raised
        if file_identity(self._file) != before:
            raise StoreError(
                f"the database file was removed or replaced while it was written: {self._file}",
                hint="what was written went to the file of before: run this again",
            ) from error
        if error is not None:
            raise error

    @contextmanager
    def _writing_engine(self, *, tables_anew: bool) -> Generator[sa.Engine]:
        """Yield the engine, or for new tables of SQLite one of its own."""
        if not tables_anew or self._file is None:
            yield self._engine
            return
        self._engine.dispose()  # connections that wait have the file open
        engine = sqlite_engine(self._url, self._lock_timeout, tables_anew=True)
        try:
            yield engine
        finally:
            engine.dispose()

    def vacuum(self) -> None:
        """Give room back that removed rows have left: SQLite's file shrinks, PostgreSQL fills it again.

        Raises
        ------
        StoreError
            When another program is at work, or SQLite has no room for the copy that it makes.
        """
        if self._file is None:
            with self._clear_failures(any_schema=True), self._engine.connect() as conn:
                conn.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM (ANALYZE)"))
            return
        with self.outside_transactions() as raw:
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    @contextmanager
    def outside_transactions(self) -> Generator[sqlite3.Connection]:
        """Yield SQLite's own connection, for what replaces all that a file has and is atomic by itself."""
        with self._clear_failures(any_schema=True), closing(self._engine.raw_connection()) as pooled:
            yield cast("sqlite3.Connection", pooled.driver_connection)

    def create_file(self) -> None:
        """Create an empty SQLite file and its folder where there is none; PostgreSQL needs nothing.

        It has secrets: only this user may read it, and what SQLite keeps beside it, which takes its rights.
        """
        if self._file is None or self._file.exists():
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch(mode=0o600)
        except OSError as error:
            raise StoreError(
                f"cannot create the database: {self._file}: {error.strerror}",
                hint="choose another place with RISKPANEL_DATABASE_URL",
            ) from error

    def require_current_schema(self) -> None:
        """Refuse a database whose schema is missing, behind or ahead of this version of riskpanel."""
        with self.read(any_schema=True) as conn:
            found = stored_revision(conn)
        head = head_revision()
        if found is None:
            raise NoDatabaseError(
                f"no riskpanel tables in: {self.url_for_people}", hint="run: riskpanel init"
            )
        refuse_ahead(found)
        if found != head:
            raise StoreError(
                f"the database schema is behind: {found}, needed {head}", hint="run: riskpanel init"
            )

    def dispose(self) -> None:
        """Close the idle connections."""
        self._engine.dispose()

    @contextmanager
    def _clear_failures(self, *, any_schema: bool) -> Generator[None]:
        self._require_file()
        try:
            yield
        except (DBAPIError, psycopg.Error, sqlite3.Error) as error:
            failure = self._failure(error, any_schema=any_schema)
            if failure is None:
                raise
            raise failure from error
        except PoolTimeoutError as error:
            raise StoreError(
                f"too many connections in use: {self.url_for_people}", hint="run fewer things at once"
            ) from error

    def _failure(self, error: DatabaseError, *, any_schema: bool) -> StoreError | None:
        fault = sqlite_fault(error) if self._file else postgres_fault(error)
        if fault is not None:
            told = (fault.what, str(self._file or self.url_for_people), self._without_password(fault.reason))
            return fault.error(": ".join(filter(None, told)), hint=fault.hint)
        return self._schema_failure() if names_unknown(error) and not any_schema else None

    def _schema_failure(self) -> StoreError | None:
        """Say that the schema is not the one that statements are written for; None where it is."""
        try:
            self.require_current_schema()
        except StoreError as error:
            return error
        return None

    def _require_file(self) -> None:
        if self._file is not None and not self._file.exists():
            raise NoDatabaseError(f"no database: {self._file}", hint="riskpanel init creates it")

    def _without_password(self, text: str) -> str:
        return text.replace(str(self._url.password), "***") if self._url.password else text


def open_store(url: str, *, lock_timeout: float = 5.0) -> Store:
    """Open the database at a SQLAlchemy URL; nothing is connected to or created yet.

    Parameters
    ----------
    url : str
        ``sqlite:////folder/file`` (``?mode=ro`` never writes) or ``postgresql://user:password@host/database``.
    lock_timeout : float
        Seconds to wait for another program's lock before giving up.

    Raises
    ------
    InputError
        When the URL cannot be used.
    """
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):  # neither is chained: both may quote the password
        raise InputError("the database URL cannot be read", hint=_URL_HINT) from None
    scheme = _SCHEMES.get(parsed.drivername)
    if scheme is None:
        raise InputError(f"unknown kind of database: {parsed.drivername}", hint=_URL_HINT)
    if scheme == "sqlite":
        _require_file(parsed)
    return Store(parsed.set(drivername=scheme), lock_timeout=lock_timeout)


def _require_file(url: sa.URL) -> None:
    if url.host or not url.database or url.database == ":memory:":
        raise InputError("the SQLite URL names no file", hint=_URL_HINT)
    for name, value in url.query.items():
        if value not in _SQLITE_QUERY.get(name, ()):
            raise InputError(
                f"unknown option in the SQLite URL: {name}", hint="only mode=rw and mode=ro exist"
            )


def _without_secrets(url: sa.URL) -> str:
    hidden = {name: "***" for name in url.query if "pass" in name}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)

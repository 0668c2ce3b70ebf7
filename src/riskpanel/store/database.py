"""Opening the database: real transactions on both dialects, and failures that a person can act on."""

import json
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from riskpanel.errors import InputError, StoreError
from riskpanel.store.revisions import head_revision, known_revisions, stored_revision

_SCHEMES = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_URL_HINT = "write sqlite:////folder/file.sqlite3 or postgresql://user:password@host/database"
_SQLITE_QUERY = {"mode": ("rw", "ro")}
_CONNECT_SECONDS = 10

_LOCKED = (
    "the database is locked by another program",
    "wait until the other riskpanel command has finished, or stop it, and run this again",
)
_FULL = ("the disk is full and nothing was saved", "free some space and run this again")
_READ_ONLY = ("the database is read-only", "give this user write permission on it, or use another database")
_DENIED = ("permission denied", "give this user the right to read and write the database")
_CANNOT_OPEN = (
    "the database cannot be opened",
    "check that this user may read and write it and its folder, where SQLite keeps two more files",
)

_SQLITE_FAULTS = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _DENIED,
    sqlite3.SQLITE_AUTH: _DENIED,
    sqlite3.SQLITE_CANTOPEN: _CANNOT_OPEN,
    sqlite3.SQLITE_NOTADB: ("not a database file", "point RISKPANEL_DATABASE_URL at another file"),
    sqlite3.SQLITE_CORRUPT: ("the database file is damaged", "restore the newest backup"),
    sqlite3.SQLITE_IOERR: ("the disk failed while reading or writing", "check the disk, then run this again"),
}
_POSTGRES_FAULTS = {
    "55P03": _LOCKED,
    "40P01": _LOCKED,
    "40001": _LOCKED,
    "53100": _FULL,
    "25006": _READ_ONLY,
    "42501": _DENIED,
    "53300": ("the database server has no free connection", "stop another client, or raise max_connections"),
}
_UNREACHABLE_HINT = "check that the server runs, the address, the name of the database and the password"


def _canonical_json(document: object) -> str:
    # Equal documents must be equal texts, or an identical rerun would count as a change on SQLite.
    return json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False)


# A failed statement is reported without its values: they are somebody's holdings.
_COMMON = {"json_serializer": _canonical_json, "hide_parameters": True}


class Store:
    """The database, opened lazily: connections are made by ``read`` and ``begin``."""

    def __init__(self, url: sa.URL, *, lock_timeout: float) -> None:
        self.url_for_people = _without_secrets(url)
        self._url = url
        self._lock_timeout = lock_timeout
        self._file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        make = _postgres_engine if self._file is None else _sqlite_engine
        self._engine = make(url, lock_timeout)

    def __reduce__(self) -> tuple[Callable[[sa.URL, float], "Store"], tuple[sa.URL, float]]:
        """Travel to another machine without connections: they are made anew there."""
        return _reopened, (self._url, self._lock_timeout)

    @property
    def is_file(self) -> bool:
        """Whether the database is a file of this machine."""
        return self._file is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.dispose()

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """Yield a connection that sees one moment of the database and keeps nothing that it writes."""
        options = {} if self._file else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._clear_failures(), self._engine.connect() as conn:
            yield conn.execution_options(**options)

    @contextmanager
    def begin(self) -> Generator[sa.Connection]:
        """Yield a connection in one write transaction: commit at the end, nothing on an exception."""
        writing = self._engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        with self._clear_failures(), writing.begin() as conn:
            yield conn

    def create_file(self) -> None:
        """Create an empty SQLite file and its folder where there is none; PostgreSQL needs nothing."""
        if self._file is None or self._file.exists():
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()
        except OSError as error:
            raise StoreError(
                f"cannot create the database: {self._file}: {error.strerror}",
                hint="choose another place with RISKPANEL_DATABASE_URL",
            ) from error

    def require_current_schema(self) -> None:
        """Refuse a database whose schema is missing, behind or ahead of this version of riskpanel."""
        with self.read() as conn:
            found = stored_revision(conn)
        head = head_revision()
        if found is None:
            raise StoreError(f"no riskpanel tables in: {self.url_for_people}", hint="run: riskpanel init")
        if found not in known_revisions():
            raise StoreError(
                f"the database is ahead of this riskpanel: schema {found}, known up to {head}",
                hint="upgrade riskpanel",
            )
        if found != head:
            raise StoreError(
                f"the database schema is behind: {found}, needed {head}", hint="run: riskpanel init"
            )

    def dispose(self) -> None:
        """Close the idle connections."""
        self._engine.dispose()

    @contextmanager
    def _clear_failures(self) -> Generator[None]:
        if self._file is not None and not self._file.exists():
            raise StoreError(f"no database: {self._file}", hint="riskpanel init creates it")
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            failure = self._sqlite_failure(cause) if self._file else self._postgres_failure(cause)
            if failure is None:
                raise
            raise failure from error
        except PoolTimeoutError as error:
            raise StoreError(
                f"too many connections in use: {self.url_for_people}", hint="run fewer things at once"
            ) from error

    def _sqlite_failure(self, cause: BaseException | None) -> StoreError | None:
        fault = _SQLITE_FAULTS.get(_primary_code(cause))
        return StoreError(f"{fault[0]}: {self._file}", hint=fault[1]) if fault else None

    def _postgres_failure(self, cause: BaseException | None) -> StoreError | None:
        state: str | None = getattr(cause, "sqlstate", None)
        fault = _POSTGRES_FAULTS.get(state or "")
        if fault is not None:
            return StoreError(f"{fault[0]}: {self.url_for_people}", hint=fault[1])
        lost = isinstance(cause, psycopg.OperationalError) and state is None
        if not lost and not (state or "").startswith(("08", "57P")):
            return None
        reason = str(cause).strip().split("\n", maxsplit=1)[0]
        if self._url.password:
            reason = reason.replace(str(self._url.password), "***")
        return StoreError(
            f"cannot reach the database server: {self.url_for_people}: {reason}", hint=_UNREACHABLE_HINT
        )


def _reopened(url: sa.URL, lock_timeout: float) -> Store:
    return Store(url, lock_timeout=lock_timeout)


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


def _primary_code(error: BaseException | None) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def _sqlite_engine(url: sa.URL, lock_timeout: float) -> sa.Engine:
    mode = str(url.query.get("mode", "rw"))
    connect = _sqlite_connector(Path(url.database or ""), mode, lock_timeout)
    engine = sa.create_engine(url.set(query={}), creator=connect, **_COMMON)

    def begin(conn: sa.Connection) -> None:
        conn.exec_driver_sql(conn.get_execution_options().get("sqlite_begin", "BEGIN"))

    event.listen(engine, "begin", begin)
    return engine


def _sqlite_connector(path: Path, mode: str, lock_timeout: float) -> Callable[[], sqlite3.Connection]:
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"  # neither mode creates a file

    def connect() -> sqlite3.Connection:
        # No isolation level: the driver would begin late and leave DDL outside the transaction.
        connection = sqlite3.connect(
            uri, uri=True, timeout=lock_timeout, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            durable = "NORMAL" if _write_ahead(connection) else "FULL"
            connection.execute(f"PRAGMA synchronous = {durable}")
        except BaseException:
            connection.close()
            raise
        return connection

    return connect


def _write_ahead(connection: sqlite3.Connection) -> bool:
    try:
        (journal,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError as error:
        if _primary_code(error) not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY}:
            raise
        return False
    return journal == "wal"


def _postgres_engine(url: sa.URL, lock_timeout: float) -> sa.Engine:
    defaults = {"connect_timeout": str(_CONNECT_SECONDS), "application_name": "riskpanel"}
    missing = {name: value for name, value in defaults.items() if name not in url.query}
    engine = sa.create_engine(url.update_query_dict(missing), pool_pre_ping=True, **_COMMON)
    milliseconds = f"{round(lock_timeout * 1000)}ms"

    def set_lock_timeout(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", (milliseconds,))
        connection.commit()

    event.listen(engine, "connect", set_lock_timeout)
    return engine

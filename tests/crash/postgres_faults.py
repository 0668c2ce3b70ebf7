"""What may befall a PostgreSQL server and the way to it."""

import shutil
import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from crash.databases import Postgres
from crash.disks import small_disk
from crash.faults import THIRD, Fault, Stage, faults_of
from crash.steps import COMMIT, ROW, Moment
from crash.world import NIGHTS

_TRIGGER = """
CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {act}; RETURN NULL; END $$;
CREATE {kind} TRIGGER strike AFTER INSERT OR UPDATE OR DELETE ON {table} {deferred}
FOR EACH ROW {when} EXECUTE FUNCTION strike()
"""
_RAISE = "RAISE EXCEPTION 'struck' USING ERRCODE = '{code}'"
_AT_THIRD = f"WHEN (NEW.snapshot_date = '{NIGHTS[THIRD.nth - 1]}')"


@contextmanager
def _struck(
    stage: Stage, table: str, act: str, *, when: str = "", at_commit: bool = False
) -> Generator[None]:
    """Let the server act when a row of a table is written, or when that is committed."""
    kind, deferred = ("CONSTRAINT", "DEFERRABLE INITIALLY DEFERRED") if at_commit else ("", "")
    event = "INSERT OR UPDATE" if when else "INSERT OR UPDATE OR DELETE"
    made = _TRIGGER.format(act=act, kind=kind, table=table, deferred=deferred, when=when)
    with _postgres(stage).connect(stage.scene) as admin:
        admin.execute(made.replace("INSERT OR UPDATE OR DELETE", event))
        stage.run()
        yield
        admin.execute("DROP FUNCTION strike CASCADE")


@contextmanager
def _fails(
    stage: Stage, code: str, table: str = "stress_test_results", *, at_commit: bool = False
) -> Generator[None]:
    when = _AT_THIRD if table == "stress_test_results" else ""
    with _struck(stage, table, _RAISE.format(code=code), when=when, at_commit=at_commit):
        yield


@contextmanager
def _set(stage: Stage, name: str, value: str, act: str = "") -> Generator[None]:
    """Let new connections begin with a setting; and the server act in the third session."""
    postgres, database = _postgres(stage), stage.scene.database
    postgres.admin.execute(f'ALTER DATABASE "{database}" SET {name} = {value}')
    if act:
        with _struck(stage, "stress_test_results", act, when=_AT_THIRD):
            yield
    else:
        stage.run()
        yield
    postgres.admin.execute(f'ALTER DATABASE "{database}" RESET {name}')


@contextmanager
def _idle(stage: Stage) -> Generator[None]:
    """Let the server end a transaction in which nothing happens."""
    name, database = "idle_in_transaction_session_timeout", stage.scene.database
    postgres = _postgres(stage)
    postgres.admin.execute(f'ALTER DATABASE "{database}" SET {name} = 1000')
    stage.run_and(partial(_until_gone, stage), at=THIRD)
    yield
    postgres.admin.execute(f'ALTER DATABASE "{database}" RESET {name}')


@contextmanager
def _locked(stage: Stage) -> Generator[None]:
    """Let another program keep a table locked for longer than the command waits."""
    with _postgres(stage).connect(stage.scene) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE stress_test_results")
        stage.run("impatient")
        other.execute("ROLLBACK")
        yield


@contextmanager
def _terminated(stage: Stage, at: Moment) -> Generator[None]:
    """Let the administrator end the connection."""
    stage.run_and(partial(_terminate, stage), at=at)
    yield


@contextmanager
def _stopped(stage: Stage) -> Generator[None]:
    """Stop the server at once in the middle; start it again for a look."""
    assert stage.server is not None
    # A copied sequence forgets numbers when the server is stopped before its first checkpoint.
    _postgres(stage).admin.execute("CHECKPOINT")
    stage.run_and(stage.server.stop, at=THIRD)
    stage.server.start()
    _postgres(stage).connect_again()
    yield


@contextmanager
def _cut(stage: Stage, *, for_good: bool) -> Generator[None]:
    """Cut the connection on its way, and let no other one through, or let the next one through."""
    url = _postgres(stage).url(stage.scene)
    with Way(f"{url.query['host']}/.s.PGSQL.5432") as way:
        stage.scene.give(url.set(host="127.0.0.1", port=way.port, query={}).render_as_string())
        stage.run_and(partial(way.cut, for_good=for_good), at=THIRD)
    stage.scene.give(url.render_as_string(hide_password=False))
    yield


@contextmanager
def _small_disk(stage: Stage) -> Generator[None]:
    """Move the database to a disk that is full soon; then back to where there is room."""
    admin, name = _postgres(stage).admin, stage.scene.database
    (size,) = admin.execute("SELECT pg_database_size(%s)", (name,)).fetchone() or (0,)
    home = stage.scene.folder.with_suffix(".disk")
    with small_disk(home, int(str(size)) + _ROOM):
        (home / "space").mkdir()
        (owner,) = admin.execute(
            "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
        ).fetchone() or ("",)
        shutil.chown(home / "space", Path(str(owner)).owner())
        admin.execute(f"CREATE TABLESPACE small LOCATION '{home / 'space'}'")
        admin.execute(f'ALTER DATABASE "{name}" SET TABLESPACE small')
        stage.run()
        assert _postgres(stage).settle(stage.scene) == ""
        admin.execute(f'ALTER DATABASE "{name}" SET TABLESPACE pg_default')
        admin.execute("DROP TABLESPACE small")
    home.rmdir()
    yield


@contextmanager
def _hidden(stage: Stage) -> Generator[None]:
    """Let the disk be full, and the release of the lock fail for another reason: the first one is told."""
    with _postgres(stage).connect(stage.scene) as admin:
        admin.execute(
            "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'kept' USING ERRCODE = '25006'; END $$;"
            "CREATE TRIGGER keep BEFORE DELETE ON run_locks FOR EACH ROW EXECUTE FUNCTION keep()"
        )
        with _fails(stage, "53100"):
            yield
        admin.execute("DROP FUNCTION keep CASCADE")


def _terminate(stage: Stage) -> None:
    others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
    _postgres(stage).admin.execute(others, (stage.scene.database,))


def _until_gone(stage: Stage) -> None:
    assert _postgres(stage).settle(stage.scene) == ""


def _postgres(stage: Stage) -> Postgres:
    assert isinstance(stage.world.database, Postgres)
    return stage.world.database


class Way:
    """A way to a server that can be cut: a port of this machine from which bytes go on to its socket."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Way":
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut(for_good=True)
        for thread in self._threads:
            thread.join()

    def cut(self, *, for_good: bool) -> None:
        """Drop every connection without a word."""
        if for_good:
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
        for end in self._ends:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._ends += [client, server]
                self._begin(partial(_carry, client, server))
                self._begin(partial(_carry, server, client))

    def _begin(self, work: partial[None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while some := one.recv(65_536):
            other.sendall(some)
        other.shutdown(socket.SHUT_WR)


_ROOM = 500_000  # bytes that a small disk has left
_SLOW = "PERFORM pg_sleep(5)"
_LOST, _FULL = "the connection to the database was lost", "the disk is full"
_LOCKED, _READ_ONLY = "the database is locked by another program", "the database is read-only"
_PRICES = "market_data_cache"
_NO_SPACE, _NO_SPACE_FOR_PRICES = partial(_fails, code="53100"), partial(_fails, code="53100", table=_PRICES)
_NO_WRITES = partial(_set, name="default_transaction_read_only", value="on")
_TOO_LONG = partial(_set, name="statement_timeout", value="400", act=_SLOW)
_ENDED, _AT_COMMIT = "the administrator ends the connection", partial(_terminated, at=Moment(COMMIT))
_RUN_ENDS, _RUN_LETS_GO = Moment("UPDATE batch_runs SET status=", 2), Moment("DELETE FROM run_locks")
POSTGRES = (
    Fault("a real disk is full", "backfill", _FULL, _small_disk, mounts=True),
    Fault("the disk is full", "backfill", _FULL, _NO_SPACE),
    *faults_of("the disk is full", _FULL, _NO_SPACE_FOR_PRICES, "import prices", "fetch"),
    Fault("the disk is full at the commit", "backfill", _FULL, partial(_NO_SPACE, at_commit=True)),
    Fault(
        "the disk is full at the commit",
        "import prices",
        _FULL,
        partial(_NO_SPACE_FOR_PRICES, at_commit=True),
    ),
    Fault("the disk is full, and the lock cannot be given back", "backfill", _FULL, _hidden),
    Fault("the disk fails", "backfill", "the disk of the database server", partial(_fails, code="58030")),
    Fault("the server has no memory left", "backfill", "out of resources", partial(_fails, code="53200")),
    Fault("a page is damaged", "backfill", "the database is damaged", partial(_fails, code="XX001")),
    Fault("two transactions wait for each other", "backfill", _LOCKED, partial(_fails, code="40P01")),
    Fault("another program keeps a table locked", "backfill", _LOCKED, _locked),
    Fault("the server becomes read-only", "backfill", _READ_ONLY, partial(_fails, code="25006")),
    *faults_of("it is read-only", _READ_ONLY, _NO_WRITES, "backfill", "fetch", "migrate up", "migrate down"),
    Fault("a statement takes too long", "backfill", "a statement that took too long", _TOO_LONG),
    Fault("a transaction stands still", "backfill", "a transaction that stood still", _idle),
    Fault(_ENDED, "backfill", _LOST, partial(_terminated, at=THIRD)),
    Fault(_ENDED, "import prices", _LOST, partial(_terminated, at=Moment(ROW))),
    *faults_of(_ENDED, _LOST, _AT_COMMIT, "migrate up", "migrate down", "import positions"),
    Fault("the connection is lost when a run ends", "backfill", _LOST, partial(_terminated, at=_RUN_ENDS)),
    Fault(
        "the connection is lost when a run lets go", "backfill", _LOST, partial(_terminated, at=_RUN_LETS_GO)
    ),
    Fault("the connection is cut", "backfill", _LOST, partial(_cut, for_good=False)),
    Fault("the network is gone", "backfill", _LOST, partial(_cut, for_good=True)),
    Fault("the server is stopped", "backfill", _LOST, _stopped),
)

"""One run at a time: a lock in the database that a dead holder cannot keep."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from riskpanel.errors import BusyError, StoreError
from riskpanel.nightly.holders import LIFETIME, describe_holder, end_holder, may_live, name_holder
from riskpanel.store.database import Store
from riskpanel.store.runs import (
    Lock,
    Transaction,
    delete_lock,
    forbid_locks,
    keep_lock,
    load_lock,
    renew_lock,
    save_lock,
)

_NAME = "run"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write results; it lasts ten minutes from the last renewal."""

    holder: str
    clock: Callable[[], datetime]

    def renew(self, store: Store) -> None:
        """Extend the lease, in a transaction of its own: several workers renew it while others save.

        Raises
        ------
        StoreError
            When another run has taken over meanwhile.
        """
        with store.begin() as conn:
            if not renew_lock(conn, _NAME, Lock(self.holder, self.clock() + LIFETIME), holder=self.holder):
                raise _taken_over()

    def guard(self, conn: Transaction) -> None:
        """Refuse a transaction that writes results unless the lease is held; none can take it until the end.

        Raises
        ------
        StoreError
            When another run has taken over meanwhile: nothing of this transaction may be saved.
        """
        if not keep_lock(conn, _NAME, holder=self.holder):
            raise _taken_over()


def take_lock(conn: Transaction, name: str, lock: Lock, *, now: datetime) -> Lock | None:
    """Take a lock that is free, expired, or of a process that is gone; return the one in the way, if any."""
    seen = load_lock(conn, name)
    if seen is not None and may_live(seen.holder, seen.expires_at, now):
        return seen
    if save_lock(conn, name, lock, instead_of=seen):
        return None
    return load_lock(conn, name) or Lock("another machine/?", lock.expires_at)


@contextmanager
def hold_lease(store: Store, clock: Callable[[], datetime], *, any_schema: bool = False) -> Generator[Lease]:
    """Hold the lock of runs; a lock that expired, or whose process on this machine is gone, is taken over.

    ``any_schema`` says that the schema need not be that of this version.

    Raises
    ------
    BusyError
        When another run is alive.
    StoreError
        When the schema has moved since the command began.
    """
    holder = name_holder()
    with store.begin() as conn:
        now = clock()
        other = take_lock(conn, _NAME, Lock(holder, now + LIFETIME), now=now)
    if other is not None:
        raise _refused(other)
    try:
        if not any_schema:
            store.require_current_schema()  # it cannot move while the lock is held
        yield Lease(holder, clock)
    except BaseException:
        with suppress(StoreError):  # what ended the run must not be hidden by another error
            _give_back(store, holder)
        raise
    _give_back(store, holder)


def refuse_while_running(conn: Transaction, clock: Callable[[], datetime]) -> None:
    """Refuse what no run may meet, and let no run begin until the transaction ends.

    Raises
    ------
    BusyError
        When a run is alive.
    """
    forbid_locks(conn)
    seen = load_lock(conn, _NAME)
    if seen is not None and may_live(seen.holder, seen.expires_at, clock()):
        raise _refused(seen, "a run")


def _give_back(store: Store, holder: str) -> None:
    end_holder(holder)
    with store.begin() as conn:
        delete_lock(conn, _NAME, holder=holder)


def _taken_over() -> StoreError:
    return StoreError(
        "another run took over: this one was silent for longer than its lock lasts",
        hint="nothing is half-written; look at the other run, then run again",
    )


def _refused(lock: Lock, who: str = "another run") -> BusyError:
    return BusyError(
        f"{who} is in progress: {describe_holder(lock.holder)}",
        hint=f"wait until it ends, or until its lock expires at {lock.expires_at:%Y-%m-%d %H:%M:%S} UTC",
    )

"""Who of several schedulers leads: a lease in the database, and beats that keep it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock as Mutex

from riskpanel.errors import StoreError
from riskpanel.nightly.holders import describe_holder, may_live, name_holder
from riskpanel.nightly.lease import take_lock
from riskpanel.store.database import Store
from riskpanel.store.runs import Lock, delete_lock, load_lock, renew_lock

NAME = "schedule"
BEAT = timedelta(seconds=2)
"""Time between two beats: how soon a dead leader on this machine is replaced."""
LEAD = timedelta(seconds=60)
"""How long a leader leads without a sign of life; a leader that cannot give one stops by itself."""
_RENEWED_AT = timedelta(seconds=50)  # of what is left: a beat before that writes nothing

_LOG = logging.getLogger("riskpanel.schedule")


class Leadership:
    """The right to compute nights by the timetable; one scheduler of a database has it, others stand by.

    May be used from several threads: one beats, others ask ``leads``.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._holder = name_holder()
        self._until: datetime | None = None
        self._ended = False
        self._told: str | None = None  # the last thing logged: beats are many, changes few
        self._mutex = Mutex()

    @property
    def leads(self) -> bool:
        """Whether this scheduler leads at this moment."""
        until = self._until
        return until is not None and self._clock() < until

    def beat(self) -> bool:
        """Take the lead, keep it, or stand by; return whether this beat has brought it.

        While the database is away nothing changes but that the time runs out.
        """
        with self._mutex:
            had = self.leads
            try:
                self._renew()
            except StoreError as error:
                self._tell("no beat", level=logging.WARNING, error=error.what, hint=error.hint)
            return self.leads and not had

    def take(self) -> None:
        """Take the lead where nobody has it.

        Raises
        ------
        StoreError
            When the database is away.
        """
        with self._mutex:
            self._renew()

    def give_back(self) -> None:
        """Let another scheduler lead at once, and take the lead no more.

        Raises
        ------
        StoreError
            When the database is away: the lead then ends by itself.
        """
        with self._mutex:
            self._ended = True
            held, self._until = self._until is not None, None
            if held:
                with self._store.begin() as conn:
                    delete_lock(conn, NAME, holder=self._holder)

    def _renew(self) -> None:
        now = self._clock()
        if self._until is None:
            self._take(now)
        elif self._until - now < _RENEWED_AT:
            until = now + LEAD
            with self._store.begin() as conn:
                kept = renew_lock(conn, NAME, Lock(self._holder, until), holder=self._holder)
            self._until = until if kept else None
            if kept:
                self._tell("leads")
            else:
                self._tell("lost the lead", level=logging.WARNING)

    def _take(self, now: datetime) -> None:
        if self._ended:
            return
        self._store.require_current_schema()  # whoever cannot compute the nights must not keep others from it
        with self._store.read() as conn:  # most beats end here, and write nothing
            other = load_lock(conn, NAME)
        if other is None or not may_live(other.holder, other.expires_at, now):
            until = now + LEAD
            with self._store.begin() as conn:
                other = take_lock(conn, NAME, Lock(self._holder, until), now=now)
            if other is None:
                self._until = until
                self._tell("leads")
                return
        self._tell("stands by", leader=describe_holder(other.holder))

    def _tell(self, event: str, *, level: int = logging.INFO, **fields: str) -> None:
        told = f"{event} {fields}"
        if told != self._told:
            _LOG.log(level, event, extra=fields)
        self._told = told


def load_leader(store: Store) -> Lock | None:
    """Load who leads, or has led; None when nobody does."""
    with store.read() as conn:
        return load_lock(conn, NAME)

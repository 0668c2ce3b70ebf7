"""The steps of a command as it writes: counted, written down, and each a place to die or to stand still.

Installed in a child before its command begins. A step is a statement that is about to be sent, a statement
that is done, some rows of a COPY, a while within a statement of SQLite, a commit that is about to be made,
one that is made.
"""

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from signal import pthread_kill
from threading import get_ident

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.interfaces import DBAPIConnection

DONE, ROW, WITHIN, COMMIT, COMMITTED = "(done)", "(row)", "(within)", "(commit)", "(committed)"
_MARKS = frozenset({DONE, ROW, WITHIN, COMMIT, COMMITTED})
_WITHIN = 200  # instructions of SQLite's machine from one step to the next
_SHOWN = 160
_WRITE = re.compile(r"(BEGIN IMMEDIATE|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\b|\(row\)")


@dataclass(frozen=True)
class Moment:
    """The nth step that begins like this: any step where nothing is said."""

    beginning: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.beginning or 'step'} {self.nth}".lower()


class Steps:
    """Writes each step to a file before it is taken, and sends the process its signals at their moments."""

    def __init__(self, trace: int, signals: Sequence[tuple[Moment, int]]) -> None:
        self._trace = trace
        self._signals = signals
        self._taken: Counter[str] = Counter()
        self._writing = False

    def take(self, name: str) -> None:
        """Take one step; a while within a statement is one only where something is being written."""
        if name == WITHIN and not self._writing:
            return
        self._writing = is_write(name) or (self._writing and name != COMMITTED)
        step = " ".join(name.split())[:_SHOWN]
        os.write(self._trace, f"{step}\n".encode())
        self._taken.update(
            {moment.beginning for moment, _ in self._signals if step.startswith(moment.beginning)}
        )
        for moment, signal in self._signals:
            if step.startswith(moment.beginning) and self._taken[moment.beginning] == moment.nth:
                # To this thread: another one would let this one take some more steps.
                pthread_kill(get_ident(), signal)


def install(steps: Steps) -> None:
    """Let everything that this process does with a database count as steps."""

    def before(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        steps.take(statement)

    def connected(connection: DBAPIConnection, _entry: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_progress_handler(lambda: steps.take(WITHIN), _WITHIN)

    event.listen(sa.Engine, "before_cursor_execute", before)
    event.listen(sa.Engine, "after_cursor_execute", lambda *_: steps.take(DONE))
    event.listen(sa.pool.Pool, "connect", connected)
    _surround(DefaultDialect, "do_commit", lambda: steps.take(COMMIT), lambda: steps.take(COMMITTED))
    _surround(psycopg.Copy, "write", lambda: steps.take(ROW), lambda: None)


def kind_of(step: str) -> str:
    """Name the kind of a step; all statements are one."""
    return step if step in _MARKS else "statement"


def is_write(step: str) -> bool:
    """Tell whether a step changes something, or announces that it will."""
    return _WRITE.match(step) is not None


def _surround(owner: type, name: str, before: Callable[[], None], after: Callable[[], None]) -> None:
    """Do something around every call of a method; the method itself stays as it is."""
    method = getattr(owner, name)

    def surrounded(*given: object) -> object:
        before()
        answer = method(*given)
        after()
        return answer

    setattr(owner, name, surrounded)

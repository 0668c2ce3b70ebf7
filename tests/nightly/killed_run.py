"""A backfill in a process of its own that kills itself at a given statement: see test_kill.py."""

import os
import signal
import sys
from datetime import date

from sqlalchemy import event

from nightly.nights import night
from riskpanel.store.database import open_store


def main(url: str, first: str, last: str, fatal: str) -> None:
    """Backfill, and die as by ``kill -9`` before the statement whose number is ``fatal``."""
    left = int(fatal)

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with open_store(url) as store:
        event.listen(store._engine, "before_cursor_execute", count)
        night(store, date.fromisoformat(first), date.fromisoformat(last))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Who holds a lock or a request: a process by machine and number, and whether it can still be alive."""

import os
import secrets
import socket
from datetime import datetime, timedelta

LIFETIME = timedelta(minutes=10)
"""How long something is held without a sign of life."""

_THIS = secrets.token_hex(4)  # tells this process from an earlier one of the same number
_ENDED: set[str] = set()  # names of this process whose work is over


def name_holder() -> str:
    """Return a name for this process that nothing else has."""
    return f"{socket.gethostname()}/{os.getpid()}/{_THIS}{secrets.token_hex(4)}"


def end_holder(holder: str) -> None:
    """Say that a name of this process is at work no more, where a database that was away still has it."""
    _ENDED.add(holder)


def describe_holder(holder: str) -> str:
    """Say which process a holder is, as people look for it."""
    host, pid, *_ = holder.split("/")
    return f"process {pid} on {host}"


def may_live(holder: str, expires_at: datetime, now: datetime) -> bool:
    """Whether a holder may still be at work: its time is not over, and on this machine its process exists.

    Of the processes of other machines nothing is known but the time. A holder with the number of this very
    process, but not named by it, is one before it: in a container every process may have the number 1.
    """
    if expires_at <= now:
        return False
    host, pid, *named = holder.split("/")
    if host != socket.gethostname():
        return True
    if int(pid) == os.getpid():
        return "".join(named).startswith(_THIS) and holder not in _ENDED
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""A process that has imported riskpanel and forks a child for every command: see children.py.

Importing takes a second, which thousands of children would spend again and again. A child is a process like
any other: it runs the command line with its arguments, and dies alone. One JSON line asks, one answers.
"""

import json
import os
import signal
import sys
import time
import traceback
from datetime import date

from typer.main import get_command

from crash import hooks
from crash.steps import Moment, Steps, install
from riskpanel.cli.app import app
from riskpanel.cli.groups import walk
from riskpanel.sources.calendar import sessions_between

_CRASHED = 70  # the exit code of a command that ended with a traceback


def main() -> None:
    """Answer until there is no more to read; no child outlives that."""
    pids: set[int] = set()
    walk(get_command(app))  # loads every command, for all children
    sessions_between(date(2020, 1, 2), date(2020, 1, 3))  # and the calendar
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for line in sys.stdin:
        asked = json.loads(line)
        answer = _start(**asked["start"]) if "start" in asked else _wait(**asked["wait"])
        print(json.dumps(answer), flush=True)  # noqa: T201
        if "start" in asked:
            pids.add(int(answer))
        elif isinstance(answer, int):
            pids.discard(asked["wait"]["pid"])
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def _start(argv: list[str], folder: str, signals: list[tuple[str, int, int]], before: list[str]) -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(_command(argv, folder, [(Moment(*moment), sent) for *moment, sent in signals], before))
    return pid


def _command(argv: list[str], folder: str, signals: list[tuple[Moment, int]], before: list[str]) -> int:
    """Run a command in this process, and return its exit code."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.chdir(folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    for target, name in ((0, "/dev/null"), (1, "out"), (2, "err")):
        os.dup2(os.open(name, flags if target else os.O_RDONLY), target)
    install(Steps(os.open("trace", flags), signals))
    try:
        for name in before:
            hook, *numbers = name.split(":")
            getattr(hooks, hook)(*map(int, numbers))
        app(argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  it shows itself, as it does where a shell has started the command
        traceback.print_exc()
        return _CRASHED
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _wait(pid: int, seconds: float) -> str | int:
    """Wait until a child ends or stands still; return its exit code, or what it does."""
    until = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if found:
            return "stopped" if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)
        left = until - time.monotonic()
        if left <= 0:
            return "running"
        signal.sigtimedwait({signal.SIGCHLD}, left)


if __name__ == "__main__":
    main()

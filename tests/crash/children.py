"""Commands of riskpanel, each in a process of its own that can be killed, stopped and waited for."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import riskpanel
from crash.steps import COMMITTED, Moment, is_write

TESTS = Path(__file__).parents[1]
SOURCE = Path(riskpanel.__file__).parents[1]
PATIENCE = 120.0  # seconds after which a command hangs, which is a fault too


def environment(home: Path) -> dict[str, str]:
    """All that a command may know of its surroundings; the rest stands in the .env of its folder."""
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    return {"PYTHONPATH": f"{SOURCE}{os.pathsep}{TESTS}", "HOME": str(home), "COLUMNS": "200", **one_thread}


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, or less than zero the signal that ended it."""

    code: int
    out: str
    err: str
    steps: tuple[str, ...]

    @property
    def killed(self) -> bool:
        """Whether it was killed."""
        return self.code == -signal.SIGKILL

    @property
    def began_to_write(self) -> bool:
        """Whether it had come as far as a statement that changes something."""
        return any(map(is_write, self.steps))

    @property
    def commits(self) -> int:
        """How many transactions it had ended."""
        return self.steps.count(COMMITTED)


class Child:
    """A command at work in a folder."""

    def __init__(self, server: "Children", pid: int, folder: Path) -> None:
        self._server = server
        self._code: int | None = None
        self.pid = pid
        self.folder = folder

    def runs(self, seconds: float) -> bool:
        """Tell whether it neither ends nor stands still within so many seconds."""
        return self._look(seconds) == "running"

    def until_stopped(self) -> None:
        """Wait until it stands still at a step; one that ends instead was told a step too late."""
        state = self._look(PATIENCE)
        assert state == "stopped", f"{state}: {self._read('err')}"

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def end(self) -> Ended:
        """Wait for its end."""
        state = self._look(PATIENCE)
        assert isinstance(state, int), f"{state}: {self.steps()[-1:]}"
        return Ended(state, self._read("out"), self._read("err"), self.steps())

    def steps(self) -> tuple[str, ...]:
        """Return the steps that it has taken so far."""
        return tuple(self._read("trace").splitlines())

    def _look(self, seconds: float) -> str | int:
        if self._code is None:
            state = self._server.wait(self.pid, seconds)
            if not isinstance(state, int):
                return state
            self._code = state
        return self._code

    def _read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


class Children:
    """A process that forks a child for every command; one conversation at a time."""

    def __init__(self, asks: IO[str], answers: IO[str]) -> None:
        self._asks = asks
        self._answers = answers

    def start(
        self,
        argv: Sequence[str],
        folder: Path,
        *,
        signals: Mapping[Moment, signal.Signals] | None = None,
        before: Sequence[str] = (),
    ) -> Child:
        """Start a command in a folder that has its settings.

        ``signals`` are those that it sends itself at its moments; ``before`` names
        functions of hooks.py that it calls first, with whole numbers as in ``few_pages:12``.
        """
        for name in ("out", "err", "trace"):
            (folder / name).write_bytes(b"")
        sent = [(moment.beginning, moment.nth, int(number)) for moment, number in (signals or {}).items()]
        start = {"argv": list(argv), "folder": str(folder), "signals": sent, "before": list(before)}
        return Child(self, int(self._ask(start=start)), folder)

    def run(self, argv: Sequence[str], folder: Path) -> Ended:
        """Run a command to its end."""
        return self.start(argv, folder).end()

    def wait(self, pid: int, seconds: float) -> str | int:
        """Return the exit code of a child, or ``stopped``, or ``running`` after so many seconds."""
        return self._ask(wait={"pid": pid, "seconds": seconds})

    def _ask(self, **question: object) -> str | int:
        self._asks.write(json.dumps(question) + "\n")
        self._asks.flush()
        return json.loads(self._answers.readline())


@contextmanager
def forking(home: Path) -> Iterator[Children]:
    """Start the process that forks."""
    command = [sys.executable, "-m", "crash.forkserver"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment(home), cwd=home, **pipes) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield Children(server.stdin, server.stdout)
        server.stdin.close()

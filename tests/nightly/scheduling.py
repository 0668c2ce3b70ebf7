"""A scheduler in a process of its own, for tests that follow it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread


class Scheduling:
    """A running `riskpanel schedule`; ``events`` are what it has logged so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        self.process = process
        self.said: list[str] = []
        # A pipe that nobody reads fills up, and the scheduler would wait.
        self._drain = Thread(target=self.said.extend, args=(process.stderr,), daemon=True)
        self._drain.start()

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in list(self.said) if line.startswith("{")]

    def told(self, event: str) -> bool:
        """Whether it has logged an event."""
        return any(one["event"] == event for one in self.events)

    def kill(self) -> None:
        """End it as by ``kill -9``."""
        self.process.kill()
        self.process.wait(timeout=30)

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it by a signal; return the exit code and everything that it said on stderr."""
        self.process.send_signal(by)
        code = self.process.wait(timeout=60)
        self._drain.join(timeout=30)
        return code, "".join(self.said)


@contextmanager
def scheduling(database_url: str, *options: str, **settings: str) -> Iterator[Scheduling]:
    """Run a scheduler without a delay until it is ended."""
    variables = {"RISKPANEL_DATABASE_URL": database_url, "RISKPANEL_LOG_FORMAT": "json", **settings}
    command = ["env", *(f"{name}={value}" for name, value in variables.items()), sys.executable]
    command += ["-m", "riskpanel", "schedule", "--delay", "0", *options]
    with subprocess.Popen(command, text=True, stderr=subprocess.PIPE) as process:
        try:
            yield Scheduling(process)
        finally:
            process.kill()

"""A server in a process of its own whose worker computes, for tests that follow it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

import httpx2

from api.listed import PREFIX


class Serving:
    """A running `riskpanel serve`; ``address`` is its first part up to the port."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self.said: list[str] = []
        # A pipe that nobody reads fills up, and the server would wait.
        self._drain = Thread(target=self.said.extend, args=(process.stderr,), daemon=True)
        self._drain.start()
        self.address = process.stdout.readline().removesuffix("/\n")

    def ask(self, method: str, path: str, **options: object) -> httpx2.Response:
        """Send one request."""
        return httpx2.request(method, self.address + PREFIX + path, timeout=30, trust_env=False, **options)

    @contextmanager
    def stream(self, path: str, **headers: str) -> Iterator[httpx2.Response]:
        """Read an answer while it comes."""
        with httpx2.Client(timeout=60, trust_env=False) as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            with client.stream("GET", self.address + PREFIX + path, headers=named) as answer:
                yield answer

    def kill(self) -> None:
        """End it as by ``kill -9``."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was said on stderr."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=60)
        self._drain.join(timeout=30)
        return code, "".join(self.said)


@contextmanager
def serving(database_url: str, *, accounts: bool = False) -> Iterator[Serving]:
    """Serve a database on a free port of loopback, for the local user unless there are accounts."""
    command = ["env", f"RISKPANEL_DATABASE_URL={database_url}", sys.executable]
    command += ["-m", "riskpanel", "serve", "--port", "0", *([] if accounts else ["--no-auth"])]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield Serving(process)
        finally:
            process.kill()


def events(answer: httpx2.Response) -> Iterator[tuple[str, dict]]:
    """The events of a stream, each with its name and its data."""
    name, data = "", ""
    for line in answer.iter_lines():
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()
        elif not line and data:
            yield name, json.loads(data)
            name, data = "", ""


def wait_until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait for what comes soon; fail when it does not come at all."""
    deadline = monotonic() + seconds
    while not true():
        assert monotonic() < deadline, "what was waited for did not come"
        sleep(0.005)

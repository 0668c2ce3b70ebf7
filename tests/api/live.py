"""A real server in a process of its own, for as long as a test needs it."""

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

_LOOKS = 600  # at what the server says, a twentieth of a second apart


class LiveServer:
    """A running `riskpanel serve`; ``address`` is its first part up to the port, empty where it ended."""

    def __init__(self, process: subprocess.Popen[str], stderr: Path) -> None:
        self.process = process
        self._stderr = stderr
        assert process.stdout is not None
        self.first_line = process.stdout.readline()
        self.address = self.first_line.removesuffix("/\n")

    def client(self, **options) -> httpx2.Client:
        """A client that keeps cookies."""
        return httpx2.Client(base_url=self.address, timeout=30, trust_env=False, **options)

    def get(self, path: str, **options) -> httpx2.Response:
        return httpx2.get(self.address + path, timeout=30, trust_env=False, **options)

    @property
    def said(self) -> str:
        """What was said on stderr so far."""
        return self._stderr.read_text(encoding="utf-8")

    def wait_for(self, pattern: str) -> str:
        """What the first group of a pattern matches, as soon as it is said."""
        for _ in range(_LOOKS):
            found = re.search(pattern, self.said)
            if found:
                return found[1]
            time.sleep(0.05)
        raise AssertionError(f"never said: {pattern}: {self.said}")

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was said on stderr."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30), self.said


@contextmanager
def live_server(
    database_url: str, *options: str, accounts: bool = False, **environment: str
) -> Iterator[LiveServer]:
    """Serve a database on a free port of loopback; without accounts unless they are asked for."""
    variables = {"RISKPANEL_DATABASE_URL": database_url, "COLUMNS": "200"} | environment
    command = ["env", *(f"{name}={value}" for name, value in variables.items()), sys.executable]
    command += ["-m", "riskpanel", "serve", "--port", "0", *options]
    command += [] if accounts else ["--no-auth"]
    with (
        tempfile.NamedTemporaryFile() as said,  # a pipe that nobody reads would stop the server when full
        subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=said) as process,
    ):
        try:
            yield LiveServer(process, Path(said.name))
        finally:
            process.kill()

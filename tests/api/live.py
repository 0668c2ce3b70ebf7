"""A real server in a process of its own, for as long as a test needs it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2


class LiveServer:
    """A running `riskpanel serve`; ``address`` is its first part up to the port."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.address = process.stdout.readline().removesuffix("/api/v1/openapi.json\n")

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(self.address + path, timeout=30, trust_env=False)

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was said on stderr."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@contextmanager
def live_server(database_url: str) -> Iterator[LiveServer]:
    """Serve a database on a free port of loopback."""
    command = ["env", f"RISKPANEL_DATABASE_URL={database_url}", sys.executable]
    command += ["-m", "riskpanel", "serve", "--port", "0"]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield LiveServer(process)
        finally:
            process.kill()

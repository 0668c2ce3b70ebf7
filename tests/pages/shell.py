"""A shell for the command lines of a page: in this process where that will do, because it is quick."""

import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from riskpanel.cli.app import app

_FOR_A_SHELL = re.compile(r"[|<>;&$*~`]|^[A-Z_]+=")
_PATIENCE = 300  # seconds until what hangs is given up


@dataclass
class Shell:
    """Runs lines in a folder; ``told`` is everything that was printed so far."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    told: str = ""
    ran: list[str] = field(default_factory=list)

    def run(self, line: str, *, exit_code: int = 0) -> None:
        """Run a line as a person would, and remember what it printed.

        A server or a scheduler is started, seen ready, and ended by Ctrl-C. A server takes a free port.
        """
        words = shlex.split(line, comments=True)
        if words[0] == "export":
            self._export(words[1:])
        elif words[0] != "riskpanel" or _FOR_A_SHELL.search(_without_quoted(line)):
            self._in_bash(line, exit_code)
        elif words[1:2] == ["serve"]:
            own_port = [] if "--port" in words else ["--port", "0"]
            self._until_ready([*words[1:], *own_port], "http://127.0.0.1:", _ask)
        elif words[1:2] == ["schedule"] and not {"--once", "--dry-run"} & set(words):
            self._until_ready(words[1:], "scheduling nights of ", lambda line: None)
        else:
            self._in_process(words[1:], exit_code)
        self.ran.append(line)

    def _export(self, assignments: list[str]) -> None:
        for one in assignments:
            name, value = one.split("=", maxsplit=1)
            self.monkeypatch.setenv(name, value)

    def _in_process(self, words: list[str], exit_code: int) -> None:
        before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
        answer = CliRunner().invoke(app, words, catch_exceptions=False)
        for one, how in before.items():
            signal.signal(one, how)
        self.told += answer.output
        assert answer.exit_code == exit_code, f"riskpanel {shlex.join(words)}\n{answer.output}"

    def _in_bash(self, line: str, exit_code: int) -> None:
        program = self.folder / ".bin" / "riskpanel"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m riskpanel "$@"\n')
        program.chmod(0o755)
        script = f'PATH="{program.parent}:$PATH"\n{line}'
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        self.told += done.stdout + done.stderr
        assert done.returncode == exit_code, f"{line}\n{done.stdout}{done.stderr}"

    def _until_ready(self, words: list[str], ready: str, look: Callable[[str], object]) -> None:
        command = [sys.executable, "-m", "riskpanel", *words]
        with subprocess.Popen(
            command, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            impatience = threading.Timer(_PATIENCE, process.kill)
            impatience.start()
            said = ""
            assert process.stdout is not None
            for line in process.stdout:
                first = ready in line and ready not in said
                said += line
                if first:
                    look(line)
                    process.send_signal(signal.SIGINT)
            impatience.cancel()
        self.told += said
        assert (ready in said, process.returncode) == (True, 0), f"{shlex.join(words)}\n{said}"


def _ask(address: str) -> None:
    """Wait for the first answer of a server."""
    httpx2.get(f"{address.strip()}health/live", timeout=_PATIENCE, trust_env=False).raise_for_status()


def _without_quoted(line: str) -> str:
    return re.sub(r"\"[^\"$`]*\"|'[^']*'|\s#.*", "", line)

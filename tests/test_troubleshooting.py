"""The troubleshooting guide is the registry of checks, and the commands that it names exist."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskpanel.cli.app import app
from riskpanel.nightly.doctor.guide import write_guide
from riskpanel.nightly.doctor.registry import ALL_CHECKS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "troubleshooting.md"
COMMANDS = sorted({command for check in ALL_CHECKS for command in check.commands})


def test_the_committed_page_is_the_current_one():
    assert PAGE.read_text(encoding="utf-8") == write_guide(), "run: make troubleshooting"


def test_every_check_has_a_section_and_a_link_to_it():
    page = write_guide()
    assert re.findall(r"^### (.+)$", page, flags=re.MULTILINE) == [check.id for check in ALL_CHECKS]
    assert re.findall(r"\]\(#(.+?)\)", page) == [check.id for check in ALL_CHECKS]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_a_fix_exists_with_its_options(command):
    program, *words = shlex.split(command)
    assert program == "riskpanel"
    depth = 2 if words[0] in {"import", "benchmark", "quarantine", "migrate"} else 1
    told = CliRunner().invoke(app, [*words[:depth], "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert told.exit_code == 0
    for option in [word for word in words if word.startswith("--")]:
        assert option in told.output


if __name__ == "__main__":
    PAGE.write_text(write_guide(), encoding="utf-8")

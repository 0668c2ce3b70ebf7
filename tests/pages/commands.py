"""The command lines that pages show, in their order, and the files that they show."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from typer.core import TyperGroup
from typer.main import get_command

from riskpanel.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")), key=lambda page: page.relative_to(ROOT).as_posix()
)
SHELLS = ("sh", "bash", "console", "shell")
UNITS = ("ini", "crontab")
PROGRAMS = (
    *(
        "riskpanel",
        "make",
        "pip",
        "dask",
        "curl",
        "export",
        "printf",
        "cp",
        "mv",
        "cat",
        "mkdir",
        "cd",
        "systemctl",
    ),
    *(
        "journalctl",
        "docker",
        "podman",
        "kubectl",
        "python",
        "python3",
        "openapi-python-client",
        "git",
        "sqlite3",
    ),
    *(
        "psql",
        "pg_dump",
        "pg_restore",
        "createdb",
        "dropdb",
        "pipx",
        "uv",
        "uvx",
        "sudo",
        "eval",
        "source",
        ".",
    ),
)
_FENCED = re.compile(
    r"^```(?P<kind>\S*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_ASSIGNED = re.compile(r"^(?:[A-Z_]+=\S* )+")  # VARIABLE=value in front of a command
_TREE = cast("TyperGroup", get_command(app))
_LOOKS_LIKE_ONE = re.compile(r"\s*(?:[$#>] )?(?:[A-Z_]+=\S* )*riskpanel (\S+)")
_IN_UNIT = re.compile(r"/opt/riskpanel/\.venv/bin/(riskpanel [^;>\n]*)")


@dataclass(frozen=True)
class Line:
    """A command line on a page; ``block`` numbers the blocks of the page."""

    page: str
    number: int
    text: str


@dataclass(frozen=True)
class Shown:
    """What a page says that its commands print, up to a line of it."""

    number: int
    text: str


def name_of(page: Path) -> str:
    """How a page is called here."""
    return page.relative_to(ROOT).as_posix()


def files_of(page: Path) -> dict[str, str]:
    """The files that a page shows, by the title above each."""
    found = _FENCED.finditer(page.read_text(encoding="utf-8"))
    return {one["title"]: one["text"] for one in found if one["title"] and one["kind"] != "text"}


def shown_by(page: Path) -> list[Shown]:
    """What a page shows of what is printed: its blocks of text that are called "what you see"."""
    text = page.read_text(encoding="utf-8")
    return [
        Shown(text.count("\n", 0, one.start()) + 1, one["text"])
        for one in _FENCED.finditer(text)
        if one["title"] == "what you see"
    ]


def lines_of(page: Path) -> list[Line]:
    """Every command line of a page: of its shell blocks, its indented blocks, and its units and crontabs."""
    return [Line(name_of(page), number, text) for number, text in sorted(_found_in(page.read_text("utf-8")))]


def uncollected(page: Path) -> list[Line]:
    """Lines that look like commands of riskpanel, and are none of those that are collected."""
    found, commands = {line.number for line in lines_of(page)}, {*_TREE.commands, "--help", "--version"}
    text = page.read_text(encoding="utf-8")
    lines = enumerate(
        re.sub(r"(?<=\\\n).*", "", text).splitlines(), 1
    )  # without what goes on from the line above
    return [
        Line(name_of(page), number, text.strip())
        for number, text in lines
        if number not in found and (looks := _LOOKS_LIKE_ONE.match(text)) and looks[1] in commands
    ]


def _found_in(text: str) -> Iterator[tuple[int, str]]:
    for block in _FENCED.finditer(text):
        first = text.count("\n", 0, block.start()) + 2
        if block["kind"] in SHELLS:
            yield from _joined(first, block["text"].splitlines())
        if block["kind"] in UNITS:
            for number, line in enumerate(block["text"].splitlines(), first):
                yield from ((number, command.strip()) for command in _IN_UNIT.findall(line))
    without = _FENCED.sub(lambda block: "\n" * block[0].count("\n"), text)
    for number, line in enumerate(without.splitlines(), 1):
        program = _ASSIGNED.sub("", line.strip()).split(maxsplit=1)[:1]
        if line.startswith("    ") and program and program[0].rsplit("/", 1)[-1] in PROGRAMS:
            yield number, line.strip()


def _joined(first: int, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines of a shell block; one that ends with a backslash goes on in the next."""
    start, so_far = first, ""
    for number, line in enumerate(lines, first):
        start = start if so_far else number
        so_far += line.removesuffix("\\")
        if not line.endswith("\\"):
            if so_far.strip() and not so_far.lstrip().startswith("#"):
                yield start, so_far.strip()
            so_far = ""

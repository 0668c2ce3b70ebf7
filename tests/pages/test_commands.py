"""Every command line of every page runs, in its order, or is named below with the reason why not."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pages.commands import PAGES, Line, files_of, lines_of, name_of, shown_by, uncollected
from pages.shell import Shell
from pages.world import copy_world, make_world, settings

# Page, what the line begins with, why it is not run here. An entry that is not needed any more is a failure.
NOT_RUN = (
    ("README.md", "make ", "installs the environment that this runs in"),
    ("README.md", ". .venv/bin/activate", "the environment is the one that this runs in"),
    ("CONTRIBUTING.md", "make ", "the targets are whole test suites and measurements"),
    ("docs/quick-start.md", "make ", "installs the environment that this runs in"),
    ("docs/quick-start.md", ". .venv/bin/activate", "the environment is the one that this runs in"),
    ("docs/api.md", "riskpanel token create", "tests/api/test_api_page.py runs it, and needs what it prints"),
    ("docs/api.md", "curl ", "tests/api/test_api_page.py runs them against a server with accounts"),
    ("docs/api.md", "printf 'symbol", "tests/api/test_api_page.py runs them before what needs them"),
    ("docs/api.md", "pip install openapi-python-client", "needs the network"),
    ("docs/api.md", "openapi-python-client", "is no part of the environment"),
    ("docs/operations.md", "systemctl ", "needs systemd and root"),
    ("docs/operations.md", "journalctl ", "needs systemd"),
    ("docs/operations.md", "pip install ", "needs the network"),
    ("docs/operations.md", "pipx ", "needs the network; tests/test_dist.py installs the wheel"),
    ("docs/operations.md", "python3 -m venv /opt", "needs root; tests/test_dist.py makes another"),
    ("docs/operations.md", "/opt/riskpanel/", "needs the network; tests/test_dist.py installs the wheel"),
    ("docs/operations.md", "riskpanel demo", "has a database of its own; tests/test_dist.py runs it"),
    ("docs/operations.md", "cp ", "belongs to the lines of Docker"),
    (
        "docs/operations.md",
        "docker ",
        "needs a daemon; tests/test_deploy.py runs what its services run",
    ),
    ("docs/operations.md", "useradd", "needs root"),
    ("docs/operations.md", "find backups", "belongs to the lines of Docker"),
    ("docs/operations.md", "install -m", "needs root"),
    ("docs/operations.md", "systemd-run", "needs systemd and root"),
    (
        "docs/operations.md",
        "kubectl ",
        "needs a cluster; tests/test_deploy.py checks the files",
    ),
    ("docs/command-line.md", "riskpanel ", "the examples of the help: test_examples.py runs each"),
    ("docs/evidence/tail.md", "python -m benchmarks", "takes an hour, and writes the page"),
    ("PACKAGE.md", "pip install ", "needs the network; tests/test_dist.py installs the wheel"),
    ("PACKAGE.md", "riskpanel demo", "tests/test_dist.py runs it"),
    ("PACKAGE.md", "riskpanel serve --demo", "tests/e2e has it in a browser"),
    ("docs/operations.md", "dask ", "needs machines; tests/nightly has a cluster on this one"),
    ("docs/operations.md", "riskpanel run --engine dask", "needs a cluster; tests/nightly has one"),
)
# Pages that begin with nothing. The others begin with a database that has been in use for some months.
FROM_NOTHING = ("README.md", "PACKAGE.md", "docs/quick-start.md")
# Lines that end with another code than 0 here, and why.
EXIT_CODES = {
    # Sessions of the made-up prices have no night.
    "riskpanel doctor": 1,
    # The page's own database has rows, which it refuses to lose without --yes.
    "riskpanel restore FILE --yes": 0,
    "riskpanel restore FILE": 2,
    # A folder of files has no weights: those that ship are stored, which it says with 1.
    "riskpanel benchmark update": 1,
}
# What words in capitals stand for; those of a longer beginning come first.
STANDS_FOR = (
    ("riskpanel import prices", {"FILE": "prices/closes.csv"}),
    ("riskpanel import positions", {"FILE": "positions.csv"}),
    ("riskpanel import instruments", {"FILE": "prices/instruments.csv"}),
    ("riskpanel import fund", {"FILE": "holdings.csv", "SYMBOL": "SPY"}),
    ("riskpanel backup", {"FILE": "made.backup"}),
    ("riskpanel restore", {"FILE": "made.backup"}),
    ("folder=$(mktemp", {"FILE": "made.backup", "PORTFOLIO": "'My portfolio'"}),
    ("riskpanel quarantine release", {"ID": "2"}),
    ("riskpanel quarantine drop", {"ID": "1"}),
    (
        "riskpanel ",
        {
            "NAME": "My portfolio",
            "PORTFOLIO": "'My portfolio'",
            "AMOUNT": "5000",
            "SYMBOL": "AAPL",
            "INDEX": "SPY",
            "DAY": "2025-06-30",
            "CODE": "SP500",
        },
    ),
)
# Folders outside that of the test.
FOLDERS = {"/var/backups/riskpanel": "backups"}
_ASSIGNED = re.compile(r"^(?:[A-Z_]+=\S* )+")
# What pages show is compared word by word, but for numbers: those of made-up prices are others.
_NUMBERS = re.compile(r"[-−+]?\d[\d,.:]*")


def why_not(line: Line) -> str | None:
    """The reason why a line is not run, or None."""
    reasons = [why for page, start, why in NOT_RUN if page == line.page and line.text.startswith(start)]
    return reasons[0] if reasons else None


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A folder with prices and a database that was in use."""
    return make_world(tmp_path_factory.mktemp("world"), datetime.now(UTC).date())


@pytest.fixture
def shell(template, tmp_path, monkeypatch):
    """A shell in an own folder with an own database, for a page."""

    def opened(page: Path) -> Shell:
        copy_world(template, tmp_path, database=name_of(page) not in FROM_NOTHING)
        for name, text in files_of(page).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        for name, value in settings(tmp_path).items():
            monkeypatch.setenv(name, value)
        return Shell(tmp_path, monkeypatch)

    return opened


def filled(text: str) -> str:
    """A line with something that exists in the place of each word in capitals."""
    for path, meaning in FOLDERS.items():
        text = text.replace(path, meaning)
    command = _ASSIGNED.sub("", text)
    for start, stand_ins in STANDS_FOR:
        if command.startswith(start):
            for word, meaning in stand_ins.items():
                text = re.sub(rf"(?<![A-Z_])\b{word}\b(?!_)", meaning, text)
    return text


def exit_code_of(line: str) -> int:
    """What a line ends with here."""
    return next((code for start, code in EXIT_CODES.items() if line.startswith(start)), 0)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_of_a_page_runs_in_its_order(page, shell):
    lines = lines_of(page)
    wanted = [filled(line.text) for line in lines if why_not(line) is None]
    if not wanted:
        return
    opened = shell(page)
    told_before: list[tuple[int, str]] = []
    for line in lines:
        if why_not(line) is None:
            opened.run(filled(line.text), exit_code=exit_code_of(line.text))
            told_before.append((line.number, opened.told))
    assert opened.ran == wanted
    for shown in shown_by(page):
        (*_, told) = (told for number, told in told_before if number < shown.number)
        assert missing_of(shown.text, told) == [], told


def missing_of(shown: str, told: str) -> list[str]:
    """Lines that a page shows and no command has printed; an ellipsis stands for what is left out."""
    printed = "\n".join(_plain(line) for line in told.splitlines())
    lines = [line for line in shown.splitlines() if line.strip(" …")]
    return [line for line in lines if not re.search(f"^{_pattern(line)}$", printed, flags=re.MULTILINE)]


def _pattern(line: str) -> str:
    return re.escape(_plain(line)).replace("…", ".*")


def _plain(line: str) -> str:
    return " ".join(_NUMBERS.sub("0", line).split())


def test_lines_that_are_not_run_are_those_of_the_table_and_every_entry_of_it_is_needed():
    lines = [line for page in PAGES for line in lines_of(page)]
    unused = [
        (page, start)
        for page, start, _ in NOT_RUN
        if not any(line.page == page and line.text.startswith(start) for line in lines)
    ]
    assert unused == []
    of_riskpanel = [line for line in lines if line.text.startswith("riskpanel ") and why_not(line) is None]
    assert len(of_riskpanel) > 45


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_nothing_that_looks_like_a_command_of_riskpanel_is_left_out(page):
    assert uncollected(page) == []


def test_a_command_in_a_block_that_is_not_collected_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("pages.commands.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("riskpanel runs at night:\n\n    riskpanel run\n\n```text\n$ riskpanel doctor -v\n```\n")
    assert [line.text for line in uncollected(page)] == ["$ riskpanel doctor -v"]


def test_a_line_that_is_shown_and_not_printed_is_found():
    assert missing_of("prices: 7 rows… new\n…\nno such line\n", "prices:  19,204 rows, 3 new") == [
        "no such line"
    ]


def test_words_in_capitals_stand_for_something_that_exists():
    assert filled('riskpanel import positions FILE --portfolio "NAME"') == (
        'riskpanel import positions positions.csv --portfolio "My portfolio"'
    )
    assert filled("riskpanel fetch SYMBOL --since DAY") == "riskpanel fetch AAPL --since 2025-06-30"
    assert filled("kubectl apply -f FILE") == "kubectl apply -f FILE"

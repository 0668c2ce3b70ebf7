"""The command line as a whole: help, examples, options that go everywhere, errors of usage, exit codes."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer._click.core import Context
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from cli.snapshots import COMMANDS, LEAVES, PAGE, PLAIN, ROOT, SNAPSHOTS, TREE, command_page, help_of
from riskpanel import cli
from riskpanel.cli.app import app
from riskpanel.cli.examples import GUIDES
from riskpanel.cli.groups import EVERYWHERE, HELP, PANELS

REWRITE = "make snapshots"
EXAMPLES = [(path, text) for path, guide in GUIDES.items() for _, text in guide.examples]
SERVING = {"serve", "schedule"}


@pytest.fixture
def riskpanel(monkeypatch, tmp_path):
    """Run a command line in an empty folder, whose database is not there yet."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'none.sqlite3'}"

    def run(*words, exit_code=0, **env):
        runner = CliRunner(env=PLAIN | {"RISKPANEL_DATABASE_URL": url} | env)
        outcome = runner.invoke(app, words, prog_name="riskpanel", catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    return run


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.name)
def test_what_is_shown_is_the_golden_text(path):
    assert SNAPSHOTS[path]() == path.read_text("utf-8"), f"look at the change, then: {REWRITE}"


def test_the_page_has_every_command_as_it_is():
    assert command_page() == PAGE.read_text("utf-8"), f"docs/command-line.md is old; run: {REWRITE}"


def test_every_command_and_group_has_a_guide_and_no_guide_is_of_none():
    assert GUIDES.keys() == COMMANDS.keys()
    assert all(guide.examples for guide in GUIDES.values())


def test_every_command_is_in_a_panel_and_in_its_order():
    assert [name for names in PANELS.values() for name in names] == list(TREE.commands)


@pytest.mark.parametrize("guide", GUIDES.values(), ids=lambda guide: guide.examples[0][1])
def test_the_page_that_a_help_names_exists(guide):
    assert (ROOT / guide.page).is_file()


def environment(**variables):
    """The environment of a program of its own, as it is for this one where nothing else is said."""
    return dict(os.environ) | variables  # noqa: TID251 - it is passed on, not read


def without_globals(words):
    return [word for word in words if word not in {"-q", "-v", "-vv", "--debug"}]


@pytest.mark.parametrize(("path", "text"), EXAMPLES)
def test_an_example_is_parsed_by_the_command_of_whose_help_it_is(path, text):
    program, *words = shlex.split(text)
    assert program == "riskpanel"
    command, context, rest = TREE, Context(TREE, info_name=program), without_globals(words)
    while isinstance(command, TyperGroup):
        name, command, rest = command.resolve_command(context, rest)
    own = path.split()
    assert words[: len(own)] == own
    parsed = command.make_context(name, rest, parent=context)
    assert parsed.command is command


@pytest.mark.parametrize("path", COMMANDS)
def test_help_fits_80_columns_without_any_control_code_and_shows_each_example_on_a_line(path):
    text = help_of(path)
    lines = [line.strip() for line in text.splitlines()]
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert "<bool>" not in text
    assert "%Y" not in text
    assert [example for _, example in GUIDES[path].examples if example not in lines] == []


@pytest.mark.parametrize(("no_colour", "coloured"), [("", True), ("1", False)])
def test_help_has_colours_when_they_are_forced_and_none_when_they_are_not_wanted(no_colour, coloured):
    answer = subprocess.run(
        [sys.executable, "-m", "riskpanel", "run", "--help"],
        env=environment(FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR=no_colour),
        capture_output=True,
        text=True,
        check=True,
    )
    assert bool(re.search("\x1b\\[[0-9;]*3[0-7]m", answer.stdout)) is coloured


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_says_what_it_is_and_what_it_takes(path):
    command = COMMANDS[path]
    for one in command.params:
        assert one.help, one.opts
        assert one.metavar is not None or one.type_descriptor.is_choice or "completion" in one.opts[0], (
            one.opts
        )


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_takes_json_and_the_options_of_the_root(path):
    names = {option for one in COMMANDS[path].params for option in one.opts}
    assert names >= {"--json", "--quiet", "-q", "--verbose", "-v", "--debug"}
    assert [one.hidden for one in COMMANDS[path].params if one.name in EVERYWHERE] == [True] * 3
    assert HELP == ["-h", "--help"]


# ---------------------------------------------------------------- errors of usage


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        ("reprot", "unknown command: reprot", "did you mean report? riskpanel --help lists all"),
        ("zzz", "unknown command: zzz", "riskpanel --help lists all"),
        (
            "user ad",
            "unknown command of riskpanel user: ad",
            "did you mean add? riskpanel user --help lists all",
        ),
        ("report --jsn", "unknown option: --jsn", "did you mean --json? riskpanel report --help lists all"),
        ("run -x", "unknown option: -x", "see riskpanel run --help"),
        (
            "run --as-of 30.6.2025",
            "not a date: 30.6.2025",
            "--as-of takes YYYY-MM-DD, as in 2025-06-30; see riskpanel run --help",
        ),
        (
            "run --as-of 2025-02-30",
            "not a date: 2025-02-30",
            "--as-of takes YYYY-MM-DD, as in 2025-06-30; see riskpanel run --help",
        ),
        (
            "run --engine slow",
            "not one of its choices: --engine slow",
            "one of: local, dask; see riskpanel run --help",
        ),
        (
            "run --as-of",
            "option without its value: --as-of",
            "write --as-of YYYY-MM-DD; see riskpanel run --help",
        ),
        (
            "-q report X --html",
            "option without its value: --html",
            "write --html FILE; see riskpanel report --help",
        ),
        (
            "run --date 2025-06-30",
            "unknown option: --date",
            "did you mean --as-of? riskpanel run --help lists all",
        ),
        (
            "benchmark show --as-of 2025-06-30",
            "unknown option: --as-of",
            "did you mean --date? riskpanel benchmark show --help lists all",
        ),
        ("init --date 2025-06-30", "unknown option: --date", "see riskpanel init --help"),
        ("run now", "too much: now", "put what has spaces in quotes; see riskpanel run --help"),
        ("explain", "missing: NAME", "write riskpanel explain NAME; see riskpanel explain --help"),
        (
            "backfill --from 2024-01-02",
            "missing: --to",
            "write riskpanel backfill --from YYYY-MM-DD --to YYYY-MM-DD; see riskpanel backfill --help",
        ),
        ("serve --port x", "--port cannot be used: a whole number is wanted", "see riskpanel serve --help"),
        (
            "token create x --days 999",
            "--days cannot be used: a number less than or equal to 366 is wanted",
            "see riskpanel token create --help",
        ),
        (
            "import positions a.csv --cash x",
            "--cash cannot be used: not a number: x",
            "see riskpanel import positions --help",
        ),
        ("run -q -v", "--quiet and --verbose exclude each other", "leave one of them out"),
        ("-v run -q", "--quiet and --verbose exclude each other", "leave one of them out"),
        (
            "run --engine dask --scheduler nonsense",
            "not the address of a scheduler: nonsense",
            "as in tcp://10.0.0.5:8786",
        ),
        (
            "run --engine dask --scheduler tcp://host:port",
            "not the address of a scheduler: tcp://host:port",
            "as in tcp://10.0.0.5:8786",
        ),
    ],
)
def test_an_error_of_usage_says_what_and_what_to_do_and_ends_with_2(riskpanel, words, error, hint):
    outcome = riskpanel(*words.split(), exit_code=2)
    assert outcome.stderr.splitlines() == [f"error: {error}", f"hint: {hint}"]
    assert outcome.stdout == ""


@pytest.mark.parametrize("path", [path for path, one in COMMANDS.items() if path and path not in LEAVES])
def test_a_group_alone_prints_its_help_and_ends_with_2(riskpanel, path):
    outcome = riskpanel(path, exit_code=2)
    assert outcome.stdout == help_of(path).removesuffix("\n")
    assert outcome.stderr == ""


# ---------------------------------------------------------------- no database, other failures


def example_of(path):
    return shlex.split(GUIDES[path].examples[0][1])[1:]


MAKING = {"demo", "init", "migrate up", "migrate down", "restore"}
ASKING = [path for path in LEAVES if path not in MAKING | {"doctor"}]  # the doctor's answer is a finding


@pytest.mark.parametrize("path", ASKING)
def test_without_a_database_every_command_names_init_and_ends_with_3(riskpanel, path):
    words = [*example_of(path), "--json"]
    if path == "schedule":
        words += ["--dry-run"]
    if path == "backup":
        words[1] = "made.backup"
    outcome = riskpanel(*words, exit_code=3)
    first, second = outcome.stderr.splitlines()
    assert first.startswith("error: no database: ")
    assert second == "hint: riskpanel init creates it"
    assert outcome.stdout == ""


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.5:8786", "tls://a.b-c.org:1", "tcp://[::1]:8786", "localhost:8786"]
)
def test_the_address_of_a_scheduler_may_be_any_that_dask_knows(riskpanel, address):
    outcome = riskpanel("run", "--engine", "dask", "--scheduler", address, exit_code=3)
    assert outcome.stderr.startswith("error: no database: ")


def test_alone_it_says_in_three_lines_where_to_begin_and_with_a_database_it_helps(riskpanel):
    outcome = riskpanel()
    first, *steps = outcome.stdout.splitlines()
    assert re.fullmatch(r"No database: .*none\.sqlite3\. Begin with one of these:", first)
    assert [line.split("  ")[1] for line in steps] == ["riskpanel demo", "riskpanel init", "riskpanel --help"]
    riskpanel("init")
    assert riskpanel().stdout == help_of("").removesuffix("\n")


@pytest.mark.parametrize("words", [("init",), ("run", "--help"), ("--version",)])
def test_what_is_done_ends_with_0(riskpanel, words):
    riskpanel(*words)


# ---------------------------------------------------------------- quiet, verbose


def test_quiet_says_nothing_of_what_was_done_before_and_after_the_command(riskpanel):
    assert riskpanel("init").stdout.startswith("created ")
    for words in (("-q", "init"), ("init", "-q"), ("init", "--quiet")):
        outcome = riskpanel(*words)
        assert (outcome.stdout, outcome.stderr) == ("", "")
    assert riskpanel("init").stdout.startswith("already current: ")


def test_quiet_still_prints_data_and_errors(riskpanel):
    riskpanel("init", "-q")
    assert json.loads(riskpanel("-q", "init", "--json").stdout)["status"] == "current"
    assert "local" in riskpanel("-q", "user", "list").stdout
    assert riskpanel("-q", "report", "none", exit_code=2).stderr.startswith("error: no portfolio: none\n")
    token = riskpanel("token", "create", "x", "-q")
    assert (len(token.stdout.splitlines()), token.stderr) == (1, "")


def test_quiet_still_shows_the_bad_rows_of_a_file(riskpanel, tmp_path):
    riskpanel("init", "-q")
    (tmp_path / "bad.csv").write_text("date,A\n2024-01-02,many\n")
    assert "many" in riskpanel("import", "prices", "bad.csv", "-q", exit_code=2).stderr
    assert "many" in riskpanel("import", "prices", "bad.csv", "-q", "--dry-run", exit_code=2).stdout


def test_verbose_logs_what_is_done_and_the_variable_alone_does_too(riskpanel, tmp_path):
    riskpanel("init", "-q")
    (tmp_path / "prices.csv").write_text("date,A\n2024-01-02,10\n2024-01-03,11\n")
    (tmp_path / "positions.csv").write_text("symbol,quantity\nA,1\n")
    riskpanel("import", "prices", "prices.csv")
    riskpanel("import", "positions", "positions.csv", "--portfolio", "P", "--market-index", "A")
    events = {}
    for name, words, level in (
        ("usual", ["run"], ""),
        ("before", ["-v", "run"], ""),
        ("after", ["run", "-v"], ""),
        ("variable", ["run"], "info"),
        ("quiet", ["run", "-q"], "info"),
    ):
        outcome = riskpanel(
            *words, RISKPANEL_LOG_FORMAT="json", **({"RISKPANEL_LOG_LEVEL": level} if level else {})
        )
        events[name] = [json.loads(line)["event"] for line in outcome.stderr.splitlines() if line[0] == "{"]
    assert events["usual"] == events["quiet"] == []
    assert events["before"] == events["after"] == events["variable"] == ["run started", "run ended"]


# ---------------------------------------------------------------- what nobody foresaw

DEFECT = """
import sys
from riskpanel.cli import app as place, quarantine
from riskpanel.cli.edge import reports_errors, stdout
from riskpanel.cli.groups import PANELS
from riskpanel.errors import StoreError

def command(function):
    setattr(quarantine, function.__name__, function)
    PANELS["Keep in order"][function.__name__] = f"quarantine:{function.__name__}"

@command
@reports_errors
def boom() -> None:
    "Fail."
    raise ValueError("first line of postgresql://ada:hunter2@db/risk, key hunter3\\nsecond line")

@command
@reports_errors
def fail() -> None:
    "Fail in a way that is known."
    raise StoreError("the store fails: postgresql://ada:***@db/risk", hint="mend it")

@command
@reports_errors
def talk() -> None:
    "Say more than anybody reads."
    for _ in range(100_000):
        stdout().print("a line that nobody reads")

@command
def interrupt() -> None:
    raise KeyboardInterrupt

PANELS["Keep in order"]["lost"] = "that_is_not_there:lost"
sys.argv[0] = "riskpanel"
place.main()
"""


def program(*words, **env):
    variables = {"RISKPANEL_DATABASE_URL": "postgresql://ada:hunter2@db/risk", "FMP_API_KEY": "hunter3"}
    return subprocess.run(
        [sys.executable, "-c", DEFECT, *words],
        env=environment(**PLAIN | variables | env),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_defect_is_one_line_and_a_hint_without_secrets_and_ends_with_70():
    answer = program("boom")
    assert answer.stderr.splitlines() == [
        "error: unexpected: ValueError: first line of postgresql://ada:***@db/risk, key ***",
        "hint: repeat with --debug, and report what it says",
    ]
    assert (answer.stdout, answer.returncode) == ("", 70)


def test_a_command_that_cannot_be_loaded_is_a_defect_whose_traceback_can_be_seen():
    answer = program("lost")
    assert answer.stderr.splitlines() == [
        "error: unexpected: ModuleNotFoundError: No module named 'riskpanel.cli.that_is_not_there'",
        "hint: repeat with --debug, and report what it says",
    ]
    assert (answer.stdout, answer.returncode) == ("", 70)
    for words in (("lost", "--debug"), ("--debug", "lost")):
        answer = program(*words)
        assert answer.stderr.startswith("Traceback (most recent call last):\n")
        assert answer.stderr.endswith("hint: report it with what is above\n")


def test_a_key_error_while_a_command_is_loaded_is_not_taken_for_an_unknown_command(monkeypatch, tmp_path):
    (tmp_path / "without_a_key.py").write_text("{}['lost']\n")
    monkeypatch.setattr(cli, "__path__", [*cli.__path__, str(tmp_path)])
    monkeypatch.setitem(PANELS["Keep in order"], "keyless", "without_a_key:keyless")
    with pytest.raises(KeyError, match="lost"):
        get_command(app).commands.get("keyless")
    assert get_command(app).commands.get("no such") is None


def test_debug_shows_the_traceback_without_secrets():
    answer = program("boom", "--debug")
    assert "Traceback (most recent call last):" in answer.stderr
    assert "second line" in answer.stderr
    assert "hunter" not in answer.stderr
    assert answer.returncode == 70
    known = program("--debug", "fail")
    assert "Traceback (most recent call last):" in known.stderr
    assert known.stderr.endswith("hint: mend it\n")
    assert known.returncode == 3
    assert program("fail").stderr.startswith("error: the store fails")


def test_an_interruption_ends_with_130_and_without_a_traceback():
    answer = program("interrupt")
    assert (answer.stderr, answer.returncode) == ("", 128 + signal.SIGINT)


def test_a_reader_that_goes_away_ends_it_silently():
    with subprocess.Popen(
        [sys.executable, "-c", DEFECT, "talk"],
        env=environment(**PLAIN),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout.readline() == "a line that nobody reads\n"
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait() == 128 + signal.SIGPIPE


def test_the_exit_codes_of_the_page_are_those_of_the_readme_and_more():
    def codes(path: Path) -> set[int]:
        return {int(code) for code in re.findall(r"^\| (\d+) \|", path.read_text(), flags=re.MULTILINE)}

    assert codes(ROOT / "README.md") == {0, 1, 2, 3, 70, 130}
    assert codes(PAGE) == codes(ROOT / "README.md") | {141}

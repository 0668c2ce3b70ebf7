"""Completion, by the protocol in which shells ask for it."""

import pytest
from typer.testing import CliRunner

from builders import Book, Lot, fill_books
from riskpanel.book.explanations import OF_HOLDINGS, OF_SNAPSHOTS
from riskpanel.cli.app import app


@pytest.fixture
def complete(migrated_url, monkeypatch, tmp_path):
    """Ask as a shell does for what may follow; returns the lines, and nothing may be on stderr."""
    monkeypatch.chdir(tmp_path)

    def ask(line, shell="bash", url=migrated_url):
        words = line.split(" ")
        asked = {
            "_RISKPANEL_COMPLETE": f"complete_{shell}",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
            "_TYPER_COMPLETE_ARGS": line,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        }
        outcome = CliRunner(env={"RISKPANEL_DATABASE_URL": url} | asked).invoke(
            app, [], prog_name="riskpanel"
        )
        assert outcome.exit_code == 0
        assert outcome.stderr == ""
        return outcome.stdout.strip().splitlines()

    return ask


@pytest.fixture
def named(store, now):
    """Portfolios with names that a shell must quote."""
    fill_books(store, [Book("Growth", (Lot("A", 1.0),)), Book("Bob's 50 % (new)", (Lot("A", 1.0),))], now=now)


def test_commands_and_groups_are_completed(complete):
    assert complete("riskpanel re") == ["report", "restore"]
    assert complete("riskpanel user ") == ["list", "add", "link", "disable", "enable"]


@pytest.mark.parametrize("command", ["report", "explain", "run --portfolio", "backfill --portfolio"])
def test_portfolios_are_completed_from_the_database(complete, named, command):
    assert complete(f"riskpanel {command} Gr") == ["Growth"]


def test_a_name_is_written_as_bash_reads_it_and_other_shells_quote_for_themselves(complete, named):
    assert complete("riskpanel report B") == [r"Bob\'s\ 50\ %\ \(new\)"]
    assert complete("riskpanel report B", "fish") == ["Bob's 50 % (new)"]
    assert any("Growth" in line for line in complete("riskpanel report Gr", "zsh"))


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at all.sqlite3", "postgresql://127.0.0.1:1/none", "nonsense"]
)
def test_what_cannot_be_read_completes_nothing_in_silence(complete, url):
    assert complete("riskpanel report G", url=url) == []


def test_a_database_without_tables_completes_nothing_in_silence(complete, tmp_path):
    (tmp_path / "empty.sqlite3").touch()
    assert complete("riskpanel report G", url=f"sqlite:///{tmp_path / 'empty.sqlite3'}") == []


def test_numbers_are_completed_of_the_portfolio_or_of_a_holding(complete):
    assert complete("riskpanel explain Growth ") == list(OF_SNAPSHOTS)
    assert complete("riskpanel explain --symbol AAPL Growth ") == list(OF_HOLDINGS)
    assert complete("riskpanel explain Growth hh") == ["hhi"]


def test_dates_are_not_completed(complete):
    assert complete("riskpanel run --as-of ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_asks_by_that_protocol(shell):
    outcome = CliRunner(env={"_RISKPANEL_COMPLETE": f"source_{shell}"}).invoke(app, [], prog_name="riskpanel")
    assert outcome.exit_code == 0
    assert f"_RISKPANEL_COMPLETE=complete_{shell}" in outcome.stdout


def test_completion_is_shown_and_installed_where_the_shell_looks_for_it(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    shown = CliRunner().invoke(app, ["--show-completion", "bash"], prog_name="riskpanel")
    assert (shown.exit_code, "complete -o default" in shown.stdout) == (0, True)
    installed = CliRunner().invoke(app, ["--install-completion", "bash"], prog_name="riskpanel")
    assert installed.exit_code == 0
    assert ".bash_completions/riskpanel.sh" in (tmp_path / ".bashrc").read_text()

"""`riskpanel fetch` and `riskpanel quarantine`, with a folder of files as the source."""

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from typer import Exit
from typer.testing import CliRunner

from riskpanel.cli import fetch as fetch_command
from riskpanel.cli import quarantine as quarantine_command
from riskpanel.cli.app import app
from riskpanel.nightly.fetch_facts import FactsReport
from riskpanel.nightly.fetch_reports import FetchReport, SymbolFetch
from riskpanel.sources.protocol import UnreachedError
from sources.recorded import Recorded, history_of

FIRST, LAST = date(2022, 1, 3), date(2022, 12, 28)
NOW = datetime(2022, 12, 28, 22, 0, tzinfo=UTC)
AAPL, MSFT = history_of(FIRST, LAST, seed=1), history_of(FIRST, LAST, seed=2)


@pytest.fixture
def folder(tmp_path):
    """The folder of the source."""
    made = tmp_path / "prices"
    made.mkdir()
    return made


@pytest.fixture
def riskpanel(migrated_url, monkeypatch, tmp_path, folder):
    """The command on a database that is ready, on the evening of a session."""
    monkeypatch.chdir(tmp_path)
    for module in (fetch_command, quarantine_command):
        monkeypatch.setattr(module, "now", lambda: NOW)
        monkeypatch.setattr(module, "today", lambda: NOW.date())
    runner = CliRunner(
        env={
            "RISKPANEL_DATABASE_URL": migrated_url,
            "RISKPANEL_SOURCES": "files",
            "RISKPANEL_SOURCE_FOLDER": str(folder),
            "COLUMNS": "140",
        }
    )

    def run(*words, **settings):
        return runner.invoke(app, [str(word) for word in words], env=settings, catch_exceptions=False)

    assert run("init").exit_code == 0
    return run


def write(folder, symbol, history):
    history.drop("split").with_columns(symbol=pl.lit(symbol)).write_csv(folder / f"{symbol}.csv")


def test_symbols_that_are_named_are_fetched_and_told_in_a_table(riskpanel, folder):
    write(folder, "AAPL", AAPL)
    write(folder, "MSFT", MSFT)
    outcome = riskpanel("fetch", "AAPL", "msft", "--no-facts")
    assert outcome.exit_code == 0, outcome.output
    lines = [line.split("│") for line in outcome.stdout.splitlines() if "files" in line]
    assert [[cell.strip() for cell in line[1:8]] for line in lines] == [
        ["AAPL", "files", "2022-01-03", "2022-12-28", "249", "249", ""],
        ["MSFT", "files", "2022-01-03", "2022-12-28", "249", "249", ""],
    ]
    assert outcome.stdout.splitlines()[-1] == "asked for prices up to 2022-12-28: 2 fetched; 498 rows written"
    again = riskpanel("fetch", "AAPL", "MSFT", "--no-facts")
    assert again.stdout == "asked for prices up to 2022-12-28: 2 up to date already; 0 rows written\n"


def test_what_is_held_is_fetched_described_and_can_be_computed(riskpanel, folder, tmp_path):
    for symbol, history in (("AAPL", AAPL), ("SPY", MSFT)):
        write(folder, symbol, history)
    (folder / "instruments.csv").write_text("symbol,name,sector\nAAPL,Apple,Information Technology\n")
    positions = tmp_path / "mine.csv"
    positions.write_text("symbol,quantity,portfolio\nAAPL,10,Mine\n")
    assert riskpanel("import", "positions", positions).exit_code == 0
    outcome = riskpanel("fetch", "--json")
    document = json.loads(outcome.stdout)
    assert outcome.exit_code == 0, outcome.output
    assert [(one["symbol"], one["status"]) for one in document["symbols"]] == [
        ("AAPL", "written"),
        ("SPY", "written"),
    ]
    assert (document["session"], document["facts"]["described"]) == ("2022-12-28", 1)
    night = riskpanel("run", "--as-of", "2022-12-28")
    assert night.exit_code == 0, night.output


def test_a_symbol_that_no_source_has_makes_the_exit_code_1_and_the_others_are_saved(riskpanel, folder):
    write(folder, "AAPL", AAPL)
    outcome = riskpanel("fetch", "AAPL", "NOPE", "--no-facts")
    assert outcome.exit_code == 1
    assert "1 fetched, 1 failed; 249 rows written" in outcome.stdout
    (line,) = [line for line in outcome.stdout.splitlines() if "NOPE" in line]
    assert "failed" in line
    assert "files" in line


def test_failures_of_one_cause_are_one_note_with_the_first_symbols(riskpanel, folder):
    write(folder, "AAPL", AAPL)
    outcome = riskpanel("fetch", "AAPL", "NO1", "NO2", "NO3", "NO4", "NO5", "--no-facts", COLUMNS="200")
    assert outcome.exit_code == 1
    (line,) = [line for line in outcome.stdout.splitlines() if "failed" in line and "│" in line]
    assert "NO1, NO2, NO3 and 2 more" in line
    assert "…" in line
    assert "1 fetched, 5 failed; 249 rows written" in outcome.stdout


def test_without_a_network_one_line_says_so(capsys):
    away = [
        SymbolFetch(one, "failed", error=f"shop: no answer: {one} (no connection)", unreached=True)
        for one in ("AAPL", "KO")
    ]
    report = FetchReport(LAST, tuple(away), (), ())
    with pytest.raises(Exit) as ended:
        fetch_command._finish(report, FactsReport(), as_json=False)
    assert ended.value.exit_code == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "no network: shop: no answer: … (no connection); nothing was fetched",
        "asked for prices up to 2022-12-28: 2 failed; 0 rows written",
    ]
    assert told.err.startswith("hint: look whether there is a network")
    assert not replace(report, symbols=(*away, SymbolFetch("T", "current"))).unreached
    assert not replace(report, symbols=(*away, SymbolFetch("T", "failed", error="no"))).unreached


def test_without_a_network_names_and_sectors_are_not_asked_for(riskpanel, monkeypatch):
    class Away(Recorded):
        def profile(self, symbol):
            raise AssertionError("asked for a profile")

    source = Away("shop", {"AAPL": UnreachedError("no connection")})
    monkeypatch.setattr(fetch_command, "opened_sources", lambda *_, **__: nullcontext((source,)))
    outcome = riskpanel("fetch", "AAPL")
    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("no network: shop: no connection; nothing was fetched\n")


def test_nothing_held_and_nothing_named_is_an_error_with_a_hint(riskpanel):
    outcome = riskpanel("fetch")
    assert outcome.exit_code == 2
    assert "error: nothing is held, so no symbol needs prices" in outcome.stderr
    assert "riskpanel fetch AAPL SPY" in outcome.stderr


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"RISKPANEL_SOURCES": "fmp"}, "error: the source fmp has no key"),
        ({"RISKPANEL_SOURCES": "fmp", "FMP_API_KEY": ""}, "error: the source fmp has no key"),
        ({"RISKPANEL_SOURCES": "fmp", "FMP_API_KEY": "'a b'"}, "hint: set FMP_API_KEY to the key"),
        ({"RISKPANEL_SOURCE_FOLDER": "/nowhere/at/all"}, "/nowhere/at/all"),
        ({"RISKPANEL_SOURCES": "stooq"}, "error: setting cannot be used: RISKPANEL_SOURCES"),
    ],
)
def test_a_source_that_cannot_be_opened_is_an_error_in_words(riskpanel, settings, told):
    outcome = riskpanel("fetch", "AAPL", **settings)
    assert outcome.exit_code == 2
    assert told in outcome.stderr


def test_a_doubted_row_is_quarantined_listed_and_released(riskpanel, folder):
    crash = pl.when(pl.col("date") >= date(2022, 12, 27)).then(0.3).otherwise(1.0)
    fallen = AAPL.with_columns(
        (pl.col(name) * crash).alias(name) for name in ("open", "high", "low", "close", "adj_close")
    )
    write(folder, "AAPL", fallen)
    outcome = riskpanel("fetch", "AAPL", "--no-facts")
    assert outcome.exit_code == 0
    assert "1 quarantined" in outcome.stdout
    assert "riskpanel quarantine list" in outcome.stderr
    listed = json.loads(riskpanel("quarantine", "list", "--json").stdout)
    (row,) = listed["rows"]
    assert (listed["total"], row["symbol"], row["date"]) == (1, "AAPL", "2022-12-27")
    assert "2022-12-27" in riskpanel("quarantine", "list", "--symbol", "aapl").stdout
    assert riskpanel("quarantine", "release", row["id"]).stdout == "released: 1 row, 1 price written\n"
    assert riskpanel("quarantine", "list").stdout == "the quarantine is empty\n"


def test_a_row_of_the_quarantine_is_dropped_and_an_unknown_one_is_an_error(riskpanel, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("date,symbol,close\n2022-12-27,KO,-5\n2022-12-28,KO,60\n")
    assert riskpanel("import", "prices", bad, "--quarantine").exit_code == 1
    (row,) = json.loads(riskpanel("quarantine", "list", "--json").stdout)["rows"]
    refused = riskpanel("quarantine", "release", row["id"])
    assert refused.exit_code == 2
    assert f"error: row {row['id']} is no price: close: must be above 0, not -5" in refused.stderr
    assert riskpanel("quarantine", "drop", row["id"]).stdout == "dropped: 1 row\n"
    gone = riskpanel("quarantine", "drop", row["id"])
    assert (gone.exit_code, "hint: riskpanel quarantine list" in gone.stderr) == (2, True)
    assert riskpanel("quarantine", "release").exit_code == 2

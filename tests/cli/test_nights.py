"""``riskpanel run`` and ``riskpanel backfill``: exit codes, streams and messages."""

import json
import sqlite3
from datetime import timedelta

import pytest
import sqlalchemy as sa
import typer
from typer.testing import CliRunner

from builders import Book, Lot, day, fill_books, fill_store, panel_of, random_prices, table_rows
from riskpanel.cli import edge, nights
from riskpanel.errors import InputError
from riskpanel.nightly.lease import hold_lease
from riskpanel.store.complete import load_complete

app = typer.Typer()
app.command("run")(nights.run)
app.command("backfill")(nights.backfill)


@pytest.fixture
def panel():
    return panel_of(random_prices(95, 60, "AB"))


@pytest.fixture
def ids(store, panel, now):
    return fill_store(
        store, panel, [Book("Growth", (Lot("A", 2.0),)), Book("12", (Lot("B", 1.0),), cash=9.0)], now=now
    )


@pytest.fixture
def riskpanel(migrated_url, monkeypatch, tmp_path):
    """Run a command in an empty folder; both streams are kept apart."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(
        env={"RISKPANEL_DATABASE_URL": migrated_url, "NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb"}
    )

    def run(*arguments, exit_code=0, env=None):
        words = [str(argument) for argument in arguments]
        outcome = runner.invoke(app, words, env=env, catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    return run


def assert_told(outcome, error, hint):
    lines = outcome.stderr.splitlines()
    assert [line for line in lines if line.startswith("error: ")] == [f"error: {error}"]
    assert any(line.startswith("hint: ") and hint in line for line in lines), lines
    assert outcome.stdout == ""


def test_a_run_prints_one_line_and_exits_with_0(riskpanel, store, panel, ids):
    outcome = riskpanel("run", "--as-of", day(panel))
    assert outcome.stdout.startswith(
        f"{day(panel)}: 2 snapshots of 2 portfolios, 3 instruments, 50 rows written"
    )
    assert outcome.stdout.count("\n") == 1
    assert outcome.stderr == ""
    assert len(table_rows(store, "portfolio_snapshots")) == 2
    assert ", 0 rows written" in riskpanel("run", "--as-of", day(panel)).stdout


def test_without_a_date_the_newest_session_is_run_with_a_warning_that_it_is_old(riskpanel, store, panel, ids):
    outcome = riskpanel("run")
    assert {row["snapshot_date"] for row in table_rows(store, "portfolio_snapshots")} == {day(panel)}
    assert f"warning: the newest prices are of {day(panel)}, " in outcome.stderr
    assert "warning" not in outcome.stdout


def test_a_backfill_runs_every_session_of_the_range(riskpanel, store, panel, ids):
    outcome = riskpanel("backfill", "--from", day(panel, -5), "--to", day(panel))
    span = f"{day(panel, -5)} to {day(panel)} (5 sessions)"
    assert f"{span}: 10 snapshots of 2 portfolios, 3 instruments, " in outcome.stdout
    stored = {row["snapshot_date"] for row in table_rows(store, "portfolio_snapshots")}
    assert stored == {day(panel, -n) for n in range(1, 6)}


def test_json_is_exactly_one_document_on_stdout(riskpanel, store, panel, ids, now):
    document = json.loads(riskpanel("run", "--as-of", day(panel), "--json").stdout)
    assert (document["kind"], document["complete"], document["snapshots"]) == ("run", True, 2)
    assert (document["as_of_from"], document["as_of_to"]) == (str(day(panel)), str(day(panel)))
    assert (document["failures"], document["unpriced"], document["rows_written"]) == ([], [], 50)
    assert document["run_id"] == table_rows(store, "batch_runs")[0]["id"]
    fill_books(store, [Book("[bad]", (Lot("A", 1.0),), cash=-1e6)], now=now)
    outcome = riskpanel("backfill", "--from", day(panel), "--to", day(panel), "--json", exit_code=1)
    document = json.loads(outcome.stdout)
    assert (document["kind"], document["complete"]) == ("backfill", False)
    assert [failure["name"] for failure in document["failures"]] == ["[bad]"]
    assert "error: portfolio failed: [bad]: net asset value is" in outcome.stderr


def test_a_failed_portfolio_exits_with_1_and_is_named_with_a_hint(riskpanel, store, panel, ids, now):
    fill_books(store, [Book("[bad]", (Lot("A", 1.0), Lot("NOPE", 1.0)))], now=now)
    outcome = riskpanel("run", "--as-of", day(panel), exit_code=1)
    assert "2 snapshots of 3 portfolios, " in outcome.stdout
    assert "error: symbol has no price: NOPE\n" in outcome.stderr
    assert "error: portfolio failed: [bad]: no price for NOPE in the 22 sessions up to" in outcome.stderr
    assert "hint: import its prices" in outcome.stderr
    assert len(table_rows(store, "portfolio_snapshots")) == 2
    with store.read() as conn:
        newest, user = conn.execute(sa.text("SELECT max(id), max(user_id) FROM portfolios")).one()
        with pytest.raises(InputError, match=r"no snapshot of '\[bad\]'") as told:
            load_complete(conn, newest, user_id=user)
    assert told.value.hint.startswith("the last run failed: no price for NOPE in the 22 sessions")


def test_a_portfolio_that_holds_nothing_is_named(riskpanel, store, panel, ids, now):
    fill_books(store, [Book("nothing", cash=0.0)], now=now)
    outcome = riskpanel("run", "--as-of", day(panel))
    assert f"warning: portfolio holds nothing, not even cash, up to {day(panel)}: nothing" in outcome.stderr


def test_portfolios_are_chosen_by_name_or_by_id(riskpanel, store, panel, ids):
    outcome = riskpanel("run", "--as-of", day(panel), "--portfolio", "Growth")
    assert "1 snapshot of 1 portfolio, " in outcome.stdout
    assert [row["portfolio_id"] for row in table_rows(store, "portfolio_snapshots")] == [ids["Growth"]]
    riskpanel("run", "--as-of", day(panel), "--portfolio", ids["12"])
    assert {row["portfolio_id"] for row in table_rows(store, "portfolio_snapshots")} == set(ids.values())
    both = riskpanel("run", "--as-of", day(panel), "--portfolio", "12", "--portfolio", "Growth")
    assert "2 portfolios" in both.stdout
    riskpanel("run", "--as-of", day(panel))
    owners = [row["user_id"] for row in table_rows(store, "batch_runs")]
    assert owners == [1, 1, 1, None]  # what is of some is its user's run, and not the night of all


def test_an_unknown_portfolio_exits_with_2_and_the_nearest_name(riskpanel, store, panel, ids):
    outcome = riskpanel("run", "--as-of", day(panel), "--portfolio", "Grwoth", exit_code=2)
    assert_told(outcome, "no portfolio: Grwoth", "did you mean Growth? known portfolios: 12, Growth")
    assert table_rows(store, "batch_runs") == []


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (
            ("run", "--as-of", "2024-12-28"),
            "not a session of the exchange: 2024-12-28 (Saturday)",
            "2024-12-27",
        ),
        (("run", "--as-of", "2020-01-02"), "no prices for 2020-01-02", "stored prices go from 2024-10-07"),
        (
            ("backfill", "--from", "2024-12-31", "--to", "2024-12-30"),
            "the range is empty: 2024-12-31 is after 2024-12-30",
            "",
        ),
    ],
)
def test_a_request_that_cannot_be_met_exits_with_2(riskpanel, store, ids, arguments, error, hint):
    outcome = riskpanel(*arguments, exit_code=2)
    if hint:
        assert_told(outcome, error, hint)
    assert outcome.stderr.startswith(f"error: {error}\n")
    assert table_rows(store, "batch_runs") == []


def test_a_date_in_the_future_exits_with_2(riskpanel, ids):
    tomorrow = edge.today() + timedelta(days=1)
    outcome = riskpanel("run", "--as-of", tomorrow, exit_code=2)
    assert_told(outcome, f"the as-of date is in the future: {tomorrow}", f"today is {edge.today()} (UTC)")


@pytest.mark.parametrize(
    "arguments", [("run", "--as-of", "31.12.2024"), ("backfill", "--from", "2024-12-30")]
)
def test_wrong_usage_exits_with_2(riskpanel, arguments):
    outcome = riskpanel(*arguments, exit_code=2)
    assert outcome.stdout == ""
    assert "Usage:" in outcome.stderr


def test_without_prices_or_portfolios_the_hint_says_what_to_import(riskpanel, store, panel, now):
    days = ("--from", "2024-12-30", "--to", "2024-12-31")
    for words in (("run",), ("backfill", *days)):
        outcome = riskpanel(*words, exit_code=2)
        assert_told(outcome, "no prices are stored", "riskpanel fetch gets them")
        assert "riskpanel import prices FILE" in outcome.stderr
    fill_store(store, panel, [], now=now)
    outcome = riskpanel("run", "--as-of", day(panel), exit_code=2)
    assert_told(outcome, "there is no portfolio", "riskpanel import positions FILE")


def test_a_setting_that_cannot_be_used_exits_with_2_and_is_named(riskpanel):
    outcome = riskpanel("run", exit_code=2, env={"RISKPANEL_POLICY__BETA_WINDOW": "29"})
    assert "error: setting cannot be used: RISKPANEL_POLICY__BETA_MIN_OBSERVATIONS: " in outcome.stderr
    assert "hint: correct the variable in the environment or in .env" in outcome.stderr


def test_the_policy_of_the_environment_is_used(riskpanel, store, panel, ids):
    env = {"RISKPANEL_POLICY__BETA_WINDOW": "40", "RISKPANEL_POLICY__BETA_MIN_OBSERVATIONS": "35"}
    riskpanel("run", "--as-of", day(panel), env=env)
    rows = table_rows(store, "instrument_market_betas")
    windows = {(row["method"], row["window_days"], row["observations"]) for row in rows}
    assert windows == {("OLS_SIMPLE", 40, 40), ("OLS_HAC", 40, 40), ("EWMA_VASICEK", 504, 59)}


def test_a_missing_database_exits_with_3(riskpanel, tmp_path):
    missing = tmp_path / "nowhere" / "x.sqlite3"
    outcome = riskpanel("run", exit_code=3, env={"RISKPANEL_DATABASE_URL": f"sqlite:///{missing}"})
    assert_told(outcome, f"no database: {missing}", "riskpanel init creates it")


def test_another_run_in_progress_exits_with_3(riskpanel, store, panel, ids):
    with hold_lease(store, edge.now):
        outcome = riskpanel("run", "--as-of", day(panel), exit_code=3)
    assert "error: another run is in progress: process " in outcome.stderr
    assert "hint: wait until it ends" in outcome.stderr


class TestOnSqlite:
    """What only a file can do."""

    @pytest.fixture
    def dialect(self):
        return "sqlite"

    def test_a_locked_database_exits_with_3(self, riskpanel, store, panel, ids, tmp_path):
        store.dispose()
        path = tmp_path / "riskpanel.sqlite3"
        other = sqlite3.connect(path, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            outcome = riskpanel("run", "--as-of", day(panel), exit_code=3)
        finally:
            other.close()
        told = f"the database is locked by another program: {path}"
        assert_told(outcome, told, "wait until the other riskpanel command has finished")
        assert "2 snapshots" in riskpanel("run", "--as-of", day(panel)).stdout


@pytest.mark.parametrize(
    ("options", "error", "hint"),
    [
        (["--engine", "dask"], "the dask engine needs a scheduler", "--scheduler tcp://HOST:8786"),
        (["--scheduler", "tcp://h:1"], "--scheduler is of no use to the local engine", "add --engine dask"),
    ],
)
def test_half_an_engine_is_refused_with_the_other_half(riskpanel, store, panel, ids, options, error, hint):
    outcome = riskpanel("run", "--as-of", day(panel), *options, exit_code=2)
    assert_told(outcome, error, hint)
    assert table_rows(store, "batch_runs") == []

"""The demo: real prices into a database of its own, twice the same."""

import json
from datetime import date

import pytest
import typer
from typer.testing import CliRunner

from builders import Book, Lot, fill_books, result_rows, table_rows
from nightly.nights import TODAY, ticking
from riskpanel.book.policy import RiskPolicy
from riskpanel.cli import demo as demo_group
from riskpanel.errors import InputError
from riskpanel.nightly import demo
from riskpanel.store import migrate
from riskpanel.store.database import open_store

app = typer.Typer()
app.command("demo")(demo_group.demo)
app.command("other")(lambda: None)


@pytest.fixture(autouse=True)
def _three_sessions(monkeypatch):
    monkeypatch.setattr(demo, "FIRST", date(2022, 12, 23))


def run(store):
    return demo.run_demo(store, RiskPolicy(), today=TODAY, clock=ticking(), progress=lambda done, total: None)


def test_the_demo_backfills_three_portfolios_on_real_prices(store):
    done = run(store)
    assert done.night.complete
    assert (done.night.sessions, done.night.snapshots, done.night.portfolios) == (3, 9, 3)
    assert (done.prices.symbols, done.prices.last) == (21, date(2022, 12, 28))
    rows = table_rows(store, "portfolio_snapshots")
    for row in rows:
        findings = {(f["metric"], f["kind"]) for f in row["data_quality"]}
        assert findings == {("sector_exposure", "flag")}  # the oldest packaged benchmark is of 2023
        for column in ("market_beta_weighted", "expected_volatility_21d", "volatility_percentile", "hhi"):
            assert row[column] is not None
        assert 0 <= row["market_beta_direct_r_squared"] <= 1
        assert [row["sector_coverage"], row["volatility_coverage"]] == pytest.approx([1.0, 1.0])
    betas = {r["symbol"]: r for r in table_rows(store, "instrument_market_betas") if r["symbol"] == "^GSPC"}
    assert (betas["^GSPC"]["beta"], betas["^GSPC"]["r_squared"]) == (1.0, 1.0)


def test_the_demo_twice_changes_nothing(store):
    run(store)
    before = result_rows(store), table_rows(store, "positions"), table_rows(store, "portfolios")
    again = run(store)
    assert (again.night.rows_written, again.prices.written) == (0, 0)
    assert (result_rows(store), table_rows(store, "positions"), table_rows(store, "portfolios")) == before


def test_the_demo_refuses_a_database_with_somebodys_portfolios(store, now):
    fill_books(store, [Book("My own", (Lot("AAPL", 1.0),), cash=5.0)], now=now)
    with pytest.raises(InputError, match="already holds portfolios: My own") as caught:
        run(store)
    assert "database of its own" in caught.value.hint
    assert table_rows(store, "market_data_cache") == table_rows(store, "batch_runs") == []


def test_the_demo_keeps_what_was_added_to_its_database(store, now):
    run(store)
    own = Book("My own", (Lot("AAPL", 1.0),), cash=5.0)
    fill_books(store, [own], now=now)
    again = run(store)
    assert again.night.portfolios == 4
    assert {row["name"] for row in table_rows(store, "portfolios")} == {*demo.PORTFOLIOS, "My own"}


def test_the_demo_refuses_a_database_that_somebody_has_prepared_and_knows_its_own(store):
    before = table_rows(store, "market_data_cache")
    with pytest.raises(InputError, match="is not the demo's") as caught:
        demo.refuse_prepared(store)
    assert "database of its own" in caught.value.hint
    assert table_rows(store, "market_data_cache") == before == []
    run(store)
    demo.refuse_prepared(store)


class TestCommand:
    """On SQLite alone: the command adds only printing."""

    @pytest.fixture
    def riskpanel(self, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["riskpanel"])  # the command names the program that was started
        url = f"sqlite:///{tmp_path / 'folder' / 'demo.sqlite3'}"
        runner = CliRunner(
            env={"RISKPANEL_DATABASE_URL": url, "NO_COLOR": "1", "COLUMNS": "120", "TERM": "dumb"}
        )
        return lambda *words: runner.invoke(app, words, catch_exceptions=False)

    def test_the_command_prints_each_portfolio_and_is_repeatable(self, riskpanel, tmp_path):
        first, second = riskpanel("demo"), riskpanel("demo")
        assert (first.exit_code, second.exit_code) == (0, 0), first.output
        assert "26,397 prices of 21 symbols, 2018-01-02 to 2022-12-28" in first.stdout
        for name in demo.PORTFOLIOS:
            assert name in first.stdout
        assert "9 snapshots of 3 portfolios" in first.stdout
        assert ", 0 rows written" in second.stdout
        assert "riskpanel report 'Balanced investor'" in first.stderr
        assert (tmp_path / "folder" / "demo.sqlite3").exists()

    def test_a_database_that_is_set_and_was_made_for_own_portfolios_is_left_alone(self, riskpanel, tmp_path):
        path = tmp_path / "folder" / "demo.sqlite3"
        with open_store(f"sqlite:///{path}") as store:
            migrate.upgrade(store)
        outcome = riskpanel("demo")
        assert outcome.exit_code == 2
        assert outcome.stderr.startswith(f"error: the database is not the demo's: sqlite:///{path}\nhint: ")
        with open_store(f"sqlite:///{path}") as store:
            assert table_rows(store, "users") == table_rows(store, "market_data_cache") == []

    def test_the_document_for_a_program_has_every_portfolio(self, riskpanel):
        outcome = riskpanel("demo", "--json")
        told = json.loads(outcome.stdout)
        assert outcome.exit_code == 0
        assert told["night"]["snapshots"] == 9
        assert [page["portfolio"]["name"] for page in told["portfolios"]] == list(demo.PORTFOLIOS)

"""`riskpanel schedule` as it is run: in processes of its own, by the real clock."""

import signal
from datetime import UTC, datetime

import polars as pl
import pytest

from api.serving import wait_until
from builders import Book, Lot, day, fill_books, fill_store, panel_of, random_prices, table_rows
from nightly.nights import night
from nightly.scheduling import scheduling
from riskpanel.nightly.lease import hold_lease
from riskpanel.sources.calendar import last_complete_session
from riskpanel.store import migrate


def clock():
    return datetime.now(UTC)


@pytest.fixture
def panel():
    """Prices up to the last session that is over."""
    return panel_of(random_prices(83, 60, "AB"), last=last_complete_session(clock()))


@pytest.fixture
def ids(store, panel):
    """One portfolio, whose last night was four sessions ago."""
    ids = fill_store(store, panel, [Book("p", (Lot("A", 1.0), Lot("B", 2.0)), cash=10.0)], now=clock())
    night(store, day(panel, -4), clock=clock, today=clock().date())
    return ids


def snapshot_days(store):
    return {row["snapshot_date"] for row in table_rows(store, "portfolio_snapshots")}


def leader(store):
    """The process that leads, by its number."""
    return [
        row["holder"].split("/")[1] for row in table_rows(store, "run_locks") if row["name"] == "schedule"
    ]


def test_it_catches_up_what_was_missed_and_ends_cleanly_when_it_is_told_to(store, migrated_url, panel, ids):
    with scheduling(migrated_url, "--no-fetch") as scheduler:
        wait_until(lambda: scheduler.told("looks again"))
        assert snapshot_days(store) == {day(panel, row) for row in range(-4, 0)}
        assert leader(store) == [str(scheduler.process.pid)]
        code, said = scheduler.end(signal.SIGTERM)
    assert code == 0
    assert said.endswith("stopping: the session in hand is finished first\nstopped\n")
    assert table_rows(store, "run_locks") == []
    runs = [(row["kind"], row["status"], row["as_of_from"]) for row in table_rows(store, "batch_runs")[1:]]
    assert runs == [("backfill", "succeeded", day(panel, -3))]
    (done,) = [event for event in scheduler.events if event["event"] == "night computed"]
    assert (done["sessions"], done["snapshots"], done["level"]) == (3, 3, "info")
    assert "Traceback" not in said


def test_of_two_one_leads_and_when_it_is_killed_the_other_does_the_work(store, migrated_url, panel, ids):
    with scheduling(migrated_url, "--no-fetch") as first, scheduling(migrated_url, "--no-fetch") as second:
        with hold_lease(store, clock):  # so that whoever leads has begun, and not finished
            wait_until(lambda: bool(leader(store)))
            if leader(store) == [str(second.process.pid)]:
                first, second = second, first
            wait_until(lambda: first.told("waits for another run") and second.told("stands by"))
            first.kill()
            wait_until(lambda: second.told("waits for another run"))
            assert leader(store) == [str(second.process.pid)]
            assert snapshot_days(store) == {day(panel, -4)}
        wait_until(lambda: second.told("looks again"))
        assert snapshot_days(store) == {day(panel, row) for row in range(-4, 0)}
        assert second.end()[0] == 0
    assert table_rows(store, "run_locks") == []


class TestOnSqlite:
    """What does not depend on the database."""

    @pytest.fixture
    def dialect(self):
        return "sqlite"

    def test_it_fetches_before_it_computes_and_ctrl_c_ends_it_too(self, store, migrated_url, panel, tmp_path):
        fill_books(store, [Book("p", (Lot("A", 1.0),), cash=10.0)], now=clock())
        folder = tmp_path / "prices"
        folder.mkdir()
        days = panel.sessions.tolist()
        for symbol in ("A", "SPY"):
            closes = panel.close[:, panel.column(symbol)]
            rows = pl.DataFrame({"date": days, "symbol": symbol, "close": closes})
            rows.write_csv(folder / f"{symbol}.csv")
        settings = {"RISKPANEL_SOURCES": "files", "RISKPANEL_SOURCE_FOLDER": str(folder)}
        with scheduling(migrated_url, **settings) as scheduler:
            wait_until(lambda: scheduler.told("looks again"))
            code, said = scheduler.end(signal.SIGINT)
        assert code == 0, said
        assert snapshot_days(store) == {day(panel)}
        (fetched,) = [event for event in scheduler.events if event["event"] == "prices fetched"]
        assert (fetched["session"], fetched["rows"], fetched["failed"]) == (str(day(panel)), 120, 0)

    def test_a_database_that_is_not_there_yet_is_waited_for(self, fresh_store, sqlite_url):
        with scheduling(sqlite_url, "--no-fetch") as scheduler:
            wait_until(lambda: scheduler.told("no beat"))
            assert scheduler.events[0]["hint"] == "riskpanel init creates it"
            fresh_store.create_file()
            migrate.upgrade(fresh_store)
            wait_until(lambda: scheduler.told("leads"))
            code, said = scheduler.end()
        assert code == 0, said
        assert table_rows(fresh_store, "run_locks") == []

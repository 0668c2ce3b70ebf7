"""One bad portfolio stops only itself, and is named."""

import numpy as np
import pytest
import sqlalchemy as sa

from builders import Book, Lot, day, fill_books, fill_store, panel_of, random_prices, result_rows, table_rows
from nightly.nights import SECTORS, night
from riskpanel.store.schema import market_data_cache, positions

GOOD = [
    Book("good 1", (Lot("A", 1.0),)),
    Book("good 2", (Lot("B", 2.0),), cash=5.0),
    Book("good 3", cash=1.0),
]


@pytest.fixture
def panel():
    return panel_of(random_prices(81, 120, "AB"))


def names(store, table="portfolio_snapshots"):
    by_id = {row["id"]: row["name"] for row in table_rows(store, "portfolios")}
    return {by_id[row["portfolio_id"]] for row in table_rows(store, table)}


def break_portfolio(store, name):
    """Make the database refuse the snapshot of a portfolio, for a reason that nobody foresaw."""
    ids = {row["name"]: row["id"] for row in table_rows(store, "portfolios")}
    with store.begin() as conn:
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql(
                "CREATE TRIGGER refusal BEFORE INSERT ON portfolio_snapshots "
                f"WHEN NEW.portfolio_id = {ids[name]} BEGIN SELECT RAISE(ABORT, 'out of range'); END"
            )
        else:
            conn.exec_driver_sql(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'out of range'; END $$"
            )
            conn.exec_driver_sql(
                "CREATE TRIGGER refusal BEFORE INSERT ON portfolio_snapshots FOR EACH ROW "
                f"WHEN (NEW.portfolio_id = {ids[name]}) EXECUTE FUNCTION refuse()"
            )


def test_a_portfolio_that_is_worth_more_than_can_be_stored_is_named_with_the_remedy(store, panel, now):
    ids = fill_store(store, panel, [*GOOD, Book("bad", (Lot("A", 3.0),))], SECTORS, now=now)
    with store.begin() as conn:
        own = positions.c.portfolio_id == ids["bad"]
        conn.execute(sa.update(positions).where(own).values(quantity=10**16))
    (failure,) = night(store, day(panel)).failures
    assert failure.name == "bad"
    assert "too much to be stored" in failure.error
    assert names(store) == {"good 1", "good 2", "good 3"}


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (Book("bad", (Lot("A", 1.0), Lot("NOPE", 1.0))), "no price for NOPE in the 22 sessions up to"),
        (Book("bad", (Lot("A", 1.0),), cash=-1e6), "net asset value is -999,"),
    ],
)
def test_one_bad_portfolio_stops_only_itself(store, panel, now, bad, error):
    ids = fill_store(store, panel, [GOOD[0], bad, *GOOD[1:]], SECTORS, now=now)
    report = night(store, day(panel))
    assert names(store) == names(store, "stress_test_results") == {"good 1", "good 2", "good 3"}
    (failure,) = report.failures
    assert (failure.portfolio_id, failure.name) == (ids["bad"], "bad")
    assert error in failure.error
    assert failure.hint
    assert not report.complete
    assert (report.snapshots, report.portfolios) == (3, 4)
    (run,) = table_rows(store, "batch_runs")
    assert run["status"] == "partial"
    assert [(f["name"], f["error"]) for f in run["failures"]] == [("bad", failure.error)]


def test_a_portfolio_that_fails_loses_what_an_earlier_run_stored_for_the_date(store, panel, now):
    fill_store(store, panel, [*GOOD, Book("bad", (Lot("B", 3.0),))], SECTORS, now=now)
    night(store, day(panel, -2), day(panel))
    assert names(store) == {"good 1", "good 2", "good 3", "bad"}
    fill_books(store, [Book("bad", (Lot("B", 3.0),), cash=-1e6)], now=now)
    report = night(store, day(panel))
    assert report.rows_written == 1 + 18
    left = {row["snapshot_date"] for row in table_rows(store, "portfolio_snapshots")}
    assert left == {day(panel, -2), day(panel)}
    today = [r for r in table_rows(store, "portfolio_snapshots") if r["snapshot_date"] == day(panel)]
    assert len(today) == 3
    assert night(store, day(panel)).rows_written == 0


@pytest.mark.parametrize("position", [0, 1, 3])
def test_a_failure_that_nobody_foresaw_is_traced_to_its_portfolio(store, panel, now, position):
    mine = [*GOOD[:position], Book("bad", (Lot("A", 3.0), Lot("B", 1.0))), *GOOD[position:]]
    fill_store(store, panel, mine, SECTORS, now=now)
    break_portfolio(store, "bad")
    report = night(store, day(panel))
    assert names(store) == {"good 1", "good 2", "good 3"}
    (failure,) = report.failures
    assert failure.name == "bad"
    assert failure.error.startswith("could not be computed or saved: ")
    assert "\n" not in failure.error
    assert "defect of riskpanel" in failure.hint
    assert report.snapshots == 3
    stored = result_rows(store)
    assert {row["symbol"] for row in stored["instrument_volatility"]} == {"A", "B", "SPY"}
    assert {row["symbol"] for row in stored["instrument_market_betas"]} == {"A", "B", "SPY"}
    (run,) = table_rows(store, "batch_runs")
    assert run["status"] == "partial"


def test_a_failure_that_nobody_foresaw_also_removes_what_was_stored(store, panel, now):
    fill_store(store, panel, [*GOOD, Book("bad", (Lot("A", 3.0),))], SECTORS, now=now)
    night(store, day(panel))
    assert "bad" in names(store)
    break_portfolio(store, "bad")
    night(store, day(panel))
    assert names(store) == names(store, "stress_test_results") == {"good 1", "good 2", "good 3"}


def test_when_the_only_portfolio_fails_its_instruments_are_saved_all_the_same(store, panel, now):
    fill_store(store, panel, [Book("bad", (Lot("A", 3.0),))], SECTORS, now=now)
    break_portfolio(store, "bad")
    report = night(store, day(panel))
    assert [failure.name for failure in report.failures] == ["bad"]
    assert len(result_rows(store)["instrument_volatility"]) == 2


def test_a_portfolio_that_fails_on_many_sessions_is_named_once(store, panel, now):
    fill_store(store, panel, [*GOOD, Book("bad", (Lot("A", 1.0),), cash=-1e6)], now=now)
    report = night(store, day(panel, -4), day(panel))
    (failure,) = report.failures
    assert f"on {day(panel)};" in failure.error
    assert failure.error.endswith("(and on 3 sessions before)")
    assert report.snapshots == 12


def test_a_position_that_loses_its_price_fails_its_portfolio_after_22_sessions(store, now):
    prices = random_prices(82, 120, "AB")
    prices["B"][-22:] = np.nan
    panel = panel_of(prices)
    fill_store(store, panel, [*GOOD[:1], Book("bad", (Lot("B", 1.0),))], now=now)
    report = night(store, day(panel, -2), day(panel))
    (failure,) = report.failures
    assert failure.error == f"no price for B in the 22 sessions up to {day(panel)}"
    assert report.unpriced == ()
    assert report.snapshots == 3


def test_a_price_that_is_missing_today_is_told_and_fails_nobody(store, panel, now):
    fill_store(store, panel, GOOD, now=now)
    with store.begin() as conn:
        own = (market_data_cache.c.symbol == "A") & (market_data_cache.c.date == day(panel))
        conn.execute(sa.delete(market_data_cache).where(own))
    report = night(store, day(panel))
    assert report.complete
    rows = {row["net_asset_value"]: row for row in table_rows(store, "portfolio_snapshots")}
    stale = [row for row in rows.values() if row["price_coverage"] == 0.0]
    assert len(stale) == 1
    assert {"metric": "price_coverage", "kind": "partial", "reason": "stale", "symbols": ["A"]} in stale[0][
        "data_quality"
    ]

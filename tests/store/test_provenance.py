"""Which run wrote a row, which found it as it was, and where prices are from."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from builders import INPUTS, day, fill_prices, panel_of, random_prices
from riskpanel.book.policy import RiskPolicy
from riskpanel.store.provenance import (
    PriceOrigin,
    load_later_run,
    load_price_origins,
    load_run_at,
    load_run_portfolios,
)
from riskpanel.store.runs import RunEnd, RunStart, save_run_end, save_run_start
from riskpanel.store.schema import batch_runs, market_data_cache

NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, LAST = date(2025, 6, 26), date(2025, 6, 30)
ASKER, OTHER, PORTFOLIO = 1, 2, 7


def record(store, *, hour=0, status="succeeded", days=(FIRST, LAST), **fields):
    """A run that began at an hour and took half of it; without a status it is still running."""
    began = NOON + hour * HOUR
    start = RunStart("run", *days, "local", "1.2.3", RiskPolicy(), INPUTS, began, **fields)
    with store.begin() as conn:
        run_id = save_run_start(conn, start)
        if status is not None:
            save_run_end(conn, run_id, RunEnd(status, 1, 1, 1, (), None, began + HOUR / 2, 1800.0))
    return run_id


def later(store, run_id, on=LAST):
    with store.read() as conn:
        found = load_later_run(conn, run_id, portfolio_id=PORTFOLIO, user_id=ASKER, day=on)
    return None if found is None else found.id


def test_the_newest_run_that_computed_the_row_again_is_found(store):
    first = record(store)
    assert later(store, first) is None
    record(store, hour=1)
    second = record(store, hour=2, status="partial", portfolio_ids=(3, PORTFOLIO), user_id=ASKER)
    assert later(store, first) == second
    assert later(store, second) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "failed"},
        {"status": None},
        {"days": (FIRST, FIRST)},
        {"portfolio_ids": (3, 9)},
        {"portfolio_ids": (PORTFOLIO,), "user_id": OTHER},
    ],
    ids=str,
)
def test_a_run_that_may_not_have_computed_the_row_is_passed_over(store, fields):
    first = record(store)
    record(store, hour=1, **fields)
    assert later(store, first) is None


def test_a_run_that_did_not_say_what_it_was_asked_for_is_passed_over(store):
    first, second = record(store), record(store, hour=1)
    with store.begin() as conn:
        conn.execute(sa.update(batch_runs).where(batch_runs.c.id == second).values(inputs=None))
    assert later(store, first) is None


def test_a_run_says_which_portfolios_it_was_asked_for(store):
    every, some = record(store), record(store, hour=1, portfolio_ids=(3, 9))
    with store.read() as conn:
        assert [load_run_portfolios(conn, run) for run in (every, some)] == [None, (3, 9)]


def test_a_moment_belongs_to_the_run_that_was_under_way(store):
    first, second = record(store, hour=0), record(store, hour=2, days=(LAST, LAST))

    def at(hours, on=LAST):
        with store.read() as conn:
            return load_run_at(conn, NOON + hours * HOUR, on)

    assert [at(-0.1), at(0), at(0.3), at(2), at(2.2)] == [None, first, first, second, second]
    assert at(2.2, FIRST) is None
    assert at(0.3, FIRST) == first


def test_prices_are_counted_by_where_they_are_from(store):
    panel = panel_of(random_prices(5, 30, "AB"))
    fill_prices(store, panel, now=NOON)
    prices = market_data_cache.c
    with store.begin() as conn:
        one = (prices.symbol == "A") & (prices.date == day(panel))
        moved = sa.update(market_data_cache).where(one).values(data_source="fmp", updated_at=NOON + HOUR)
        conn.execute(moved)
    with store.read() as conn:
        found = load_price_origins(conn, ["A", "SPY"], first=day(panel, -10), last=day(panel))
        assert found == (PriceOrigin("test", 2, 19, NOON), PriceOrigin("fmp", 1, 1, NOON + HOUR))
        assert load_price_origins(conn, ["Z"], first=day(panel, -10), last=day(panel)) == ()
        assert load_price_origins(conn, [], first=day(panel, -10), last=day(panel)) == ()

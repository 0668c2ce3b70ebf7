"""Who goes first: what asks for the newest session; ranges by and by; a night of everybody waits."""

import threading

import pytest

from builders import STAMPS, day, fill_store, result_rows
from nightly.nights import SECTORS, books, market, night
from nightly.test_worker import NOON, ask, forget_results, noon, request, worker_of
from riskpanel.nightly.worker import SLICE

ROWS = 175


@pytest.fixture
def panel():
    return market(rows=ROWS)


@pytest.fixture
def ids(store, panel, now):
    return fill_store(store, panel, books(panel), SECTORS, now=now)


def test_a_range_is_computed_by_and_by_and_gives_the_rows_of_one_backfill(store, ids, panel):
    first, last = day(panel, -2 * SLICE - 3), day(panel)
    night(store, first, last, portfolio_ids=(ids["long"],))
    whole = result_rows(store, without=STAMPS)
    forget_results(store)
    asked = ask(store, ids["long"], first, last)
    worker = worker_of(store)
    seen = []
    for _ in range(3):
        assert worker.work_once() == "done"
        own = request(store, asked)
        seen.append((own["status"], own["sessions_done"], own["sessions_total"]))
    total = 2 * SLICE + 3
    assert seen == [("queued", SLICE, total), ("queued", 2 * SLICE, total), ("succeeded", total, total)]
    assert result_rows(store, without=STAMPS) == whole


def test_what_asks_for_the_newest_session_goes_before_what_is_left_of_a_range(store, ids, panel):
    long = ask(store, ids["long"], day(panel, -SLICE - 5), day(panel))
    worker = worker_of(store)
    worker.work_once()
    short = ask(store, ids["levered"])
    worker.work_once()
    assert (request(store, short)["status"], request(store, long)["status"]) == ("succeeded", "queued")
    worker.work_once()
    assert request(store, long)["status"] == "succeeded"


def test_what_failed_in_an_early_part_of_a_range_is_told_at_its_end(store, ids, panel):
    first = day(panel, -SLICE - 5)
    asked = ask(store, first=first, last=day(panel))
    with store.begin() as conn:  # nothing of this portfolio has a price until after the first part
        conn.exec_driver_sql(
            f"DELETE FROM market_data_cache WHERE symbol = 'E' AND date <= '{day(panel, -4)}'"
        )
    worker = worker_of(store)
    assert [worker.work_once(), worker.work_once()] == ["done", "done"]
    own = request(store, asked)
    assert own["status"] == "partial"
    assert "E" in own["error"]
    assert own["hint"].startswith("GET /api/v1/runs/")


def test_a_range_that_was_stopped_goes_on_where_it_was(store, ids, panel):
    first, last = day(panel, -SLICE - 5), day(panel)
    asked = ask(store, ids["long"], first, last)
    stop = threading.Event()
    looks = iter(range(1_000))

    def clock():
        if next(looks) > 25:
            stop.set()
        return NOON

    assert worker_of(store, clock=clock, stop=stop).work_once() == "busy"
    half = request(store, asked)["sessions_done"]
    assert 0 < half < SLICE
    worker = worker_of(store, clock=noon)
    while request(store, asked)["status"] == "queued":
        assert worker.work_once() == "done"
    computed = result_rows(store, without=STAMPS)
    forget_results(store)
    night(store, first, last, portfolio_ids=(ids["long"],))
    assert computed == result_rows(store, without=STAMPS)

"""Requests for runs: joined while they wait, claimed by one, kept by progress, forgotten in the end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from time import sleep

import pytest
import sqlalchemy as sa

from builders import Book, fill_books, table_rows
from riskpanel.errors import NotFoundError
from riskpanel.store.run_requests import (
    OPEN,
    Outcome,
    WantedRun,
    claim_run_request,
    count_open_requests,
    delete_old_run_requests,
    load_claims,
    load_run_request,
    load_run_requests,
    release_run_request,
    save_run_outcome,
    save_run_progress,
    save_run_request,
)
from riskpanel.store.schema import run_requests, users

FIRST, LAST = date(2025, 6, 2), date(2025, 6, 30)
DONE = Outcome("succeeded", None, None, None)
FAILED = Outcome("failed", None, "what was wrong", "what to do")


@pytest.fixture
def portfolio(store, now):
    return fill_books(store, [Book("p"), Book("q")], now=now)["p"]


@pytest.fixture
def other(store, portfolio, now):
    """Another user."""
    with store.begin() as conn:
        row = {"name": "other", "is_admin": False, "created_at": now, "updated_at": now}
        return conn.execute(sa.insert(users).values(row)).inserted_primary_key[0]


def ask(store, wanted, now):
    with store.begin() as conn:
        return save_run_request(conn, wanted, now=now)


def claim(store, request_id, now, *, seen=None, holder="a/1/x"):
    until = now + timedelta(minutes=10)
    with store.begin() as conn:
        return claim_run_request(conn, request_id, seen=seen, holder=holder, expires_at=until)


def end(store, request_id, outcome, now, *, holder="a/1/x"):
    with store.begin() as conn:
        save_run_outcome(conn, request_id, outcome, holder=holder, now=now)


def load(store, request_id, user_id=1):
    with store.read() as conn:
        return load_run_request(conn, request_id, user_id=user_id)


def wanted_of(portfolio):
    return [
        WantedRun(1),
        WantedRun(1, portfolio),
        WantedRun(1, everybody=True),
        WantedRun(1, None, False, FIRST, LAST),
        WantedRun(1, portfolio, False, FIRST, LAST),
        WantedRun(1, portfolio, False, FIRST, FIRST),
    ]


def test_what_is_asked_for_is_stored_as_it_is(store, portfolio, now):
    for wanted in wanted_of(portfolio):
        found = load(store, ask(store, wanted, now))
        assert WantedRun(
            found.user_id, found.portfolio_id, found.everybody, found.as_of_from, found.as_of_to
        ) == wanted  # fmt: skip
        assert (found.status, found.open, found.sessions_done) == ("queued", True, 0)
        assert (found.sessions_total, found.run_id, found.error, found.hint) == (None,) * 4
        assert (found.requested_at, found.finished_at) == (now, None)


def test_a_request_that_waits_is_joined_by_one_for_the_same_alone(store, portfolio, other, now):
    every = [*wanted_of(portfolio), WantedRun(other), WantedRun(other, everybody=True)]
    ids = [ask(store, wanted, now) for wanted in every]
    assert len(set(ids)) == len(every)
    later = now + timedelta(minutes=1)
    assert [ask(store, wanted, later) for wanted in every] == ids
    assert {row["requested_at"] for row in table_rows(store, "run_requests")} == {now}


def test_a_request_is_not_taken_up_before_the_change_that_has_joined_it_is_stored(store, portfolio, now):
    asked = ask(store, WantedRun(1, portfolio), now)
    with ThreadPoolExecutor(1) as thread:
        with store.begin() as conn:  # of a change: what is read before its end is without it
            assert save_run_request(conn, WantedRun(1, portfolio), now=now) == asked
            taken = thread.submit(claim, store, asked, now)
            sleep(0.4)
            too_early = taken.done()
        assert taken.result(timeout=30)
    assert not too_early


def test_a_request_that_has_begun_or_ended_is_not_joined(store, portfolio, now):
    first = ask(store, WantedRun(1, portfolio), now)
    assert claim(store, first, now)
    second = ask(store, WantedRun(1, portfolio), now)  # what the first has read may be older
    assert second != first
    end(store, first, DONE, now)
    assert ask(store, WantedRun(1, portfolio), now) == second


def test_what_has_ended_does_not_count_as_open(store, portfolio, other, now):
    ids = [ask(store, wanted, now) for wanted in wanted_of(portfolio)]
    ask(store, WantedRun(other), now)

    def count(user_id):
        with store.read() as conn:
            return count_open_requests(conn, user_id=user_id)

    assert (count(1), count(other)) == (6, 1)
    claim(store, ids[0], now)
    assert count(1) == 6
    end(store, ids[0], FAILED, now)
    assert (count(1), count(other)) == (5, 1)


def test_another_users_request_is_not_there(store, portfolio, other, now):
    mine = ask(store, WantedRun(1), now)
    theirs = ask(store, WantedRun(other), now)
    for request_id, user_id in ((mine, other), (theirs, 1), (9_999, 1)):
        with pytest.raises(NotFoundError) as caught:
            load(store, request_id, user_id)
        assert caught.value.what == f"no run request has the id {request_id}"
    with store.read() as conn:
        assert [one.id for one in load_run_requests(conn, user_id=1, limit=9)] == [mine]


def test_requests_are_listed_newest_first_in_parts(store, portfolio, now):
    ids = [ask(store, wanted, now) for wanted in wanted_of(portfolio)]
    with store.read() as conn:
        first = load_run_requests(conn, user_id=1, limit=4)
        rest = load_run_requests(conn, user_id=1, after=(first[-1].id,), limit=4)
    assert [one.id for one in (*first, *rest)] == ids[::-1]


def test_a_request_is_claimed_by_one(store, portfolio, now):
    asked = ask(store, WantedRun(1), now)
    assert claim(store, asked, now, holder="a/1/x")
    assert not claim(store, asked, now, holder="b/2/y")  # who has not seen the first
    assert load(store, asked).status == "running"
    with store.read() as conn:
        (found,) = load_claims(conn)
    assert (found.holder, found.expires_at) == ("a/1/x", now + timedelta(minutes=10))


def test_a_request_is_taken_over_from_exactly_the_holder_that_was_seen(store, portfolio, now):
    asked = ask(store, WantedRun(1), now)
    claim(store, asked, now)
    with store.begin() as conn:
        save_run_progress(conn, asked, holder="a/1/x", done=3, total=9, expires_at=now)
    assert not claim(store, asked, now, seen="c/3/z", holder="b/2/y")
    assert claim(store, asked, now, seen="a/1/x", holder="b/2/y")
    assert not claim(store, asked, now, seen="a/1/x", holder="c/3/z")
    assert load(store, asked).sessions_done == 3  # it goes on where the one before was


def test_who_has_lost_a_request_can_neither_end_it_nor_give_it_back_nor_tell_of_progress(
    store, portfolio, now
):
    asked = ask(store, WantedRun(1), now)
    claim(store, asked, now, holder="a/1/x")
    claim(store, asked, now, seen="a/1/x", holder="b/2/y")
    before = table_rows(store, "run_requests")
    with store.begin() as conn:
        save_run_progress(conn, asked, holder="a/1/x", done=1, total=2, expires_at=now)
        release_run_request(conn, asked, holder="a/1/x")
        save_run_outcome(conn, asked, FAILED, holder="a/1/x", now=now)
    assert table_rows(store, "run_requests") == before


def test_what_has_ended_is_not_claimed_again(store, portfolio, now):
    for outcome in (DONE, FAILED, Outcome("partial", None, None, None)):
        asked = ask(store, WantedRun(1), now)
        claim(store, asked, now)
        end(store, asked, outcome, now)
        assert not claim(store, asked, now)
        found = load(store, asked)
        assert (found.status, found.error, found.hint) == (outcome.status, outcome.error, outcome.hint)
        assert (found.finished_at, found.open) == (now, False)
    with store.read() as conn:
        assert load_claims(conn) == ()
    assert {row["holder"] for row in table_rows(store, "run_requests")} == {None}


def test_a_request_that_is_given_back_waits_as_before_and_is_joined_again(store, portfolio, now):
    asked = ask(store, WantedRun(1), now)
    claim(store, asked, now)
    with store.begin() as conn:
        release_run_request(conn, asked, holder="a/1/x")
    with store.read() as conn:
        (found,) = load_claims(conn)
    assert (found.request.status, found.holder, found.expires_at) == ("queued", None, None)
    assert ask(store, WantedRun(1), now) == asked


def test_progress_is_stored_and_keeps_a_request_held(store, portfolio, now):
    asked = ask(store, WantedRun(1), now)
    claim(store, asked, now)
    later = now + timedelta(minutes=25)
    with store.begin() as conn:
        save_run_progress(conn, asked, holder="a/1/x", done=7, total=21, expires_at=later)
    with store.read() as conn:
        (found,) = load_claims(conn)
    assert (found.request.sessions_done, found.request.sessions_total) == (7, 21)
    assert found.expires_at == later


def test_what_is_open_is_given_out_oldest_first_and_ranges_last(store, portfolio, other, now):
    ids = [ask(store, wanted, now) for wanted in (*wanted_of(portfolio), WantedRun(other))]
    claim(store, ids[2], now)
    end(store, ids[2], DONE, now)
    claim(store, ids[4], now)
    with store.read() as conn:
        found = load_claims(conn)
    given = [one.request for one in found]
    ranges = [one.as_of_from is not None for one in given]
    assert ranges == sorted(ranges)
    assert [one.id for one in given] == sorted(
        (one.id for one in given), key=lambda own: (ranges[[one.id for one in given].index(own)], own)
    )
    assert {one.id for one in given} == set(ids) - {ids[2]}
    assert {one.request.status for one in found} == set(OPEN)


def test_what_ended_before_a_moment_is_forgotten_and_nothing_else(store, portfolio, now):
    ids = [ask(store, wanted, now) for wanted in wanted_of(portfolio)[:4]]
    for at, moment in enumerate((now - timedelta(seconds=1), now, now + timedelta(seconds=1))):
        claim(store, ids[at], now)
        end(store, ids[at], DONE, moment)
    with store.begin() as conn:
        assert delete_old_run_requests(conn, before=now) == 1
    assert [row["id"] for row in table_rows(store, "run_requests")] == ids[1:]


def test_a_request_goes_with_its_portfolio_and_with_its_user(store, portfolio, other, now):
    kept = ask(store, WantedRun(1), now)
    ask(store, WantedRun(1, portfolio), now)
    ask(store, WantedRun(other), now)
    with store.begin() as conn:
        conn.exec_driver_sql(f"DELETE FROM portfolios WHERE id = {portfolio}")
        conn.execute(sa.delete(users).where(users.c.id == other))
    with store.read() as conn:
        assert conn.execute(sa.select(run_requests.c.id)).scalars().all() == [kept]

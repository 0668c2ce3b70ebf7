"""One run at a time: who is refused, who takes over, and who may no longer save."""

import os
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from builders import (
    STAMPS,
    Book,
    Lot,
    day,
    fill_books,
    fill_store,
    panel_of,
    random_prices,
    result_rows,
    table_rows,
)
from nightly.nights import night, ticking
from riskpanel.errors import BusyError, InputError, StoreError
from riskpanel.nightly.lease import LIFETIME, hold_lease, refuse_while_running
from riskpanel.nightly.setup import initialize
from riskpanel.store import migrate
from riskpanel.store.runs import Lock, save_lock

NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)
LATER = NOON + LIFETIME + timedelta(seconds=1)


def noon():
    return NOON


@pytest.fixture
def panel():
    return panel_of(random_prices(91, 120, "AB"))


@pytest.fixture
def filled(store, panel, now):
    fill_store(store, panel, [Book("p", (Lot("A", 1.0), Lot("B", 2.0)), cash=10.0)], now=now)
    return store


def lock_of(store, holder, expires_at):
    with store.begin() as conn:
        assert save_lock(conn, "run", Lock(holder, expires_at), instead_of=None)


def dead_process():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_second_run_is_refused_while_the_first_is_alive(filled, panel):
    with hold_lease(filled, noon), pytest.raises(StoreError) as caught:
        night(filled, day(panel), clock=noon)
    assert caught.value.what == f"another run is in progress: process {os.getpid()} on {socket.gethostname()}"
    assert "its lock expires at 2025-06-30 12:10:00 UTC" in caught.value.hint
    assert caught.value.exit_code == 3
    assert table_rows(filled, "batch_runs") == table_rows(filled, "portfolio_snapshots") == []
    assert night(filled, day(panel), clock=noon).complete


def test_the_lock_is_given_back_after_a_run_and_after_a_failure(filled, panel, store, now):
    night(filled, day(panel))
    with pytest.raises(InputError):
        night(filled, day(panel), portfolio_ids=(99,))
    with pytest.raises(ZeroDivisionError), hold_lease(filled, noon):
        _ = 1 / 0
    assert table_rows(filled, "run_locks") == []


def test_what_ended_a_run_is_not_hidden_by_a_lock_that_cannot_be_given_back(filled, store):
    def fail():
        with hold_lease(filled, noon):
            migrate.downgrade(store, "base")  # no guard: as somebody might with SQL of their own
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def test_a_lock_that_cannot_be_given_back_is_told_where_nothing_else_failed(filled, store):
    def release():
        with hold_lease(filled, noon):
            migrate.downgrade(store, "base")

    with pytest.raises(StoreError, match="no riskpanel tables"):
        release()


def test_the_schema_does_not_move_while_a_run_is_alive(filled, store):
    def move():
        with hold_lease(filled, noon):
            migrate.downgrade(store, "-1", guard=partial(refuse_while_running, clock=noon))

    with pytest.raises(BusyError, match=f"^a run is in progress: process {os.getpid()} on") as caught:
        move()
    assert "wait until it ends" in caught.value.hint
    assert migrate.current_revision(store) == migrate.head_revision()
    with hold_lease(filled, noon):
        migrate.downgrade(
            store, "-1", guard=partial(refuse_while_running, clock=lambda: LATER)
        )  # it is silent
    with pytest.raises(StoreError, match="the database schema is behind"), hold_lease(filled, noon):
        pass


def test_setting_up_asks_no_run_to_end_where_the_schema_is_current(filled, store):
    with hold_lease(filled, noon):
        assert initialize(store, now=NOON).schema.before == migrate.head_revision()
        migrate.downgrade(store, "-1")
        with pytest.raises(BusyError, match="a run is in progress"):
            initialize(store, now=NOON)
    assert initialize(store, now=LATER).schema.after == migrate.head_revision()


def test_a_run_that_had_to_wait_for_a_migration_does_not_begin(filled, store):
    began = []

    def second():
        try:
            with hold_lease(filled, noon):
                began.append("held")
        except StoreError as error:
            began.append(error.what)

    thread = threading.Thread(target=second)

    def guard(conn):
        refuse_while_running(conn, noon)
        thread.start()
        thread.join(timeout=0.3)
        assert thread.is_alive()  # it waits for what this transaction does

    migrate.downgrade(store, "-1", guard=guard)
    thread.join(timeout=20)
    (told,) = began
    assert told.startswith("the database schema is behind")
    assert table_rows(store, "run_locks") == []


def test_an_expired_lock_is_taken_over(filled, panel):
    lock_of(filled, f"elsewhere/{os.getpid()}/abc", NOON)
    assert night(filled, day(panel), clock=lambda: NOON).complete
    assert table_rows(filled, "run_locks") == []


def test_the_lock_of_a_dead_process_on_this_machine_is_taken_over(filled, panel):
    lock_of(filled, f"{socket.gethostname()}/{dead_process()}/abc", NOON + LIFETIME)
    assert night(filled, day(panel), clock=noon).complete


def test_the_lock_of_another_machine_is_respected_whatever_its_process(filled, panel):
    lock_of(filled, f"elsewhere/{dead_process()}/abc", NOON + LIFETIME)
    with pytest.raises(StoreError, match=r"another run is in progress: process \d+ on elsewhere"):
        night(filled, day(panel), clock=noon)


def test_the_lock_of_a_process_of_somebody_else_is_respected(filled, panel):
    lock_of(filled, f"{socket.gethostname()}/1/abc", NOON + LIFETIME)  # init: alive, and perhaps not ours
    with pytest.raises(StoreError, match="another run is in progress: process 1 on"):
        night(filled, day(panel), clock=noon)


def test_every_session_renews_the_lock(filled, panel):
    clock = ticking(NOON)
    ends = []

    def progress(done, total):
        ends.extend(row["expires_at"] for row in table_rows(filled, "run_locks"))

    night(filled, day(panel, -3), day(panel), clock=clock, progress=progress)
    assert len(ends) == 4
    assert sorted(set(ends)) == ends


def test_a_run_that_was_silent_too_long_can_no_longer_save(filled, panel, now):
    def stall(done, total):
        if done == 1:  # meanwhile the lot is sold, and another run takes over
            fill_books(filled, [Book("p", (Lot("B", -2.0),), cash=10.0)], now=now)
            night(filled, day(panel, -3), day(panel), clock=lambda: LATER)

    with pytest.raises(StoreError, match="another run took over") as caught:
        night(filled, day(panel, -3), day(panel), clock=noon, progress=stall)
    assert "nothing is half-written" in caught.value.hint
    first, second = table_rows(filled, "batch_runs")
    assert (first["status"], second["status"]) == ("failed", "succeeded")
    assert "another run took over" in first["error"]
    assert {row["positions_count"] for row in table_rows(filled, "portfolio_snapshots")} == {1}
    assert {row["run_id"] for row in table_rows(filled, "portfolio_snapshots")} == {second["id"]}
    before = result_rows(filled, without=STAMPS)
    assert night(filled, day(panel, -3), day(panel)).rows_written == 0
    assert result_rows(filled, without=STAMPS) == before


def test_a_run_that_lost_its_lock_does_not_give_back_that_of_the_other(filled):
    with hold_lease(filled, noon), hold_lease(filled, lambda: LATER) as second:
        pass
    with hold_lease(filled, lambda: LATER + LIFETIME * 2) as third:
        assert [row["holder"] for row in table_rows(filled, "run_locks")] == [third.holder]
        assert third.holder != second.holder


def test_two_runs_that_start_at_the_same_moment_do_not_both_begin(filled):
    outcomes = []

    def second():
        try:
            with hold_lease(filled, noon):
                outcomes.append("held")
        except StoreError as error:
            outcomes.append(error.what)

    thread = threading.Thread(target=second)
    with filled.begin() as conn:
        assert save_lock(conn, "run", Lock(f"elsewhere/1/{'a' * 8}", NOON + LIFETIME), instead_of=None)
        thread.start()
        time.sleep(0.3)  # by now the second waits for what this transaction does
    thread.join(timeout=20)
    assert outcomes == ["another run is in progress: process 1 on elsewhere"]


def test_only_one_of_many_takes_over_an_expired_lock(filled):
    lock_of(filled, "elsewhere/1/old", NOON - LIFETIME)
    stop = threading.Event()
    held, refused = [], []

    def take():
        try:
            with hold_lease(filled, noon) as lease:
                held.append(lease.holder)
                stop.wait(timeout=20)
        except StoreError as error:
            refused.append(error.what)
        if len(refused) == 3:
            stop.set()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert (len(held), len(refused)) == (1, 3)
    assert all("in progress" in what for what in refused)

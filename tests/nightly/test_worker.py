"""What users ask for is computed by a worker: the rows of a night, once, whatever ends it."""

import logging
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from api.serving import serving, wait_until
from builders import (
    RESULT_TABLES,
    STAMPS,
    Book,
    Lot,
    day,
    fill_books,
    fill_store,
    result_rows,
    table_rows,
)
from nightly.nights import SECTORS, books, market, night, ticking
from riskpanel.book.policy import RiskPolicy
from riskpanel.nightly.holders import LIFETIME, name_holder
from riskpanel.nightly.lease import hold_lease
from riskpanel.nightly.run import NightRequest, run_night
from riskpanel.nightly.worker import REMEMBERED, Worker
from riskpanel.store.database import open_store
from riskpanel.store.lots import delete_portfolio
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.run_requests import WantedRun, claim_run_request, save_run_request
from riskpanel.store.runs import Lock, save_lock
from riskpanel.store.schema import metadata, portfolios, run_requests, scenarios, users

NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def panel():
    return market(rows=150)


@pytest.fixture
def ids(store, panel, now):
    return fill_store(store, panel, books(panel), SECTORS, now=now)


def noon():
    return NOON


def worker_of(store, **options):
    return Worker(store, options.pop("policy", None) or RiskPolicy(), options.pop("clock", noon), **options)


def ask(store, portfolio_id=None, first=None, last=None, *, user=1, everybody=False, now=NOON):
    with store.begin() as conn:
        return save_run_request(conn, WantedRun(user, portfolio_id, everybody, first, last), now=now)


def request(store, request_id):
    (row,) = (row for row in table_rows(store, "run_requests") if row["id"] == request_id)
    return row


def forget_results(store):
    with store.begin() as conn:
        for name in reversed(RESULT_TABLES):
            conn.execute(sa.delete(metadata.tables[name]))


def other_user(store, name="bob"):
    with store.begin() as conn:
        row = {"name": name, "is_admin": False, "created_at": NOON, "updated_at": NOON}
        return conn.execute(sa.insert(users).values(row)).inserted_primary_key[0]


def give(store, portfolio_id, user):
    with store.begin() as conn:
        own = sa.update(portfolios).where(portfolios.c.id == portfolio_id)
        conn.execute(own.values(user_id=user))


@pytest.mark.parametrize("name", ["long/short", "against A"])
def test_a_request_for_a_portfolio_computes_exactly_the_rows_of_its_night(store, panel, ids, name):
    night(store, day(panel), portfolio_ids=(ids[name],))
    wanted = result_rows(store, without=STAMPS)
    assert wanted["portfolio_snapshots"]
    forget_results(store)
    asked = ask(store, ids[name])
    assert worker_of(store).work_once() == "done"
    assert result_rows(store, without=STAMPS) == wanted
    done = request(store, asked)
    assert (done["status"], done["sessions_done"], done["sessions_total"]) == ("succeeded", 1, 1)
    assert (done["error"], done["hint"], done["holder"], done["holder_expires_at"]) == (None,) * 4
    assert done["finished_at"] == NOON
    (run,) = (run for run in table_rows(store, "batch_runs") if run["id"] == done["run_id"])
    assert (run["kind"], run["status"], run["user_id"], run["portfolios_count"]) == ("run", "succeeded", 1, 1)
    assert worker_of(store).work_once() == "idle"


def test_a_request_for_a_range_computes_exactly_the_rows_of_a_backfill(store, panel, ids):
    night(store, day(panel, -4), day(panel), portfolio_ids=(ids["traded"],))
    wanted = result_rows(store, without=STAMPS)
    forget_results(store)
    asked = ask(store, ids["traded"], day(panel, -4), day(panel))
    assert worker_of(store).work_once() == "done"
    assert result_rows(store, without=STAMPS) == wanted
    assert (request(store, asked)["sessions_done"], request(store, asked)["sessions_total"]) == (4, 4)
    assert table_rows(store, "batch_runs")[-1]["kind"] == "backfill"


def test_after_a_night_of_all_a_request_for_one_changes_not_a_single_row(store, panel, ids):
    night(store, day(panel, -1), day(panel))
    before = result_rows(store)
    ask(store, ids["long"])
    ask(store)
    ask(store, everybody=True)
    worker = worker_of(store)
    assert [worker.work_once() for _ in range(4)] == ["done", "done", "done", "idle"]
    assert result_rows(store) == before


def test_a_changed_portfolio_gets_the_rows_that_the_next_night_gives(store, panel, ids, now):
    night(store, day(panel))
    fill_books(store, [Book("long", (Lot("C", -4.0), Lot("A", 1.0)), cash=77.0)], now=now)
    ask(store, ids["long"])
    worker_of(store).work_once()
    mine = result_rows(store, without=STAMPS)
    night(store, day(panel))
    assert result_rows(store, without=STAMPS) == mine


def test_requests_are_done_in_the_order_in_which_they_were_made(store, panel, ids):
    asked = [ask(store, ids[name]) for name in ("cash", "long", "index")]
    worker = worker_of(store, clock=ticking(NOON))
    while worker.work_once() != "idle":
        pass
    ended = [request(store, one)["finished_at"] for one in asked]
    assert sorted(ended) == ended
    assert len(set(ended)) == 3


def test_all_of_a_users_portfolios_are_the_users_alone_and_everybodys_are_all(store, panel, ids):
    bob = other_user(store)
    give(store, ids["cash"], bob)
    mine = ask(store, user=bob)
    worker_of(store).work_once()
    assert {row["portfolio_id"] for row in table_rows(store, "portfolio_snapshots")} == {ids["cash"]}
    assert table_rows(store, "batch_runs")[-1]["user_id"] == bob
    everybodys = ask(store, everybody=True)
    worker_of(store).work_once()
    assert {row["portfolio_id"] for row in table_rows(store, "portfolio_snapshots")} == set(ids.values())
    assert table_rows(store, "batch_runs")[-1]["user_id"] is None
    assert {request(store, one)["status"] for one in (mine, everybodys)} == {"succeeded"}


def test_a_request_for_a_portfolio_that_fails_is_partial_and_its_run_says_why(store, panel, ids, now):
    fill_books(store, [Book("bad", (Lot("A", 1.0),), cash=-1e6)], now=now)
    asked = ask(store)
    worker_of(store).work_once()
    done = request(store, asked)
    assert done["status"] == "partial"
    assert done["error"].startswith("bad: net asset value is")
    assert done["hint"] == f"GET /api/v1/runs/{done['run_id']} has all that failed"
    (run,) = (run for run in table_rows(store, "batch_runs") if run["id"] == done["run_id"])
    assert [failure["name"] for failure in run["failures"]] == ["bad"]


def test_while_another_run_is_in_progress_a_request_waits_and_is_done_later(store, panel, ids):
    asked = ask(store, ids["long"])
    worker = worker_of(store)
    with hold_lease(store, noon):
        assert worker.work_once() == "busy"
        waiting = request(store, asked)
        assert (waiting["status"], waiting["holder"], waiting["finished_at"]) == ("queued", None, None)
        assert worker.work_once() == "busy"
    assert table_rows(store, "portfolio_snapshots") == []
    assert worker.work_once() == "done"
    assert request(store, asked)["status"] == "succeeded"


def held_by(store, request_id, holder, expires_at):
    with store.begin() as conn:
        assert claim_run_request(conn, request_id, seen=None, holder=holder, expires_at=expires_at)


def dead_process():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_the_request_of_a_dead_holder_is_taken_over(store, panel, ids):
    asked = ask(store, ids["long"])
    held_by(store, asked, f"{socket.gethostname()}/{dead_process()}/abc", NOON + LIFETIME)
    assert worker_of(store).work_once() == "done"
    assert request(store, asked)["status"] == "succeeded"


def test_the_request_of_a_living_holder_is_left_alone_until_its_time_is_over(store, panel, ids):
    asked = [ask(store, ids[name]) for name in ("long", "cash")]
    held_by(store, asked[0], name_holder(), NOON + LIFETIME)
    held_by(store, asked[1], f"elsewhere/{dead_process()}/abc", NOON + LIFETIME)
    before = table_rows(store, "run_requests")
    assert worker_of(store).work_once() == "idle"
    assert table_rows(store, "run_requests") == before
    later = worker_of(store, clock=lambda: NOON + LIFETIME)
    assert [later.work_once() for _ in range(3)] == ["done", "done", "idle"]
    assert {request(store, one)["status"] for one in asked} == {"succeeded"}


def test_a_free_request_behind_one_that_is_held_is_done(store, panel, ids):
    asked = [ask(store, ids[name]) for name in ("long", "cash")]
    held_by(store, asked[0], name_holder(), NOON + LIFETIME)
    assert worker_of(store).work_once() == "done"
    assert [request(store, one)["status"] for one in asked] == ["running", "succeeded"]


def break_scenarios(store):
    """A scenario that no program has written: reading it fails in a way that nobody foresaw."""
    with store.begin() as conn:
        own = ensure_local_user(conn, now=NOON)
        row = {"user_id": own, "name": "broken", "kind": "user", "definition": {"s3cret": 1}}
        conn.execute(sa.insert(scenarios).values(row | {"created_at": NOON, "updated_at": NOON}))


def test_a_defect_ends_a_request_as_failed_and_not_the_worker(store, panel, ids, caplog):
    break_scenarios(store)
    asked = ask(store, ids["long"])
    worker = worker_of(store)
    with caplog.at_level(logging.ERROR, "riskpanel.worker"):
        assert worker.work_once() == "done"
    done = request(store, asked)
    assert (done["status"], done["run_id"], done["hint"]) == ("failed", None, None)
    assert done["error"] == "riskpanel failed; its log has the cause"
    (record,) = (record for record in caplog.records if record.name == "riskpanel.worker")
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError
    assert table_rows(store, "run_locks") == []
    with store.begin() as conn:
        conn.execute(sa.delete(scenarios))
    again = ask(store, ids["long"])
    assert worker.work_once() == "done"
    assert request(store, again)["status"] == "succeeded"


class BrokenClockError(Exception):
    """What a clock may raise that is broken."""


def test_an_exception_within_a_run_is_not_told_to_its_asker(store, panel, ids):
    def broken():
        if threading.current_thread().name.startswith("run"):
            raise BrokenClockError("/etc/secret")
        return NOON

    asked = ask(store, ids["long"])
    assert worker_of(store, clock=broken).work_once() == "done"
    done = request(store, asked)
    assert (done["status"], done["error"]) == ("failed", "riskpanel failed; its log has the cause")


def test_what_is_wrong_with_a_request_is_told_with_the_remedy(store, panel, ids):
    saturday = day(panel) - timedelta(days=3)
    assert saturday.weekday() == 5
    asked = ask(store, ids["long"], saturday, saturday)
    worker_of(store).work_once()
    done = request(store, asked)
    assert done["status"] == "failed"
    assert done["error"] == f"not a session of the exchange: {saturday} (Saturday)"
    assert done["hint"].startswith("the session before it is ")


def test_without_prices_a_request_says_so(store, now):
    fill_books(store, [Book("p", cash=1.0)], now=now)
    asked = ask(store)
    worker_of(store).work_once()
    assert request(store, asked)["error"] == "no prices are stored"


def test_a_user_without_a_portfolio_is_told_that_there_is_none(store, panel, ids):
    asked = ask(store, user=other_user(store))
    assert worker_of(store).work_once() == "done"
    assert (request(store, asked)["status"], request(store, asked)["error"]) == (
        "failed",
        "there is no portfolio",
    )
    assert table_rows(store, "portfolio_snapshots") == []


def test_when_the_database_fails_a_request_waits_and_nothing_is_told_of_it(store, panel, ids, tmp_path):
    """Another run takes over the lock in the middle."""
    asked = ask(store, ids["long"], day(panel, -3), day(panel))
    moments = iter(range(10_000))

    def clock():
        if next(moments) == 12:
            with store.begin() as conn:
                conn.exec_driver_sql("UPDATE run_locks SET holder = 'elsewhere/1/abc'")
        return NOON

    assert worker_of(store, clock=clock).work_once() == "busy"
    waiting = request(store, asked)
    assert (waiting["status"], waiting["holder"], waiting["error"]) == ("queued", None, None)
    assert str(tmp_path) not in str(waiting)


def test_a_worker_that_is_told_to_stop_gives_the_request_back_and_keeps_what_is_saved(store, panel, ids):
    night(store, day(panel, -5), day(panel), portfolio_ids=(ids["long"],))
    wanted = result_rows(store, without=STAMPS)
    forget_results(store)
    asked = ask(store, ids["long"], day(panel, -5), day(panel))
    stop, looks = threading.Event(), iter(range(10_000))

    def clock():
        if table_rows(store, "portfolio_snapshots") and next(looks) == 0:
            stop.set()
        return NOON

    assert worker_of(store, clock=clock, stop=stop).work_once() == "busy"
    waiting = request(store, asked)
    assert (waiting["status"], waiting["holder"], waiting["finished_at"]) == ("queued", None, None)
    saved = {row["snapshot_date"] for row in table_rows(store, "portfolio_snapshots")}
    assert 0 < len(saved) < 5
    assert table_rows(store, "run_locks") == []
    assert worker_of(store).work_once() == "done"
    assert result_rows(store, without=STAMPS) == wanted
    assert request(store, asked)["status"] == "succeeded"


def test_two_workers_at_once_do_each_request_once(store, panel, ids, migrated_url):
    asked = [ask(store, one) for one in ids.values()]
    barrier, outcomes = threading.Barrier(2), []

    def work():
        with open_store(migrated_url) as own:
            worker = worker_of(own)
            barrier.wait(timeout=30)
            while any(request(own, one)["finished_at"] is None for one in asked):
                outcomes.append(worker.work_once())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert outcomes.count("done") == len(asked)
    assert {request(store, one)["status"] for one in asked} == {"succeeded"}
    runs = table_rows(store, "batch_runs")
    assert sorted(request(store, one)["run_id"] for one in asked) == [run["id"] for run in runs]
    assert {run["status"] for run in runs} == {"succeeded"}
    mine = result_rows(store, without=STAMPS)
    night(store, day(panel))
    assert result_rows(store, without=STAMPS) == mine


@pytest.mark.parametrize("chosen", ["alone", "of all"])
@pytest.mark.parametrize("seen_before", [True, False])
def test_a_portfolio_that_is_removed_during_a_run_does_not_fail_it(
    store, panel, ids, now, chosen, seen_before
):
    if seen_before:
        night(store, day(panel, -3), day(panel))

    def remove(done, total):
        if done == 1:
            with store.begin() as conn:
                delete_portfolio(conn, ids["long"], user_id=1)

    wanted = (ids["long"],) if chosen == "alone" else None
    asked = NightRequest("backfill", day(panel, -3), day(panel), wanted)
    report = run_night(store, asked, RiskPolicy(), today=NOON.date(), clock=noon, progress=remove)
    assert report.failures == ()
    assert table_rows(store, "batch_runs")[-1]["status"] == "succeeded"
    left = {name: one for name, one in ids.items() if name != "long"}
    kept = {row["portfolio_id"] for row in table_rows(store, "portfolio_snapshots")}
    assert kept == (set(left.values()) if chosen == "of all" or seen_before else set())
    mine = result_rows(store, without=STAMPS)
    if chosen == "of all":
        night(store, day(panel, -3), day(panel))
        assert result_rows(store, without=STAMPS) == mine


class Meanwhile(threading.Event):
    """An event that is never set, and at the second look lets something happen between two sessions."""

    def __init__(self, happen):
        super().__init__()
        self.looks = 0
        self.happen = happen

    def is_set(self):
        self.looks += 1
        if self.looks == 2:
            self.happen()
        return False


def test_a_request_whose_portfolio_is_removed_while_it_runs_leaves_the_worker_well(store, panel, ids):
    asked = ask(store, ids["long"], day(panel, -3), day(panel))

    def remove():
        assert len(table_rows(store, "portfolio_snapshots")) == 1
        with store.begin() as conn:
            delete_portfolio(conn, ids["long"], user_id=1)

    worker = worker_of(store, stop=Meanwhile(remove))
    assert worker.work_once() == "done"
    assert asked not in {row["id"] for row in table_rows(store, "run_requests")}
    assert table_rows(store, "portfolio_snapshots") == []
    assert [run["status"] for run in table_rows(store, "batch_runs")] == ["succeeded"]
    ask(store, ids["cash"])
    assert worker.work_once() == "done"


def test_requests_that_ended_more_than_30_days_ago_are_forgotten_and_their_runs_are_not(store, panel, ids):
    asked = ask(store, ids["cash"], now=NOON - 2 * REMEMBERED)
    old = worker_of(store, clock=lambda: NOON - REMEMBERED - timedelta(seconds=1))
    assert old.work_once() == "done"
    waiting = ask(store, ids["long"], day(panel), day(panel), now=NOON - 2 * REMEMBERED)
    held_by(store, waiting, name_holder(), NOON + LIFETIME)
    ask(store, ids["cash"])
    assert worker_of(store, clock=lambda: NOON - timedelta(seconds=1)).work_once() == "done"
    assert asked in {row["id"] for row in table_rows(store, "run_requests")}  # 30 days to the second
    ask(store, ids["cash"])
    assert worker_of(store).work_once() == "done"
    left = {row["id"] for row in table_rows(store, "run_requests")}
    assert asked not in left
    assert waiting in left
    assert len(table_rows(store, "batch_runs")) == 3


def test_chores_are_done_at_each_look_and_a_failing_database_does_not_end_the_work(store, panel, ids):
    asked, looks = ask(store, ids["cash"]), []
    stop = threading.Event()

    def chores():
        looks.append(request(store, asked)["status"])
        if len(looks) == 2:
            stop.set()

    worker_of(store, chores=chores, stop=stop).run()
    assert looks == ["succeeded", "succeeded"]


def test_a_server_killed_in_the_middle_of_a_requested_backfill_leaves_it_to_another_worker(
    store, panel, ids, migrated_url
):
    first, last, wanted_sessions = day(panel, -100), day(panel), 100
    night(store, first, last, portfolio_ids=(ids["levered"],))
    wanted = result_rows(store, without=STAMPS)
    forget_results(store)
    asked = ask(store, ids["levered"], first, last, now=datetime.now(UTC))
    locks, runs = metadata.tables["run_locks"], metadata.tables["batch_runs"]
    in_a_turn = sa.select(runs.c.id).where(
        runs.c.status == "running",
        sa.exists().where(run_requests.c.id == asked, run_requests.c.status == "running"),
    )
    with serving(migrated_url) as server:
        wait_until(lambda: request(store, asked)["sessions_done"] >= 2)

        def killed_in_a_turn() -> bool:
            with store.begin() as conn:  # meanwhile no session is saved, and no run ends
                held = conn.execute(sa.select(locks.c.name).with_for_update()).first()
                if held and conn.execute(in_a_turn.with_for_update()).first():
                    server.kill()
                    return True
            return False

        wait_until(killed_in_a_turn)
    killed = request(store, asked)
    assert 2 <= killed["sessions_done"] < wanted_sessions
    assert killed["status"] == "running"
    assert killed["holder"].startswith(f"{socket.gethostname()}/{server.process.pid}/")
    assert len(table_rows(store, "run_locks")) == 1
    another = worker_of(store, clock=lambda: datetime.now(UTC))
    while request(store, asked)["status"] in {"running", "queued"}:
        assert another.work_once() == "done"
    assert request(store, asked)["status"] == "succeeded"
    assert result_rows(store, without=STAMPS) == wanted
    statuses = [run["status"] for run in table_rows(store, "batch_runs")]
    assert statuses.count("abandoned") == 1
    assert set(statuses) == {"succeeded", "abandoned"}


def test_a_lock_of_another_machine_makes_a_request_wait_until_it_expires(store, panel, ids):
    with store.begin() as conn:
        assert save_lock(conn, "run", Lock("elsewhere/1/abc", NOON + LIFETIME), instead_of=None)
    ask(store, ids["cash"])
    assert worker_of(store).work_once() == "busy"
    assert worker_of(store, clock=lambda: NOON + LIFETIME).work_once() == "done"


def test_a_request_that_is_being_done_is_kept_held_by_its_progress(store, panel, ids):
    asked = ask(store, ids["long"], day(panel, -5), day(panel))
    ends = []
    ticks = ticking(NOON)

    def clock():
        with store.read() as conn:
            own = sa.select(run_requests.c.holder_expires_at).where(run_requests.c.id == asked)
            ends.append(conn.execute(own).scalar())
        return ticks()

    worker_of(store, clock=clock).work_once()
    seen = [end for end in ends if end is not None]
    assert sorted(seen) == seen
    assert len(set(seen)) >= 6

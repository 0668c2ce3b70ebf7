"""The scheduler: what is due is computed, what fails is tried again, and only the leader does it."""

import logging
import shutil
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from api.serving import wait_until
from builders import STAMPS, Book, Lot, day, fill_books, fill_prices, fill_store, result_rows, table_rows
from nightly.nights import SECTORS, Standing, books, market, night
from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import InputError
from riskpanel.nightly.due import Timetable
from riskpanel.nightly.fetch_reports import FetchReport, SymbolFetch
from riskpanel.nightly.leadership import LEAD, Leadership
from riskpanel.nightly.lease import hold_lease
from riskpanel.nightly.run import NightRequest, run_night
from riskpanel.nightly.schedule import TRIES, Scheduler
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.runs import Lock, renew_lock
from riskpanel.store.schema import market_data_cache, scenarios

MINUTE = timedelta(minutes=1)
TIMES = Timetable(delay=90 * MINUTE, retry=15 * MINUTE, patience=timedelta(hours=2), lookback=30)
DUE = datetime(2024, 12, 31, 22, 30, tzinfo=UTC)  # the last session of the panel
NEXT_DUE = datetime(2025, 1, 2, 22, 30, tzinfo=UTC)


@pytest.fixture
def panel():
    return market(rows=150)


@pytest.fixture
def ids(store, panel, now):
    return fill_store(store, panel, books(panel), SECTORS, now=now)


@pytest.fixture
def clock():
    return Standing(DUE)


@pytest.fixture
def events(caplog):
    """What the scheduler has told since the last time: level, event."""
    caplog.set_level(logging.INFO, "riskpanel.schedule")

    def told():
        records = [record for record in caplog.records if record.name == "riskpanel.schedule"]
        caplog.clear()
        return records

    return told


def words(records):
    return [record.message for record in records]


def leading(store, clock, **options):
    """A scheduler that leads."""
    times = options.pop("times", TIMES)
    lead = Leadership(store, clock)
    assert lead.beat()
    return Scheduler(store, RiskPolicy(), clock, times, lead, **options)


def snapshot_days(store):
    return sorted({row["snapshot_date"] for row in table_rows(store, "portfolio_snapshots")})


def runs(store):
    return [(row["kind"], row["status"], row["as_of_from"]) for row in table_rows(store, "batch_runs")]


def remove_prices(store, session, *, but=()):
    prices = market_data_cache.c
    with store.begin() as conn:
        conn.execute(
            sa.delete(market_data_cache).where(prices.date == session, prices.symbol.not_in(list(but)))
        )


def break_nights(store):
    """A scenario that no program has written: reading it fails in a way that nobody foresaw."""
    with store.begin() as conn:
        own = ensure_local_user(conn, now=DUE)
        row = {"user_id": own, "name": "broken", "kind": "user", "definition": {"s3cret": 1}}
        conn.execute(sa.insert(scenarios).values(row | {"created_at": DUE, "updated_at": DUE}))


def mend_nights(store):
    with store.begin() as conn:
        conn.execute(sa.delete(scenarios))


def test_missed_nights_are_caught_up_in_one_run_with_the_rows_of_their_own_nights(store, panel, ids, clock):
    for row in range(-5, 0):
        night(store, day(panel, row))
    wanted = result_rows(store, without=STAMPS)
    with store.begin() as conn:
        for table in (*reversed(wanted), "batch_runs"):
            conn.execute(sa.text(f"DELETE FROM {table}"))
    night(store, day(panel, -5))
    nights = []
    assert leading(store, clock, computed=nights.append).look() == NEXT_DUE
    assert runs(store)[1:] == [("backfill", "succeeded", day(panel, -4))]
    assert [(report.as_of_to, report.sessions) for report in nights] == [(day(panel), 4)]
    assert result_rows(store, without=STAMPS) == wanted


def test_the_first_night_is_that_of_the_newest_session_and_is_done_once(store, panel, ids, clock, events):
    scheduler = leading(store, clock)
    assert scheduler.look() == NEXT_DUE
    assert (snapshot_days(store), runs(store)) == ([day(panel)], [("run", "succeeded", day(panel))])
    told = events()
    assert words(told) == ["leads", "nights due", "night computed", "looks again"]
    assert (told[2].first, told[2].sessions, told[2].snapshots, told[2].failed) == ("2024-12-31", 1, 7, 0)
    assert (told[3].next_session, told[3].next_due) == ("2025-01-02", "2025-01-02T22:30:00Z")
    assert scheduler.look() == NEXT_DUE
    assert len(runs(store)) == 1


def test_a_hole_between_nights_is_filled_by_itself(store, panel, ids, clock):
    night(store, day(panel, -4))
    night(store, day(panel, -2))
    leading(store, clock).look()
    assert runs(store)[2:] == [("run", "succeeded", day(panel, -3)), ("run", "succeeded", day(panel, -1))]


def test_a_run_of_some_portfolios_is_no_night(store, panel, ids, clock):
    asked = NightRequest("run", day(panel), day(panel), (ids["long"],), 1)
    run_night(store, asked, RiskPolicy(), today=DUE.date(), clock=clock)
    leading(store, clock).look()
    assert len(table_rows(store, "portfolio_snapshots")) == 7


def test_a_night_with_failed_portfolios_is_done_and_told_as_a_warning(store, panel, ids, clock, now, events):
    fill_books(store, [Book("bad", (Lot("A", 1.0),), cash=-1e6)], now=now)
    assert leading(store, clock).look() == NEXT_DUE
    (told,) = [record for record in events() if record.message == "night computed"]
    assert (told.levelname, told.failed) == ("WARNING", 1)


def test_who_does_not_lead_does_nothing(store, panel, ids, clock):
    leader = leading(store, clock)
    lead = Leadership(store, clock)
    lead.beat()
    assert Scheduler(store, RiskPolicy(), clock, TIMES, lead).look() is None
    assert runs(store) == []
    assert leader.look() == NEXT_DUE


class TestPrices:
    """They are waited for, for as long as the timetable says, and a night is never computed without them."""

    def fetcher(self, store, panel, now, *, brings):
        """A fetch that brings the prices of a session at the given try."""
        asked = []

        def fetch(session, progress):
            asked.append(session)
            progress(0, 1)
            if len(asked) == brings:
                fill_prices(store, panel, now=now)
            failed = () if len(asked) >= brings else (SymbolFetch("A", "failed", error="nobody has it"),)
            return FetchReport(session, failed, (), ())

        return fetch, asked

    def test_they_are_fetched_up_to_the_session_before_it_is_computed(
        self, store, panel, ids, clock, now, events
    ):
        remove_prices(store, day(panel))
        fetch, asked = self.fetcher(store, panel, now, brings=1)
        scheduler = leading(store, clock, fetch=fetch)
        assert scheduler.look() == NEXT_DUE
        assert asked == [day(panel)]
        assert snapshot_days(store) == [day(panel)]
        assert words(events())[1:] == ["prices fetched", "nights due", "night computed", "looks again"]
        scheduler.look()
        assert asked == [day(panel)]

    def test_they_are_fetched_again_until_they_are_there(self, store, panel, ids, clock, now, events):
        remove_prices(store, day(panel))
        fetch, asked = self.fetcher(store, panel, now, brings=3)
        scheduler = leading(store, clock, fetch=fetch)
        for _ in range(2):
            assert scheduler.look() == clock() + 15 * MINUTE
            assert snapshot_days(store) == []
            clock.forward(15 * MINUTE)
            scheduler.lead.beat()
        told = [record for record in events() if record.message == "prices have not arrived"]
        assert len(told) == 2
        assert (told[0].levelname, told[0].session, told[0].priced, told[0].expected) == (
            "WARNING", "2024-12-31", 0, 6,
        )  # fmt: skip
        assert told[0].lacking == ["A", "B", "C", "D", "E"]
        assert told[0].until == "2025-01-01T00:30:00Z"
        assert scheduler.look() == NEXT_DUE
        assert (len(asked), snapshot_days(store)) == (3, [day(panel)])

    def test_half_of_them_will_do_when_the_time_is_over_and_not_before(self, store, panel, ids, clock):
        remove_prices(store, day(panel), but=("SPY", "A", "B", "C"))
        scheduler = leading(store, clock)
        assert scheduler.look() == DUE + 15 * MINUTE
        assert runs(store) == []
        clock.now = TIMES.ends_at(day(panel))
        scheduler.lead.beat()
        assert scheduler.look() == NEXT_DUE
        assert snapshot_days(store) == [day(panel)]

    @pytest.mark.parametrize("there", [("A", "B", "C", "D", "E"), ("SPY", "A")])
    def test_without_the_market_index_or_half_of_them_the_session_is_given_up_as_an_error(
        self, store, panel, ids, clock, now, events, there
    ):
        remove_prices(store, day(panel), but=there)
        clock.now = TIMES.ends_at(day(panel))
        scheduler = leading(store, clock)
        assert scheduler.look() == NEXT_DUE
        assert runs(store) == []
        (told,) = [record for record in events() if record.levelname == "ERROR"]
        assert told.message == "session given up: its prices have not arrived"
        assert (told.session, told.priced) == ("2024-12-31", len(there))
        assert told.hint == "fetch or import the prices: the sessions are computed once they are there"
        scheduler.look()
        assert [record for record in events() if record.levelname == "ERROR"] == []
        fill_prices(store, panel, now=now)
        scheduler.look()
        assert snapshot_days(store) == [day(panel)]

    def test_missed_sessions_are_computed_while_the_newest_is_waited_for(self, store, panel, ids, clock):
        night(store, day(panel, -4))
        remove_prices(store, day(panel))
        assert leading(store, clock).look() == DUE + 15 * MINUTE
        assert runs(store)[1:] == [("backfill", "succeeded", day(panel, -3))]
        assert snapshot_days(store)[-1] == day(panel, -2)

    def test_with_nothing_held_nothing_is_fetched_and_it_is_looked_for_again_soon(self, store, clock, events):
        def fetch(session, progress):
            raise AssertionError("nothing is held, so no symbol needs prices")

        assert leading(store, clock, fetch=fetch).look() == DUE + 15 * MINUTE
        assert words(events())[1:] == ["looks again"]

    def test_a_fetch_that_a_person_can_mend_is_told_with_its_hint(self, store, panel, ids, clock, events):
        def fetch(session, progress):
            raise InputError("the source has no key", hint="set the key")

        leading(store, clock, fetch=fetch).look()
        (told,) = (one for one in events() if one.getMessage() == "fetch failed")
        assert (told.error, told.hint, told.exc_info) == ("the source has no key", "set the key", None)

    def test_a_defect_of_the_fetch_is_logged_and_what_is_there_is_computed(
        self, store, panel, ids, clock, events
    ):
        def fetch(session, progress):
            raise ZeroDivisionError("a bug")

        assert leading(store, clock, fetch=fetch).look() == NEXT_DUE
        assert snapshot_days(store) == [day(panel)]
        (told,) = [record for record in events() if record.message == "fetch failed"]
        assert told.exc_info[0] is ZeroDivisionError


class TestFailures:
    def test_a_night_that_fails_is_tried_again_and_then_left_until_the_next_session(
        self, store, panel, ids, clock, events
    ):
        night(store, day(panel, -2))
        break_nights(store)
        scheduler = leading(store, clock)
        for _ in range(TRIES - 1):
            assert scheduler.look() == clock() + 15 * MINUTE
            clock.forward(15 * MINUTE)
            scheduler.lead.beat()
        assert scheduler.look() == NEXT_DUE
        errors = [record for record in events() if record.levelname == "ERROR"]
        assert words(errors) == ["night failed"] * TRIES + ["night given up until the next session is due"]
        assert errors[0].exc_info[0] is KeyError
        assert (errors[-1].first, errors[-1].tries) == ("2024-12-31", TRIES)
        assert [row["name"] for row in table_rows(store, "run_locks")] == ["schedule"]
        mend_nights(store)
        scheduler.look()
        assert snapshot_days(store) == [day(panel, -2)]  # enough tries for today
        clock.now = NEXT_DUE
        scheduler.lead.beat()
        scheduler.look()
        assert snapshot_days(store) == [day(panel, -2), day(panel)]

    def test_a_night_that_fails_once_is_done_at_the_next_try(self, store, panel, ids, clock):
        break_nights(store)
        scheduler = leading(store, clock)
        clock.now = scheduler.look()
        mend_nights(store)
        scheduler.lead.beat()
        assert scheduler.look() == NEXT_DUE
        assert snapshot_days(store) == [day(panel)]

    def test_what_another_run_does_meanwhile_is_not_done_again(self, store, panel, ids, clock, caplog):
        caplog.set_level(logging.INFO, "riskpanel.schedule")
        looking = Looking(leading(store, clock))

        def meanwhile(done, total):
            if done == 0:
                looking.start()
                wait_until(lambda: "waits for another run" in words(caplog.records))

        night(store, day(panel), clock=clock, progress=meanwhile)
        assert looking.outcome() == NEXT_DUE
        assert runs(store) == [("run", "succeeded", day(panel))]

    def test_a_night_waits_for_a_run_of_something_else_and_begins_when_that_has_ended(
        self, store, panel, ids, clock, caplog
    ):
        caplog.set_level(logging.INFO, "riskpanel.schedule")
        looking = Looking(leading(store, clock))
        with hold_lease(store, clock):
            looking.start()
            wait_until(lambda: "waits for another run" in words(caplog.records))
            assert runs(store) == []
        assert looking.outcome() == NEXT_DUE
        assert snapshot_days(store) == [day(panel)]

    def test_a_schema_that_is_ahead_is_waited_for_as_an_absent_database_is(self, store, ids, clock, events):
        scheduler = leading(store, clock)
        with store.begin() as conn:
            conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999_later'"))
        assert [scheduler.look() - DUE for _ in range(8)] == [
            timedelta(seconds=pause) for pause in (5, 10, 20, 40, 80, 160, 300, 300)
        ]
        told = events()[1:]
        assert set(words(told)) == {"waits for the database"}
        assert (told[0].hint, told[0].seconds) == ("upgrade riskpanel", 5)


class Looking(threading.Thread):
    """A look in a thread of its own."""

    def __init__(self, scheduler):
        super().__init__(daemon=True)
        self.scheduler = scheduler
        self.again = []

    def run(self):
        self.again.append(self.scheduler.look())

    def outcome(self):
        self.join(timeout=60)
        (again,) = self.again
        return again


class TestOnSqlite:
    """What only a file can do."""

    @pytest.fixture
    def dialect(self):
        return "sqlite"

    def test_a_database_that_is_away_is_waited_for_and_its_nights_are_computed_when_it_is_back(
        self, store, panel, ids, clock, tmp_path
    ):
        scheduler = leading(store, clock)

        def hide():
            store.dispose()
            for one in tmp_path.glob("riskpanel.sqlite3*"):
                shutil.move(one, tmp_path / f"away-{one.name}")

        hide()
        assert scheduler.look() == DUE + timedelta(seconds=5)
        assert scheduler.look() == DUE + timedelta(seconds=10)
        for one in tmp_path.glob("away-*"):
            shutil.move(one, tmp_path / one.name.removeprefix("away-"))
        assert scheduler.look() == NEXT_DUE
        assert snapshot_days(store) == [day(panel)]
        hide()
        assert scheduler.look() == DUE + timedelta(seconds=5)

    def test_a_night_that_lost_the_database_is_done_as_soon_as_it_is_back(
        self, store, panel, ids, clock, tmp_path
    ):
        """Its own lock, which it could not give back, must not keep it out until that expires."""

        def hide():
            if not table_rows(store, "batch_runs"):
                return DUE
            moved.append(shutil.move(tmp_path / "riskpanel.sqlite3", tmp_path / "away"))
            scheduler_clock.pop()
            return DUE

        moved, scheduler_clock = [], [clock, hide]
        scheduler = leading(store, lambda: scheduler_clock[-1]())
        assert scheduler.look() == DUE + timedelta(seconds=5)
        shutil.move(tmp_path / "away", tmp_path / "riskpanel.sqlite3")
        assert sorted(row["name"] for row in table_rows(store, "run_locks")) == ["run", "schedule"]
        looking = Looking(scheduler)
        looking.start()
        assert looking.outcome() == NEXT_DUE
        assert snapshot_days(store) == [day(panel)]
        assert [row["status"] for row in table_rows(store, "batch_runs")] == ["abandoned", "succeeded"]

    def test_a_session_that_cannot_be_saved_keeps_no_other_back(self, store, panel, ids, clock, events):
        night(store, day(panel, -5))
        poison = day(panel, -3)
        with store.begin() as conn:
            conn.exec_driver_sql(
                f"CREATE TRIGGER poison BEFORE INSERT ON instrument_volatility"
                f" WHEN NEW.calculation_date = '{poison}' BEGIN SELECT RAISE(ABORT, 'poison'); END"
            )
        scheduler = leading(store, clock)
        for _ in range(TRIES):
            clock.now = scheduler.look()
            scheduler.lead.beat()
        assert clock() == NEXT_DUE
        done = [row["as_of_from"] for row in table_rows(store, "batch_runs") if row["status"] == "succeeded"]
        assert done == [day(panel, row) for row in (-5, -4, -2, -1)]
        assert words(events()).count("night given up until the next session is due") == 1


class TestStopping:
    """Whatever ends a night early, what is saved is whole, and the next one goes on."""

    @pytest.fixture
    def missed(self, store, panel, ids):
        night(store, day(panel, -6))

    def stopper(self, store, panel, do):
        """A clock that lets something happen when the second of five missed sessions is saved."""
        done = []

        def look():
            if not done and day(panel, -4) in snapshot_days(store):
                done.append(True)
                do()
            return DUE

        return look

    def test_a_scheduler_that_is_told_to_stop_ends_with_the_session_in_hand_and_gives_the_lead_back(
        self, store, panel, missed, clock, events
    ):
        stop = threading.Event()
        scheduler = leading(store, self.stopper(store, panel, stop.set), stop=stop)
        assert scheduler.look() is None
        scheduler.end()
        assert snapshot_days(store) == [
            day(panel, row) for row in range(-6, -2)
        ]  # it was set within the third
        assert table_rows(store, "run_locks") == []
        ended = table_rows(store, "batch_runs")[-1]
        assert ended["status"] == "abandoned"
        assert ended["error"].startswith("the scheduler stops")
        assert words(events())[-1] == "night interrupted"
        assert scheduler.look() is None
        assert not scheduler.lead.beat()
        assert leading(store, clock).look() == NEXT_DUE
        assert snapshot_days(store) == [day(panel, row) for row in range(-6, 0)]

    def test_a_night_whose_last_session_is_in_hand_ends_as_it_would(self, store, panel, ids):
        stop = threading.Event()

        def clock():
            if table_rows(store, "batch_runs"):
                stop.set()
            return DUE

        assert leading(store, clock, stop=stop).look() == NEXT_DUE
        assert stop.is_set()
        assert runs(store) == [("run", "succeeded", day(panel))]

    def test_a_leader_that_has_lost_the_lead_ends_with_the_session_in_hand(
        self, store, panel, missed, clock, events
    ):
        taken = Leadership(store, clock)

        def lose():
            with store.begin() as conn:  # it was silent for a minute, and another one took over
                renew_lock(conn, "schedule", Lock(holder, DUE), holder=holder)
            assert taken.beat()
            late.append(LEAD)
            assert not scheduler.lead.beat()

        late = []
        moments = self.stopper(store, panel, lose)
        scheduler = leading(store, lambda: moments() + sum(late, timedelta(0)))
        holder = table_rows(store, "run_locks")[0]["holder"]
        assert scheduler.look() is None
        assert snapshot_days(store) == [day(panel, row) for row in (-6, -5, -4)]
        assert [row["name"] for row in table_rows(store, "run_locks")] == ["schedule"]
        assert words(events())[-1] == "night interrupted"
        other = Scheduler(store, RiskPolicy(), clock, TIMES, taken)
        assert other.look() == NEXT_DUE
        assert snapshot_days(store) == [day(panel, row) for row in range(-6, 0)]
        assert scheduler.look() is None

    def test_a_fetch_is_stopped_between_two_symbols(self, store, panel, ids, clock):
        stop, asked = threading.Event(), []

        def fetch(session, progress):
            for done in range(1, 4):
                asked.append(done)
                stop.set()
                progress(done, 3)
            return FetchReport(session, (), (), ())

        scheduler = leading(store, clock, fetch=fetch, stop=stop)
        assert scheduler.look() is None
        assert asked == [1]
        assert runs(store) == []

    def test_the_end_waits_for_the_session_in_hand(self, store, panel, ids, clock):
        begun, go_on = threading.Event(), threading.Event()

        def fetch(session, progress):
            begun.set()
            assert go_on.wait(timeout=30)
            return FetchReport(session, (), (), ())

        looking = Looking(scheduler := leading(store, clock, fetch=fetch))
        looking.start()
        assert begun.wait(timeout=30)
        ending = threading.Thread(target=scheduler.end)
        ending.start()
        assert scheduler.stop.wait(timeout=30)
        assert [row["name"] for row in table_rows(store, "run_locks")] == ["schedule"]
        go_on.set()
        ending.join(timeout=30)
        looking.join(timeout=30)
        assert table_rows(store, "run_locks") == []


def test_a_session_that_becomes_due_during_a_night_is_looked_at_next(store, panel, ids):
    scheduler = leading(
        store, clock := Standing(DUE), computed=lambda report: setattr(clock, "now", NEXT_DUE)
    )
    assert scheduler.look() == NEXT_DUE
    assert clock() == NEXT_DUE

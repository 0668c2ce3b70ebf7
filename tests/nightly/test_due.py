"""What is due, and when to look again: pure functions of calendar, clock and what is stored."""

from datetime import UTC, date, datetime, timedelta

import pytest

from riskpanel.nightly.due import (
    Arrival,
    Missed,
    Timetable,
    count_arrival,
    decide,
    missed_sessions,
    spans,
)
from riskpanel.sources.calendar import previous_session, previous_sessions, session_close
from riskpanel.store.runs import FinishedNight

HOUR = timedelta(hours=1)
TIMES = Timetable(delay=HOUR, retry=timedelta(minutes=20), patience=6 * HOUR, lookback=10)
ALL = Arrival(100, 100, None, ())
MON, TUE, WED, THU, FRI = (date(2025, 6, day) for day in (9, 10, 11, 12, 13))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def night(first, last=None, *, began=None):
    """A night that began two hours after the close of its last session."""
    last = last or first
    return FinishedNight(first, last, began or session_close(last) + 2 * HOUR)


def priced(count, of=100, *, index=None):
    return Arrival(count, of, index, ())


class TestWhenASessionIsDue:
    """It is the calendar that says so, never an hour of the day."""

    @pytest.mark.parametrize(
        ("session", "due"),
        [
            (date(2025, 1, 15), "2025-01-15 22:00"),  # 16:00 in New York in winter
            (date(2025, 6, 13), "2025-06-13 21:00"),  # and in summer
            (date(2025, 3, 7), "2025-03-07 22:00"),  # the last session of winter time
            (date(2025, 3, 10), "2025-03-10 21:00"),  # the first of summer time
            (date(2025, 10, 31), "2025-10-31 21:00"),
            (date(2025, 11, 3), "2025-11-03 22:00"),
            (date(2025, 11, 28), "2025-11-28 19:00"),  # a half day
            (date(2025, 7, 3), "2025-07-03 18:00"),  # a half day in summer
        ],
    )
    def test_a_session_is_due_a_delay_after_its_close(self, session, due):
        begun = [night(previous_sessions(session, 5)[0], previous_session(session))]
        assert TIMES.due_at(session) == at(due)
        before = missed_sessions(at(due) - timedelta(seconds=1), TIMES, begun)
        assert (before.newest, before.sessions) == (previous_session(session), ())
        after = missed_sessions(at(due), TIMES, begun)
        assert (after.newest, after.sessions) == (session, (session,))

    @pytest.mark.parametrize(
        ("now", "newest", "upcoming"),
        [
            ("2025-06-14 15:00", FRI, date(2025, 6, 16)),  # Saturday
            ("2025-06-15 23:59", FRI, date(2025, 6, 16)),
            ("2025-06-19 21:30", date(2025, 6, 18), date(2025, 6, 20)),  # a holiday on a Thursday
            ("2025-05-26 22:00", date(2025, 5, 23), date(2025, 5, 27)),  # one after a weekend
            ("2025-12-31 22:30", date(2025, 12, 31), date(2026, 1, 2)),
        ],
    )
    def test_on_days_without_a_session_nothing_is_due_but_what_was_missed(self, now, newest, upcoming):
        missed = missed_sessions(at(now), TIMES, [night(newest)])
        assert (missed.newest, missed.sessions) == (newest, ())
        due = decide(at(now), TIMES, missed, {})
        assert (due.ready, due.waiting, due.given_up) == ((), (), ())
        assert due.upcoming == upcoming
        assert due.wake == due.upcoming_at == session_close(upcoming) + HOUR

    def test_without_a_delay_a_session_is_due_at_its_close(self):
        now = session_close(FRI)
        assert missed_sessions(now, Timetable(delay=timedelta(0)), [night(THU)]).sessions == (FRI,)

    def test_a_delay_of_more_than_a_day_is_kept_to(self):
        times = Timetable(delay=30 * HOUR)
        assert missed_sessions(at("2025-06-14 01:59"), times, [night(WED)]).newest == WED
        assert missed_sessions(at("2025-06-14 02:00"), times, [night(WED)]).newest == THU


class TestWhatWasMissed:
    now = at("2025-06-13 23:00")

    def test_before_the_first_night_only_the_newest_session_is_due(self):
        assert missed_sessions(self.now, TIMES, []) == Missed(FRI, (FRI,), None)

    def test_every_session_since_the_last_night_is_missed(self):
        assert missed_sessions(self.now, TIMES, [night(MON)]) == Missed(FRI, (TUE, WED, THU, FRI), None)

    def test_a_hole_between_two_nights_is_missed_and_what_is_before_the_first_is_not(self):
        nights = [night(MON), night(WED, THU)]
        assert missed_sessions(self.now, TIMES, nights).sessions == (TUE, FRI)

    def test_a_night_that_began_before_the_close_does_not_count_for_that_session(self):
        nights = [night(MON, FRI, began=session_close(FRI) - timedelta(seconds=1))]
        assert missed_sessions(self.now, TIMES, nights).sessions == (FRI,)
        nights.append(night(FRI, began=session_close(FRI)))
        assert missed_sessions(self.now, TIMES, nights).sessions == ()

    def test_no_more_sessions_are_caught_up_than_the_timetable_says_and_the_others_are_named(self):
        nights = [night(date(2025, 3, 3), date(2025, 5, 1))]
        missed = missed_sessions(self.now, TIMES, nights)
        assert missed.sessions == previous_sessions(FRI, 10)
        assert missed.beyond == (date(2025, 5, 2), previous_session(missed.sessions[0]))

    def test_nothing_is_beyond_when_the_last_night_joins_what_is_caught_up(self):
        window = previous_sessions(FRI, 10)
        assert missed_sessions(self.now, TIMES, [night(previous_session(window[0]))]).beyond is None
        two_before = previous_session(previous_session(window[0]))
        beyond = missed_sessions(self.now, TIMES, [night(two_before)]).beyond
        assert beyond == (previous_session(window[0]),) * 2

    def test_what_lies_beyond_is_told_until_something_is_caught_up(self):
        nights = [night(date(2025, 3, 3)), night(FRI)]
        assert missed_sessions(self.now, TIMES, nights).beyond is None

    def test_a_night_by_hand_of_a_session_that_is_not_due_yet_is_no_reason_to_catch_up_the_past(self):
        early = night(FRI, began=session_close(FRI) + timedelta(minutes=5))
        before_due = session_close(FRI) + timedelta(minutes=10)
        assert missed_sessions(before_due, TIMES, [early]).sessions == ()
        assert missed_sessions(self.now, TIMES, [early]).sessions == ()


class TestDecision:
    """Of Tuesday to Friday nothing is computed; on Friday at 21:00 UTC the session is due."""

    missed = Missed(FRI, (TUE, WED, THU, FRI), None)
    only_friday = Missed(FRI, (FRI,), None)
    due_at = at("2025-06-13 21:00")
    monday_due = at("2025-06-16 21:00")

    def test_everything_that_has_arrived_is_ready_at_once(self):
        due = decide(self.due_at, TIMES, self.missed, dict.fromkeys(self.missed.sessions, ALL))
        assert due.ready == (TUE, WED, THU, FRI)
        assert (due.waiting, due.given_up) == ((), ())
        assert due.wake == due.upcoming_at == self.monday_due

    @pytest.mark.parametrize(("count", "ready"), [(90, True), (89, False), (0, False)])
    def test_the_newest_session_is_ready_when_nine_of_ten_symbols_have_a_price(self, count, ready):
        due = decide(self.due_at, TIMES, self.only_friday, {FRI: priced(count)})
        assert due.ready == ((FRI,) if ready else ())
        assert due.waiting == (() if ready else (FRI,))

    def test_without_the_market_index_nothing_is_ready_however_many_have_arrived(self):
        for now in (self.due_at, self.due_at + 7 * HOUR):
            assert decide(now, TIMES, self.only_friday, {FRI: priced(99, index="SPY")}).ready == ()

    def test_prices_that_have_not_arrived_are_looked_for_again_and_the_last_time_at_the_end(self):
        lacking = {FRI: priced(10)}
        wakes, now = [], self.due_at
        while now < self.monday_due:
            due = decide(now, TIMES, self.only_friday, lacking)
            wakes.append(now)
            now = due.wake
        assert wakes == [self.due_at + n * timedelta(minutes=20) for n in range(19)]
        assert wakes[-1] == TIMES.ends_at(FRI)
        assert due.given_up == (FRI,)
        assert now == self.monday_due

    def test_an_end_that_no_try_falls_on_is_a_try_too(self):
        now = TIMES.ends_at(FRI) - timedelta(minutes=7)
        assert decide(now, TIMES, self.only_friday, {FRI: priced(0)}).wake == TIMES.ends_at(FRI)

    @pytest.mark.parametrize(("count", "ready"), [(50, True), (49, False)])
    def test_when_the_time_to_wait_is_over_half_of_the_symbols_will_do(self, count, ready):
        due = decide(TIMES.ends_at(FRI), TIMES, self.only_friday, {FRI: priced(count)})
        assert due.ready == ((FRI,) if ready else ())
        assert due.given_up == (() if ready else (FRI,))

    def test_a_missed_session_without_prices_holds_back_no_other_and_is_not_waited_for(self):
        arrivals = {TUE: ALL, WED: priced(3), THU: priced(60), FRI: ALL}
        due = decide(self.due_at, TIMES, self.missed, arrivals)
        assert (due.ready, due.given_up, due.waiting) == ((TUE, THU, FRI), (WED,), ())
        assert due.wake == self.monday_due

    def test_missed_sessions_are_computed_while_the_newest_is_waited_for(self):
        arrivals = {TUE: ALL, WED: ALL, THU: ALL, FRI: priced(0)}
        due = decide(self.due_at, TIMES, self.missed, arrivals)
        assert (due.ready, due.waiting) == ((TUE, WED, THU), (FRI,))
        assert due.wake == self.due_at + timedelta(minutes=20)

    def test_what_has_failed_too_often_is_left_alone(self):
        due = decide(
            self.due_at, TIMES, self.missed, dict.fromkeys(self.missed.sessions, ALL), spent={WED, FRI}
        )
        assert due.ready == (TUE, THU)
        assert due.wake == self.monday_due

    def test_without_patience_there_is_one_try(self):
        times = Timetable(delay=HOUR, patience=timedelta(0))
        due = decide(self.due_at, times, self.only_friday, {FRI: priced(40)})
        assert (due.given_up, due.wake) == ((FRI,), self.monday_due)

    def test_patience_that_reaches_beyond_the_next_session_wakes_for_that_one_too(self):
        times = Timetable(delay=HOUR, retry=48 * HOUR, patience=100 * HOUR)
        assert decide(self.due_at, times, self.only_friday, {FRI: priced(0)}).wake == at("2025-06-15 21:00")
        due = decide(self.monday_due - HOUR, times, self.only_friday, {FRI: priced(0)})
        assert (due.waiting, due.wake) == ((FRI,), self.monday_due)


class TestArrival:
    def arrival(self, lasts, *, main_index="SPY"):
        return count_arrival(FRI, lasts, main_index=main_index)

    def test_what_has_a_price_of_the_session_has_arrived(self):
        arrival = self.arrival({"SPY": FRI, "A": FRI, "B": THU, "C": FRI})
        assert arrival == Arrival(3, 4, None, ("B",))

    def test_the_main_index_is_named_when_it_lacks(self):
        assert self.arrival({"SPY": THU, "A": FRI, "B": FRI}).index == "SPY"
        assert self.arrival({"SPY": THU, "A": FRI, "B": FRI}, main_index="A").index is None

    def test_before_anything_has_arrived_everything_is_expected(self):
        arrival = self.arrival({"SPY": THU, "A": THU, "B": THU})
        assert (arrival.priced, arrival.expected, arrival.reaches(1)) == (0, 3, False)

    def test_a_symbol_that_trades_no_more_is_expected_for_five_sessions(self):
        days = previous_sessions(FRI, 8)
        lasts = {"SPY": FRI, "A": FRI, "B": FRI, "dead": days[2]}
        assert self.arrival(lasts) == Arrival(3, 4, None, ("dead",))
        assert self.arrival(lasts | {"dead": days[1]}) == Arrival(3, 3, None, ())

    def test_an_index_that_trades_no_more_is_not_waited_for(self):
        lasts = {"SPY": date(2025, 5, 1), "A": FRI, "B": FRI}
        assert self.arrival(lasts) == Arrival(2, 2, None, ())

    def test_one_symbol_that_comes_after_weeks_without_any_is_not_the_market(self):
        old = previous_sessions(FRI, 26)[0]
        arrival = self.arrival({"SPY": FRI, **dict.fromkeys("ABCDEFGHI", old)})
        assert (arrival.priced, arrival.expected) == (1, 10)
        assert not arrival.reaches(50)

    def test_of_two_symbols_the_older_says_what_is_expected(self):
        old = previous_sessions(FRI, 20)[0]
        assert self.arrival({"SPY": FRI, "A": old}) == Arrival(1, 2, None, ("A",))

    def test_many_that_died_long_ago_do_not_hide_what_has_arrived(self):
        lasts = {"SPY": FRI, "A": FRI, **dict.fromkeys("BCDEFGHI", date(2025, 1, 3))}
        assert self.arrival(lasts) == Arrival(2, 2, None, ())

    def test_without_any_price_nothing_has_arrived(self):
        assert self.arrival({}) == Arrival(0, 0, None, ())
        assert not self.arrival({}).reaches(0)
        assert not self.arrival({"SPY": date(2024, 1, 3)}).reaches(0)

    def test_where_every_price_is_old_all_are_expected_and_named(self):
        lasts = {"SPY": date(2024, 1, 3), "A": date(2024, 1, 3), "dead": date(2020, 1, 3)}
        assert self.arrival(lasts) == Arrival(0, 2, "SPY", ("A", "SPY"))


def test_sessions_that_follow_one_another_are_one_range():
    assert spans(()) == ()
    assert spans((FRI,)) == ((FRI, FRI),)
    assert spans((THU, FRI, date(2025, 6, 16))) == ((THU, date(2025, 6, 16)),)
    assert spans((MON, TUE, THU, FRI)) == ((MON, TUE), (THU, FRI))

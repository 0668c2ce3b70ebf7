from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from riskpanel.errors import InputError
from riskpanel.sources.calendar import (
    FIRST_DAY,
    is_session,
    last_complete_session,
    next_session,
    previous_session,
    previous_sessions,
    session_close,
    sessions_between,
)


def test_sessions_are_plain_dates_with_both_ends():
    sessions = sessions_between(date(2022, 12, 23), date(2022, 12, 28))
    assert sessions.dtype == np.dtype("datetime64[D]")
    assert sessions.tolist() == [date(2022, 12, 23), date(2022, 12, 27), date(2022, 12, 28)]


def test_a_span_without_sessions_is_empty():
    assert sessions_between(date(2022, 12, 24), date(2022, 12, 26)).size == 0


def test_neighbours_exclude_the_day_itself():
    assert previous_session(date(2022, 12, 27)) == date(2022, 12, 23)
    assert next_session(date(2022, 12, 23)) == date(2022, 12, 27)
    assert previous_session(date(2022, 12, 25)) == date(2022, 12, 23)


def test_a_year_has_about_252_sessions_for_fifty_years():
    years = [sessions_between(date(year, 1, 1), date(year, 12, 31)).size for year in range(1972, 2023)]
    assert min(years) >= 248
    assert max(years) <= 254


@pytest.mark.parametrize("day", [date(1949, 12, 31), date(2050, 1, 1)])
def test_a_date_out_of_bounds_is_named(day):
    with pytest.raises(InputError, match=str(day)):
        is_session(day)


def test_the_first_session_has_none_before_it():
    with pytest.raises(InputError, match="1950-01-01"):
        previous_session(date(1950, 1, 1))


def test_callers_cannot_change_the_calendar():
    with pytest.raises(ValueError, match="read-only"):
        sessions_between(date(2022, 1, 1), date(2022, 2, 1))[0] = np.datetime64("2000-01-01")


@pytest.mark.parametrize(
    ("day", "close"),
    [
        (date(2022, 12, 28), "2022-12-28 21:00"),  # 16:00 in New York in winter
        (date(2022, 7, 1), "2022-07-01 20:00"),  # and in summer
        (date(2022, 11, 25), "2022-11-25 18:00"),  # the day after Thanksgiving: 13:00
        (date(2025, 12, 24), "2025-12-24 18:00"),
        (date(2026, 11, 27), "2026-11-27 18:00"),
    ],
)
def test_a_session_closes_at_sixteen_or_on_half_days_at_thirteen(day, close):
    assert session_close(day) == datetime.fromisoformat(close).replace(tzinfo=UTC)


def test_a_day_that_is_no_session_has_no_close():
    with pytest.raises(InputError, match="not a session of the New York Stock Exchange: 2022-07-04"):
        session_close(date(2022, 7, 4))


@pytest.mark.parametrize(
    "closed",
    [
        date(2001, 9, 11), date(2001, 9, 14),  # after the attacks
        date(2004, 6, 11), date(2007, 1, 2), date(2018, 12, 5), date(2025, 1, 9),  # mourning of presidents
        date(2012, 10, 29), date(2012, 10, 30),  # a hurricane
        date(2022, 6, 20), date(2026, 7, 3),  # holidays that are kept on another day
    ],
)  # fmt: skip
def test_closures_that_no_rule_foresees_are_no_sessions(closed):
    assert not is_session(closed)


@pytest.mark.parametrize(
    ("now", "delay", "last"),
    [
        ("2022-12-28 20:59", 0, date(2022, 12, 27)),
        ("2022-12-28 21:00", 0, date(2022, 12, 28)),
        ("2022-12-28 21:44", 45, date(2022, 12, 27)),
        ("2022-12-28 21:45", 45, date(2022, 12, 28)),
        ("2022-12-29 03:00", 45, date(2022, 12, 28)),
        ("2022-12-26 23:00", 45, date(2022, 12, 23)),  # a holiday after a weekend
        ("2022-11-25 18:50", 45, date(2022, 11, 25)),
    ],
)
def test_the_last_complete_session_is_one_whose_close_was_long_enough_ago(now, delay, last):
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert last_complete_session(at, delay=timedelta(minutes=delay)) == last


def test_the_sessions_before_a_day_are_counted_back_over_weekends_and_holidays():
    assert previous_sessions(date(2022, 12, 27), 3) == (
        date(2022, 12, 22),
        date(2022, 12, 23),
        date(2022, 12, 27),
    )
    assert previous_sessions(date(2022, 12, 26), 1) == (date(2022, 12, 23),)
    assert previous_sessions(FIRST_DAY, 5) == ()

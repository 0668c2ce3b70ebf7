from datetime import date

import numpy as np
import pytest

from riskpanel.errors import InputError
from riskpanel.sources.calendar import is_session, next_session, previous_session, sessions_between


def test_sessions_are_plain_dates_with_both_ends():
    sessions = sessions_between(date(2022, 12, 23), date(2022, 12, 28))
    assert sessions.dtype == np.dtype("datetime64[D]")
    assert sessions.tolist() == [date(2022, 12, 23), date(2022, 12, 27), date(2022, 12, 28)]


def test_a_span_without_sessions_is_empty():
    assert sessions_between(date(2022, 12, 24), date(2022, 12, 26)).size == 0


def test_the_calendar_knows_unscheduled_closures():
    assert not is_session(date(2001, 9, 11))
    assert not is_session(date(2012, 10, 29))
    assert not is_session(date(2025, 1, 9))
    assert is_session(date(2020, 3, 16))


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

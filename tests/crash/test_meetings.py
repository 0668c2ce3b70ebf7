"""Two commands at once: one waits, is refused, or goes on beside; a lock that nobody holds is taken."""

import pytest

from crash.meetings import HOLDERS, Meeting, Meetings, meetings, try_holder
from crash.stage import DIALECTS

# `make kills` tries the others too, which are like these.
FIRST = {"backfill", "migrate up", "migrate down", "import prices", "import positions", "fetch"}
SECOND = {"backfill", "run", "import positions", "migrate up", "migrate down", "fetch"}
TRIED = [
    (dialect, meeting)
    for dialect in DIALECTS
    for meeting in meetings(dialect)
    if meeting.first in FIRST and meeting.second in SECOND
]


def name_of(value: object) -> str:
    return f"{value.second} beside {value.first} {value.at}" if isinstance(value, Meeting) else str(value)


@pytest.fixture(scope="module")
def met():
    """Meetings by kind of database: they remember what commands do one after the other."""
    return {}


@pytest.mark.parametrize(("dialect", "meeting"), TRIED, ids=name_of)
def test_two_at_once_end_as_one_after_the_other(request, met, dialect, meeting):
    if dialect not in met:
        met[dialect] = Meetings(*request.getfixturevalue(f"{dialect}_world"))
    assert met[dialect].try_out(meeting).faults == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: holder.name)
def test_the_lock_of_a_living_run_is_respected_and_that_of_a_dead_one_is_taken(request, dialect, holder):
    world, children = request.getfixturevalue(f"{dialect}_world")
    ended, faults = try_holder(world, children, holder)
    assert faults == []
    assert ended.code == holder.ends

"""Things are called at their time, and what goes wrong in one stops no other."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.base import BaseTrigger

from riskpanel.cli.timer import Timer

SOON = timedelta(seconds=0.05)
NEVER = timedelta(days=400)


def now():
    return datetime.now(UTC)


class Called(threading.Semaphore):
    """Something to call; waiting for it takes one call away."""

    def __init__(self):
        super().__init__(0)

    def __call__(self):
        self.release()

    def comes(self, *, within=20):
        return self.acquire(timeout=within)


@pytest.fixture
def told():
    return []


@pytest.fixture
def timer(told):
    with Timer(("look", "beat"), lambda name, error: told.append((name, error))) as timer:
        yield timer


@pytest.mark.parametrize("moment", [timedelta(0), SOON, -timedelta(days=3)])
def test_something_is_called_at_a_moment_and_at_once_when_that_is_past(timer, moment):
    called = Called()
    timer.at(now() + moment, called, name="look")
    assert called.comes()
    assert not called.comes(within=0.05)


def test_a_moment_takes_the_place_of_the_one_before(timer):
    first, second = Called(), Called()
    timer.at(now() + NEVER, first, name="look")
    timer.at(now() + SOON, second, name="look")
    assert second.comes()
    assert not first.comes(within=0.05)


def test_what_is_called_may_name_the_next_moment(timer):
    called = Called()

    def look():
        called()
        timer.at(now() + SOON, look, name="look")

    timer.at(now(), look, name="look")
    assert all(called.comes() for _ in range(3))


def test_a_moment_that_is_named_while_something_runs_is_not_lost(timer):
    begun, go_on, second = threading.Event(), threading.Event(), Called()

    def first():
        begun.set()
        assert go_on.wait(timeout=20)

    timer.at(now(), first, name="look")
    assert begun.wait(timeout=20)
    timer.at(now(), second, name="look")
    assert not second.comes(within=0.2)  # one after the other
    go_on.set()
    assert second.comes()


def test_while_one_thing_runs_another_is_called_again_and_again(timer):
    begun, go_on, beat = threading.Event(), threading.Event(), Called()

    def look():
        begun.set()
        assert go_on.wait(timeout=20)

    timer.at(now(), look, name="look")
    assert begun.wait(timeout=20)
    timer.every(timedelta(seconds=1), beat, name="beat")
    assert beat.comes()
    assert beat.comes()
    go_on.set()


def test_a_defect_is_told_and_what_is_called_repeatedly_is_called_again(timer, told):
    calls = Called()

    def broken():
        calls()
        raise ZeroDivisionError("a bug")

    timer.every(timedelta(seconds=1), broken, name="beat")
    assert calls.comes()
    assert calls.comes()
    assert [(name, type(error)) for name, error in told[:1]] == [("beat", ZeroDivisionError)]


def test_the_end_waits_for_what_runs(told):
    begun, ended = threading.Event(), []

    def look():
        begun.set()
        threading.Event().wait(0.2)
        ended.append(True)

    with Timer(("look",), lambda *defect: told.append(defect)) as timer:
        timer.at(now(), look, name="look")
        assert begun.wait(timeout=20)
    assert ended == [True]
    assert told == []


def test_it_can_end_while_something_is_just_being_called(told):
    for _ in range(30):
        called = Called()
        with Timer(("look",), lambda *defect: told.append(defect)) as timer:
            timer.at(now(), called, name="look")
            assert called.comes()
    assert told == []


class BrokenTrigger(BaseTrigger):
    def get_next_fire_time(self, previous_fire_time, now):
        raise ZeroDivisionError("a bug")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_timer_that_calls_nothing_any_more_says_so(timer):
    assert not timer.over.is_set()
    timer._timer.add_job(print, id="broken", trigger=BrokenTrigger(), next_run_time=now())
    assert timer.over.wait(timeout=20)


def test_what_plans_something_while_it_ends_does_not_hold_it(told):
    begun, planned, later = threading.Event(), threading.Event(), Called()

    def plan():
        begun.set()
        planned.wait(20)
        timer.at(now(), later, name="beat")

    timer = Timer(("look", "beat"), lambda name, error: told.append((name, error)))

    def live():
        with timer:
            timer.at(now(), plan, name="look")
            begun.wait(20)
            threading.Timer(0.5, planned.set).start()  # when the end waits for it

    living = threading.Thread(target=live, daemon=True)
    living.start()
    living.join(30)
    assert not living.is_alive()
    assert not later.comes(within=0.2)
    assert told == []

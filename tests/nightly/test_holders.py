"""Whether a holder may still be at work: by its time, its machine and its process."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from riskpanel.nightly.holders import LIFETIME, end_holder, may_live, name_holder

NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)
LATER = NOON + LIFETIME


def named(pid, host=None):
    return f"{host or socket.gethostname()}/{pid}/abcd0123"


@pytest.fixture
def process():
    """A process of this machine that lives as long as the test."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield child
        child.kill()


def test_a_name_says_machine_and_process_and_is_never_given_twice():
    names = {name_holder() for _ in range(200)}
    assert len(names) == 200
    assert {name.rsplit("/", 1)[0] for name in names} == {f"{socket.gethostname()}/{os.getpid()}"}
    assert max(map(len, names)) <= 120  # of the column


def test_a_holder_of_this_process_lives_until_its_time_is_over():
    holder = name_holder()
    assert may_live(holder, LATER, NOON)
    assert may_live(holder, NOON + timedelta(microseconds=1), NOON)
    assert not may_live(holder, NOON, NOON)
    assert not may_live(holder, NOON - timedelta(seconds=1), NOON)


def test_a_holder_of_this_process_whose_work_is_over_does_not_live_and_the_others_do():
    ended, other = name_holder(), name_holder()
    end_holder(ended)
    assert not may_live(ended, LATER, NOON)
    assert may_live(other, LATER, NOON)


def test_a_holder_with_the_number_of_this_process_that_it_did_not_name_is_one_before_it():
    assert not may_live(named(os.getpid()), LATER, NOON)


def test_a_process_of_this_machine_lives_until_it_has_ended(process):
    assert may_live(named(process.pid), LATER, NOON)
    process.kill()
    process.wait()
    assert not may_live(named(process.pid), LATER, NOON)


def test_a_living_process_whose_time_is_over_has_lost_what_it_held(process):
    assert not may_live(named(process.pid), NOON, NOON)


def test_a_process_of_somebody_else_lives():
    assert may_live(named(1), LATER, NOON)  # init, whether or not it may be asked


def test_of_another_machine_only_the_time_is_known(process):
    ended = process.pid
    process.kill()
    process.wait()
    assert may_live(named(ended, host="elsewhere"), LATER, NOON)
    assert not may_live(named(os.getpid(), host="elsewhere"), NOON, NOON)

"""One leader among many schedulers: who leads, who takes over, and who leads no more."""

import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from builders import table_rows
from nightly.nights import Standing
from riskpanel.errors import StoreError
from riskpanel.nightly.leadership import BEAT, LEAD, NAME, Leadership, load_leader
from riskpanel.store.database import open_store
from riskpanel.store.runs import Lock, save_lock

NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    return Standing(NOON)


def lock_of(store, holder, expires_at=NOON + LEAD):
    with store.begin() as conn:
        assert save_lock(conn, NAME, Lock(holder, expires_at), instead_of=None)


def dead_process():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def holders(store):
    return [row["holder"] for row in table_rows(store, "run_locks")]


def test_the_first_leads_and_the_others_stand_by(store, clock):
    first, second = Leadership(store, clock), Leadership(store, clock)
    assert not first.leads
    assert (first.beat(), second.beat()) == (True, False)
    assert (first.leads, second.leads) == (True, False)
    assert (first.beat(), second.beat()) == (False, False)
    assert [row["name"] for row in table_rows(store, "run_locks")] == ["schedule"]
    assert load_leader(store).expires_at == NOON + LEAD


def test_beats_keep_the_lead_for_as_long_as_they_come(store, clock):
    first, second = Leadership(store, clock), Leadership(store, clock)
    first.beat()
    for _ in range(3 * LEAD // BEAT):
        clock.forward(BEAT)
        assert (first.beat(), second.beat()) == (False, False)
        assert first.leads
    assert load_leader(store).expires_at > clock() + LEAD / 2


def test_most_beats_of_a_leader_write_nothing(store, clock):
    lead, ends = Leadership(store, clock), set()
    for _ in range(LEAD // BEAT):
        lead.beat()
        ends.add(load_leader(store).expires_at)
        clock.forward(BEAT)
    assert len(ends) <= 6


def test_the_lead_of_a_silent_leader_is_taken_over_when_it_expires(store, clock, caplog):
    caplog.set_level(logging.INFO, "riskpanel.schedule")
    silent, other = Leadership(store, clock), Leadership(store, clock)
    silent.beat()
    clock.forward(LEAD - timedelta(seconds=1))
    assert not other.beat()
    clock.forward(timedelta(seconds=1))
    assert not silent.leads  # by itself: nobody had to tell it
    assert other.beat()
    assert not silent.beat()
    assert (silent.leads, other.leads) == (False, True)
    events = [record.message for record in caplog.records]
    assert events == ["leads", "stands by", "leads", "lost the lead"]
    silent.beat()
    assert caplog.records[-1].message == "stands by"
    assert caplog.records[-1].leader == f"process {os.getpid()} on {socket.gethostname()}"


def test_a_leader_that_was_silent_and_not_replaced_leads_again(store, clock):
    lead = Leadership(store, clock)
    lead.beat()
    clock.forward(10 * LEAD)
    assert not lead.leads
    assert lead.beat()
    assert lead.leads


def test_the_lead_of_a_dead_process_on_this_machine_is_taken_over_at_once(store, clock):
    lock_of(store, f"{socket.gethostname()}/{dead_process()}/abc")
    assert Leadership(store, clock).beat()


def test_the_lead_of_a_process_on_another_machine_is_respected_until_it_expires(store, clock):
    lock_of(store, f"elsewhere/{dead_process()}/abc")
    lead = Leadership(store, clock)
    assert not lead.beat()
    clock.forward(LEAD)
    assert lead.beat()


def test_a_lead_that_is_given_back_is_free_and_not_taken_again(store, clock):
    first, second = Leadership(store, clock), Leadership(store, clock)
    first.beat()
    first.give_back()
    assert holders(store) == []
    assert not first.leads
    assert not first.beat()
    assert holders(store) == []
    assert second.beat()


def test_a_lead_of_another_is_not_given_back(store, clock):
    first, second = Leadership(store, clock), Leadership(store, clock)
    first.beat()
    clock.forward(LEAD)
    second.beat()
    before = holders(store)
    first.give_back()
    Leadership(store, clock).give_back()
    assert holders(store) == before
    assert second.leads


def test_only_one_of_many_takes_an_expired_lead(store, migrated_url, clock):
    lock_of(store, "elsewhere/1/old", NOON)
    barrier, brought = threading.Barrier(4), []

    def take():
        with open_store(migrated_url) as own:
            lead = Leadership(own, clock)
            barrier.wait(timeout=30)
            brought.append(lead.beat())

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(brought) == [False, False, False, True]


def test_who_has_another_schema_stands_by(store, clock, caplog):
    with store.begin() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999_later'"))
    lead = Leadership(store, clock)
    assert not lead.beat()
    assert not lead.beat()
    (told,) = [record for record in caplog.records if record.name == "riskpanel.schedule"]
    assert "ahead of this riskpanel" in told.error
    assert told.hint == "upgrade riskpanel"
    assert holders(store) == []


class TestWithoutADatabase:
    """A file that is moved away and comes back."""

    @pytest.fixture
    def dialect(self):
        return "sqlite"

    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "riskpanel.sqlite3"

    def move(self, path, to):
        for one in path.parent.glob(f"{path.name}*"):
            shutil.move(one, to.parent / one.name.replace(path.name, to.name))

    def test_a_leader_leads_until_its_time_is_over_and_again_when_the_database_is_back(
        self, store, clock, path, tmp_path, caplog
    ):
        lead, away = Leadership(store, clock), tmp_path / "away.sqlite3"
        lead.beat()
        store.dispose()
        self.move(path, away)
        clock.forward(LEAD / 2)
        assert not lead.beat()
        assert lead.leads
        clock.forward(LEAD / 2)
        assert not lead.beat()
        assert not lead.leads
        (told,) = [record for record in caplog.records if record.name == "riskpanel.schedule"]
        assert (told.message, told.error) == ("no beat", f"no database: {path}")
        self.move(away, path)
        assert lead.beat()
        assert lead.leads

    def test_a_lead_that_cannot_be_given_back_ends_here_all_the_same(self, store, clock, path, tmp_path):
        lead, other = Leadership(store, clock), Leadership(store, clock)
        away = tmp_path / "away.sqlite3"
        lead.beat()
        store.dispose()
        self.move(path, away)
        with pytest.raises(StoreError, match="no database"):
            lead.give_back()
        self.move(away, path)
        assert (lead.beat(), lead.leads) == (False, False)
        clock.forward(LEAD)
        assert other.beat()

    def test_a_database_that_comes_later_is_waited_for(self, store, clock, path, tmp_path):
        lead, away = Leadership(store, clock), tmp_path / "away.sqlite3"
        self.move(path, away)
        assert not lead.beat()
        self.move(away, path)
        assert lead.beat()

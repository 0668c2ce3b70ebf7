from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest

from builders import INPUTS, table_rows
from riskpanel.book.findings import Failure
from riskpanel.book.policy import RiskPolicy
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.runs import (
    FinishedNight,
    Lock,
    RunEnd,
    RunStart,
    delete_lock,
    load_finished_nights,
    load_lock,
    renew_lock,
    save_lock,
    save_run_end,
    save_run_start,
)

NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def start(kind="run", at=NOON, **fields):
    policy = RiskPolicy(beta_window=82)
    return RunStart(
        kind, date(2025, 6, 27), date(2025, 6, 30), "local", "1.2.3", policy, INPUTS, at, **fields
    )


def end(status="partial", **fields):
    values = {
        "portfolios_count": 3,
        "instruments_count": 4,
        "snapshots_count": 2,
        "failures": (Failure(7, "bad é", "no price", "import some"),),
        "error": None,
        "finished_at": NOON + HOUR,
        "duration_seconds": 3600.25,
    }
    return RunEnd(status=status, **(values | fields))


def test_a_run_is_recorded_when_it_starts_and_when_it_ends(store):
    with store.begin() as conn:
        run_id = save_run_start(conn, start())
    (row,) = table_rows(store, "batch_runs")
    assert (row["id"], row["status"], row["started_at"], row["finished_at"]) == (
        run_id,
        "running",
        NOON,
        None,
    )
    assert RiskPolicy.model_validate(row["policy"]) == RiskPolicy(beta_window=82)
    assert row["policy_fingerprint"] == RiskPolicy(beta_window=82).fingerprint
    with store.begin() as conn:
        save_run_end(conn, run_id, end())
    (row,) = table_rows(store, "batch_runs")
    assert (row["status"], row["duration_seconds"], row["finished_at"]) == ("partial", 3600.25, NOON + HOUR)
    assert row["failures"] == [
        {"portfolio_id": 7, "name": "bad é", "error": "no price", "hint": "import some"}
    ]
    assert (row["portfolios_count"], row["instruments_count"], row["snapshots_count"]) == (3, 4, 2)


def test_a_run_names_its_inputs_and_what_was_asked_for_from_its_start(store):
    with store.begin() as conn:
        save_run_start(conn, start())
        some = save_run_start(conn, start(portfolio_ids=(7, 9)))
        save_run_end(conn, some, end())
    killed, ended = table_rows(store, "batch_runs")
    for run, status in ((killed, "abandoned"), (ended, "partial")):
        assert (run["status"], run["inputs_hash"]) == (status, INPUTS.combined)
        assert run["inputs"] == asdict(INPUTS)
    assert (killed["portfolio_ids"], ended["portfolio_ids"]) == (None, [7, 9])


def test_a_run_that_was_killed_is_abandoned_when_the_next_starts_and_no_other_is(store):
    with store.begin() as conn:
        first = save_run_start(conn, start())
        save_run_end(conn, first, end("succeeded", failures=()))
        killed = save_run_start(conn, start("backfill"))
    with store.begin() as conn:
        third = save_run_start(conn, start(at=NOON + HOUR))
    assert first < killed < third
    statuses = [row["status"] for row in table_rows(store, "batch_runs")]
    assert statuses == ["succeeded", "abandoned", "running"]


def test_a_run_that_failed_keeps_its_error(store):
    with store.begin() as conn:
        run_id = save_run_start(conn, start())
        save_run_end(conn, run_id, end("failed", error="the disk is full", snapshots_count=None, failures=()))
    (row,) = table_rows(store, "batch_runs")
    assert (row["error"], row["snapshots_count"], row["failures"]) == ("the disk is full", None, [])


def test_finished_nights_are_those_of_all_that_came_to_their_end(store):
    with store.begin() as conn:
        bob = ensure_local_user(conn, now=NOON)
        for status in ("succeeded", "failed", "partial"):
            at = NOON + HOUR * (len(status))
            save_run_end(conn, save_run_start(conn, start(at=at)), end(status))
        own = RunStart(
            "run", date(2025, 6, 2), date(2025, 6, 2), "local", "1", RiskPolicy(), INPUTS, NOON, bob
        )
        save_run_end(conn, save_run_start(conn, own), end("succeeded"))
        save_run_start(conn, start("backfill"))
        found = load_finished_nights(conn)
    span = (date(2025, 6, 27), date(2025, 6, 30))
    assert found == (FinishedNight(*span, NOON + 9 * HOUR), FinishedNight(*span, NOON + 7 * HOUR))


def test_a_free_lock_is_taken_once(store):
    mine, other = Lock("me", NOON), Lock("other", NOON + HOUR)
    with store.begin() as conn:
        assert load_lock(conn, "run") is None
        assert save_lock(conn, "run", mine, instead_of=None)
        assert not save_lock(conn, "run", other, instead_of=None)
        assert load_lock(conn, "run") == mine
        assert save_lock(conn, "ingest", other, instead_of=None)


@pytest.mark.parametrize(("seen", "taken"), [("old", True), ("older", False)])
def test_a_lock_is_replaced_only_where_it_is_still_the_one_that_was_seen(store, seen, taken):
    mine = Lock("me", NOON + HOUR)
    with store.begin() as conn:
        save_lock(conn, "run", Lock("old", NOON), instead_of=None)
        assert save_lock(conn, "run", mine, instead_of=Lock(seen, NOON)) is taken
        assert load_lock(conn, "run") == (mine if taken else Lock("old", NOON))


def test_a_lock_is_renewed_and_given_back_by_its_holder_only(store):
    with store.begin() as conn:
        save_lock(conn, "run", Lock("me", NOON), instead_of=None)
        assert not renew_lock(conn, "run", Lock("other", NOON + HOUR), holder="other")
        assert renew_lock(conn, "run", Lock("me", NOON + HOUR), holder="me")
        delete_lock(conn, "run", holder="other")
        assert load_lock(conn, "run") == Lock("me", NOON + HOUR)
        delete_lock(conn, "run", holder="me")
        assert load_lock(conn, "run") is None
        assert not renew_lock(conn, "run", Lock("me", NOON + HOUR), holder="me")

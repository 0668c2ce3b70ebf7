"""Comparisons notice what they are there for, and leave out nothing else."""

import pytest

from crash.sameness import Wholes, differences, what_counts

STAMPS = {"created_at": 1, "updated_at": 2}


def snapshot(day, nav, **cells):
    return {"portfolio_id": 7, "snapshot_date": day, "run_id": 3, "net_asset_value": nav, **STAMPS, **cells}


def stress(day, pnl):
    return {"portfolio_id": 7, "snapshot_date": day, "scenario": "s", "pnl": pnl, **STAMPS}


def night(*days, nav=1):
    return {
        "portfolio_snapshots": [snapshot(day, nav) for day in days],
        "stress_test_results": [stress(day, nav) for day in days],
        "batch_runs": [],
    }


def test_a_number_that_differs_is_named_with_its_table():
    (told,) = differences(night("d1"), night("d1") | {"stress_test_results": [stress("d1", 1.0000001)]})
    assert told.startswith("stress_test_results: 1 rows wanted, 1 found")


@pytest.mark.parametrize(
    "found", [night(), night("d1", "d1"), {"batch_runs": []}, night("d1") | {"more": []}]
)
def test_rows_and_tables_too_many_or_too_few_are_named(found):
    assert differences(night("d1"), found)


def test_only_what_says_when_or_by_which_attempt_is_left_out():
    run = {
        "id": 1,
        "kind": "run",
        "status": "succeeded",
        "started_at": 1,
        "finished_at": 2,
        "duration_seconds": 1,
    }
    once = {"batch_runs": [run], "portfolio_snapshots": [snapshot("d1", 1)]}
    again = {
        "batch_runs": [
            run | {"id": 1, "status": "abandoned"},
            run | {"id": 2, "status": "failed"},
            run | {"id": 3, "started_at": 9},
            run | {"id": 4, "finished_at": 9},
        ],
        "portfolio_snapshots": [snapshot("d1", 1, run_id=4, created_at=8, updated_at=9)],
    }
    counted = what_counts(again, "sqlite")
    assert differences(what_counts(once, "sqlite"), counted) == []
    assert counted["portfolio_snapshots"] == [
        {"portfolio_id": 7, "snapshot_date": "d1", "net_asset_value": 1}
    ]
    assert what_counts({"batch_runs": [run, run | {"kind": "backfill"}]}, "sqlite") != counted


def test_numbers_of_sequences_count_by_their_order_on_postgresql_alone():
    one = {"portfolios": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}], "positions": []}
    other = {"portfolios": [{"id": 4, "name": "a"}, {"id": 9, "name": "b"}], "positions": []}
    swapped = {"portfolios": [{"id": 9, "name": "a"}, {"id": 4, "name": "b"}], "positions": []}
    assert differences(what_counts(one, "postgresql"), what_counts(other, "postgresql")) == []
    assert differences(what_counts(one, "sqlite"), what_counts(other, "sqlite"))
    assert differences(what_counts(one, "postgresql"), what_counts(swapped, "postgresql"))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (night("d1"), []),
        (night("d1", "d2"), []),
        (night("d1") | {"portfolio_snapshots": night("d1", "d2")["portfolio_snapshots"]}, ["session d2"]),
        (night("d1", "d2", nav=2), ["session d1", "session d2"]),
        (night("d2"), ["not in order: [False, True]"]),
    ],
)
def test_half_a_session_and_a_session_before_its_turn_are_named(found, told):
    assert Wholes("session", night(), night("d1", "d2")).half_written(found) == told


def test_what_is_written_is_counted():
    wholes = Wholes("session", night(), night("d1", "d2", "d3"))
    assert wholes.count(night("d1", "d2")) == (2, 3)

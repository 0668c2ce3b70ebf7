"""Killed at any point and run again: the same database as after an undisturbed run."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event

from builders import STAMPS, day, fill_store, result_rows, table_rows
from nightly.nights import SECTORS, books, market, night

TESTS = Path(__file__).parents[1]
SESSIONS = 4


@pytest.fixture
def panel():
    return market(rows=150)


@pytest.fixture
def dialect():
    return "sqlite"


def test_a_backfill_killed_anywhere_and_run_again_leaves_the_same_database(
    store, panel, now, tmp_path, open_database
):
    fill_store(store, panel, books(panel), SECTORS, now=now)
    store.dispose()
    first, last = day(panel, -SESSIONS), day(panel)
    statements = []
    copies = {}
    for name in ("undisturbed", "first", "third", "fourth"):
        shutil.copy(tmp_path / "riskpanel.sqlite3", tmp_path / name)
        copies[name] = open_database(f"sqlite:///{tmp_path / name}")
    event.listen(
        copies["undisturbed"]._engine, "before_cursor_execute", lambda *seen: statements.append(seen[2])
    )
    night(copies["undisturbed"], first, last)
    # Within a transaction: snapshots are written, their stress results not; or the session's first statement.
    stress = [n for n, text in enumerate(statements, 1) if text.startswith("INSERT INTO stress_test_results")]
    begun = [n for n, text in enumerate(statements, 1) if text.startswith("UPDATE run_locks")]
    assert len(stress) == len(begun) == SESSIONS
    wanted = result_rows(copies["undisturbed"], without=STAMPS)
    inputs = table_rows(copies["undisturbed"], "batch_runs")[0]["inputs"]
    assert inputs is not None
    for name, fatal, complete in (("first", stress[0], 0), ("third", begun[2], 2), ("fourth", stress[3], 3)):
        child = subprocess.run(
            [
                sys.executable,
                str(TESTS / "nightly" / "killed_run.py"),
                f"sqlite:///{tmp_path / name}",
                str(first),
                str(last),
                str(fatal),
            ],
            env={"PYTHONPATH": os.pathsep.join((str(TESTS.parent / "src"), str(TESTS)))},
            capture_output=True,
            check=False,
        )
        assert child.returncode == -signal.SIGKILL, child.stderr.decode()
        killed = copies[name]
        left = result_rows(killed, without=STAMPS)
        dates = {row["snapshot_date"] for row in left["portfolio_snapshots"]}
        assert len(dates) == complete
        for table, rows in left.items():  # whole sessions or nothing
            column = next(
                c for c in ("snapshot_date", "calc_date", "calculation_date") if c in wanted[table][0]
            )
            assert rows == [row for row in wanted[table] if row[column] in dates]
        (run,) = table_rows(killed, "batch_runs")
        assert (run["status"], run["inputs"]) == ("running", inputs)
        assert {row["run_id"] for row in table_rows(killed, "portfolio_snapshots")} <= {run["id"]}
        assert len(table_rows(killed, "run_locks")) == 1
        report = night(killed, first, last)
        assert report.complete
        assert result_rows(killed, without=STAMPS) == wanted
        assert [run["status"] for run in table_rows(killed, "batch_runs")] == ["abandoned", "succeeded"]
        assert table_rows(killed, "run_locks") == []

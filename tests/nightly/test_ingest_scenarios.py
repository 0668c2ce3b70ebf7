"""Scenario files are imported whole or not at all."""

from datetime import timedelta

import pytest

from builders import table_rows
from imported_rows import TODAY, file
from riskpanel.errors import InputError
from riskpanel.nightly.ingest_scenarios import import_scenarios

__all__ = ["file"]

GOOD = "[scenarios.a]\nmarket = -0.1\n[scenarios.b]\nfrom = 2020-02-19\nto = 2020-03-23\n"


@pytest.fixture
def run(store, file, now):
    def run(text, **options):
        when = options.pop("now", now)
        return import_scenarios(store, file(text, "mine.toml"), today=TODAY, now=when, **options)

    return run


def test_a_file_is_imported_and_again_changes_nothing(run, store, now):
    report = run(GOOD)
    assert (report.added, report.faults, report.warnings) == (("a", "b"), (), ())
    before = table_rows(store, "scenarios")
    again = run(GOOD, now=now + timedelta(hours=1))
    assert (again.added, again.changed, again.unchanged) == ((), (), ("a", "b"))
    assert table_rows(store, "scenarios") == before


def test_scenarios_that_the_file_lacks_are_kept_and_named_or_replaced(run, store):
    run(GOOD)
    less = run("[scenarios.a]\nmarket = -0.2\n")
    assert (less.changed, less.kept) == (("a",), ("b",))
    assert less.warnings == ("kept, though the file lacks them (replace removes them): b",)
    none = run("[scenarios]\n", replace=True)
    assert none.removed == ("a", "b")
    assert table_rows(store, "scenarios") == []


def test_a_file_with_a_fault_is_refused_whole_with_every_fault(run, store):
    with pytest.raises(InputError, match=r"2 faults in mine\.toml: nothing was imported") as caught:
        run(GOOD + "[scenarios.c]\nmarket = 7\nodd = 1\n")
    assert caught.value.details == (
        "mine.toml: c, odd: unknown key; known are description, market, sectors, from, to",
        "mine.toml: c, market: not a move between -1 and 1: 7 (decimals: -0.07 is -7 %)",
    )
    assert "dry run" in caught.value.hint
    assert table_rows(store, "scenarios") == table_rows(store, "users") == []


def test_a_dry_run_says_what_would_change_and_writes_nothing(run, store):
    report = run(GOOD, dry_run=True)
    assert (report.dry_run, report.added) == (True, ("a", "b"))
    assert table_rows(store, "scenarios") == []
    run(GOOD)
    before = table_rows(store, "scenarios")
    report = run("[scenarios.a]\nmarket = -0.2\n", dry_run=True, replace=True)
    assert (report.changed, report.removed) == (("a",), ("b",))
    assert table_rows(store, "scenarios") == before
    report = run("[scenarios.a]\nmarket = 7\n", dry_run=True)
    assert (len(report.faults), report.changed, report.kept) == (1, (), ())


def test_a_window_that_ends_after_today_is_refused(run):
    with pytest.raises(InputError) as caught:
        run(f"[scenarios.a]\nfrom = 2025-01-02\nto = {TODAY + timedelta(1)}\n")
    assert caught.value.details == ("mine.toml: a, to: 2025-07-01 is in the future",)

"""Imports of a user's stress scenarios: all of a file or nothing."""

from datetime import date, datetime
from pathlib import Path

from riskpanel.book.scenarios import ScenarioFault
from riskpanel.errors import InputError
from riskpanel.nightly.import_reports import ScenarioReport
from riskpanel.nightly.import_transaction import import_transaction
from riskpanel.sources.scenario_files import read_scenarios
from riskpanel.store.database import Store
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.scenarios import ScenarioChanges, save_scenarios


def import_scenarios(
    store: Store, path: Path, *, today: date, now: datetime, replace: bool = False, dry_run: bool = False
) -> ScenarioReport:
    """Import a scenario file for the local user.

    Scenarios that the file lacks are kept, or with ``replace`` removed. What was computed stays stored
    until its session is computed again.

    Raises
    ------
    InputError
        When the file cannot be read, or anything in it is wrong and this is no dry run.
    """
    parsed = read_scenarios(path, today=today)
    if parsed.faults and not dry_run:
        raise InputError(
            f"{_counted(parsed.faults)} in {path.name}: nothing was imported",
            hint="correct them, or look at them all with --dry-run",
            details=tuple(f"{path.name}: {fault}" for fault in parsed.faults),
        )
    changes = ScenarioChanges((), (), (), (), ())
    if not parsed.faults:
        with import_transaction(store, dry_run=dry_run) as conn:
            user_id = ensure_local_user(conn, now=now)
            changes = save_scenarios(conn, parsed.scenarios, user_id=user_id, replace=replace, now=now)
    kept = f"kept, though the file lacks them (--replace removes them): {', '.join(changes.kept)}"
    return ScenarioReport(
        dry_run=dry_run,
        faults=parsed.faults,
        warnings=(kept,) if changes.kept else (),
        added=changes.added,
        changed=changes.changed,
        unchanged=changes.unchanged,
        kept=changes.kept,
        removed=changes.removed,
    )


def _counted(faults: tuple[ScenarioFault, ...]) -> str:
    return f"{len(faults):,} {'fault' if len(faults) == 1 else 'faults'}"

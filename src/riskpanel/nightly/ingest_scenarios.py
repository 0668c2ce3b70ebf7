"""Imports of a user's stress scenarios: all of a file or nothing."""

from datetime import date, datetime

from riskpanel.book.import_reports import ScenarioReport
from riskpanel.book.scenarios import ScenarioFault
from riskpanel.errors import InputError
from riskpanel.nightly.import_transaction import import_transaction
from riskpanel.sources.files import File
from riskpanel.sources.scenario_files import read_scenarios
from riskpanel.store.database import Store
from riskpanel.store.locks import lock_user
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.run_requests import ask_for_all
from riskpanel.store.scenarios import ScenarioChanges, save_scenarios


def import_scenarios(
    store: Store,
    file: File,
    *,
    today: date,
    now: datetime,
    user_id: int | None = None,
    replace: bool = False,
    dry_run: bool = False,
    recompute: bool = False,
) -> ScenarioReport:
    """Import a scenario file for a user, by default the local one.

    Scenarios that the file lacks are kept, or with ``replace`` removed. What was computed stays stored
    until its session is computed again; with ``recompute`` a run of the user's portfolios is asked for.

    Raises
    ------
    InputError
        When the file cannot be read, or anything in it is wrong and this is no dry run.
    """
    parsed = read_scenarios(file, today=today)
    if parsed.faults and not dry_run:
        raise InputError(
            f"{_counted(parsed.faults)} in {file.name}: nothing was imported",
            hint="correct them, or look at them all with a dry run",
            details=tuple(f"{file.name}: {fault}" for fault in parsed.faults),
        )
    changes, asked = ScenarioChanges((), (), (), (), ()), None
    if not parsed.faults:
        with import_transaction(store, dry_run=dry_run) as conn:
            owner = user_id or ensure_local_user(conn, now=now)
            lock_user(conn, owner)
            changes = save_scenarios(conn, parsed.scenarios, user_id=owner, replace=replace, now=now)
            if recompute and not dry_run and (changes.added or changes.changed or changes.removed):
                asked = ask_for_all(conn, owner, now=now)
    kept = f"kept, though the file lacks them (replace removes them): {', '.join(changes.kept)}"
    return ScenarioReport(
        dry_run=dry_run,
        faults=parsed.faults,
        warnings=(kept,) if changes.kept else (),
        added=changes.added,
        changed=changes.changed,
        unchanged=changes.unchanged,
        kept=changes.kept,
        removed=changes.removed,
        run_request_id=asked,
    )


def _counted(faults: tuple[ScenarioFault, ...]) -> str:
    return f"{len(faults):,} {'fault' if len(faults) == 1 else 'faults'}"

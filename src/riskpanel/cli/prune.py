"""``riskpanel prune``: old history goes, after it was said what."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from riskpanel.book.byte_sizes import size_of
from riskpanel.cli import words
from riskpanel.cli.edge import (
    JsonFlag,
    notes,
    now,
    open_edge,
    print_json,
    progress_bar,
    reports_errors,
    stderr,
    stdout,
    summary,
    today,
)
from riskpanel.errors import InputError, StoreError
from riskpanel.nightly.prune import USUAL, PrunePlan, PruneRequest, plan_prune, prune, years_before
from riskpanel.store.database import Store
from riskpanel.store.retention import WHAT
from riskpanel.store.sizes import load_sizes

_EVERYTHING = ", ".join(WHAT)
_SHOWN_DAYS = 3
_NOT_GIVEN_BACK = 1


@reports_errors
def prune_history(
    before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Remove what is before this day."),
    ] = None,
    keep_years: Annotated[
        int | None, typer.Option(min=1, max=100, metavar="N", help="Remove what is older than so many years.")
    ] = None,
    what: Annotated[
        str, typer.Option(metavar="WORDS", help=f"What goes, parted by commas: of {_EVERYTHING}.")
    ] = ",".join(USUAL),
    yes: Annotated[bool, typer.Option("--yes", help="Remove what is listed.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")
    ] = False,
    vacuum: Annotated[
        bool, typer.Option("--vacuum", help="Then give the room back; SQLite's file shrinks only by this.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Remove old computed history; holdings never go, and prices only when they are named.

    The newest snapshot of each portfolio stays, with what belongs to it, and so do runs of which a snapshot
    is stored. Says first what goes, and goes on with --yes. Stopped and started again, it goes on.

    Exit code 0: done, or nothing to do; 1: removed, but --vacuum could not give the room back; 2: the request
    is wrong, or rows would go and --yes is missing; 3: the database failed, or a run is in progress.
    """
    _check_options(yes=yes, dry_run=dry_run, vacuum=vacuum)
    with open_edge().store as store:
        plan = plan_prune(store, _request(before, keep_years, what), today=today())
        if not as_json:
            _print_plan(plan)
        if not (yes or dry_run) and plan.rows:
            raise InputError(
                f"nothing was removed: {plan.rows:,} rows would go for good",
                hint="make a backup, then repeat the command with --yes",
            )
        if yes:
            _remove_and_tell(store, plan, vacuum=vacuum, as_json=as_json)
        elif as_json:
            print_json(_document(plan, None, vacuumed=False, fault=None))


def _check_options(*, yes: bool, dry_run: bool, vacuum: bool) -> None:
    if yes and dry_run:
        raise InputError("--yes removes, --dry-run does not", hint="leave one of them out")
    if vacuum and not (yes or dry_run):
        raise InputError("--vacuum goes with --yes", hint="add --yes, or --dry-run to see what would go")


def _request(before: datetime | None, keep_years: int | None, what: str) -> PruneRequest:
    if before is not None and keep_years is not None:
        raise InputError("--before and --keep-years exclude each other", hint="leave one of them out")
    if before is None and keep_years is None:
        raise InputError("say what is old", hint="by --before YYYY-MM-DD or by --keep-years N")
    day = years_before(today(), keep_years) if keep_years is not None else None
    named = tuple(word.strip() for word in what.split(",") if word.strip())
    if not named:
        raise InputError("--what names nothing", hint=f"choose among: {_EVERYTHING}")
    return PruneRequest(before.date() if before is not None else day or today(), named)


def _remove_and_tell(store: Store, plan: PrunePlan, *, vacuum: bool, as_json: bool) -> None:
    """Remove, and say so before the room is given back: that may fail, and what is gone is gone."""
    removed = _remove(store, plan)
    if not as_json:
        summary().print(f"removed {sum(removed.values()):,} rows", soft_wrap=True)
    fault = _give_back(store) if vacuum else None
    if as_json:
        print_json(_document(plan, removed, vacuumed=vacuum and fault is None, fault=fault))
    else:
        _print_room(store, fills_again=not vacuum and any(removed.values()))
    if fault is not None:
        stderr().print(
            f"[bold yellow]warning:[/] the rows are gone, the room was not given back: {escape(fault.what)}",
            soft_wrap=True,
        )
        raise typer.Exit(_NOT_GIVEN_BACK)


def _remove(store: Store, plan: PrunePlan) -> dict[str, int]:
    with progress_bar() as bar:
        task = bar.add_task("removing", total=plan.rows)
        return prune(
            store, plan.request, today=today(), clock=now, progress=lambda rows: bar.advance(task, rows)
        )


def _give_back(store: Store) -> StoreError | None:
    """Give room back to the disk; return what was in the way."""
    with progress_bar() as bar:
        bar.update(bar.add_task("giving room back", total=None))
        try:
            store.vacuum()
        except StoreError as error:
            return error
    return None


def _print_plan(plan: PrunePlan) -> None:
    console = stdout()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in ("table", "rows", "first", "last", "about"):
        table.add_column(head, justify="right" if head in {"rows", "about"} else "left", no_wrap=True)
    for old, size in zip(plan.tables, plan.bytes, strict=True):
        days = [f"{day}" if day else words.MISSING for day in (old.first, old.last)]
        table.add_row(old.table, f"{old.rows:,}", *days, size_of(size))
    table.add_row("", f"{plan.rows:,}", "", "", size_of(sum(plan.bytes)), style="bold")
    console.print(f"before {plan.request.before}:", soft_wrap=True)
    console.print(table)
    if plan.kept_days:
        more = len(plan.kept_days) - _SHOWN_DAYS
        told = ", ".join(map(str, plan.kept_days[:_SHOWN_DAYS])) + (f" and {more:,} more" if more > 0 else "")
        console.print(
            f"kept although old: the newest snapshots of some portfolios, of {told}", soft_wrap=True
        )
    if "prices" in plan.request.what:
        notes().print(
            "[bold yellow]warning:[/] without their prices, numbers up to two years after that day, and"
            " replays of the past, cannot be computed again as they are",
            soft_wrap=True,
        )


def _print_room(store: Store, *, fills_again: bool) -> None:
    with store.read() as conn:
        size = load_sizes(conn).bytes
    summary().print(f"the database has {size_of(size)}", soft_wrap=True)
    if not fills_again:
        return
    told = (
        "the file keeps its size and fills the room again; --vacuum shrinks it"
        if store.is_file
        else "the server fills the room again; VACUUM FULL, which locks each table, gives it back to the disk"
    )
    stdout().print(told, soft_wrap=True)


def _document(
    plan: PrunePlan, removed: dict[str, int] | None, *, vacuumed: bool, fault: StoreError | None
) -> dict[str, object]:
    return {
        "before": plan.request.before,
        "what": plan.request.what,
        "tables": [asdict(old) | {"bytes": size} for old, size in zip(plan.tables, plan.bytes, strict=True)],
        "kept_days": plan.kept_days,
        "removed": removed,
        "vacuumed": vacuumed,
        "vacuum_error": None if fault is None else fault.what,
    }

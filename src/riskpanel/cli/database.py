"""``riskpanel init`` and ``riskpanel migrate``: the schema of the database."""

from functools import partial
from typing import Annotated

import typer

from riskpanel.cli.edge import JsonFlag, now, print_json, read_settings, reports_errors, summary
from riskpanel.errors import InputError
from riskpanel.nightly.lease import refuse_while_running
from riskpanel.nightly.setup import initialize
from riskpanel.store.database import Store, open_store
from riskpanel.store.migrate import Revision, SchemaChange, downgrade, revisions_to_undo, upgrade

migrate_app = typer.Typer(help="Move the database schema between revisions.", no_args_is_help=True)

_EMPTY = "no tables"
_GUARD = partial(refuse_while_running, clock=now)


@reports_errors
def init(as_json: JsonFlag = False) -> None:
    """Create the database, or upgrade its schema; running it again changes nothing."""
    with _open() as store:
        done = initialize(store, now=now())
        _print_change(store, done.schema, as_json)


@migrate_app.command("up")
@reports_errors
def up(
    revision: Annotated[
        str, typer.Argument(metavar="REVISION", help="Revision to go up to, or +1.")
    ] = "head",
    as_json: JsonFlag = False,
) -> None:
    """Upgrade the schema."""
    with _open() as store:
        _print_change(store, upgrade(store, revision, guard=_GUARD), as_json)


@migrate_app.command("down", context_settings={"ignore_unknown_options": True})
@reports_errors
def down(
    revision: Annotated[
        str, typer.Argument(metavar="REVISION", help="Revision to go down to, base, or steps: -1.")
    ] = "-1",
    yes: Annotated[bool, typer.Option("--yes", help="Drop what is listed, with its data.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Downgrade the schema; tables and columns of the undone migrations are dropped with their data."""
    with _open() as store:
        undone = revisions_to_undo(store, revision)
        if not yes:
            raise _unconfirmed(undone)
        _print_change(store, downgrade(store, revision, guard=_GUARD), as_json, dropped=_dropped(undone))


def _open() -> Store:
    return open_store(read_settings().database_url)


def _unconfirmed(undone: tuple[Revision, ...]) -> InputError:
    dropped, named = _dropped(undone), ", ".join(item.id for item in undone)
    if all(drop.startswith("index ") for drop in dropped):
        return InputError(
            f"going down would drop indexes, and no row, of: {named}",
            hint="repeat the command with --yes",
            details=dropped,
        )
    return InputError(
        f"going down would drop data of: {named}",
        hint="make a backup, then repeat the command with --yes",
        details=dropped,
    )


def _dropped(undone: tuple[Revision, ...]) -> tuple[str, ...]:
    return tuple(drop for revision in undone for drop in revision.drops)


def _print_change(
    store: Store, change: SchemaChange, as_json: bool, *, dropped: tuple[str, ...] = ()
) -> None:
    status = _status(change)
    before, after = change.before or _EMPTY, change.after or _EMPTY
    if as_json:
        print_json(
            {
                "database": store.url_for_people,
                "status": status,
                "from": change.before,
                "to": change.after,
                "dropped": dropped,
            }
        )
    elif status == "current":
        _say(f"already current: {store.url_for_people} (schema {after})")
    elif status == "created":
        _say(f"created {store.url_for_people} (schema {after})")
    else:
        _say(f"{status} {store.url_for_people} from {before} to {after}")
        for drop in dropped:
            _say(f"  dropped {drop}")


def _say(text: str) -> None:
    summary().print(text, markup=False, soft_wrap=True)


def _status(change: SchemaChange) -> str:
    if change.before == change.after:
        return "current"
    if change.before is None:
        return "created"
    went_up = change.after is not None and change.after > change.before
    return "upgraded" if went_up else "downgraded"

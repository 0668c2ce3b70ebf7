"""``riskpanel backup`` and ``riskpanel restore``: one file that has everything."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import TaskID

from riskpanel.cli.edge import (
    JsonFlag,
    notes,
    now,
    print_json,
    progress_bar,
    read_settings,
    reports_errors,
    summary,
)
from riskpanel.errors import InputError
from riskpanel.nightly.backup import restore_backup, save_backup, verify_backup
from riskpanel.store.backup_files import Manifest, Progress, stamp
from riskpanel.store.database import open_store
from riskpanel.store.revisions import head_revision

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.", show_default=False)]


@reports_errors
def backup(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="File to write, or a folder for one named by the time.",
            show_default=False,
            path_type=str,
        ),
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Write nothing; check whether FILE can be restored.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write all that is stored, of one moment, into one file; runs and users go on meanwhile."""
    if not file:
        raise InputError("FILE is empty", hint="name the file of the backup, as in risk.backup")
    settings = read_settings()
    if verify:
        if force:
            raise InputError("--force goes with a file to write: --verify writes none", hint="leave one out")
        with _progress() as tell:
            manifest = verify_backup(Path(file), tools=settings.postgres_tools, progress=tell)
        _print(f"{file} is whole", Path(file), manifest, as_json)
        return
    moment = now()
    path = _target(file, moment)
    with open_store(settings.database_url) as store, _progress() as tell:
        manifest = save_backup(
            store, path, now=moment, force=force, tools=settings.postgres_tools, progress=tell
        )
        told = f"backed up {store.url_for_people} to {path}"
    _print(told, path, manifest, as_json)


@reports_errors
def restore(
    file: File,
    yes: Annotated[bool, typer.Option("--yes", help="Replace what is stored, and lose it.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Put a backup in the place of all that is stored, all or nothing; refused while a run is alive."""
    settings = read_settings()
    with open_store(settings.database_url) as store, _progress() as tell:
        done = restore_backup(
            store, file, replace=yes, clock=now, tools=settings.postgres_tools, progress=tell
        )
        told = f"restored {file} into {store.url_for_people}"
    _print(told, file, done.manifest, as_json, replaced=dict(done.replaced))
    if done.manifest.revision != head_revision():
        notes().print(
            f"[bold cyan]hint:[/] the schema is that of the backup: {done.manifest.revision}; "
            "riskpanel init upgrades it",
            soft_wrap=True,
        )


def _target(named: str, moment: datetime) -> Path:
    """Name the file to write, in a folder a new one by the time.

    A path loses the slash by which somebody says that a folder is meant.
    """
    path = Path(named)
    if path.is_dir():
        stem = f"riskpanel-{stamp(moment)}"
        files = (path / f"{stem}{end}.backup" for end in chain([""], (f"-{number}" for number in count(2))))
        return next(file for file in files if not file.exists())
    folder = named if named.endswith("/") else str(path.parent)
    if named.endswith("/") or not path.parent.exists():
        raise InputError(f"no such folder: {folder}", hint=f"mkdir -p -m 700 {quote(folder)}")
    return path


def _print(
    told: str, file: Path, manifest: Manifest, as_json: bool, *, replaced: dict[str, int] | None = None
) -> None:
    if as_json:
        more = {} if replaced is None else {"replaced": replaced}
        print_json({"file": str(file), **manifest.model_dump(), **more})
        return
    rows, tables = sum(manifest.rows.values()), len(manifest.rows)
    console = summary()
    console.print(
        escape(f"{told}: {rows:,} rows of {tables} tables, schema {manifest.revision}"), soft_wrap=True
    )
    console.print(f"  made {manifest.made_at} by riskpanel {manifest.riskpanel}", soft_wrap=True)


@contextmanager
def _progress() -> Generator[Progress]:
    """Show how much is done of what is being done: megabytes, pages or rows."""
    with progress_bar() as bar:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total or None)
            bar.update(tasks[what], completed=done)

        yield tell

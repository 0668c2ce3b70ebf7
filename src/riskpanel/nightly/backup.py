"""Backups: saved, checked, restored; never under a run, nor over what somebody would miss unless told to."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from riskpanel.errors import InputError
from riskpanel.nightly.lease import hold_lease
from riskpanel.store.backup_files import Manifest, Progress, refuse_existing, write_backup, writing_folder
from riskpanel.store.backups import (
    captured,
    load_stored,
    open_backup,
    refuse_own_file,
    replace_stored,
    require_kind,
    unpacked,
)
from riskpanel.store.database import Store


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and the rows of each table that were there before."""

    manifest: Manifest
    replaced: Mapping[str, int]


def save_backup(
    store: Store, path: Path, *, now: datetime, force: bool, tools: Path | None, progress: Progress
) -> Manifest:
    """Write a backup of what is stored at this moment; others may write meanwhile.

    ``tools`` is the folder of pg_dump, None to look for it on the path.

    Raises
    ------
    InputError
        When the file exists already and ``force`` is not given or it is no backup, when it is the database
        itself, or when pg_dump is missing or too old.
    StoreError
        When the database fails, has no tables, is of a newer riskpanel, or the file cannot be written.
    """
    refuse_own_file(store, path)
    with writing_folder(path, force=force) as folder:
        part = folder / path.name
        with captured(store, folder, now=now, tools=tools, progress=progress) as (origin, chunks):
            written = write_backup(part, origin, chunks)
        refuse_existing(path, force=force)
        part.replace(path)
    return written


def verify_backup(path: Path, *, tools: Path | None, progress: Progress) -> Manifest:
    """Unpack a backup, compare it with its hash and open it; no database is touched.

    Raises
    ------
    InputError
        When it cannot be restored.
    """
    manifest = open_backup(path)
    with unpacked(path, manifest, beside=None, tools=tools, progress=progress):
        return manifest


def restore_backup(
    store: Store,
    path: Path,
    *,
    replace: bool,
    clock: Callable[[], datetime],
    tools: Path | None,
    progress: Progress,
) -> Restored:
    """Put a backup in the place of what is stored, all or nothing.

    Raises
    ------
    InputError
        When the backup cannot be restored, the database has tables of others that would go, or it has
        rows and ``replace`` is not given.
    BusyError
        When a run is alive.
    StoreError
        When the database fails; what was there is there still.
    """
    manifest = open_backup(path)
    require_kind(store, manifest)
    _refuse_rows(store, replace=replace)
    with (
        unpacked(path, manifest, beside=store.file, tools=tools, progress=progress) as copy,
        _without_runs(store, clock),
    ):
        replaced = _refuse_rows(store, replace=replace)
        store.create_file()
        replace_stored(store, copy, manifest, tools=tools, progress=progress)
    return Restored(manifest, replaced)


def _refuse_rows(store: Store, *, replace: bool) -> Mapping[str, int]:
    """Refuse to lose what others have stored, and rows unless told to; return how many each table has."""
    stored = load_stored(store)
    if stored.strangers:
        raise InputError(
            f"the database has tables that are not riskpanel's: {store.url_for_people}",
            hint="restore into another file or database: set RISKPANEL_DATABASE_URL",
            details=stored.strangers,
        )
    rows = stored.kept_rows
    if rows and not replace:
        raise InputError(
            f"the database has rows that would be lost: {store.url_for_people}",
            hint="make a backup of them with riskpanel backup, then repeat the command with --yes",
            details=tuple(f"{name}: {count:,}" for name, count in rows.items()),
        )
    return rows


@contextmanager
def _without_runs(store: Store, clock: Callable[[], datetime]) -> Generator[None]:
    if load_stored(store).revision is None:  # nothing is there that a run could write to
        yield
        return
    with hold_lease(store, clock, any_schema=True):
        yield

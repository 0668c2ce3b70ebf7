"""Backups of either database: one file of one moment, and back, all or nothing."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from riskpanel.errors import InputError, StoreError
from riskpanel.store.backup_files import (
    CHUNK,
    COPIES,
    Kind,
    Manifest,
    Origin,
    Progress,
    read_file,
    read_manifest,
    unpack,
)
from riskpanel.store.contents import (
    Contents,
    load_contents,
    load_kept_rows,
    load_strangers,
    own_tables,
    own_views,
)
from riskpanel.store.database import Store
from riskpanel.store.migrate import take_turns
from riskpanel.store.postgres_copies import check_contents, replace_contents
from riskpanel.store.postgres_tools import dump, script
from riskpanel.store.revisions import head_revision, known_revisions, refuse_ahead
from riskpanel.store.sqlite_copies import check_copy, copy_in, copy_out
from riskpanel.version import __version__


def refuse_own_file(store: Store, path: Path) -> None:
    """Refuse to write a backup where the database is, or one of the files that SQLite keeps beside it.

    Raises
    ------
    InputError
        When it is one of them, by whatever name.
    """
    if store.file is None:
        return
    for suffix in ("", "-wal", "-shm", "-journal"):
        own = Path(f"{store.file}{suffix}")
        same = path.exists() and own.exists() and path.samefile(own)
        if same or path.resolve() == own.resolve():
            raise InputError(f"that is a file of the database itself: {path}", hint="choose another name")


@contextmanager
def captured(
    store: Store, folder: Path, *, now: datetime, tools: Path | None, progress: Progress
) -> Generator[tuple[Origin, Iterator[bytes]]]:
    """Yield what is stored at one moment: what a manifest says of it, and the bytes of a copy.

    ``folder`` is where a copy may lie meanwhile.
    """
    with _copied(store, folder, tools, progress) as (contents, chunks):
        origin = Origin(
            riskpanel=__version__,
            database=_kind(store),
            revision=contents.revision or "",
            made_at=now.isoformat(timespec="seconds"),
            rows=dict(contents.rows),
        )
        yield origin, chunks


def open_backup(path: Path) -> Manifest:
    """Read what a backup says of itself, and refuse one that this version cannot restore.

    Raises
    ------
    InputError
        When it is none, is damaged, or its format or schema is newer than this version knows.
    """
    manifest = read_manifest(path)
    if manifest.revision not in known_revisions():
        raise InputError(
            f"the backup was made by a newer riskpanel: {manifest.riskpanel}, schema {manifest.revision}, "
            f"known up to {head_revision()}: {path}",
            hint="upgrade riskpanel",
        )
    return manifest


@contextmanager
def unpacked(
    path: Path, manifest: Manifest, *, beside: Path | None, tools: Path | None, progress: Progress
) -> Generator[Path]:
    """Yield the copy of the database in a backup, unpacked and checked; it is gone at the end.

    ``beside`` is a file on whose disk there is room for it, and which need not be there; None for the folder
    of temporary files.

    Raises
    ------
    InputError
        When the backup is damaged.
    """
    try:
        folder = TemporaryDirectory(prefix=".riskpanel-", dir=beside and _nearest_folder(beside))
    except OSError as error:
        raise StoreError(
            f"cannot unpack the backup: {error.filename}: {error.strerror}",
            hint="give this user the right to write there: nothing was changed",
        ) from error
    with folder as name:
        copy = unpack(path, manifest, Path(name), progress)
        if manifest.database == "sqlite":
            check_copy(copy, manifest)
        else:
            with script(copy, tools) as statements:
                while statements.read(CHUNK):
                    pass
        yield copy


@dataclass(frozen=True, slots=True)
class Stored:
    """What a restore would take away: rows of tables that somebody would miss, tables and views of others.

    ``revision`` is None where there are no tables of riskpanel.
    """

    revision: str | None = None
    kept_rows: Mapping[str, int] = field(default_factory=dict[str, int])
    strangers: tuple[str, ...] = ()


def load_stored(store: Store) -> Stored:
    """Load what a database has, which may have no tables or, of SQLite, not be there.

    Raises
    ------
    StoreError
        When it is ahead of this version of riskpanel, which cannot know what all it has.
    """
    if store.file is not None and not store.file.exists():
        return Stored()
    with store.read(any_schema=True) as conn:
        contents = load_contents(conn)
        refuse_ahead(contents.revision, hint="upgrade riskpanel, or restore into an empty database")
        strangers = load_strangers(conn)
        if contents.revision is None:
            return Stored(strangers=strangers)
        return Stored(contents.revision, load_kept_rows(conn, contents), strangers)


def replace_stored(
    store: Store, copy: Path, manifest: Manifest, *, tools: Path | None, progress: Progress
) -> None:
    """Put a copy in the place of all that riskpanel has stored, in one transaction.

    Raises
    ------
    StoreError
        When the database fails, or another program is writing; what was there is there still.
    """
    if store.is_file:
        copy_in(store, copy, progress)
        return
    with store.begin(any_schema=True) as conn:
        take_turns(conn)
        with script(copy, tools) as statements:
            replace_contents(conn, statements, manifest, progress)
        check_contents(conn, manifest)


def require_kind(store: Store, manifest: Manifest) -> None:
    """Refuse a backup of the other kind of database."""
    if manifest.database != _kind(store):
        raise InputError(
            f"the backup is of {_NAMES[manifest.database]}, the database is {_NAMES[_kind(store)]}",
            hint="set RISKPANEL_DATABASE_URL to a database of the same kind",
        )


def _nearest_folder(path: Path) -> Path:
    return next(folder for folder in path.absolute().parents if folder.is_dir())


_NAMES: dict[Kind, str] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _kind(store: Store) -> Kind:
    return "sqlite" if store.is_file else "postgresql"


@contextmanager
def _copied(
    store: Store, folder: Path, tools: Path | None, progress: Progress
) -> Generator[tuple[Contents, Iterator[bytes]]]:
    """Yield the counts of one moment, and the bytes of a copy."""
    if store.is_file:
        copy = folder / COPIES["sqlite"]
        with store.read(any_schema=True) as conn:
            contents = _required_contents(store, load_contents(conn))
            copy_out(conn, copy, progress)
        yield contents, _told(read_file(copy), copy.stat().st_size, progress)
        return
    with store.read(any_schema=True) as conn:
        contents = _required_contents(store, load_contents(conn))
        with dump(conn, (*own_tables(conn), *own_views(conn)), tools) as stream:
            yield contents, _told(iter(lambda: stream.read(CHUNK), b""), 0, progress)


def _required_contents(store: Store, contents: Contents) -> Contents:
    if contents.revision is None:
        raise StoreError(f"no riskpanel tables in: {store.url_for_people}", hint="run: riskpanel init")
    refuse_ahead(contents.revision)
    return contents


def _told(chunks: Iterator[bytes], total: int, progress: Progress) -> Iterator[bytes]:
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        progress("pack", done, total)

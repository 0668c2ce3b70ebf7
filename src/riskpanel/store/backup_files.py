"""The file of a backup: a zip of a copy of the database, and of a manifest that says what it must be.

Anybody can look into it: ``unzip -p FILE manifest.json``. The copy is an SQLite file, or what pg_dump wrote.
"""

import hashlib
import os
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Literal, TypeAlias
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from pydantic import BaseModel, ConfigDict, ValidationError

from riskpanel.errors import InputError, StoreError

FORMAT = 1
CHUNK = 1 << 20
Kind: TypeAlias = Literal["sqlite", "postgresql"]
Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is done, how much of it is done, and how much there is; 0 where that is not known."""

_COMPRESSION: Mapping[Kind, int] = {
    "sqlite": ZIP_DEFLATED,
    "postgresql": ZIP_STORED,
}  # a dump is small by itself
COPIES: Mapping[Kind, str] = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1 << 20
_ENCRYPTED = 1  # the flag of a zip's member that needs a password
_HINT = "take another backup: nothing was changed"


class _Versions(BaseModel):
    """What a manifest of any format has."""

    model_config = ConfigDict(frozen=True, strict=True)

    format: int
    riskpanel: str


class Origin(_Versions):
    """Of what a backup was made, when, by which riskpanel; ``rows`` are those of each table."""

    format: int = FORMAT
    database: Kind
    revision: str
    made_at: str
    rows: dict[str, int]


class Manifest(Origin):
    """The origin of a backup, and the size and hash of the copy in it."""

    size: int
    sha256: str


@contextmanager
def writing_folder(path: Path, *, force: bool) -> Generator[Path]:
    """Yield a folder beside ``path`` that only this user can enter, and that is gone at the end.

    Raises
    ------
    InputError
        When the file is there already, and ``force`` does not say that it may be replaced or it is no backup.
    StoreError
        When the folder cannot be written.
    """
    refuse_existing(path, force=force)
    try:
        with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise unwritable(path, error) from error


def refuse_existing(path: Path, *, force: bool) -> None:
    """Refuse to replace a file unless told to, and then anything but a backup."""
    if not path.exists():
        return
    if not force or not path.is_file():
        raise InputError(f"the file exists already: {path}", hint="choose another name, or --force")
    try:
        read_manifest(path)
    except InputError as error:
        hint = "choose another name, or remove it yourself: --force replaces only backups"
        raise InputError(f"the file was not replaced: {error.what}", hint=hint) from error


def unwritable(path: Path, error: OSError) -> StoreError:
    """Say why a backup could not be written."""
    return StoreError(
        f"cannot write the backup: {path}: {error.strerror or error}",
        hint="choose another folder, or make room: what was there before is there still",
    )


def write_backup(path: Path, origin: Origin, chunks: Iterator[bytes]) -> Manifest:
    """Write a backup that only this user can read, and wait until the disk has it."""
    digest, size = hashlib.sha256(), 0
    with open(path, "xb", opener=_private) as file:
        with ZipFile(file, "w", compression=_COMPRESSION[origin.database], compresslevel=1) as archive:
            with archive.open(COPIES[origin.database], "w", force_zip64=True) as member:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    member.write(chunk)
            manifest = Manifest(**origin.model_dump(), size=size, sha256=digest.hexdigest())
            archive.writestr(_MANIFEST, manifest.model_dump_json(indent=2))
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def read_manifest(path: Path) -> Manifest:
    """Read what a backup says of itself.

    Raises
    ------
    InputError
        When it cannot be read, is no backup, is damaged, or was made by a newer riskpanel in another format.
    """
    with _opened(path) as archive:
        if _MANIFEST not in archive.namelist():
            raise _not_a_backup(path)
        with archive.open(_MANIFEST) as member:
            text = member.read(_LARGEST_MANIFEST)
        try:
            versions = _Versions.model_validate_json(text)
            if versions.format == FORMAT:
                return Manifest.model_validate_json(text)
        except ValidationError:
            raise _not_a_backup(path) from None
    raise InputError(
        f"the backup was made by a newer riskpanel: {versions.riskpanel}, format {versions.format}: {path}",
        hint="upgrade riskpanel",
    )


def unpack(path: Path, manifest: Manifest, folder: Path, progress: Progress) -> Path:
    """Unpack the copy of the database into a folder, and compare it with its hash.

    Raises
    ------
    InputError
        When the backup is damaged.
    StoreError
        When the folder has no room for it.
    """
    target = folder / COPIES[manifest.database]
    digest = hashlib.sha256()
    with _opened(path) as archive:
        if target.name not in archive.namelist():
            raise _damaged(path)
        size = 0
        with archive.open(target.name) as member, target.open("xb") as file:
            for chunk in _chunks(member, manifest.size, progress):
                size += len(chunk)
                if size > manifest.size:  # a small file may unpack to more than any disk has
                    raise _damaged(path)
                digest.update(chunk)
                _write(file, chunk)
    if digest.hexdigest() != manifest.sha256:
        raise _damaged(path)
    return target


def read_file(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file in chunks."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _chunks(member: IO[bytes], size: int, progress: Progress) -> Iterator[bytes]:
    done = 0
    while chunk := member.read(CHUNK):
        done += len(chunk)
        progress("unpack", done, size)
        yield chunk


def _write(file: IO[bytes], chunk: bytes) -> None:
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        raise StoreError(
            f"cannot unpack the backup: {file.name}: {error.strerror}",
            hint="make room for a second copy of the database: nothing was changed",
        ) from error


@contextmanager
def _opened(path: Path) -> Generator[ZipFile]:
    if path.is_dir():
        raise InputError(f"a folder, not a backup: {path}", hint="name the file of the backup in it")
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PK\x03\x04":
                raise _not_a_backup(path)
            with ZipFile(file) as archive:
                if any(one.flag_bits & _ENCRYPTED for one in archive.infolist()):
                    raise InputError(
                        f"the backup is encrypted: {path}", hint="decrypt it, and use the file that it gives"
                    )
                yield archive
    except (BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _damaged(path) from error
    except FileNotFoundError as error:
        raise InputError(
            f"cannot read the backup: {path}: {error.strerror}", hint="check its name and its folder"
        ) from error
    except OSError as error:
        raise InputError(
            f"cannot read the backup: {path}: {error.strerror or error}",
            hint="give this user the right to read it, or copy it to where it can be read",
        ) from error


def _not_a_backup(path: Path) -> InputError:
    return InputError(
        f"not a backup of riskpanel: {path}", hint="name a file that riskpanel backup has written"
    )


def _damaged(path: Path) -> InputError:
    return InputError(f"the backup is damaged or cut short: {path}", hint=_HINT)


def stamp(moment: datetime) -> str:
    """Write a moment in UTC as a file's name can have it."""
    return f"{moment:%Y%m%dT%H%M%SZ}"

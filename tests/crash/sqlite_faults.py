"""What may befall a SQLite file: no space, no rights, another program, another file in its place."""

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from crash.disks import small_disk
from crash.faults import THIRD, Fault, Stage, faults_of
from crash.steps import COMMIT, Moment


@contextmanager
def _hooked(stage: Stage, hook: str) -> Generator[None]:
    """Let the child lack something that the next one has."""
    stage.run(hook)
    yield


@contextmanager
def _read_only_folder(stage: Stage) -> Generator[None]:
    folder = stage.scene.folder
    for name in ("out", "err", "trace"):
        (folder / name).touch()
    modes = {path: path.stat().st_mode for path in (folder, _file(stage))}
    _file(stage).chmod(0o444)
    folder.chmod(0o555)
    stage.run("as_nobody")
    yield
    for path, mode in modes.items():
        path.chmod(mode)


@contextmanager
def _read_only_address(stage: Stage) -> Generator[None]:
    settings = stage.scene.folder / ".env"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(".sqlite3\n", ".sqlite3?mode=ro\n"), encoding="utf-8")
    stage.run()
    yield
    settings.write_text(text, encoding="utf-8")


@contextmanager
def _removed(stage: Stage, at: Moment) -> Generator[None]:
    """Remove the file and its log while the command writes; lift it as a backup would."""
    stage.run_and(partial(_remove, stage), at=at)
    yield
    _restore(stage)


@contextmanager
def _replaced(stage: Stage, at: Moment) -> Generator[None]:
    """Put another file in its place, as somebody does who restores a backup under a working program."""

    def replace() -> None:
        _remove(stage)
        _restore(stage)

    stage.run_and(replace, at=at)
    yield


@contextmanager
def _locked(stage: Stage, at: Moment) -> Generator[None]:
    """Let another program write for longer than the command waits."""
    with closing(sqlite3.connect(_file(stage), isolation_level=None)) as other:
        stage.run_and(
            lambda: other.execute("BEGIN IMMEDIATE"),
            at=at,
            before=("impatient",),
        )
        other.execute("ROLLBACK")
        yield


@contextmanager
def _cut_short(stage: Stage) -> Generator[None]:
    """Cut off the second half of the file, as a dying disk does."""

    def cut() -> None:
        with closing(sqlite3.connect(_file(stage))) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with _file(stage).open("r+b") as file:
            file.truncate(_file(stage).stat().st_size // 2)

    stage.run_and(cut, at=Moment("BEGIN IMMEDIATE", 5))
    yield
    _remove(stage)
    _restore(stage)


@contextmanager
def _small_disk(stage: Stage) -> Generator[None]:
    """Let the command work where the disk is full soon; then move what is there to where there is room."""
    home, settings = stage.scene.folder / "disk", stage.scene.folder / ".env"
    text, name = settings.read_text(encoding="utf-8"), stage.scene.database
    with small_disk(home, _file(stage).stat().st_size + _ROOM):
        _file(stage).rename(stage.scene.folder / "moved")
        shutil.copy(stage.scene.folder / "moved", home / name)
        settings.write_text(text.replace(f"/{name}", f"/disk/{name}"), encoding="utf-8")
        stage.run()
        for path in home.glob(f"{name}*"):
            shutil.copy(path, stage.scene.folder)
    settings.write_text(text, encoding="utf-8")
    yield


def _file(stage: Stage) -> Path:
    return stage.scene.folder / stage.scene.database


def _remove(stage: Stage) -> None:
    for path in stage.scene.folder.glob(f"{stage.scene.database}*"):
        path.unlink()


def _restore(stage: Stage) -> None:
    shutil.copy(stage.world.starts[stage.command.start].folder / stage.scene.database, _file(stage))


_ROOM = 500_000  # bytes that a small disk has left
_BEGIN = "BEGIN IMMEDIATE"
_FULL, _FAILED = "the disk is full", "the disk failed while reading or writing"
_GONE, _LOCKED = "was removed or replaced", "the database is locked by another program"
_READ_ONLY, _DAMAGED = "the database is read-only", "the database file is damaged"
_SPARE_PAGES = {"backfill": 35, "import prices": 8, "fetch": 8, "init": 40}
_SIZES = {"backfill": 400_000} | dict.fromkeys(("import prices", "fetch", "migrate up", "init"), 150_000)
_SIZES |= {"migrate down": 20_000}
SQLITE = (
    Fault("a real disk is full", "backfill", _FULL, _small_disk, mounts=True),
    *(
        Fault("the disk is full", name, _FULL, partial(_hooked, hook=f"few_pages:{pages}"))
        for name, pages in _SPARE_PAGES.items()
    ),
    *(
        Fault("a file cannot grow", name, _FAILED, partial(_hooked, hook=f"small_files:{size}"))
        for name, size in _SIZES.items()
    ),
    *faults_of("the file and its folder are read-only", _READ_ONLY, _read_only_folder, "backfill", "fetch"),
    *faults_of(
        "its address says read-only",
        _READ_ONLY,
        _read_only_address,
        "backfill",
        "import prices",
        "migrate up",
        "migrate down",
    ),
    Fault("the file is removed", "backfill", _GONE, partial(_removed, at=THIRD), gone=True),
    Fault("the file is removed", "import prices", _GONE, partial(_removed, at=Moment(COMMIT)), gone=True),
    Fault("the file is removed", "migrate up", _GONE, partial(_removed, at=Moment(COMMIT)), gone=True),
    Fault("the file is removed", "migrate down", _GONE, partial(_removed, at=Moment(COMMIT)), gone=True),
    Fault("another file takes its place", "backfill", _GONE, partial(_replaced, at=THIRD)),
    Fault("another file takes its place", "import prices", _GONE, partial(_replaced, at=Moment(COMMIT))),
    Fault("half of the file is lost", "backfill", _DAMAGED, _cut_short, gone=True),
    Fault("another program keeps it locked", "backfill", _LOCKED, partial(_locked, at=Moment(_BEGIN, 5))),
    Fault("another program keeps it locked", "import prices", _LOCKED, partial(_locked, at=Moment(_BEGIN))),
    Fault("it is locked when a run ends", "backfill", _LOCKED, partial(_locked, at=Moment(_BEGIN, 8))),
    Fault("it is locked when a run lets go", "backfill", _LOCKED, partial(_locked, at=Moment(_BEGIN, 9))),
)

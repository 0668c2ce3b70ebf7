"""What may befall a SQLite file: no space, no rights, another program, another file in its place."""

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path

from crash.faults import STRESS, THIRD, Fault, Stage


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
def _removed(stage: Stage, step: str, nth: int = 1) -> Generator[None]:
    """Remove the file and its log while the command writes; lift it as a backup would."""
    stage.run_and(partial(_remove, stage), at=stage.undisturbed.step(step, nth))
    yield
    _restore(stage)


@contextmanager
def _replaced(stage: Stage, step: str, nth: int = 1) -> Generator[None]:
    """Put another file in its place, as somebody does who restores a backup under a working program."""

    def replace() -> None:
        _remove(stage)
        _restore(stage)

    stage.run_and(replace, at=stage.undisturbed.step(step, nth))
    yield


@contextmanager
def _locked(stage: Stage, step: str, nth: int = 1) -> Generator[None]:
    """Let another program write for longer than the command waits."""
    with closing(sqlite3.connect(_file(stage), isolation_level=None)) as other:
        stage.run_and(
            lambda: other.execute("BEGIN IMMEDIATE"),
            at=stage.undisturbed.step(step, nth),
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

    stage.run_and(cut, at=stage.undisturbed.step("BEGIN IMMEDIATE", 4))
    yield
    _remove(stage)
    _restore(stage)


def _file(stage: Stage) -> Path:
    return stage.scene.folder / stage.scene.database


def _remove(stage: Stage) -> None:
    for path in stage.scene.folder.glob(f"{stage.scene.database}*"):
        path.unlink()


def _restore(stage: Stage) -> None:
    shutil.copy(stage.world.starts[stage.command.start].folder / stage.scene.database, _file(stage))


_BEGIN = "BEGIN IMMEDIATE"
_FULL, _FAILED = "the disk is full", "the disk failed while reading or writing"
_GONE, _LOCKED = "was removed or replaced", "the database is locked by another program"
SQLITE = (
    *(
        Fault("the disk is full", name, _FULL, partial(_hooked, hook=f"few_pages:{pages}"))
        for name, pages in {"backfill": 35, "import prices": 8, "fetch": 8, "init": 40}.items()
    ),
    *(
        Fault("a file cannot grow", name, _FAILED, partial(_hooked, hook=f"small_files:{size}"))
        for name, size in {"backfill": 400_000, "import prices": 150_000, "fetch": 150_000, "migrate up": 150_000, "init": 150_000}.items()
    ),
    Fault("the file and its folder are read-only", "backfill", "the database is read-only", _read_only_folder),
    Fault("the file and its folder are read-only", "import prices", "the database is read-only", _read_only_folder),
    Fault("the address says read-only", "backfill", "the database is read-only", _read_only_address),
    Fault("the address says read-only", "fetch", "the database is read-only", _read_only_address),
    Fault("the address says read-only", "migrate up", "the database is read-only", _read_only_address),
    Fault("the file is removed", "backfill", _GONE, partial(_removed, step=STRESS, nth=THIRD), gone=True),
    Fault("the file is removed", "import prices", _GONE, partial(_removed, step="(commit)"), gone=True),
    Fault("the file is removed", "migrate up", _GONE, partial(_removed, step="(commit)"), gone=True),
    Fault("another file takes its place", "backfill", _GONE, partial(_replaced, step=STRESS, nth=THIRD)),
    Fault("another file takes its place", "import prices", _GONE, partial(_replaced, step="(commit)")),
    Fault("half of the file is lost", "backfill", "the database file is damaged", _cut_short, gone=True),
    Fault("another program keeps it locked", "backfill", _LOCKED, partial(_locked, step=_BEGIN, nth=5)),
    Fault("another program keeps it locked", "import prices", _LOCKED, partial(_locked, step=_BEGIN)),
    Fault("it is locked when a run ends", "backfill", _LOCKED, partial(_locked, step=_BEGIN, nth=8)),
    Fault("it is locked when a run lets go", "backfill", _LOCKED, partial(_locked, step=_BEGIN, nth=9)),
)

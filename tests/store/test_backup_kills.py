"""A backup or a restore that is killed leaves what was there, on both databases."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from riskpanel.nightly.setup import initialize
from riskpanel.store.backup_files import read_manifest
from store.backup_worlds import TOOLS, back_up, everything, fill, restore

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from riskpanel.nightly.backup import restore_backup, save_backup
from riskpanel.store.database import open_store

url, file, tools, command, phase, steps = sys.argv[1:]
left = int(steps)
now = datetime(2025, 6, 30, 21, 0, tzinfo=UTC)

def progress(what, done, total):
    global left
    left -= what == phase
    if left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)

common = {"tools": Path(tools), "progress": progress}
with open_store(url) as store:
    if command == "restore":
        restore_backup(store, Path(file), replace=True, clock=lambda: now, **common)
    else:
        save_backup(store, Path(file), now=now, force=True, **common)
"""


@pytest.fixture
def kill(migrated_url):
    """Run a command until a phase has told so many times how much is done, and kill it there."""

    def kill(command, file, phase, steps):
        words = [sys.executable, "-c", KILLED, migrated_url, file, TOOLS, command, phase, steps]
        path = f"{ROOT / 'src'}:{ROOT / 'tests'}"
        done = subprocess.run(map(str, words), env={"PYTHONPATH": path, "PATH": "/usr/bin:/bin"}, check=False)
        assert done.returncode == -signal.SIGKILL

    return kill


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "night.backup"


def test_a_restore_that_is_killed_leaves_every_row_that_was_there(store, file, now, kill, dialect):
    initialize(store, now=now)
    empty = everything(store)
    back_up(store, file, now)
    fill(store, now)
    full = everything(store)
    full_file = file.with_name("full.backup")
    back_up(store, full_file, now)
    for backup, phases in ((file, ("unpack",)), (full_file, ("unpack", "restore"))):
        for phase in phases:
            for steps in (1, 2) if backup == full_file and dialect == "sqlite" else (1,):
                kill("restore", backup, phase, steps)
                assert everything(store) == full
    restore(store, file, now)
    for steps in (1, 3):
        kill("restore", full_file, "restore", steps)
        assert everything(store) == empty
    restore(store, full_file, now)
    assert everything(store) == full


def test_a_backup_that_is_killed_leaves_the_one_of_yesterday(store, file, now, kill, dialect):
    fill(store, now)
    yesterday = back_up(store, file, now)
    for phase in ("copy", "pack") if dialect == "sqlite" else ("pack",):
        kill("backup", file, phase, 1)
        assert read_manifest(file) == yesterday
    back_up(store, file, now, force=True)

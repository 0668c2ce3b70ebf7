"""A disk with little room, where this process may mount one."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def small_disk(folder: Path, size: int) -> Generator[None]:
    """Mount a disk of so many bytes on a folder."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=1777", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@cache
def may_mount() -> bool:
    """Tell whether this process may mount a disk."""
    try:
        with TemporaryDirectory() as folder, small_disk(Path(folder), 65_536):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False

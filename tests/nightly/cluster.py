"""What runs on the workers of a cluster in tests."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from distributed import WorkerPlugin

from riskpanel.nightly import dask_engine


def fixed_clock() -> datetime:
    """The same moment on every machine."""
    return datetime(2025, 6, 30, 21, tzinfo=UTC)


class DeadlyPlugin(WorkerPlugin):
    """Kills its worker, as by ``kill -9``, after it has saved its n-th shard and before it can say so."""

    def __init__(self, victim: int, after: int, tombstone: Path) -> None:
        self.victim = victim
        self.after = after
        self.tombstone = tombstone

    def setup(self, worker) -> None:
        if worker.name != self.victim or self.tombstone.exists():
            return
        save, left = dask_engine.save_shard, [self.after]

        def deadly(*args):
            saved = save(*args)
            left[0] -= 1
            if left[0] == 0:
                self.tombstone.write_text(f"{os.getpid()}")
                os.kill(os.getpid(), signal.SIGKILL)
            return saved

        dask_engine.save_shard = deadly

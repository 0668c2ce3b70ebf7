"""Shards of a night on a Dask cluster: prices go to every worker once, and each saves what it computes.

Needs the optional extra ``riskpanel[dask]``; nothing imports this module unless it is asked for.
"""

# pyright: basic, reportMissingTypeArgument=false
# (distributed has no types)

import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from typing import cast

from dask import config
from distributed import Client, Future
from distributed.scheduler import KilledWorker

from riskpanel.book.instruments import InstrumentMetrics
from riskpanel.book.snapshots import Market
from riskpanel.errors import ClusterError, InputError, LockedError
from riskpanel.nightly.night import Night, Progress
from riskpanel.nightly.shards import Run, Saved, Shard, build_session, save_shard
from riskpanel.version import __version__

_PACKAGES = ("numpy", "scipy", "polars", "cloudpickle")
_AHEAD = 3  # shards given out for each worker: enough that none is idle, few enough to stay small
_ROUNDS = 5  # times that what was lost with its workers is given out again
_PAUSE = 30.0  # seconds between two rounds when rows were locked: connections of the dead last two minutes
_LOOK = 0.05  # seconds
_LOOKS_ALONE = 1_200  # looks without any worker before the night gives up: a minute
_OPTIONS = {
    "distributed.admin.large-graph-warning-threshold": "1GB",
    "distributed.comm.timeouts.connect": "10s",
}


@dataclass(frozen=True, slots=True)
class DaskEngine:
    """Computes on the workers of a scheduler, ``tcp://host:port``; the rows are those of the local engine.

    A worker that is lost takes nothing along but time: its shards are computed again by the others, and a
    shard that it had saved already is found unchanged.
    """

    scheduler: str
    name: str = "dask"

    def compute(self, night: Night, progress: Progress) -> Saved:
        """Compute and save every shard of every session.

        Raises
        ------
        InputError
            When the database is a file, which workers on other machines cannot reach.
        ClusterError
            When the cluster cannot be reached, is of other versions, or loses every worker.
        """
        if night.run.store.is_file:
            raise InputError(
                "the dask engine needs PostgreSQL: a SQLite file is on one machine",
                hint="set RISKPANEL_DATABASE_URL to a postgresql:// address, or use --engine local",
            )
        with config.set(_OPTIONS), _connect(self.scheduler) as client:
            _require_workers(client, self.scheduler)
            return _Rounds(client, night, progress).compute()


def _connect(scheduler: str) -> Client:
    try:
        return Client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"cannot reach the dask scheduler: {scheduler}: {error}",
            hint="start one: dask scheduler; and workers: dask worker tcp://HOST:8786",
        ) from error


def _require_workers(client: Client, scheduler: str) -> None:
    """Refuse a cluster without workers, and workers whose packages would give other numbers."""
    try:
        found = cast("dict[str, dict[str, str]]", client.run(_versions))
    except ImportError as error:
        raise ClusterError(
            f"a worker cannot compute: {error}", hint="install riskpanel[dask] where the workers run"
        ) from error
    if not found:
        raise ClusterError(
            f"the dask scheduler has no workers: {scheduler}", hint=f"start some: dask worker {scheduler}"
        )
    own = _versions()
    for address, theirs in sorted(found.items()):
        _require_same(theirs, own, address)


def _require_same(theirs: dict[str, str], ours: dict[str, str], where: str) -> None:
    for package, mine in ours.items():
        if theirs[package] != mine:
            raise ClusterError(
                f"a worker has another {package}: {theirs[package]} on {where}, here {mine}",
                hint="install the same versions everywhere: other versions may give other numbers",
            )


def _versions() -> dict[str, str]:
    return {"riskpanel": __version__} | {package: version(package) for package in _PACKAGES}


@dataclass(frozen=True, slots=True)
class _Task:
    """A shard of a session, by the number of the session."""

    session: int
    shard: Shard


class _Rounds:
    """Gives out the shards, and again those whose prices were lost with the workers that held them."""

    def __init__(self, client: Client, night: Night, progress: Progress) -> None:
        self._client = client
        self._night = night
        self._progress = progress
        self._saved = Saved()
        self._lost: list[_Task] = []
        self._locked = False
        self._given: dict[Future, _Task] = {}
        self._instruments: dict[int, Future] = {}
        self._versions = _versions()
        self._left = Counter(task.session for task in self._tasks())

    def compute(self) -> Saved:
        total = len(self._night.sessions)
        self._progress(0, total)
        self._give_out(self._tasks())
        for _ in range(_ROUNDS):
            if not self._lost:
                break
            if self._locked:
                time.sleep(_PAUSE)
            lost, self._lost, self._locked = self._lost, [], False
            self._give_out(iter(lost))
        if self._lost:
            raise ClusterError(
                f"{len(self._lost):,} shards were lost with their workers, {_ROUNDS + 1} times",
                hint="look at the logs of the workers: they may lack memory; then run again",
            )
        return self._saved

    def _tasks(self) -> Iterator[_Task]:
        for session, as_of in enumerate(self._night.sessions):
            for shard in self._night.shards(as_of):
                yield _Task(session, shard)

    def _give_out(self, tasks: Iterator[_Task]) -> None:
        """Keep every worker busy until the tasks are done or lost."""
        night, looks, alone = self._night, 0, 0
        self._await_workers()
        market, run = (self._send(part) for part in (night.market, night.run))
        try:
            while self._hand_out(tasks, market, run):
                done = [future for future in self._given if future.done()]
                for future in done:
                    self._take(future, self._given.pop(future))
                alone = 0 if done or self._workers() else alone + 1
                if alone > _LOOKS_ALONE:
                    raise ClusterError("every worker is gone", hint="start workers, then run again")
                looks += 1
                if looks % _LOOKS_ALONE == 0:  # slow shards must not let it expire
                    night.run.lease.renew(night.run.store)
                time.sleep(0.0 if done else _LOOK)
        finally:
            self._let_go()

    def _hand_out(self, tasks: Iterator[_Task], market: Future, run: Future) -> bool:
        """Give out as many shards as keep the workers busy; return whether any is at work."""
        ahead = _AHEAD * max(self._workers(), 1) - len(self._given)
        for task in islice(tasks, max(ahead, 0)):
            if task.session not in self._instruments:
                self._instruments[task.session] = self._session(market, task.session)
            self._given[self._submit(run, market, self._instruments[task.session], task.shard)] = task
        return bool(self._given)

    def _send(self, part: object) -> Future:
        """Send something to every worker."""
        try:
            return cast("Future", self._client.scatter(part, broadcast=True, hash=False))
        except TimeoutError as error:
            raise ClusterError("every worker is gone", hint="start workers, then run again") from error

    def _submit(self, run: Future, market: Future, instruments: Future, shard: Shard) -> Future:
        return self._client.submit(_save, run, market, instruments, shard, self._versions, pure=False)

    def _session(self, market: Future, session: int) -> Future:
        night = self._night
        return self._client.submit(
            build_session,
            market,
            night.run.policy,
            night.sessions[session],
            market_indices=night.market_indices,
            pure=False,
        )

    def _workers(self) -> int:
        if not self._is_connected():
            raise ClusterError("the dask scheduler is gone", hint="start it and its workers, then run again")
        return len(self._client.scheduler_info(n_workers=-1).get("workers", {}))

    def _is_connected(self) -> bool:
        return self._client.status == "running"

    def _await_workers(self) -> None:
        """Wait for a worker, as those that died together are started again; a minute at most."""
        for _ in range(_LOOKS_ALONE):
            if self._workers():
                return
            time.sleep(_LOOK)
        raise ClusterError("every worker is gone", hint="start workers, then run again")

    def _let_go(self) -> None:
        """Take back what has not begun, and wait for what is being saved: it needs the lease until then."""
        if self._is_connected():
            self._client.cancel([*self._given, *self._instruments.values()], force=True)
        self._given.clear()
        self._instruments.clear()
        for _ in range(_LOOKS_ALONE):
            busy = cast("dict[str, object]", self._client.processing() if self._is_connected() else {})
            if not any(busy.values()):
                return
            time.sleep(_LOOK)

    def _take(self, future: Future, task: _Task) -> None:
        """Count what was saved, or keep what was lost; what went wrong otherwise ends the night."""
        error = cast("Exception", future.exception()) if future.status == "error" else None
        if future.status != "finished" and (error is None or isinstance(error, KilledWorker | LockedError)):
            # A lock may be that of a worker that is gone, which the database does not know yet.
            self._locked |= isinstance(error, LockedError)
            self._lost.append(task)
            return
        if error is not None:
            raise error
        self._saved = self._saved.plus(future.result())
        self._left[task.session] -= 1
        if not self._left[task.session]:
            self._instruments.pop(task.session, None)
            total = len(self._night.sessions)
            self._progress(total - sum(1 for left in self._left.values() if left), total)


def _save(
    run: Run, market: Market, instruments: InstrumentMetrics, shard: Shard, versions: dict[str, str]
) -> Saved:
    """Compute and save a shard on a worker, which may have come late, with connections of its own."""
    _require_same(_versions(), versions, socket.gethostname())
    with run.store:
        return save_shard(run, market, instruments, shard)

"""A night cut into shards, and the engines that compute them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

from riskpanel.book.holdings import Holdings
from riskpanel.book.snapshots import Market
from riskpanel.nightly.shards import Run, Saved, Shard, build_session, build_shard, save_shard

SHARD = 10_000  # portfolios computed and saved together: bounds the memory of a very large night

Progress = Callable[[int, int], None]
"""Called with the sessions done and in all."""


@dataclass(frozen=True, slots=True)
class Night:
    """Everything that a run computes; ``user_id`` is who asked for it, None for everybody's."""

    run: Run
    market: Market
    holdings: Holdings
    sessions: Sequence[date]
    user_id: int | None = None

    @property
    def market_indices(self) -> tuple[str, ...]:
        """The symbols that portfolios are measured against."""
        return tuple(sorted(set(self.holdings.market_indices)))

    def shards(self, as_of: date) -> Iterator[Shard]:
        """Cut a session into shards; without any portfolio one is left, with the instruments."""
        for first in range(0, max(len(self.holdings), 1), SHARD):
            rows = np.arange(first, min(first + SHARD, len(self.holdings)))
            yield Shard(as_of, self.holdings.select(rows), with_instruments=first == 0)


class Engine(Protocol):
    """Computes and saves the shards of a night, all to the same rows."""

    @property
    def name(self) -> str:
        """What the record of the run says."""
        ...

    def compute(self, night: Night, progress: Progress) -> Saved:
        """Compute and save every shard of every session."""
        ...


class LocalEngine:
    """One shard after another in this process, session by session; while one is saved, the next is computed.

    A shard is saved when the one before it is, so that two are in memory at most.
    """

    name = "local"

    def compute(self, night: Night, progress: Progress) -> Saved:
        """Compute and save every shard of every session."""
        run, market, total = night.run, night.market, len(night.sessions)
        with ThreadPoolExecutor(2, thread_name_prefix="night") as threads:
            saved, saving = Saved(), threads.submit(Saved)
            for done, as_of in enumerate(night.sessions):
                instruments = build_session(market, run.policy, as_of, market_indices=night.market_indices)
                for shard in night.shards(as_of):
                    built = threads.submit(build_shard, run, market, instruments, shard)
                    wait([built])
                    saved = saved.plus(saving.result())
                    if shard.with_instruments:  # the first: nothing is being saved, and all before is
                        progress(done, total)
                    saving = threads.submit(
                        copy_context().run, save_shard, run, market, instruments, shard, built
                    )
            saved = saved.plus(saving.result())
        progress(total, total)
        return saved

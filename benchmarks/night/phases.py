"""A night phase by phase, one after the other, with the bytes that each must move at least."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, datetime
from time import perf_counter
from typing import TypeVar

import numpy as np

from riskpanel.book.holdings import Holdings
from riskpanel.book.panel import RawRanges, build_panel
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.provenance import hash_inputs
from riskpanel.book.snapshots import Market
from riskpanel.nightly.lease import hold_lease
from riskpanel.nightly.loading import load_inputs
from riskpanel.nightly.night import Night
from riskpanel.nightly.shards import Run, build_session, build_shard, save_shard
from riskpanel.store.database import Store
from riskpanel.store.night import load_holdings
from riskpanel.store.runs import RunStart, save_run_start

T = TypeVar("T")
_CELL = 8  # bytes of a number


@dataclass(frozen=True, slots=True)
class Phase:
    """Seconds of a phase, and the bytes that it reads or writes however it is done."""

    name: str
    seconds: float
    moved: int


def bandwidth() -> float:
    """Bytes a second that this machine copies in memory, the best of three."""
    source = np.ones(32_000_000)
    target = np.empty_like(source)
    best = min(_timed(lambda: np.copyto(target, source))[1] for _ in range(3))
    return 2 * source.nbytes / best


def time_phases(store: Store, last: date, clock: Callable[[], datetime]) -> list[Phase]:
    """Compute and save the night of a session, each phase by itself; nothing overlaps here."""
    policy = RiskPolicy()
    (market, holdings), reading = _timed(lambda: load_inputs(store, [last], policy, portfolio_ids=None))
    reading_holdings = _time_holdings(store, market)
    returns = _timed(lambda: _rebuilt(market))[1]
    inputs, hashing = _timed(lambda: hash_inputs(holdings, market))
    with hold_lease(store, clock) as lease:
        with store.begin() as conn:
            start = RunStart("run", last, last, "local", "benchmark", policy, inputs, clock())
            run = Run(store, lease, policy, save_run_start(conn, start), clock)
        night = Night(run, market, holdings, [last])
        indices = night.market_indices
        instruments, measuring = _timed(lambda: build_session(market, policy, last, market_indices=indices))
        computing = writing = 0.0
        for shard in night.shards(last):
            snapshots, seconds = _timed(lambda shard=shard: build_shard(run, market, instruments, shard))
            computing += seconds
            built: Future = Future()
            built.set_result(snapshots)
            writing += _timed(
                lambda shard=shard, built=built: save_shard(run, market, instruments, shard, built)
            )[1]
    panel = market.panel
    cells, lots, sessions = int(np.isfinite(panel.close).sum()), len(holdings.lot_symbol), len(panel.sessions)
    years = policy.return_sessions
    return [
        Phase("read prices", reading - reading_holdings - returns, 6 * cells * _CELL),
        Phase("read holdings", reading_holdings, 7 * lots * _CELL),
        Phase("returns and ranges", returns, (5 + 3) * panel.close.size * _CELL),
        Phase("hash of the inputs", hashing, 4 * panel.close.size * _CELL),
        Phase("instruments", measuring, 2 * min(years, sessions) * len(panel.symbols) * _CELL),
        Phase("portfolios", computing, (lots + len(holdings) * min(years, sessions)) * _CELL),
        Phase("write", writing, _stored_bytes(holdings, market)),
    ]


def _time_holdings(store: Store, market: Market) -> float:
    with store.read() as conn:
        return _timed(lambda: load_holdings(conn, market.panel.symbols))[1]


def _rebuilt(market: Market) -> object:
    panel = market.panel
    ranges = RawRanges(panel.close, panel.close * 1.01, panel.close * 0.99)
    return build_panel(
        panel.sessions, panel.symbols, close=panel.close, adj_close=panel.adj_close, ranges=ranges
    )


def _stored_bytes(holdings: Holdings, market: Market) -> int:
    """Numbers of a night's rows: 60 of a snapshot and some 260 in its documents, 5 of each stress test."""
    scenarios = len(market.scenarios.names)
    instruments = int(market.tracked.sum())
    return (len(holdings) * (60 + 260 + 5 * scenarios) + instruments * (3 * 6 + 14)) * _CELL


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = perf_counter()
    done = work()
    return done, perf_counter() - started

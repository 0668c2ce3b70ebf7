"""A shard: some portfolios on one session, computed and saved in one transaction, wherever that happens."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from riskpanel.book.assembly import build_snapshots
from riskpanel.book.findings import Failure
from riskpanel.book.holdings import Holdings
from riskpanel.book.instruments import InstrumentMetrics, build_instrument_metrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.snapshots import Market, Snapshots
from riskpanel.errors import RiskpanelError
from riskpanel.nightly.lease import Lease
from riskpanel.store.database import Store
from riskpanel.store.instrument_results import save_instruments
from riskpanel.store.lots import load_existing_portfolios
from riskpanel.store.results import save_snapshots


@dataclass(frozen=True, slots=True)
class Run:
    """What every shard of a run is saved with; it can be sent to another machine."""

    store: Store
    lease: Lease
    policy: RiskPolicy
    run_id: int
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Shard:
    """Portfolios on a session; ``with_instruments`` is the one that saves the instruments of the session."""

    as_of: date
    holdings: Holdings
    with_instruments: bool

    def halves(self) -> tuple["Shard", "Shard"]:
        """Cut in two; the instruments go with the first."""
        rows = np.arange(len(self.holdings))
        first, second = np.array_split(rows, 2)
        return (
            replace(self, holdings=self.holdings.select(first)),
            replace(self, holdings=self.holdings.select(second), with_instruments=False),
        )

    def emptied(self) -> "Shard":
        """Return the shard without its portfolios."""
        return replace(self, holdings=self.holdings.select(np.array([], dtype=np.int64)))


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: rows inserted, changed or removed, snapshots computed, portfolios failed.

    ``skipped`` has the id of a portfolio for each session on which it held nothing, not even cash.
    """

    rows: int = 0
    snapshots: int = 0
    failures: tuple[tuple[date, Failure], ...] = ()
    skipped: tuple[int, ...] = ()

    def plus(self, other: "Saved") -> "Saved":
        """Add two."""
        return Saved(
            self.rows + other.rows,
            self.snapshots + other.snapshots,
            self.failures + other.failures,
            self.skipped + other.skipped,
        )


def build_session(
    market: Market, policy: RiskPolicy, as_of: date, *, market_indices: Sequence[str]
) -> InstrumentMetrics:
    """Compute every instrument once, for all shards of a session."""
    return build_instrument_metrics(
        market.panel,
        policy,
        market.panel.row(as_of),
        market_indices=market_indices,
        sectors=market.sectors,
        tracked=market.tracked,
    )


def build_shard(run: Run, market: Market, instruments: InstrumentMetrics, shard: Shard) -> Snapshots:
    """Compute the snapshots of a shard."""
    return build_snapshots(shard.holdings, market, instruments, run.policy, shard.as_of)


def save_shard(
    run: Run,
    market: Market,
    instruments: InstrumentMetrics,
    shard: Shard,
    built: "Future[Snapshots] | None" = None,
) -> Saved:
    """Save a shard in one transaction; when it fails for a reason unforeseen, find the portfolio at fault.

    This is the only place that catches every exception: halves are tried until one portfolio is left, which
    is then reported by name while the others are saved. ``built`` has the snapshots, or what went wrong.
    """
    try:
        snapshots = build_shard(run, market, instruments, shard) if built is None else built.result()
        return _save(run, market, instruments, shard, snapshots)
    except RiskpanelError:
        raise  # the store or the request is at fault, not a portfolio
    except Exception as error:
        held = shard.holdings
        if len(held) == 0:
            raise
        if len(held) == 1:
            empty = shard.emptied()
            nothing = build_shard(run, market, instruments, empty)
            if not _was_removed(run.store, int(held.portfolio_ids[0])):
                nothing = replace(nothing, failures=(_unforeseen(held, error),))
            return _save(run, market, instruments, empty, nothing)
    first, second = shard.halves()
    saved = save_shard(run, market, instruments, first)
    return saved.plus(save_shard(run, market, instruments, second))


def _save(
    run: Run, market: Market, instruments: InstrumentMetrics, shard: Shard, snapshots: Snapshots
) -> Saved:
    now = run.clock()
    run.lease.renew(run.store)
    with run.store.begin() as conn:
        run.lease.guard(conn)
        written = save_snapshots(conn, snapshots, run_id=run.run_id, now=now)
        if shard.with_instruments:
            written += save_instruments(
                conn,
                market.panel.symbols,
                instruments,
                tracked=market.tracked,
                as_of=shard.as_of,
                policy=run.policy,
                now=now,
            )
    failures = tuple((shard.as_of, failure) for failure in snapshots.failures)
    return Saved(written, len(snapshots.holdings), failures, snapshots.skipped)


def _was_removed(store: Store, portfolio_id: int) -> bool:
    """Whether a portfolio's owner has removed it since the night began."""
    with store.read() as conn:
        return portfolio_id not in load_existing_portfolios(conn, (portfolio_id,))


def _unforeseen(holdings: Holdings, error: Exception) -> Failure:
    first_line = str(error).split("\n", maxsplit=1)[0]
    return Failure(
        int(holdings.portfolio_ids[0]),
        holdings.names[0],
        f"could not be computed or saved: {type(error).__name__}: {first_line}",
        "this is a defect of riskpanel: report it with this message",
    )


def merged_failures(failures: Sequence[tuple[date, Failure]]) -> tuple[Failure, ...]:
    """Name each failed portfolio once: its newest failure, and on how many sessions it failed."""
    # The newest of a portfolio stands last.
    newest = {
        failure.portfolio_id: (as_of, failure) for as_of, failure in sorted(failures, key=lambda f: f[0])
    }
    times = Counter(failure.portfolio_id for _, failure in failures)
    return tuple(
        failure
        if times[portfolio_id] == 1
        else replace(failure, error=f"{failure.error} (and on {times[portfolio_id] - 1:,} sessions before)")
        for portfolio_id, (_, failure) in sorted(newest.items())
    )

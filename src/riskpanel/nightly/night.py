"""A night: load once, compute each session, save each in one transaction."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from riskpanel.book.assembly import build_snapshots
from riskpanel.book.findings import Failure
from riskpanel.book.holdings import Holdings
from riskpanel.book.instruments import InstrumentMetrics, build_instrument_metrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.snapshots import Market
from riskpanel.errors import RiskpanelError
from riskpanel.nightly.lease import Lease
from riskpanel.risk.arrays import IntArray
from riskpanel.store.database import Store
from riskpanel.store.instrument_results import save_instruments
from riskpanel.store.lots import load_existing_portfolios
from riskpanel.store.results import save_snapshots

SHARD = 20_000  # portfolios computed and saved together: bounds the memory of a very large night


@dataclass(frozen=True, slots=True)
class Night:
    """Everything that the sessions of a run share; ``user_id`` is who asked for it, None for everybody's."""

    store: Store
    lease: Lease
    policy: RiskPolicy
    market: Market
    holdings: Holdings
    run_id: int
    clock: Callable[[], datetime]
    user_id: int | None = None


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


def run_session(night: Night, as_of: date) -> Saved:
    """Compute and save one session: every instrument once, then all portfolios, shard after shard."""
    panel = night.market.panel
    indices = sorted(set(night.holdings.market_indices))
    instruments = build_instrument_metrics(
        panel,
        night.policy,
        panel.row(as_of),
        market_indices=indices,
        sectors=night.market.sectors,
        tracked=night.market.tracked,
    )
    saved = Saved()
    for first in range(0, max(len(night.holdings), 1), SHARD):
        rows = np.arange(first, min(first + SHARD, len(night.holdings)))
        saved = saved.plus(_run_shard(night, instruments, as_of, rows, with_instruments=first == 0))
    return saved


def _run_shard(
    night: Night, instruments: InstrumentMetrics, as_of: date, rows: IntArray, *, with_instruments: bool
) -> Saved:
    """Run a shard in one transaction; when it fails for a reason unforeseen, find the portfolio at fault.

    This is the only place that catches every exception: halves are tried until one portfolio is left, which
    is then reported by name while the others are saved.
    """
    try:
        return _save_shard(night, instruments, as_of, rows, with_instruments=with_instruments)
    except RiskpanelError:
        raise  # the store or the request is at fault, not a portfolio
    except Exception as error:
        if len(rows) == 0:
            raise
        if len(rows) == 1 and _was_removed(night, int(rows[0])):
            return _save_shard(night, instruments, as_of, rows[:0], with_instruments=with_instruments)
        if len(rows) == 1:
            failure = _unforeseen(night.holdings, int(rows[0]), error)
            return _save_shard(
                night, instruments, as_of, rows[:0], with_instruments=with_instruments, unforeseen=(failure,)
            )
    middle = len(rows) // 2
    first = _run_shard(night, instruments, as_of, rows[:middle], with_instruments=with_instruments)
    return first.plus(_run_shard(night, instruments, as_of, rows[middle:], with_instruments=False))


def _save_shard(
    night: Night,
    instruments: InstrumentMetrics,
    as_of: date,
    rows: IntArray,
    *,
    with_instruments: bool,
    unforeseen: tuple[Failure, ...] = (),
) -> Saved:
    snapshots = build_snapshots(night.holdings.select(rows), night.market, instruments, night.policy, as_of)
    snapshots = replace(snapshots, failures=(*snapshots.failures, *unforeseen))
    now = night.clock()
    with night.store.begin() as conn:
        night.lease.renew(conn)
        written = save_snapshots(conn, snapshots, run_id=night.run_id, now=now)
        if with_instruments:
            written += save_instruments(
                conn,
                night.market.panel.symbols,
                instruments,
                tracked=night.market.tracked,
                as_of=as_of,
                policy=night.policy,
                now=now,
            )
    failures = tuple((as_of, failure) for failure in snapshots.failures)
    return Saved(written, len(snapshots.holdings), failures, snapshots.skipped)


def _was_removed(night: Night, row: int) -> bool:
    """Whether a portfolio's owner has removed it since the night began."""
    portfolio_id = int(night.holdings.portfolio_ids[row])
    with night.store.read() as conn:
        return portfolio_id not in load_existing_portfolios(conn, (portfolio_id,))


def _unforeseen(holdings: Holdings, row: int, error: Exception) -> Failure:
    first_line = str(error).split("\n", maxsplit=1)[0]
    return Failure(
        int(holdings.portfolio_ids[row]),
        holdings.names[row],
        f"could not be computed or saved: {type(error).__name__}: {first_line}",
        "this is a defect of riskpanel: report it with this message",
    )


def merged_failures(failures: Sequence[tuple[date, Failure]]) -> tuple[Failure, ...]:
    """Name each failed portfolio once: its newest failure, and on how many sessions it failed."""
    # Sessions come in order, so the newest stands last.
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

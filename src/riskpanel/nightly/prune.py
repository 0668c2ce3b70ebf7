"""Removing old history: first counted, then in batches, so that locks stay short and a kill does no harm."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from riskpanel.errors import InputError
from riskpanel.nightly.lease import hold_lease
from riskpanel.store.database import Store
from riskpanel.store.retention import (
    WHAT,
    Horizon,
    OldRows,
    load_kept_days,
    load_old_rows,
    remove_old_rows,
)
from riskpanel.store.sizes import load_sizes

USUAL = ("snapshots", "stress", "instruments", "runs")
"""What goes where nothing is named: what can be computed again as long as its prices are there."""
_KEPT = frozenset({"snapshots", "stress", "instruments"})  # of which stays what newest snapshots have
_NIGHTS_KEPT = 3  # years: by nights of all that are younger the scheduler and the doctor see what was missed
_BATCH = 20_000  # rows removed in one transaction
_BATCH_OF_RUNS = 1_000  # each is looked up in two other tables, twice


@dataclass(frozen=True, slots=True)
class PruneRequest:
    """What is to go: words of `WHAT`, and everything of them before a day."""

    before: date
    what: Sequence[str] = USUAL


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What would go of each table, and about how many bytes that is; what stays although it is old.

    ``kept_days`` are days before the horizon of which some portfolio has its newest snapshot; none where
    nothing is named that belongs to snapshots.
    """

    request: PruneRequest
    tables: tuple[OldRows, ...]
    bytes: tuple[int, ...]
    kept_days: tuple[date, ...]

    @property
    def rows(self) -> int:
        """How many rows would go in all."""
        return sum(table.rows for table in self.tables)


def check_prune(request: PruneRequest, *, today: date) -> None:
    """Refuse a request that cannot be meant.

    Raises
    ------
    InputError
        For a word that names nothing, or a day that is not in the past.
    """
    unknown = [word for word in request.what if word not in WHAT]
    if unknown:
        raise InputError(f"nothing is called {unknown[0]}", hint=f"choose among: {', '.join(WHAT)}")
    if request.before >= today:
        raise InputError(f"not in the past: {request.before}", hint="everything before that day would go")


def plan_prune(store: Store, request: PruneRequest, *, today: date) -> PrunePlan:
    """Count what would go; nothing is changed."""
    check_prune(request, today=today)
    with store.read() as conn:
        kept = load_kept_days(conn, request.before)
        horizon, named = _horizon(request, kept, today), _tables(request)
        tables = tuple(load_old_rows(conn, table, horizon, gone=named) for table in named)
        sizes = {table.name: table.bytes for table in load_sizes(conn).tables}
    shares = tuple(round(sizes.get(table.table, 0) * table.rows / (table.of or 1)) for table in tables)
    return PrunePlan(request, tables, shares, kept if _KEPT.intersection(request.what) else ())


def prune(
    store: Store,
    request: PruneRequest,
    *,
    today: date,
    clock: Callable[[], datetime],
    progress: Callable[[int], None] = lambda rows: None,
) -> dict[str, int]:
    """Remove what is old, batch by batch, and return how many rows of each table; told of each batch's rows.

    Holds the lease of runs: none may write history meanwhile. When it is killed, what is left goes next time.

    Raises
    ------
    InputError
        For a request that cannot be meant.
    BusyError
        When a run is alive.
    """
    check_prune(request, today=today)
    removed: dict[str, int] = {}
    with hold_lease(store, clock) as lease:
        with store.read() as conn:
            horizon = _horizon(request, load_kept_days(conn, request.before), today)
        for table in _tables(request):
            most = min(_BATCH, _BATCH_OF_RUNS) if table == "batch_runs" else _BATCH
            removed[table], batch = 0, most
            while batch == most:
                lease.renew(store)
                with store.begin() as conn:
                    lease.guard(conn)
                    batch = remove_old_rows(conn, table, horizon, most=most)
                removed[table] += batch
                progress(batch)
    return removed


def years_before(today: date, years: int) -> date:
    """Return the same day some years before; of 29 February the 28th."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)


def _tables(request: PruneRequest) -> tuple[str, ...]:
    """Return the tables that a request names, in the order in which their rows can go."""
    return tuple(table for word, tables in WHAT.items() if word in request.what for table in tables)


def _horizon(request: PruneRequest, kept_days: Sequence[date], today: date) -> Horizon:
    nights = min(request.before, years_before(today, _NIGHTS_KEPT))
    return Horizon(request.before, nights, kept_days)

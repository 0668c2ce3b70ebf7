"""Fetching prices: every symbol from a chain of sources, each saved as a whole or not at all."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import date, datetime
from threading import Event

import polars as pl

from riskpanel.nightly.fetch_plan import FetchPlan, FetchRequest, plan_fetch
from riskpanel.nightly.fetch_reports import FetchReport, SymbolFetch
from riskpanel.nightly.fetch_saving import save_fetched
from riskpanel.nightly.fetch_twins import LEAST, Settled, Twins
from riskpanel.sources.calendar import previous_sessions
from riskpanel.sources.chain import Chain, NobodyError, Refusal
from riskpanel.sources.fetching import Fetched, Wanted, fetch_symbol
from riskpanel.sources.retrying import TURN
from riskpanel.store.database import Store
from riskpanel.store.price_history import load_closes_since, remove_prices

WORKERS = 4  # symbols asked for at once; each source paces itself
_AHEAD = 3  # symbols a worker that wait for it, so that it never does

Progress = Callable[[int, int], None]


def fetch_prices(
    store: Store,
    chain: Chain,
    request: FetchRequest,
    *,
    today: date,
    session: date,
    clock: Callable[[], datetime],
    progress: Progress,
    stop: Event | None = None,
    workers: int = WORKERS,
) -> FetchReport:
    """Fetch the prices that are missing up to and with a session.

    A symbol is saved as soon as its prices have passed the gate, in a transaction of its own: stopped at any
    point and started again, a fetch goes on where it was. A failed symbol changes nothing of what is stored.
    ``stop`` is what the sources look at; an interruption sets it, so that none of them is waited for.

    Raises
    ------
    InputError
        When nothing is held and nothing named, or a name is no symbol.
    StoppedError
        When a source was asked after ``stop`` was set.
    """
    plan = plan_fetch(store, request, session=session)
    work = _Work(store, chain, plan, today, clock)
    with ThreadPoolExecutor(workers, thread_name_prefix="fetch") as pool:
        try:
            asked = _submitted(pool, work, plan.wanted(store), workers * _AHEAD)
            for done, (wanted, future) in enumerate(asked, start=1):
                work.finish(wanted, future)
                progress(done, len(plan.behind))
        except KeyboardInterrupt:
            if stop is not None:
                stop.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    current = [SymbolFetch(one, "current", last=plan.stored[one].last) for one in plan.current]
    symbols = sorted((*current, *work.done.values()), key=lambda one: one.symbol)
    return FetchReport(session, tuple(symbols), chain.closed(), tuple(work.warnings))


def _submitted(
    pool: ThreadPoolExecutor, work: "_Work", wanted: Iterator[Wanted], most: int
) -> Iterator[tuple[Wanted, Future[Fetched]]]:
    """Ask, a few ahead of what is saved, and yield what has come."""
    pending: dict[Future[Fetched], Wanted] = {}
    while True:
        for one in wanted:
            pending[pool.submit(work.ask, one)] = one
            if len(pending) >= most:
                break
        if not pending:
            return
        while not (done := wait(pending, TURN, return_when=FIRST_COMPLETED).done):
            pass
        for future in done:
            yield pending.pop(future), future


class _Work:
    """Asks in the threads of a pool, and saves in the one that made it."""

    def __init__(
        self, store: Store, chain: Chain, plan: FetchPlan, today: date, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._chain = chain
        self._stored = plan.stored
        self._today = today
        self._clock = clock
        self._twins = Twins(_ends(store, plan))
        self.done: dict[str, SymbolFetch] = {}
        self.warnings: list[str] = []

    def ask(self, wanted: Wanted, besides: tuple[str, ...] = ()) -> Fetched:
        """Fetch one symbol."""
        return fetch_symbol(self._chain, wanted, today=self._today, besides=besides)

    def finish(self, wanted: Wanted, future: Future[Fetched]) -> None:
        """Save what came, or note why nothing did."""
        try:
            fetched = future.result()
        except NobodyError as error:
            self._fail(wanted.symbol, error)
            return
        new = Settled(wanted, fetched.source, wanted.symbol in self._stored)
        twin = self._twins.meet(new, fetched.gated.good)
        if twin is None:
            self._save(fetched)
        else:
            self._part(twin, new, fetched)

    def _part(self, twin: Settled | str, new: Settled, fetched: Fetched) -> None:
        """Believe the one that continues its own past; ask other sources about one that has none."""
        other = twin if isinstance(twin, str) else twin.symbol
        self.warnings.append(f"the same prices under {other} and {new.symbol} from {new.source}")
        if new.stored:
            self._save(fetched)
        else:
            self._ask_others(new, other)
        if isinstance(twin, Settled) and not twin.stored:
            with self._store.begin() as conn:  # they came in this run, and nothing was stored before
                remove_prices(conn, twin.symbol)
            self._ask_others(twin, new.symbol)

    def _ask_others(self, one: Settled, like: str) -> None:
        try:
            other = self.ask(one.wanted, (one.source,))
        except NobodyError as error:
            same = Refusal(one.source, f"the same prices as {like}")
            self._fail(one.symbol, NobodyError((same, *error.refused)))
            return
        self._save(other)

    def _save(self, fetched: Fetched) -> None:
        with self._store.begin() as conn:
            self.done[fetched.symbol] = save_fetched(conn, fetched, now=self._clock())

    def _fail(self, symbol: str, error: NobodyError) -> None:
        tried = tuple(map(str, error.refused))
        self.done[symbol] = SymbolFetch(
            symbol, "failed", tried=tried, error=error.what, hint=error.hint, unreached=error.unreached
        )


def _ends(store: Store, plan: FetchPlan) -> dict[str, pl.DataFrame]:
    """Load the last closes of what is not asked for, where a symbol is new that could be its twin."""
    if all(one in plan.stored for one in plan.behind):
        return {}
    first = previous_sessions(plan.session, LEAST)[0]
    with store.read() as conn:
        rows = load_closes_since(conn, plan.current, first)
    return {str(key[0]): part for key, part in rows.partition_by("symbol", as_dict=True).items()}

"""Fetching prices: every symbol from a chain of sources, each saved as a whole or not at all."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import date, datetime

from riskpanel.nightly.fetch_plan import FetchRequest, plan_fetch
from riskpanel.nightly.fetch_reports import FetchReport, SymbolFetch
from riskpanel.nightly.fetch_saving import save_fetched
from riskpanel.nightly.fetch_twins import Settled, Twins
from riskpanel.sources.chain import Chain, NobodyError, Refusal
from riskpanel.sources.fetching import Fetched, Wanted, fetch_symbol
from riskpanel.store.database import Store
from riskpanel.store.price_history import remove_prices

WORKERS = 4  # symbols asked for at once; each source paces itself

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
    workers: int = WORKERS,
) -> FetchReport:
    """Fetch the prices that are missing up to and with a session.

    A symbol is saved as soon as its prices have passed the gate, in a transaction of its own: stopped at any
    point and started again, a fetch goes on where it was. A failed symbol changes nothing of what is stored.

    Raises
    ------
    InputError
        When nothing is held and nothing named, or a name is no symbol.
    """
    plan = plan_fetch(store, request, session=session)
    work = _Work(store, chain, today, clock)
    with ThreadPoolExecutor(workers, thread_name_prefix="fetch") as pool:
        futures = {pool.submit(work.ask, wanted): wanted for wanted in plan.wanted}
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                work.finish(futures[future], future)
                progress(done, len(futures))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    current = [SymbolFetch(symbol, "current", last=last) for symbol, last in plan.current]
    symbols = sorted((*current, *work.done.values()), key=lambda one: one.symbol)
    return FetchReport(session, tuple(symbols), chain.closed(), tuple(work.warnings))


class _Work:
    """Asks in the threads of a pool, and saves in the one that made it."""

    def __init__(self, store: Store, chain: Chain, today: date, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._chain = chain
        self._today = today
        self._clock = clock
        self._twins = Twins()
        self.done: dict[str, SymbolFetch] = {}
        self.warnings: list[str] = []

    def ask(self, wanted: Wanted, besides: tuple[str, ...] = ()) -> Fetched:
        """Fetch one symbol."""
        return fetch_symbol(self._chain, wanted, today=self._today, besides=besides)

    def finish(self, wanted: Wanted, future: Future[Fetched]) -> None:
        """Save what came, or note why nothing did."""
        try:
            new = Settled(wanted, future.result())
        except NobodyError as error:
            self._fail(wanted.symbol, error)
            return
        twin = self._twins.meet(new)
        if twin is None or (twin.fits and new.fits):
            self._save(new)
        else:
            self._part(twin, new)

    def _part(self, twin: Settled, new: Settled) -> None:
        """Believe the one that continues its own past; ask other sources about the others."""
        names, source = f"{twin.wanted.symbol} and {new.wanted.symbol}", new.fetched.source
        self.warnings.append(f"the same prices under {names} from {source}")
        if new.fits:
            self._save(new)
        else:
            self._ask_others(new, twin.wanted.symbol)
        if not twin.fits:
            if twin.unstored:
                with self._store.begin() as conn:
                    remove_prices(conn, twin.wanted.symbol)
            self._ask_others(twin, new.wanted.symbol)

    def _ask_others(self, one: Settled, like: str) -> None:
        source = one.fetched.source
        try:
            other = Settled(one.wanted, self.ask(one.wanted, (source,)))
        except NobodyError as error:
            same = Refusal(source, f"the same prices as {like}")
            self._fail(one.wanted.symbol, NobodyError((same, *error.refused)))
            return
        self._save(other)

    def _save(self, one: Settled) -> None:
        with self._store.begin() as conn:
            self.done[one.wanted.symbol] = save_fetched(conn, one.fetched, now=self._clock())

    def _fail(self, symbol: str, error: NobodyError) -> None:
        tried = tuple(map(str, error.refused))
        self.done[symbol] = SymbolFetch(symbol, "failed", tried=tried, error=error.what, hint=error.hint)

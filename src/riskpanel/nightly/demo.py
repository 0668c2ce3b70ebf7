"""The demo: real prices, three invented portfolios, a year of snapshots."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from riskpanel.book.import_reports import PriceReport
from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import InputError
from riskpanel.nightly.ingest import import_instruments, import_portfolios, import_positions, import_prices
from riskpanel.nightly.run import NightReport, NightRequest, run_night
from riskpanel.nightly.setup import initialize
from riskpanel.store.database import Store
from riskpanel.store.migrate import current_revision
from riskpanel.store.portfolios import list_portfolios, load_local_user
from riskpanel.store.prices import has_prices_of
from riskpanel.store.revisions import refuse_ahead

FILES = Path(__file__).parent / "demo_files"
PORTFOLIOS = ("Balanced investor", "Concentrated growth", "Long/short")
_OWN = "the demo wants a database of its own: unset RISKPANEL_DATABASE_URL, or name another file"
_SOURCE = "demo"  # of its prices, by which its database is known again
FIRST, LAST = date(2021, 12, 29), date(2022, 12, 28)


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo loaded and computed."""

    prices: PriceReport
    night: NightReport


def run_demo(
    store: Store,
    policy: RiskPolicy,
    *,
    today: date,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None],
) -> Demo:
    """Load the bundled files into a database of their own and backfill a year.

    Raises
    ------
    InputError
        When the database is not the demo's and holds anybody's own portfolios: the demo's prices are
        adjusted closes that would value real holdings wrongly.
    """
    now = clock()
    initialize(store, now=now)
    refuse_foreign(store)
    prices = import_prices(store, [FILES / "prices.csv"], today=today, now=now, source=_SOURCE)
    import_instruments(store, FILES / "instruments.csv", now=now)
    import_positions(store, FILES / "positions.csv", today=today, now=now, replace=True)
    import_portfolios(store, FILES / "portfolios.csv", today=today, now=now)
    request = NightRequest("backfill", FIRST, LAST)
    return Demo(prices, run_night(store, request, policy, today=today, clock=clock, progress=progress))


def refuse_prepared(store: Store) -> None:
    """Refuse a database that somebody has made, which the demo has never filled.

    Raises
    ------
    InputError
        Naming it.
    StoreError
        When it is of a newer version.
    """
    revision = current_revision(store)
    if revision is None:
        return
    refuse_ahead(revision)
    with store.read() as conn:
        demo = has_prices_of(conn, _SOURCE)
    if not demo:
        raise InputError(f"the database is not the demo's: {store.url_for_people}", hint=_OWN)


def refuse_foreign(store: Store) -> None:
    """Refuse a database that holds anybody's own portfolios and was never filled by the demo.

    Raises
    ------
    InputError
        Naming them.
    """
    with store.read() as conn:
        user = load_local_user(conn)
        foreign = [
            found.name for found in list_portfolios(conn, user_id=user) if found.name not in PORTFOLIOS
        ]
        demo = has_prices_of(conn, _SOURCE)
    if foreign and not demo:
        raise InputError(
            f"the database {store.url_for_people} already holds portfolios: {', '.join(foreign[:5])}",
            hint=_OWN,
        )

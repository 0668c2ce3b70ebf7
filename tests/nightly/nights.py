"""A small market, its books, and short ways to run nights over them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np

from builders import Book, Lot, day, panel_of, random_prices
from riskpanel.book.panel import PricePanel
from riskpanel.book.policy import RiskPolicy
from riskpanel.nightly.run import NightReport, NightRequest, run_night
from riskpanel.store.database import Store

TODAY = date(2025, 6, 30)
SECTORS = {"A": "Energy", "B": "Financials", "C": "Utilities", "SPY": "Energy"}
ROWS = 300


def ticking(start: datetime = datetime(2025, 6, 30, 21, tzinfo=UTC)) -> Callable[[], datetime]:
    """A clock that moves a second at every look."""
    looks = iter(range(1_000_000))
    return lambda: start + timedelta(seconds=next(looks))


class Standing:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, span: timedelta) -> None:
        """Move it."""
        self.now += span


def market(seed: int = 71, rows: int = ROWS) -> PricePanel:
    """An index and five stocks: D has gaps, E was listed 40 sessions ago, A was split."""
    prices = random_prices(seed, rows, "ABCDE")
    prices["D"][rows - 100 : rows - 3 : 7] = np.nan
    prices["E"][: rows - 40] = np.nan
    close = {"A": np.where(np.arange(rows) < rows - 5, 2.0, 1.0) * prices["A"]}
    return panel_of(prices, close=close)


def books(panel: PricePanel) -> list[Book]:
    """Long, short, levered, partly new, cash alone, and one against another index."""
    return [
        Book("long", (Lot("A", 10.0), Lot("B", 5.5), Lot("D", 4.0)), cash=250.25),
        Book("long/short", (Lot("A", 30.0), Lot("C", -20.0), Lot("E", 2.0)), cash=1000.0),
        Book("levered", (Lot("SPY", 40.0), Lot("B", 3.0, multiplier=2.0)), cash=-1500.0),
        Book("traded", (Lot("A", 5.0), Lot("B", 9.0, day(panel, -3), day(panel, -1)), Lot("C", 2.0))),
        Book("index", (Lot("SPY", 12.0),), cash=0.0),
        Book("cash", cash=5000.0),
        Book("against A", (Lot("B", 4.0), Lot("E", 1.0)), index="A", benchmark="NONE"),
    ]


def night(store: Store, first: date, last: date | None = None, **options) -> NightReport:
    """Run one session, or backfill a range."""
    kind = "run" if last is None else "backfill"
    request = NightRequest(kind, first, last or first, options.pop("portfolio_ids", None))
    policy = options.pop("policy", None) or RiskPolicy()
    return run_night(
        store,
        request,
        policy,
        today=options.pop("today", TODAY),
        clock=options.pop("clock", ticking()),
        **options,
    )

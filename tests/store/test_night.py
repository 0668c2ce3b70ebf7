"""What a night reads, and in how many statements."""

from contextlib import contextmanager
from datetime import date

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from builders import Book, Lot, fill_books, fill_prices, fill_store, holdings_of, panel_of, random_prices
from nightly.nights import night
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.benchmarks import load_benchmarks
from riskpanel.store.complete import load_complete
from riskpanel.store.night import (
    load_holdings,
    load_panel,
    load_price_dates,
    load_sectors,
    load_symbols,
    load_tracked,
)
from riskpanel.store.portfolios import load_local_user
from riskpanel.store.prices import save_prices
from riskpanel.store.schema import portfolios

ENTRY, EXIT = date(2024, 12, 20), date(2024, 12, 27)


@contextmanager
def counted(store):
    """Count the statements that the store sends."""
    statements = []

    def note(*seen):
        statements.append(seen[2])

    event.listen(store._engine, "before_cursor_execute", note)
    yield statements
    event.remove(store._engine, "before_cursor_execute", note)


@pytest.fixture
def panel():
    prices = random_prices(51, 40, "ABC")
    prices["B"][5:9] = np.nan
    return panel_of(prices, close={"C": 3 * prices["C"]})


def test_the_symbols_are_all_that_are_known_and_those_held_or_measured_against_are_tracked(store, panel, now):
    fill_prices(store, panel, now=now)
    books = [Book("p", (Lot("B", 1.0), Lot("A", 1.0)), index="^GSPC"), Book("q", (Lot("A", 2.0),), index="C")]
    fill_books(store, books, now=now)
    with store.read() as conn:
        assert load_symbols(conn) == ("A", "B", "C", "SPY", "^GSPC")  # an index need not have a price
        assert load_tracked(conn) == ("A", "B", "C", "^GSPC")


def test_there_are_no_symbols_in_an_empty_store(store):
    with store.read() as conn:
        assert load_symbols(conn) == load_tracked(conn) == ()
        assert load_price_dates(conn, until=date(2030, 1, 2)) is None
        assert len(load_holdings(conn, ())) == 0
        assert load_benchmarks(conn) == ()


def test_the_dates_of_prices_end_at_the_date_that_is_asked(store, panel, now):
    fill_prices(store, panel, now=now)
    first, last = panel.sessions[0].item(), panel.sessions[-1].item()
    with store.read() as conn:
        assert load_price_dates(conn, until=date(2030, 1, 2)) == (first, last)
        assert load_price_dates(conn, until=date(2024, 12, 25)) == (first, date(2024, 12, 24))
        assert load_price_dates(conn, until=first) == (first, first)
        assert load_price_dates(conn, until=date(2020, 1, 2)) is None


def test_the_panel_is_what_was_saved_digit_for_digit(store, panel, now):
    fill_store(store, panel, [Book("p", (Lot("A", 1.0), Lot("B", 1.0), Lot("C", 1.0)))], now=now)
    with store.read() as conn:
        loaded = load_panel(conn, panel.sessions, load_symbols(conn))
    assert loaded.symbols == panel.symbols
    for name in ("sessions", "close", "adj_close", "returns"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(panel, name))


def test_the_panel_leaves_out_other_days_other_symbols_and_what_is_not_asked(store, panel, now):
    fill_store(store, panel, [Book("p", (Lot("A", 1.0),))], now=now)
    saturday = {"symbol": ["A"], "date": [date(2024, 12, 28)], "close": [9.0], "adj_close": [9.0]}
    empty = {key: [None] for key in ("open", "high", "low", "volume")}
    with store.begin() as conn:
        save_prices(conn, pl.DataFrame(saturday | empty), data_source="test", now=now)
    some = panel.sessions[10:38]
    with store.read() as conn:
        loaded = load_panel(conn, some, ("A", "SPY"))
    np.testing.assert_array_equal(loaded.close, panel.close[10:38][:, [0, 3]])
    assert np.isnan(loaded.returns[0]).all()


def test_a_symbol_without_prices_is_a_column_of_nothing(store, panel, now):
    fill_store(store, panel, [Book("p", (Lot("NONE", 1.0),))], now=now)
    with store.read() as conn:
        loaded = load_panel(conn, panel.sessions, load_symbols(conn))
    assert np.isnan(loaded.close[:, loaded.column("NONE")]).all()


def test_holdings_are_loaded_as_they_were_saved(store, panel, now):
    books = [
        Book("b", (Lot("A", 1.25, ENTRY, EXIT), Lot("B", -2.0), Lot("A", 3.0)), cash=-12.3456),
        Book("a", (Lot("C", 5.0, multiplier=100.0),), index="C", benchmark="X"),
        Book("empty"),
    ]
    ids = fill_store(store, panel, books, now=now)
    expected = holdings_of(panel, sorted(books, key=lambda book: ids[book.name]))
    with store.read() as conn:
        loaded = load_holdings(conn, panel.symbols)
    assert loaded.portfolio_ids.tolist() == sorted(ids.values())
    for name in ("names", "market_indices", "benchmark_codes"):
        assert getattr(loaded, name) == getattr(expected, name)
    for name in ("cash", "lot_portfolio", "lot_symbol", "lot_quantity", "lot_entry", "lot_exit"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(expected, name))
    with store.read() as conn:
        one = load_holdings(conn, panel.symbols, portfolio_ids=(ids["a"],))
        none = load_holdings(conn, panel.symbols, portfolio_ids=())
    assert (one.names, one.lot_quantity.tolist(), one.lot_portfolio.tolist()) == (("a",), [500.0], [0])
    assert len(none) == 0


def test_sectors_are_codes_and_whatever_is_not_official_is_unclassified(store, panel, now):
    sectors = {"A": "Utilities", "B": "Communication Services", "SPY": "Space Mining"}
    fill_store(store, panel, [Book("p")], sectors, now=now)
    with store.read() as conn:
        codes = load_sectors(conn, ("A", "B", "C", "SPY", "UNKNOWN"), first=ENTRY, last=EXIT).codes
    assert codes.tolist() == [GICS_SECTORS.index("Utilities"), 0, -1, -1, -1]


def test_loading_fifty_portfolios_costs_as_many_statements_as_loading_two(store, panel, now):
    fill_store(store, panel, [Book(f"p{n}", (Lot("A", 1.0), Lot("B", 2.0))) for n in range(2)], now=now)
    sessions = sessions_between(date(2024, 11, 1), date(2024, 12, 31))

    def load():
        with counted(store) as statements, store.read() as conn:
            symbols = load_symbols(conn)
            load_holdings(conn, symbols)
            load_panel(conn, sessions, symbols)
            load_sectors(conn, symbols, first=sessions[0].item(), last=sessions[-1].item())
            load_benchmarks(conn)
        return len(statements)

    few = load()
    fill_books(store, [Book(f"q{n}", (Lot("A", 1.0), Lot("C", 2.0))) for n in range(48)], now=now)
    with store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(portfolios)).scalar_one() == 50
    assert load() == few <= 8


def test_a_complete_page_costs_a_constant_number_of_statements(store, now):
    symbols = "ABCDEFGHIJKLMNOP"
    panel = panel_of(random_prices(52, 40, symbols))
    lots = tuple(Lot(symbol, 1.0) for symbol in symbols)
    ids = fill_store(store, panel, [Book("one", lots[:1]), Book("many", lots * 3)], now=now)
    night(store, panel.sessions[-1].item())

    def load(name):
        with counted(store) as statements, store.read() as conn:
            page = load_complete(conn, ids[name], user_id=load_local_user(conn))
        return len(statements), len(page.holdings)

    (few, one), (many, all_of_them) = load("one"), load("many")
    assert (one, all_of_them) == (1, 16)
    assert few == many <= 10

"""What is known of stored price histories without reading them."""

from datetime import timedelta

import pytest

from builders import Book, Lot, day, fill_books, fill_prices, panel_of, random_prices
from riskpanel.store.price_history import load_last_prices, load_main_index


@pytest.fixture
def panel():
    return panel_of(random_prices(3, 10, "ABC"))


@pytest.fixture
def priced(store, panel, now):
    fill_prices(store, panel, now=now)
    return store


def last_prices(store, on_day):
    with store.read() as conn:
        return load_last_prices(conn, on_day=on_day)


def test_the_last_price_up_to_a_day_is_that_of_each_symbol_that_is_held_or_an_index(
    priced, store, panel, now
):
    fill_books(priced, [Book("p", (Lot("A", 1.0), Lot("A", 2.0), Lot("NOPE", 1.0)))], now=now)
    assert last_prices(priced, day(panel)) == {"A": day(panel), "SPY": day(panel)}
    assert last_prices(priced, day(panel, -4)) == {"A": day(panel, -4), "SPY": day(panel, -4)}
    assert last_prices(priced, day(panel) + timedelta(days=90)) == {"A": day(panel), "SPY": day(panel)}
    assert last_prices(priced, day(panel, 0) - timedelta(days=1)) == {}


def test_a_lot_counts_from_its_first_day_until_before_its_last(priced, panel, now):
    lot = Lot("B", 1.0, day(panel, 3), day(panel, 6))
    fill_books(priced, [Book("p", (lot,))], now=now)
    held = [row for row in range(10) if "B" in last_prices(priced, day(panel, row))]
    assert held == [3, 4, 5]


def test_without_a_portfolio_nothing_is_wanted(priced, panel):
    assert last_prices(priced, day(panel)) == {}
    with priced.read() as conn:
        assert load_main_index(conn) is None


def test_the_main_index_is_that_of_most_portfolios(store, now):
    fill_books(store, [Book(name, index=index) for name, index in ("1Q", "2S", "3S")], now=now)
    with store.read() as conn:
        assert load_main_index(conn) == "S"
    fill_books(store, [Book("4", index="Q")], now=now)
    with store.read() as conn:
        assert load_main_index(conn) == "Q"  # as many: the first by name

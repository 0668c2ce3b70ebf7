from datetime import date

import numpy as np
import pytest

from builders import Book, Lot, holdings_of, panel_of

ENTRY, EXIT = date(2024, 12, 20), date(2024, 12, 27)


@pytest.fixture
def panel():
    return panel_of({"A": [1.0] * 5, "B": [1.0] * 5, "C": [1.0] * 5})


def quantities(holdings, day):
    return holdings.quantities(day, n_symbols=3).times(np.eye(3))


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2024, 12, 19), 0.0),
        (date(2024, 12, 20), 5.0),
        (date(2024, 12, 26), 5.0),
        (date(2024, 12, 27), 0.0),
        (date(2024, 12, 28), 0.0),
    ],
)
def test_a_lot_is_active_from_its_entry_date_until_before_its_exit_date(panel, day, held):
    holdings = holdings_of(panel, [Book("p", (Lot("B", 5, ENTRY, EXIT),))])
    assert quantities(holdings, day).tolist() == [[0.0, held, 0.0]]


def test_a_lot_without_dates_was_always_held(panel):
    holdings = holdings_of(panel, [Book("p", (Lot("A", 2), Lot("B", 3, exit=EXIT), Lot("C", 4, ENTRY)))])
    assert quantities(holdings, date(1990, 1, 2)).tolist() == [[2.0, 3.0, 0.0]]
    assert quantities(holdings, date(2040, 1, 3)).tolist() == [[2.0, 0.0, 4.0]]


def test_lots_of_a_symbol_net_and_a_flat_symbol_is_not_held(panel):
    lots = (Lot("A", 5), Lot("A", 2, multiplier=10), Lot("B", 7), Lot("B", -7), Lot("C", -3))
    netted = holdings_of(panel, [Book("p", lots)]).quantities(ENTRY, n_symbols=3)
    assert netted.columns.tolist() == [0, 2]
    assert netted.data.tolist() == [25.0, -3.0]


def test_selecting_portfolios_keeps_each_with_its_own_lots(panel):
    books = [
        Book("a", (Lot("A", 1, ENTRY, EXIT), Lot("B", 2)), 10.0, "A", "X"),
        Book("b", (), 20.0, "B", "Y"),
        Book("c", (Lot("C", -3), Lot("A", 4)), 30.0, "C", "Z"),
    ]
    some = holdings_of(panel, books).select(np.array([2, 0]))
    assert (some.names, some.market_indices, some.benchmark_codes) == (("c", "a"), ("C", "A"), ("Z", "X"))
    assert some.portfolio_ids.tolist() == [3, 1]
    assert some.cash.tolist() == [30.0, 10.0]
    assert quantities(some, ENTRY).tolist() == [[4.0, 0.0, -3.0], [1.0, 2.0, 0.0]]
    assert quantities(some, EXIT).tolist() == [[4.0, 0.0, -3.0], [0.0, 2.0, 0.0]]


def test_selecting_nothing_leaves_nothing(panel):
    none = holdings_of(panel, [Book("a", (Lot("A", 1),))]).select(np.array([], dtype=np.int64))
    assert len(none) == 0
    assert none.lot_symbol.size == 0
    assert none.quantities(ENTRY, n_symbols=3).times(np.ones(3)).tolist() == []


def test_a_log_that_shows_holdings_does_not_name_the_portfolios(panel):
    holdings = holdings_of(panel, [Book("Grandmother's savings", (Lot("A", 2),))])
    assert "Grandmother" not in repr(holdings)
    assert holdings.names == ("Grandmother's savings",)

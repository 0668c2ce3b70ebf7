import numpy as np
import pytest

from builders import Book, Lot, day, holdings_of, panel_of
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.valuation import build_valuation, find_empty, find_failures

NAN = np.nan
POLICY = RiskPolicy()


def value(panel, *books, row=-1):
    return build_valuation(holdings_of(panel, books), panel, POLICY, len(panel.sessions) + row)


def failures(panel, *books, row=-1, policy=POLICY):
    found = find_failures(holdings_of(panel, books), panel, policy, len(panel.sessions) + row)
    return {position: failure.error for position, failure in found.items()}


@pytest.fixture
def panel():
    prices = {"A": [10, 10, 11], "B": [20, 20, 19], "C": [5, NAN, 7]}
    return panel_of(prices, close={"A": [100, 100, 110]})


def test_net_asset_value_is_cash_plus_exposures_at_raw_closes(panel):
    book = value(panel, Book("p", (Lot("A", 3), Lot("B", -4), Lot("A", 1, multiplier=2)), cash=500))
    assert book.nav.tolist() == [500 + 5 * 110 - 4 * 19]
    assert book.long.tolist() == [550]
    assert book.short.tolist() == [-76]
    assert book.exposures.times(np.eye(3)).tolist() == [[550, -76, 0]]
    np.testing.assert_allclose(book.weights.times(np.eye(3))[0], [550 / 974, -76 / 974, 0], rtol=1e-15)
    assert book.price_coverage.tolist() == [1.0]


def test_cash_alone_is_worth_itself_and_is_fully_covered(panel):
    book = value(panel, Book("p", cash=500.0))
    assert (book.nav[0], book.long[0], book.short[0], book.price_coverage[0]) == (500.0, 0.0, 0.0, 1.0)
    assert (book.daily_pnl[0], book.daily_return[0]) == (0.0, 0.0)


def test_a_price_of_an_earlier_session_values_a_position_and_lowers_the_price_coverage(panel):
    book = value(panel, Book("p", (Lot("C", 10), Lot("A", 1.5))), row=-2)
    assert book.nav.tolist() == [200.0]
    assert book.price_coverage.tolist() == [0.75]
    assert book.price_age.tolist() == [0, 0, 1]


def test_the_daily_gain_is_that_of_yesterdays_book(panel):
    book = value(panel, Book("p", (Lot("A", 3), Lot("B", -4)), cash=500))
    assert book.daily_pnl[0] == pytest.approx(3 * 100 * 0.1 - 4 * -1)
    assert book.daily_return[0] == pytest.approx(34 / (500 + 300 - 80))


def test_a_split_makes_no_gain():
    panel = panel_of({"A": [50, 50, 51]}, close={"A": [200, 200, 51]})
    book = value(panel, Book("p", (Lot("A", 4),)))
    # The lot stands as it is: 4 shares at 200; the return of the adjusted close is 2 %.
    assert book.daily_pnl[0] == pytest.approx(16)
    assert book.daily_return[0] == pytest.approx(0.02)


def test_a_dividend_is_a_gain_although_the_close_falls():
    # 100 -> 98 after a dividend of 2: adjusted 98 -> 98, so nothing was lost.
    panel = panel_of({"A": [97, 98, 98]}, close={"A": [99, 100, 98]})
    assert value(panel, Book("p", (Lot("A", 1),))).daily_pnl[0] == pytest.approx(0.0)


def test_a_gap_makes_no_gain_and_the_jump_after_it_makes_all_of_it(panel):
    book = Book("p", (Lot("C", 10),), cash=50)
    gap, jump = value(panel, book, row=-2), value(panel, book)
    assert (gap.daily_pnl[0], gap.daily_return[0]) == (0.0, 0.0)
    assert jump.daily_pnl[0] == pytest.approx(20)
    assert jump.daily_return[0] == pytest.approx(20 / 100)


def test_a_lot_entered_today_makes_no_gain_today(panel):
    new = Lot("A", 3, entry=day(panel))
    book = value(panel, Book("p", (new, Lot("B", 1)), cash=10))
    assert book.daily_pnl[0] == pytest.approx(-1)
    assert book.daily_return[0] == pytest.approx(-1 / 30)
    assert book.nav[0] == 10 + 330 + 19


def test_a_lot_exited_today_makes_todays_gain_and_is_worth_nothing(panel):
    book = value(panel, Book("p", (Lot("A", 3, exit=day(panel)), Lot("B", 1)), cash=10))
    assert book.daily_pnl[0] == pytest.approx(30 - 1)
    assert book.nav[0] == 10 + 19


def test_the_first_session_of_a_panel_has_no_gain(panel):
    book = value(panel, Book("p", (Lot("A", 3),)), row=-3)
    assert np.isnan([book.daily_pnl[0], book.daily_return[0]]).all()
    assert book.nav[0] == 300


def test_the_gain_is_missing_where_a_position_had_no_price_yesterday():
    panel = panel_of({"A": [10, 10, 11], "B": [NAN, NAN, 3]})
    book = value(panel, Book("p", (Lot("A", 1), Lot("B", 1))), Book("q", (Lot("A", 1),)))
    assert np.isnan([book.daily_pnl[0], book.daily_return[0]]).all()
    assert book.daily_pnl[1] == pytest.approx(1.0)


def test_the_return_is_missing_where_yesterdays_net_asset_value_was_not_above_zero(panel):
    book = value(panel, Book("p", (Lot("A", 1, exit=day(panel)), Lot("A", 1)), cash=-200))
    holdings = value(panel, Book("p", (Lot("A", 2),), cash=-200))
    assert np.isnan(holdings.daily_return[0])
    assert holdings.daily_pnl[0] == pytest.approx(20)
    assert np.isnan(book.daily_return[0])


def test_a_position_without_any_price_fails_its_portfolio_by_name():
    panel = panel_of({"A": [1, 1], "B": [NAN, NAN], "C": [NAN, NAN]})
    good, bad = Book("good", (Lot("A", 1),)), Book("bad", (Lot("A", 1), Lot("C", 1), Lot("B", -1)))
    assert failures(panel, good, bad) == {1: f"no price for B, C in the 22 sessions up to {day(panel)}"}
    (failure,) = find_failures(holdings_of(panel, [bad], first_id=7), panel, POLICY, 1).values()
    assert (failure.portfolio_id, failure.name) == (7, "bad")
    assert failure.hint


def test_an_unpriced_symbol_that_nets_to_nothing_fails_nobody():
    panel = panel_of({"A": [1, 1], "B": [NAN, NAN]})
    assert failures(panel, Book("flat", (Lot("A", 1), Lot("B", 2), Lot("B", -2)))) == {}


@pytest.mark.parametrize(("age", "fails"), [(21, False), (22, True)])
def test_a_close_values_a_position_for_21_sessions_and_not_for_22(age, fails):
    panel = panel_of({"A": [9, 8] + [NAN] * age, "B": [1.0] * (age + 2)})
    book = Book("p", (Lot("A", 5),))
    assert bool(failures(panel, book)) is fails
    if not fails:
        assert value(panel, book).nav.tolist() == [40.0]
        assert value(panel, book).price_coverage.tolist() == [0.0]


@pytest.mark.parametrize(("allowed", "fails"), [(0, True), (1, False)])
def test_the_age_that_is_allowed_is_the_policys(allowed, fails):
    panel = panel_of({"A": [9, NAN]})
    policy = RiskPolicy(max_price_age=allowed)
    assert bool(failures(panel, Book("p", (Lot("A", 5),)), policy=policy)) is fails


@pytest.mark.parametrize(("cash", "shown"), [(-110.0, "0.00"), (-1_234_677.0, "-1,234,567.00")])
def test_a_net_asset_value_of_zero_or_less_fails_the_portfolio_by_name(panel, cash, shown):
    book = Book("p", (Lot("A", 1),), cash=cash)
    expected = f"net asset value is {shown} on {day(panel)}; it must be above 0"
    assert failures(panel, book) == {0: expected}
    assert failures(panel, Book("p", (Lot("A", 1),), cash=-109.99)) == {}


def test_a_portfolio_without_lots_and_cash_is_empty_and_one_with_either_is_not(panel):
    ended = Lot("A", 1, exit=day(panel))
    books = [Book("a"), Book("b", cash=1), Book("c", (ended,)), Book("d", (Lot("A", 1),))]
    holdings = holdings_of(panel, books)
    assert find_empty(holdings, panel, 2) == {0, 2}
    assert find_empty(holdings, panel, 1) == {0}

"""Bars of prices: what they refuse, and what they only mark."""

import numpy as np
import pytest

from riskpanel.risk import Bars


def test_prices_become_float64_whatever_they_came_as():
    bars = Bars([1, 2], [3, 3], [1, 1], [2, 2])
    assert bars.open.dtype == np.float64
    assert bars.shape == ()
    assert Bars(*np.ones((4, 5, 2), dtype=np.float32)).shape == (2,)


@pytest.mark.parametrize("name", ["open", "high", "low", "close"])
@pytest.mark.parametrize("price", [0.0, -1.0, np.inf])
def test_a_price_that_is_none_is_refused_by_the_name_of_its_column(name, price):
    prices = {column: np.full((3, 2), 10.0) for column in ("open", "high", "low", "close")}
    prices[name][1, 0] = price
    with pytest.raises(ValueError, match=f"^{name} must be positive and finite"):
        Bars(**prices)


def test_a_high_below_its_low_is_refused_with_its_row_and_column():
    prices = np.full((4, 3), 10.0)
    high = prices.copy()
    high[2, 1] = 9.9
    with pytest.raises(ValueError, match=r"^high is below low: row 2, column 1$"):
        Bars(prices, high, prices, prices)
    with pytest.raises(ValueError, match=r"^high is below low: row 2$"):
        Bars(prices[:, 1], high[:, 1], prices[:, 1], prices[:, 1])


def test_prices_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match="must have one shape"):
        Bars(np.ones(3), np.ones(3), np.ones(4), np.ones(3))
    with pytest.raises(ValueError, match="low must have shape"):
        Bars(np.ones(3), np.ones(3), np.ones((3, 1, 1)), np.ones(3))


def test_sessions_that_contradict_themselves_are_marked_one_by_one():
    bars = Bars([10.0, 12.1, 10.0, np.nan, 10.0], [12.0] * 5, [9.0] * 5, [11.0, 11.0, 8.9, 12.5, np.nan])
    assert bars.contradictory.tolist() == [False, True, True, True, False]


def test_a_session_that_contradicts_itself_gives_no_close_to_the_next_night():
    bars = Bars([10.0, 10.0, 10.0], [11.0] * 3, [9.0] * 3, [10.0, 12.0, 10.5])
    assert np.isnan(bars.log_moves(3).gap).tolist() == [[True], [True], [True]]
    assert np.isnan(bars.log_moves(3).span).tolist() == [[False], [True], [False]]


def test_the_moves_of_the_last_rows_are_the_last_of_all_moves():
    rng = np.random.default_rng(1)
    low = rng.uniform(9, 10, (20, 3))
    bars = Bars(low + 0.5, low + 1, low, low + 0.2)
    every, last = bars.log_moves(20), bars.log_moves(7)
    for name in ("up", "down", "close", "span", "gap"):
        np.testing.assert_array_equal(getattr(last, name), getattr(every, name)[-7:])
    assert np.isnan(every.gap[0]).all()
    assert np.isfinite(last.gap).all()

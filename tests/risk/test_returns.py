"""Simple returns: both sessions must have a price."""

import math

import numpy as np
import pytest

from riskpanel.risk import simple_returns


def loop_returns(prices):
    rows, columns = prices.shape
    result = np.full((rows - 1, columns), np.nan)
    for row in range(1, rows):
        for column in range(columns):
            before, after = prices[row - 1, column], prices[row, column]
            if not math.isnan(before) and not math.isnan(after):
                result[row - 1, column] = after / before - 1
    return result


@pytest.mark.parametrize("missing", [0.0, 0.2, 1.0])
def test_returns_equal_a_loop_over_pairs_of_sessions(missing):
    rng = np.random.default_rng(1)
    prices = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (60, 7)), axis=0))
    prices[rng.random(prices.shape) < missing] = np.nan
    np.testing.assert_allclose(simple_returns(prices), loop_returns(prices), rtol=1e-13)


@pytest.mark.parametrize("gap", [1, 3, 10])
def test_k_missing_interior_prices_cost_k_plus_one_returns(gap):
    prices = np.linspace(100, 130, 40)
    prices[12 : 12 + gap] = np.nan
    assert np.isnan(simple_returns(prices)).sum() == gap + 1


def test_missing_prices_at_either_end_cost_as_many_returns():
    prices = np.r_[np.nan, np.nan, 1.0, 2.0, 3.0, np.nan]
    assert np.isnan(simple_returns(prices)).sum() == 3


@pytest.mark.parametrize(
    ("given", "result"), [((1,), (0,)), ((1, 3), (0, 3)), ((4, 0), (3, 0)), ((5, 2), (4, 2))]
)
def test_there_is_one_row_less_than_prices(given, result):
    assert simple_returns(np.ones(given)).shape == result


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf])
def test_a_price_that_is_not_positive_and_finite_raises(bad):
    with pytest.raises(ValueError, match="positive and finite"):
        simple_returns([1.0, bad, 2.0])


@pytest.mark.parametrize("bad", [np.zeros(0), np.zeros((0, 3)), np.float64(3.0), np.ones((2, 2, 2))])
def test_prices_without_a_row_or_with_other_axes_raise(bad):
    with pytest.raises(ValueError, match="must have shape"):
        simple_returns(bad)


def test_returns_are_decimals_not_percents_and_not_logs():
    assert simple_returns([100.0, 150.0]).tolist() == [0.5]

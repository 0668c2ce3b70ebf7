"""Tracking error against arithmetic, a loop and pandas."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden.real_prices import read_stocks
from properties.draws import draw, missing_shares, modest, seeds
from risk.oracles import sample_returns
from riskpanel.risk import market_beta, realized_volatility, simple_returns, tracking_error


def test_the_tracking_error_equals_a_loop_and_pandas_over_the_pairs_that_exist():
    returns, market = sample_returns(61, 252, 9, missing=0.3)
    market[[3, 200]] = np.nan
    found = tracking_error(returns, market)
    for column in range(9):
        gaps = [r - m for r, m in zip(returns[:, column], market, strict=True) if not math.isnan(r - m)]
        loop = math.sqrt(252 * math.fsum(gap * gap for gap in gaps) / len(gaps))
        assert found[column] == pytest.approx(loop, rel=1e-12)
        frame = pd.Series(returns[:, column]) - pd.Series(market)
        assert found[column] == pytest.approx(math.sqrt(252) * math.sqrt((frame**2).mean()), rel=1e-12)


def test_the_index_has_no_tracking_error_against_itself():
    _, market = sample_returns(62, 252, 1)
    assert tracking_error(market, market) == 0.0


def test_cash_alone_tracks_no_better_than_the_index_is_volatile():
    _, market = sample_returns(63, 252, 1)
    root = math.sqrt(252 * np.mean(np.square(market)))
    assert tracking_error(np.zeros(252), market) == pytest.approx(root, rel=1e-12)


def test_a_steady_difference_is_an_error_too():
    market = np.tile([0.01, -0.01], 126)
    assert tracking_error(market - 0.001, market) == pytest.approx(0.001 * math.sqrt(252), rel=1e-9)


@pytest.mark.parametrize(("pairs", "known"), [(62, False), (63, True)])
def test_sixty_three_pairs_are_needed_by_default(pairs, known):
    returns, market = sample_returns(64, 252, 2)
    returns[: 252 - pairs] = np.nan
    assert np.isfinite(tracking_error(returns, market)).tolist() == [known] * 2


def test_misuse_raises():
    with pytest.raises(ValueError, match="min_obs must be at least 1"):
        tracking_error(np.zeros(3), np.zeros(3), min_obs=0)
    with pytest.raises(ValueError, match=r"benchmark must have shape \(3,\)"):
        tracking_error(np.zeros((3, 2)), np.zeros(4))


@pytest.mark.parametrize("shape", [(0,), (0, 3), (5, 0)])
def test_empty_tables_keep_the_shape(shape):
    found = tracking_error(np.zeros(shape), np.zeros(shape[0]))
    assert found.shape == shape[1:]
    assert np.isnan(found).all()


@modest
@given(seeds, st.floats(1e-3, 1e3), missing_shares)
def test_scaling_both_scales_the_error_and_swapping_them_changes_nothing(seed, factor, missing):
    returns, market = draw(seed, missing=missing)
    one = tracking_error(returns, market)
    np.testing.assert_allclose(tracking_error(factor * returns, factor * market), factor * one, rtol=1e-10)
    np.testing.assert_array_equal(tracking_error(market, returns[:, 0]), one[0])


@modest
@given(seeds, missing_shares)
def test_a_series_has_the_same_error_alone_and_in_company_to_the_bit(seed, missing):
    returns, market = draw(seed, missing=missing)
    alone = [tracking_error(returns[:, column], market) for column in range(5)]
    np.testing.assert_array_equal(alone, tracking_error(returns, market))


@modest
@given(seeds)
def test_errors_obey_the_triangle_inequality(seed):
    returns, _ = draw(seed)
    a, b, c = returns[:, :3].T
    assert tracking_error(a, c) <= tracking_error(a, b) + tracking_error(b, c) + 1e-15


def test_the_error_of_a_real_stock_is_its_residual_and_its_beta_gap_together(shared_data):
    """TE squared = 252 x (mean gap squared + variance of the gap), which pandas gives by itself."""
    _, symbols, stocks, index = read_stocks(shared_data)
    returns, market = simple_returns(stocks)[-252:], simple_returns(index)[-252:]
    found = tracking_error(returns, market)
    gap = pd.DataFrame(returns - market[:, None])
    expected = np.sqrt(252 * (gap.var(ddof=0) + gap.mean() ** 2))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert (symbols[int(np.argmax(found))], symbols[int(np.argmin(found))]) == ("RRC", "AAPL")
    about_market = realized_volatility(market, window=252, min_obs=252)
    beta_gap = np.abs(market_beta(returns, market).beta - 1) * about_market
    assert (found > 0.99 * beta_gap).all()

"""What must hold for any returns beyond what test_every_function.py asks of all functions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from properties.draws import draw, missing_shares, modest, seeds
from riskpanel.risk import (
    Reason,
    absence_reasons,
    market_beta,
    realized_volatility,
    rolling_realized_volatility,
    simple_returns,
    volatility_percentile,
    volatility_trend,
)


@modest
@given(seeds, st.floats(0, 1))
def test_reasons_are_none_where_nothing_is_missing(seed, missing):
    returns, _ = draw(seed, rows=60, missing=missing)
    absent = np.array([True, False, True, False, True])
    codes = absence_reasons(returns, absent, window=21, min_obs=15)
    assert ((codes != Reason.NONE) == absent).all()


@modest
@given(seeds, st.floats(-0.05, 0.05), missing_shares)
def test_translating_returns_moves_alpha_by_as_much(seed, shift, missing):
    returns, market = draw(seed, missing=missing)
    one, moved = market_beta(returns, market), market_beta(returns + shift, market)
    np.testing.assert_allclose(moved.alpha, one.alpha + shift, atol=1e-14)


@modest
@given(seeds, missing_shares)
def test_the_newest_rolling_volatility_is_the_volatility_to_the_bit(seed, missing):
    returns, _ = draw(seed, rows=80, missing=missing)
    options = {"window": 63, "min_obs": 20}
    rolling = rolling_realized_volatility(returns, **options)
    np.testing.assert_array_equal(realized_volatility(returns, **options), rolling[-1])


@modest
@given(seeds, missing_shares)
def test_fit_and_p_are_shares_and_the_market_has_beta_one(seed, missing):
    returns, market = draw(seed, missing=missing)
    estimates = market_beta(np.c_[returns, market], market)
    known = np.isfinite(estimates.beta)
    assert ((estimates.r_squared[known] >= 0) & (estimates.r_squared[known] <= 1)).all()
    assert ((estimates.p_value[known] >= 0) & (estimates.p_value[known] <= 1)).all()
    assert (estimates.beta[-1], estimates.r_squared[-1], estimates.std_error[-1]) == (1.0, 1.0, 0.0)


@modest
@given(seeds, st.floats(0, 0.4))
def test_percentiles_are_strictly_between_0_and_100_and_strengths_in_0_to_1(seed, missing):
    returns, _ = draw(seed, missing=missing)
    percentile = volatility_percentile(returns).percentile
    strength = volatility_trend(returns).strength
    assert ((percentile > 0) & (percentile < 100) | np.isnan(percentile)).all()
    assert ((strength >= 0) & (strength <= 1) | np.isnan(strength)).all()


@modest
@given(seeds, st.floats(1.5, 20))
def test_turning_the_last_21_sessions_up_never_lowers_the_trend(seed, factor):
    returns, _ = draw(seed)
    louder = returns.copy()
    louder[-21:] *= factor
    assert (volatility_trend(louder).log_ratio > volatility_trend(returns).log_ratio).all()
    assert (volatility_trend(louder).direction >= volatility_trend(returns).direction).all()


@modest
@given(seeds)
def test_the_returns_of_compounded_returns_are_they(seed):
    returns, _ = draw(seed, rows=50)
    prices = np.cumprod(1 + returns, axis=0)
    np.testing.assert_allclose(simple_returns(prices), returns[1:], atol=1e-13)


@modest
@given(seeds, missing_shares)
def test_missing_prices_remove_returns_and_change_none(seed, missing):
    returns, _ = draw(seed, rows=50)
    prices = np.cumprod(1 + returns, axis=0)
    holes = np.random.default_rng(seed).random(prices.shape) < missing
    full, holed = simple_returns(prices), simple_returns(np.where(holes, np.nan, prices))
    lost = holes[1:] | holes[:-1]
    assert np.isnan(holed[lost]).all()
    np.testing.assert_array_equal(holed[~lost], full[~lost])

"""Betas of every window against those of each window by itself."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.rolling import RollingOLS

from golden.real_prices import read_stocks
from properties.draws import draw, factors, missing_shares, modest, seeds
from risk.oracles import sample_returns
from riskpanel.risk import Reason, market_beta, rolling_market_beta, simple_returns
from shared_files import shared_data

__all__ = ["shared_data"]

FIELDS = ("beta", "alpha", "std_error", "r_squared", "p_value", "n_obs", "reason")


def window_by_window(returns, market, *, window, min_obs):
    """Fit each window from its own rows: one (T, N) array a field."""
    fits = [
        market_beta(
            returns[max(t - window + 1, 0) : t + 1],
            market[max(t - window + 1, 0) : t + 1],
            min_obs=min_obs,
        )
        for t in range(len(returns))
    ]
    return {name: np.array([getattr(fit, name) for fit in fits]) for name in FIELDS}


def assert_same(rolling, expected, *, rtol=1e-9):
    for name in ("n_obs", "reason"):
        np.testing.assert_array_equal(getattr(rolling, name), expected[name], err_msg=name)
    np.testing.assert_allclose(rolling.std_error, expected["std_error"], rtol=rtol, atol=1e-300)
    # A slope near 0 is a difference of large sums in any method: its error is the scale to measure by.
    scale = np.maximum(np.abs(expected["beta"]), expected["std_error"])
    np.testing.assert_array_equal(np.isnan(rolling.beta), np.isnan(scale))
    assert (np.abs(rolling.beta - expected["beta"]) <= rtol * scale)[np.isfinite(scale)].all()
    np.testing.assert_allclose(rolling.r_squared, expected["r_squared"], rtol=rtol, atol=1e-13)
    np.testing.assert_allclose(rolling.p_value, expected["p_value"], rtol=1e-6, atol=1e-280)
    spread = expected["std_error"] * 0.01
    assert (np.abs(rolling.alpha - expected["alpha"]) <= rtol * np.maximum(spread, 1e-8))[
        np.isfinite(spread)
    ].all()


@pytest.mark.parametrize("window", [3, 20, 90, 251, 400])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_each_row_equals_the_fit_of_its_own_window(window, missing):
    returns, market = sample_returns(141, 300, 6, missing=missing)
    market[[7, 150]] = np.nan
    options = {"window": window, "min_obs": max(3, window // 3)}
    assert_same(rolling_market_beta(returns, market, **options), window_by_window(returns, market, **options))


def test_twenty_stocks_of_33_years_on_every_session(shared_data):
    _, _, prices, index = read_stocks(shared_data)
    returns, market = simple_returns(prices)[-2500:], simple_returns(index)[-2500:]
    holes = np.random.default_rng(142).random(returns.shape) < 0.05
    returns = np.where(holes, np.nan, returns)
    options = {"window": 90, "min_obs": 30}
    assert_same(rolling_market_beta(returns, market, **options), window_by_window(returns, market, **options))


@pytest.mark.parametrize("rows", [range(130), range(100, 260), range(85, 95), range(130, 300)])
@pytest.mark.parametrize("factor", [1e4, 1e-4])
def test_a_wild_stretch_leaves_nothing_in_the_calm_windows_after_it(rows, factor):
    returns, market = sample_returns(143, 300, 6, missing=0.1)
    returns[rows] *= factor
    options = {"window": 60, "min_obs": 20}
    assert_same(rolling_market_beta(returns, market, **options), window_by_window(returns, market, **options))
    market[rows] *= factor
    assert_same(rolling_market_beta(returns, market, **options), window_by_window(returns, market, **options))


def test_constant_windows_are_degenerate_whatever_came_before_them():
    returns, market = sample_returns(144, 300, 5)
    returns[:100] *= 1e4
    for column, constant in enumerate([0.0, 0.1, 1e-9, 3.0, -0.037]):
        returns[100:, column] = constant
    returns[::7, 2] = np.nan
    rolling = rolling_market_beta(returns, market, window=90, min_obs=30)
    assert np.isfinite(rolling.beta[:189]).sum() > 700
    for values in (rolling.beta, rolling.std_error, rolling.r_squared, rolling.p_value, rolling.alpha):
        assert np.isnan(values[189:]).all()
    assert (rolling.reason[189:] == Reason.DEGENERATE).all()
    flat_market = rolling_market_beta(returns, np.full(300, 0.01), window=90, min_obs=30)
    assert np.isnan(flat_market.beta).all()


def test_the_index_against_itself_has_beta_one_exactly_in_every_window():
    _, market = sample_returns(145, 250, 1)
    own = rolling_market_beta(market, market, window=90, min_obs=90)
    assert (own.beta[89:] == 1.0).all()
    assert (own.std_error[89:] == 0.0).all()
    assert (own.r_squared[89:] == 1.0).all()
    assert (own.p_value[89:] == 0.0).all()
    assert (own.alpha[89:] == 0.0).all()


@pytest.mark.parametrize("noise", [1e-2, 1e-3, 1e-5, 1e-8, 1e-12])
def test_near_perfect_fits_keep_the_digits_of_their_errors(noise):
    _, market = sample_returns(146, 200, 1)
    spread = np.random.default_rng(147).normal(0, noise * market.std(), (200, 4))
    returns = 2 * market[:, None] + spread
    options = {"window": 60, "min_obs": 20}
    assert_same(rolling_market_beta(returns, market, **options), window_by_window(returns, market, **options))


@pytest.mark.parametrize("level", [0.5, 3.0, 1e3, 1e6])
def test_series_that_hardly_move_around_a_large_mean_keep_their_digits(level):
    returns, market = sample_returns(148, 200, 4)
    options = {"window": 60, "min_obs": 20}
    assert_same(
        rolling_market_beta(returns + level, market, **options),
        window_by_window(returns + level, market, **options),
    )
    assert_same(
        rolling_market_beta(returns, market + level, **options),
        window_by_window(returns, market + level, **options),
    )


def test_reasons_are_those_of_each_window_for_series_that_begin_stop_pause_and_never_trade():
    returns, market = sample_returns(149, 260, 7)
    returns[:120, 0] = np.nan
    returns[150:, 1] = np.nan
    returns[40:190, 2] = np.nan
    returns[:, 3] = np.nan
    returns[5::6, 4] = np.nan
    returns[100:, 5] = 0.002
    returns[:100, 6] = returns[130:, 6] = np.nan  # never enough, and then it stops
    options = {"window": 60, "min_obs": 40}
    rolling = rolling_market_beta(returns, market, **options)
    expected = window_by_window(returns, market, **options)
    np.testing.assert_array_equal(rolling.reason, expected["reason"])
    assert set(np.unique(rolling.reason)) == {0, 1, 2, 3, 4, 5}


def test_slopes_and_errors_equal_the_rolling_regression_of_statsmodels():
    returns, market = sample_returns(150, 250, 3)
    rolling = rolling_market_beta(returns, market, window=90, min_obs=90)
    for column in range(3):
        fit = RollingOLS(returns[:, column], sm.add_constant(market), window=90).fit()
        np.testing.assert_allclose(rolling.beta[89:, column], fit.params[89:, 1], rtol=1e-9)
        np.testing.assert_allclose(rolling.alpha[89:, column], fit.params[89:, 0], rtol=1e-7, atol=1e-12)
        np.testing.assert_allclose(rolling.std_error[89:, column], fit.bse[89:, 1], rtol=1e-9)
        np.testing.assert_allclose(rolling.r_squared[89:, column], fit.rsquared[89:], atol=1e-11)


def test_more_near_perfect_windows_than_are_gathered_at_once_are_all_fitted():
    _, market = sample_returns(151, 150, 1)
    multiples = np.linspace(-2, 2, 1000)  # 1,000 series x 91 windows of 60 rows: two batches
    rolling = rolling_market_beta(market[:, None] * multiples, market, window=60, min_obs=60)
    np.testing.assert_allclose(rolling.beta[59:], np.broadcast_to(multiples, (91, 1000)), rtol=1e-13)
    assert rolling.std_error[59:].max() < 1e-15
    assert (rolling.r_squared[59:] == 1.0).all()


def test_more_series_than_are_worked_on_at_once_have_the_numbers_of_each_alone():
    returns, market = sample_returns(152, 100, 1100, missing=0.1)
    many = rolling_market_beta(returns, market, window=40, min_obs=20)
    for column in (0, 1023, 1024, 1099):
        alone = rolling_market_beta(returns[:, column], market, window=40, min_obs=20)
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(alone, name), getattr(many, name)[:, column])


@pytest.mark.parametrize("shape", [(0,), (0, 3), (90, 0), (1, 3), (1,)])
def test_empty_tables_and_single_rows_have_no_beta(shape):
    estimates = rolling_market_beta(np.zeros(shape), np.zeros(shape[0]), window=10, min_obs=5)
    assert np.shape(estimates.beta) == shape
    assert np.isnan(estimates.beta).all()
    assert (np.asarray(estimates.reason) != Reason.NONE).all()


@pytest.mark.parametrize(
    ("returns", "market", "options", "message"),
    [
        (np.zeros((5, 2)), np.zeros(4), {"window": 5, "min_obs": 3}, r"market must have shape \(5,\)"),
        (np.array([0.1, np.inf]), np.zeros(2), {"window": 5, "min_obs": 3}, "infinite"),
        (np.zeros(5), np.zeros(5), {"window": 5, "min_obs": 2}, "min_obs must be between 3 and"),
        (np.zeros(5), np.zeros(5), {"window": 5, "min_obs": 6}, "the window of 5 sessions"),
    ],
)
def test_misuse_raises(returns, market, options, message):
    with pytest.raises(ValueError, match=message):
        rolling_market_beta(returns, market, **options)


@modest
@given(seeds, missing_shares, st.integers(3, 120), st.permutations(range(5)))
def test_any_window_equals_its_own_fit_and_permuting_series_permutes_bits(seed, missing, window, order):
    returns, market = draw(seed, rows=130, missing=missing)
    options = {"window": window, "min_obs": 3}
    rolling = rolling_market_beta(returns, market, **options)
    permuted = rolling_market_beta(returns[:, list(order)], market, **options)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(permuted, name), getattr(rolling, name)[:, list(order)])
    last = market_beta(returns[-window:], market[-window:], min_obs=3)
    np.testing.assert_array_equal(rolling.reason[-1], last.reason)
    np.testing.assert_allclose(rolling.std_error[-1], last.std_error, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(rolling.beta[-1], last.beta, rtol=1e-8, atol=1e-8)


@modest
@given(seeds, factors, missing_shares)
def test_scaling_returns_scales_every_beta_and_later_rows_change_no_earlier_one(seed, factor, missing):
    returns, market = draw(seed, rows=130, missing=missing)
    options = {"window": 40, "min_obs": 10}
    one = rolling_market_beta(returns, market, **options)
    scaled = rolling_market_beta(factor * returns, market, **options)
    np.testing.assert_allclose(scaled.beta, factor * one.beta, rtol=1e-8, atol=1e-10 * abs(factor))
    np.testing.assert_allclose(scaled.std_error, abs(factor) * one.std_error, rtol=1e-8)
    shorter = rolling_market_beta(returns[:100], market[:100], **options)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(shorter, name), getattr(one, name)[:100])

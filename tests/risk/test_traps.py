"""One test for each known way to get these numbers wrong; those that need real data are in tests/golden/."""

import numpy as np
import pytest

from risk.oracles import sample_returns
from riskpanel.risk import (
    Reason,
    concentration,
    expected_volatility,
    market_beta,
    portfolio_returns,
    portfolio_series,
    realized_volatility,
    sector_weights,
    simple_returns,
    volatility_percentile,
    volatility_trend,
    weighted_beta,
)


def test_unadjusted_close_a_four_for_one_split_changes_no_metric_of_adjusted_closes():
    returns, market = sample_returns(201, 300, 1)
    close = 400 * np.cumprod(1 + returns[:, 0])
    split_close = np.r_[close[:290], close[290:] / 4]
    adj_close = split_close * np.r_[np.full(290, 1 / 4), np.ones(10)]
    plain, adjusted, raw = simple_returns(close), simple_returns(adj_close), simple_returns(split_close)
    assert raw.min() < -0.7
    for metric in (
        lambda r: realized_volatility(r, window=21, min_obs=15),
        lambda r: market_beta(r[-90:], market[-90:]).beta,
        lambda r: expected_volatility(r).volatility,
        lambda r: volatility_percentile(r).percentile,
    ):
        assert metric(adjusted) == pytest.approx(metric(plain), rel=1e-9)
        assert metric(raw) != pytest.approx(metric(plain), rel=0.1)


def test_align_first_a_ten_day_halt_of_a_two_times_index_leaves_beta_two():
    _, market = sample_returns(202, 120, 1)
    prices = np.c_[100 * np.cumprod(1 + market), 50 * np.cumprod(1 + 2 * market)]
    prices[60:70, 1] = np.nan
    aligned = simple_returns(prices)
    estimate = market_beta(aligned[:, 1], aligned[:, 0])
    assert estimate.beta == pytest.approx(2.0, rel=1e-12)
    assert estimate.n_obs == 119 - 11


def test_align_first_a_seven_day_asset_is_measured_on_sessions_only():
    rng = np.random.default_rng(203)
    days = np.arange(210)
    is_session = days % 7 < 5
    daily = rng.normal(0, 0.01, 210)
    asset = 100 * np.cumprod(1 + 2 * daily)
    index = 100 * np.cumprod(1 + daily)
    on_sessions = simple_returns(np.c_[asset, index][is_session])
    right = market_beta(on_sessions[:, 0], on_sessions[:, 1])
    first_then_aligned = market_beta(simple_returns(asset)[is_session[1:]], on_sessions[:, 1])
    assert right.beta == pytest.approx(2.0, abs=0.02)
    assert abs(first_then_aligned.beta - 2.0) > 0.2


def test_zero_fill_a_missing_return_is_not_a_return_of_zero():
    returns, market = sample_returns(204, 90, 1, missing=0.3)
    filled = np.nan_to_num(returns)
    options = {"window": 63, "min_obs": 30}
    assert realized_volatility(returns, **options)[0] > 1.1 * realized_volatility(filled, **options)[0]
    own = np.where(np.isnan(returns[:, 0]), np.nan, market)
    assert market_beta(own, market).beta == pytest.approx(1.0, rel=1e-12)
    assert market_beta(np.nan_to_num(own), market).beta < 0.9


def test_zero_fill_leaving_rows_out_is_the_same_as_marking_them_missing():
    returns, market = sample_returns(205, 90, 1)
    holes = np.zeros(90, dtype=bool)
    holes[[3, 30, 31, 60]] = True
    marked = np.where(holes, np.nan, returns[:, 0])
    assert market_beta(marked, market).beta == pytest.approx(
        market_beta(returns[~holes, 0], market[~holes]).beta, rel=1e-12
    )


def test_position_without_beta_is_not_counted_as_zero_in_silence():
    half_new = weighted_beta([0.5, 0.5], [1.0, np.nan], r_squared=[0.5, np.nan], n_obs=[90, 3])
    assert (half_new.beta, half_new.coverage) == (0.5, 0.5)
    assert half_new.beta / half_new.coverage == 1.0


def test_portfolio_r_squared_of_a_two_times_levered_book_stays_in_zero_to_one():
    levered = weighted_beta([1.2, 0.8], [1.0, 1.0], r_squared=[1.0, 1.0], n_obs=[90, 90])
    assert levered.beta == pytest.approx(2.0)
    assert levered.r_squared == pytest.approx(1.0)
    assert levered.r_squared <= 1.0
    returns, market = sample_returns(206, 90, 2)
    direct = market_beta(portfolio_returns(returns, [1.2, 0.8]), market)
    assert 0 <= direct.r_squared <= 1


def test_dict_keyed_by_symbol_two_lots_of_half_the_book_are_one_name():
    lots, symbols = np.array([30.0, 20.0, -10.0]), np.array([0, 0, 0])
    netted = np.bincount(symbols, weights=lots, minlength=2)
    assert concentration(netted).hhi == 10_000
    assert concentration([20.0, 20.0]).hhi == 5_000


def test_hhi_of_weights_cash_and_leverage_change_nothing():
    equal = np.full(10, 0.1)
    for leverage in (0.5, 1.0, 2.0, -1.0, 1e6):
        book = concentration(leverage * equal)
        assert book.hhi == pytest.approx(1_000, rel=1e-12)
        assert book.effective_num_positions == pytest.approx(10, rel=1e-12)


def test_sectors_over_net_value_plus_60_minus_50_shows_60_and_minus_50():
    book = sector_weights([0.6, -0.5], [0, 1], n_sectors=2)
    assert book.net.tolist() == [0.6, -0.5]
    cash = 1 - 0.6 + 0.5
    assert book.net.sum() + cash == pytest.approx(1.0, abs=1e-15)


def test_only_held_sectors_all_eleven_are_present_and_the_largest_underweight_is_found():
    benchmark = np.array([0.09, 0.1, 0.02, 0.03, 0.13, 0.1, 0.08, 0.32, 0.02, 0.02, 0.09])
    book = sector_weights([0.7, 0.3], [0, 3], n_sectors=11)
    assert book.net.shape == (11,)
    difference = book.net - benchmark
    assert int(difference.argmin()) == 7
    assert difference.sum() == pytest.approx(0.0, abs=1e-12)


def test_percentile_of_the_earliest_year_prepended_history_changes_nothing():
    returns, _ = sample_returns(207, 272, 5)
    older = np.vstack([0.2 * sample_returns(208, 500, 5)[0], returns])
    np.testing.assert_array_equal(
        volatility_percentile(older).percentile, volatility_percentile(returns).percentile
    )


def test_percentile_without_today_a_quiet_year_with_today_as_its_median_is_fifty():
    flat = np.tile([0.01, -0.01], 150)
    assert volatility_percentile(flat).percentile == pytest.approx(50, abs=1.5)


@pytest.mark.parametrize("constant", [0.0, 0.001, 0.07])
def test_constant_market_or_asset_is_null_with_a_reason_and_never_a_crash(constant):
    returns, market = sample_returns(209, 300, 2)
    flat = np.full(300, constant)
    for estimate in (market_beta(returns[:, 0], flat), market_beta(flat, market), market_beta(flat, flat)):
        assert np.isnan(estimate.beta)
        assert estimate.reason == Reason.DEGENERATE
    assert realized_volatility(flat, window=21, min_obs=15) == 0.0
    assert volatility_trend(flat).reason == Reason.DEGENERATE
    assert volatility_percentile(flat).percentile == 50.0


def test_p_values_and_alphas_are_not_rounded_to_six_decimals():
    returns, market = sample_returns(210, 90, 4)
    estimates = market_beta(2 * market[:, None] + 0.2 * returns + 3.2e-7, market)
    assert (estimates.p_value > 0).all()
    assert (estimates.p_value < 3e-9).all()
    shifted = market_beta(2 * market[:, None] + 0.2 * returns, market)
    np.testing.assert_allclose(estimates.alpha - shifted.alpha, 3.2e-7, rtol=1e-6)


def test_har_target_changing_returns_after_a_session_changes_no_forecast_at_it():
    returns, _ = sample_returns(211, 400, 3)
    changed = returns.copy()
    changed[350:] = 7 * changed[350:] + 0.1
    for session in (300, 349, 350):
        before = expected_volatility(returns[:session])
        after = expected_volatility(changed[:session])
        np.testing.assert_array_equal(before.variance, after.variance)
        np.testing.assert_array_equal(before.volatility, after.volatility)


def test_har_target_the_forecast_scales_with_the_returns():
    returns, _ = sample_returns(212, 300, 5, missing=0.1)
    for factor in (0.01, 3.0, 50.0):
        np.testing.assert_allclose(
            expected_volatility(factor * returns).volatility,
            factor * expected_volatility(returns).volatility,
            rtol=1e-12,
        )


def test_har_target_a_forecast_is_not_the_volatility_of_today():
    returns, _ = sample_returns(213, 300, 1)
    returns[-21:] *= 3
    today = realized_volatility(returns, window=21, min_obs=15)
    assert expected_volatility(returns).volatility[0] < 0.8 * today[0]


def test_weighted_sum_of_volatilities_a_perfect_hedge_has_no_volatility():
    returns, market = sample_returns(214, 90, 1)
    twins = np.c_[returns, returns]
    hedged = portfolio_returns(twins, [0.5, -0.5])
    assert realized_volatility(hedged, window=63, min_obs=45) == 0.0
    assert np.isnan(market_beta(hedged, market).beta)


def test_imputed_returns_do_not_make_a_book_look_calm():
    returns, market = sample_returns(215, 90, 4)
    returns[20:, :3] = np.nan
    series = portfolio_series(returns, np.full(4, 0.25), market=market, beta=np.ones(4))
    assert np.isnan(series.returns[20:]).all()
    assert np.isnan(realized_volatility(series.returns, window=21, min_obs=15))

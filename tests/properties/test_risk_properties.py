"""What must hold for any returns and any book: scale, translate, permute, duplicate, prepend, blank out."""

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskpanel.risk import (
    PORTFOLIO_CLOSE_ONLY,
    Reason,
    absence_reasons,
    concentration,
    expected_volatility,
    har_components,
    market_beta,
    mean_square,
    portfolio_returns,
    portfolio_series,
    realized_volatility,
    rolling_realized_volatility,
    sector_weights,
    simple_returns,
    stress,
    volatility_percentile,
    volatility_trend,
    weighted_beta,
)

modest = settings(derandomize=True, max_examples=40, deadline=None, database=None)
seeds = st.integers(0, 2**32 - 1)
factors = st.floats(1e-3, 1e3).flatmap(lambda size: st.sampled_from([size, -size]))
missing_shares = st.sampled_from([0.0, 0.05, 0.3, 0.7])

SERIES = {
    "beta": lambda r, m: market_beta(r[-90:], m[-90:]),
    "realized": lambda r, m: realized_volatility(r, window=21, min_obs=15),
    "mean_square": lambda r, m: mean_square(r, window=21),
    "components": lambda r, m: har_components(r),
    "trend": lambda r, m: volatility_trend(r),
    "percentile": lambda r, m: volatility_percentile(r),
    "instrument_forecast": lambda r, m: expected_volatility(r),
    "portfolio_forecast": lambda r, m: expected_volatility(r, coefficients=PORTFOLIO_CLOSE_ONLY),
}


def draw(seed, *, rows=300, columns=5, missing=0.0):
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, rows)
    returns = market[:, None] * rng.normal(1, 0.5, columns) + rng.standard_t(4, (rows, columns)) * 0.01
    returns[rng.random(returns.shape) < missing] = np.nan
    return returns, market


def draw_book(seed, *, portfolios=6, names=9):
    rng = np.random.default_rng(seed)
    weights = rng.normal(0.1, 0.4, (portfolios, names))
    weights[rng.random(weights.shape) < 0.3] = 0.0
    weights[:, 0] = 0.2
    return weights


def fields(outcome):
    if not dataclasses.is_dataclass(outcome):
        return {"value": np.asarray(outcome)}
    return {field.name: np.asarray(getattr(outcome, field.name)) for field in dataclasses.fields(outcome)}


@modest
@given(seeds, missing_shares, st.permutations(range(5)))
def test_permuting_columns_permutes_every_number_to_the_bit(seed, missing, order):
    returns, market = draw(seed, missing=missing)
    for name, measure in SERIES.items():
        reordered = np.ascontiguousarray(returns[:, order])  # sums depend on the layout in the last bit
        straight, permuted = fields(measure(returns, market)), fields(measure(reordered, market))
        for field in straight:
            np.testing.assert_array_equal(permuted[field], straight[field][list(order)], err_msg=name)


@modest
@given(seeds, missing_shares)
def test_a_duplicated_column_gets_the_same_numbers_and_disturbs_no_other(seed, missing):
    returns, market = draw(seed, missing=missing)
    twice = np.c_[returns, returns[:, 0]]
    for name, measure in SERIES.items():
        before, after = fields(measure(returns, market)), fields(measure(twice, market))
        for field in before:
            np.testing.assert_array_equal(after[field][:5], before[field], err_msg=name)
            np.testing.assert_array_equal(after[field][5], before[field][0], err_msg=name)


@modest
@given(seeds, missing_shares, st.integers(1, 200))
def test_prepended_history_changes_no_number(seed, missing, older):
    returns, market = draw(seed, missing=missing)
    past, past_market = draw(seed + 1, rows=older)
    for name, measure in SERIES.items():
        before = fields(measure(returns, market))
        after = fields(measure(np.vstack([10 * past, returns]), np.r_[past_market, market]))
        for field in set(before) - {"reason"}:
            np.testing.assert_array_equal(after[field], before[field], err_msg=name)


@modest
@given(seeds, st.integers(0, 300), st.integers(0, 4))
def test_all_missing_columns_have_null_numbers_with_a_reason_and_disturb_no_other(seed, rows, column):
    returns, market = draw(seed, rows=rows)
    blanked = returns.copy()
    blanked[:, column] = np.nan
    others = [other for other in range(5) if other != column]
    for name, measure in SERIES.items():
        before, after = fields(measure(returns, market)), fields(measure(blanked, market))
        for field, values in after.items():
            np.testing.assert_array_equal(values[others], before[field][others], err_msg=name)
            if values.dtype == np.float64:
                assert np.isnan(values[column]), name
        if "reason" in after:
            assert after["reason"][column] == Reason.UNPRICED


@modest
@given(seeds, st.floats(0, 1), st.integers(0, 300))
def test_a_reason_stands_exactly_where_the_number_is_missing(seed, missing, rows):
    returns, market = draw(seed, rows=rows, missing=missing)
    pairs = (
        (market_beta(returns, market), "beta"),
        (volatility_trend(returns), "strength"),
        (volatility_percentile(returns), "percentile"),
        (expected_volatility(returns), "variance"),
    )
    for outcome, field in pairs:
        np.testing.assert_array_equal(outcome.reason != Reason.NONE, np.isnan(getattr(outcome, field)))


@modest
@given(seeds, st.floats(0, 1))
def test_reasons_are_none_where_nothing_is_missing(seed, missing):
    returns, _ = draw(seed, rows=60, missing=missing)
    absent = np.array([True, False, True, False, True])
    codes = absence_reasons(returns, absent, window=21, min_obs=15)
    assert ((codes != Reason.NONE) == absent).all()


@modest
@given(seeds, factors, missing_shares)
def test_scaling_returns_scales_beta_alpha_and_error_and_leaves_fit_and_p(seed, factor, missing):
    returns, market = draw(seed, missing=missing)
    one, scaled = market_beta(returns, market), market_beta(factor * returns, market)
    np.testing.assert_allclose(scaled.beta, factor * one.beta, rtol=1e-9)
    np.testing.assert_allclose(scaled.alpha, factor * one.alpha, rtol=1e-7)
    np.testing.assert_allclose(scaled.std_error, abs(factor) * one.std_error, rtol=1e-9)
    np.testing.assert_allclose(scaled.r_squared, one.r_squared, atol=1e-12)
    np.testing.assert_allclose(scaled.p_value, one.p_value, rtol=1e-6)


@modest
@given(seeds, st.floats(-0.05, 0.05), missing_shares)
def test_translating_returns_moves_alpha_alone(seed, shift, missing):
    returns, market = draw(seed, missing=missing)
    one, moved = market_beta(returns, market), market_beta(returns + shift, market)
    np.testing.assert_allclose(moved.beta, one.beta, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(moved.alpha, one.alpha + shift, atol=1e-14)
    np.testing.assert_allclose(moved.std_error, one.std_error, rtol=1e-9)


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
@given(seeds, factors, st.floats(-0.05, 0.05), missing_shares)
def test_realized_volatility_scales_and_does_not_see_a_translation(seed, factor, shift, missing):
    returns, _ = draw(seed, rows=80, missing=missing)
    options = {"window": 63, "min_obs": 20}
    one = rolling_realized_volatility(returns, **options)
    np.testing.assert_allclose(
        rolling_realized_volatility(factor * returns, **options), abs(factor) * one, rtol=1e-10
    )
    np.testing.assert_allclose(rolling_realized_volatility(returns + shift, **options), one, rtol=1e-10)
    np.testing.assert_array_equal(realized_volatility(returns, **options), one[-1])


@modest
@given(seeds, factors, missing_shares)
def test_components_and_forecast_scale_and_trend_and_percentile_do_not_see_a_scale(seed, factor, missing):
    returns, _ = draw(seed, missing=missing)
    for measure in (har_components, expected_volatility):
        one, scaled = fields(measure(returns)), fields(measure(factor * returns))
        for field in set(one) & {"daily", "weekly", "monthly", "volatility", "low", "high"}:
            np.testing.assert_allclose(scaled[field], abs(factor) * one[field], rtol=1e-10)
        for field in set(one) & {"method", "n_obs", "reason"}:
            np.testing.assert_array_equal(scaled[field], one[field])
    trend, scaled_trend = volatility_trend(returns), volatility_trend(factor * returns)
    np.testing.assert_array_equal(scaled_trend.direction, trend.direction)
    np.testing.assert_allclose(scaled_trend.strength, trend.strength, atol=1e-10)
    one, scaled = volatility_percentile(returns), volatility_percentile(factor * returns)
    np.testing.assert_allclose(scaled.percentile, one.percentile, atol=0.5)  # a tie may break


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
@given(seeds, factors.map(abs))
def test_returns_do_not_see_the_unit_of_prices(seed, factor):
    returns, _ = draw(seed, rows=50)
    prices = np.cumprod(1 + returns, axis=0)
    np.testing.assert_allclose(simple_returns(factor * prices), simple_returns(prices), atol=1e-14)
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


@modest
@given(seeds)
def test_the_weighted_beta_equals_the_direct_one_on_balanced_data(seed):
    returns, market = draw(seed, rows=90, columns=9)
    weights = draw_book(seed)
    own = market_beta(returns, market)
    weighted = weighted_beta(weights, own.beta, r_squared=own.r_squared, n_obs=own.n_obs)
    direct = market_beta(portfolio_returns(returns, weights).T, market)
    np.testing.assert_allclose(weighted.beta, direct.beta, rtol=1e-12, atol=1e-12)
    assert (weighted.coverage >= 1 - 1e-12).all()
    assert ((weighted.r_squared >= 0) & (weighted.r_squared <= 1)).all()


@modest
@given(seeds)
def test_the_imputed_series_equals_the_plain_one_on_full_data(seed):
    returns, market = draw(seed, rows=60, columns=9)
    weights = draw_book(seed)
    series = portfolio_series(returns, weights, market=market, beta=np.ones(9))
    np.testing.assert_array_equal(series.returns, portfolio_returns(returns, weights))
    np.testing.assert_allclose(series.coverage, 1.0, rtol=1e-14)


@modest
@given(seeds, missing_shares)
def test_coverage_of_a_series_is_a_share(seed, missing):
    returns, market = draw(seed, rows=60, columns=9, missing=missing)
    coverage = portfolio_series(returns, draw_book(seed), market=market, beta=np.ones(9)).coverage
    assert ((coverage >= 0) & (coverage <= 1 + 1e-12)).all()


@modest
@given(seeds)
def test_net_sector_weights_and_cash_sum_to_one_for_any_book(seed):
    weights = draw_book(seed)
    codes = np.random.default_rng(seed).integers(0, 12, 9)
    book = sector_weights(weights, codes, n_sectors=12)
    cash = 1 - weights.sum(axis=1)
    np.testing.assert_allclose(book.net.sum(axis=1) + cash, 1.0, atol=1e-13)
    np.testing.assert_allclose(book.gross.sum(axis=1), np.abs(weights).sum(axis=1), atol=1e-13)
    assert (book.long >= 0).all()
    assert (book.short <= 0).all()


@modest
@given(seeds, factors, st.permutations(range(9)))
def test_concentration_is_bounded_and_does_not_see_scale_sign_or_order(seed, factor, order):
    weights = draw_book(seed)
    one, other = concentration(weights), concentration(factor * weights[:, order])
    for name in ("hhi", "effective_num_positions", "top_3", "top_10"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-12)
    held = (weights != 0).sum(axis=1)
    assert (one.effective_num_positions >= 1 - 1e-12).all()
    assert (one.effective_num_positions <= held * (1 + 1e-12)).all()
    assert (one.top_3 <= one.top_10 + 1e-15).all()
    assert (one.top_10 <= 1).all()


@modest
@given(seeds, st.floats(0.01, 0.99))
def test_splitting_a_position_into_two_names_lowers_the_hhi(seed, share):
    book = draw_book(seed, portfolios=1)[0]
    split = np.r_[book, book[0] * share]
    split[0] *= 1 - share
    assert concentration(split).hhi < concentration(book).hhi


@modest
@given(seeds, st.floats(-3, 3))
def test_stress_is_linear_in_the_shock_and_additive_over_positions(seed, factor):
    rng = np.random.default_rng(seed)
    exposures, beta = 1e5 * draw_book(seed), rng.normal(1, 0.5, 9)
    beta[rng.random(9) < 0.2] = np.nan
    beta[0] = 1.0
    shocks = np.array([-0.1, 0.05])
    once = stress(exposures, beta, shocks)
    np.testing.assert_allclose(stress(exposures, beta, factor * shocks).pnl, factor * once.pnl, atol=1e-7)
    np.testing.assert_allclose(stress(factor * exposures, beta, shocks).pnl, factor * once.pnl, atol=1e-7)
    single = np.nan_to_num(exposures[:, None, :] * once.responses).sum(axis=2)
    np.testing.assert_allclose(once.pnl, single, atol=1e-7)

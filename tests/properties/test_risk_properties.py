"""What must hold for any returns and any book: scale, translate, permute, duplicate, prepend, blank out."""

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from properties.draws import draw, factors, missing_shares, modest, seeds
from riskpanel.risk import (
    PORTFOLIO_CLOSE_ONLY,
    Reason,
    absence_reasons,
    expected_volatility,
    har_components,
    market_beta,
    mean_square,
    realized_volatility,
    rolling_realized_volatility,
    simple_returns,
    volatility_percentile,
    volatility_trend,
)

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

"""Market beta against statsmodels, empyrical and arithmetic."""

import empyrical
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from properties.draws import modest
from risk.oracles import sample_returns
from riskpanel.risk import Reason, beta_interval, market_beta


def reasons(estimates):
    return [Reason(int(code)).label for code in np.atleast_1d(estimates.reason)]


def test_every_statistic_equals_statsmodels_per_column_with_a_fifth_of_the_returns_missing():
    returns, market = sample_returns(11, 90, 25, missing=0.2)
    market[[7, 50]] = np.nan
    estimates = market_beta(returns, market, min_obs=30)
    for column in range(25):
        fit = sm.OLS(returns[:, column], sm.add_constant(market), missing="drop").fit()
        assert estimates.beta[column] == pytest.approx(fit.params[1], rel=1e-10)
        assert estimates.alpha[column] == pytest.approx(fit.params[0], rel=1e-10)
        assert estimates.std_error[column] == pytest.approx(fit.bse[1], rel=1e-10)
        assert estimates.r_squared[column] == pytest.approx(fit.rsquared, rel=1e-10, abs=1e-14)
        assert estimates.p_value[column] == pytest.approx(fit.pvalues[1], rel=1e-10)
        assert estimates.n_obs[column] == fit.nobs


def test_the_slope_equals_empyrical_which_needs_only_two_pairs_and_gives_no_standard_error():
    """Same pairs, same slope; empyrical answers from 2 pairs where riskpanel wants 30, and gives no more."""
    returns, market = sample_returns(12, 90, 8, missing=0.2)
    returns[: 90 - 12, 7] = np.nan
    estimates = market_beta(returns, market)
    for column in range(7):
        assert estimates.beta[column] == pytest.approx(empyrical.beta(returns[:, column], market), rel=1e-12)
    assert np.isnan(estimates.beta[7])
    assert np.isfinite(empyrical.beta(returns[:, 7], market))


def test_the_index_against_itself_has_beta_one_exactly():
    _, market = sample_returns(13, 90, 1)
    own = market_beta(market, market)
    assert (own.beta, own.alpha, own.std_error, own.r_squared, own.p_value) == (1.0, 0.0, 0.0, 1.0, 0.0)
    assert own.n_obs == 90
    assert reasons(own) == [None]


@pytest.mark.parametrize(("pairs", "known"), [(29, False), (30, True)])
def test_a_beta_needs_thirty_pairs_by_default(pairs, known):
    returns, market = sample_returns(14, 90, 3)
    returns[: 90 - pairs] = np.nan
    estimates = market_beta(returns, market)
    assert np.isfinite(estimates.beta).tolist() == [known] * 3
    assert estimates.n_obs.tolist() == [pairs] * 3
    assert reasons(estimates) == [None if known else "short_history"] * 3


def test_every_statistic_is_missing_below_the_minimum():
    returns, market = sample_returns(15, 29, 1)
    short = market_beta(returns, market)
    for name in ("beta", "alpha", "std_error", "r_squared", "p_value"):
        assert np.isnan(getattr(short, name)).all(), name


def test_only_pairs_count_so_a_missing_market_return_costs_one_too():
    returns, market = sample_returns(16, 40, 2)
    returns[:5, 0] = np.nan
    market[3:8] = np.nan
    assert market_beta(returns, market).n_obs.tolist() == [32, 35]


def test_reasons_tell_short_stale_gap_degenerate_and_unpriced_apart():
    returns, market = sample_returns(17, 90, 5)
    returns[:70, 0] = np.nan
    returns[20:, 1] = np.nan
    returns[5:70, 2] = np.nan
    returns[:, 3] = 0.001
    returns[:, 4] = np.nan
    expected = ["short_history", "stale", "gap", "degenerate", "unpriced"]
    assert reasons(market_beta(returns, market)) == expected


@pytest.mark.parametrize("rows", [30, 90, 252, 1260])
def test_a_constant_market_or_asset_is_degenerate_whatever_the_constant(rows):
    constants = np.r_[0.0, np.random.default_rng(18).normal(0, 0.02, 100), 1e-9, 3.0]
    _, market = sample_returns(18, rows, 1)
    flat = np.broadcast_to(constants, (rows, len(constants)))
    assert reasons(market_beta(flat, market)) == ["degenerate"] * len(constants)
    for constant in constants:
        assert np.isnan(market_beta(market, np.full(rows, constant)).beta)


def test_one_constant_column_does_not_disturb_the_others():
    returns, market = sample_returns(19, 90, 3)
    alone = market_beta(returns[:, [0, 2]], market).beta
    returns[:, 1] = 0.0
    np.testing.assert_array_equal(market_beta(returns, market).beta[[0, 2]], alone)


@pytest.mark.parametrize(("noise", "below"), [(0.5, 3e-9), (0.02, 1e-60), (3e-3, 1e-150)])
def test_p_values_keep_their_digits_far_below_one_in_a_billion(noise, below):
    _, market = sample_returns(20, 90, 1)
    returns = market + np.random.default_rng(21).normal(0, noise * market.std(), 90)
    estimate = market_beta(returns, market)
    fit = sm.OLS(returns, sm.add_constant(market)).fit()
    assert 0 < estimate.p_value < below
    assert np.log(estimate.p_value) == pytest.approx(np.log(fit.pvalues[1]), rel=1e-9)


def test_a_near_perfect_fit_keeps_the_digits_of_its_standard_error():
    _, market = sample_returns(22, 90, 1)
    returns = 3 * market + 1e-9 * np.random.default_rng(23).normal(0, 1, 90)
    fit = sm.OLS(returns, sm.add_constant(market)).fit()
    assert market_beta(returns, market).std_error == pytest.approx(fit.bse[1], rel=1e-5)


def test_a_single_series_gives_plain_numbers_and_equals_its_column():
    returns, market = sample_returns(24, 90, 2, missing=0.1)
    one, both = market_beta(returns[:, 1], market), market_beta(returns, market)
    for name in ("beta", "alpha", "std_error", "r_squared", "p_value", "n_obs", "reason"):
        assert np.shape(getattr(one, name)) == ()
        assert np.shape(getattr(both, name)) == (2,)
        np.testing.assert_allclose(getattr(one, name), getattr(both, name)[1], rtol=1e-12)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (90, 0), (1, 3), (1,)])
def test_empty_tables_and_single_rows_have_no_beta(shape):
    estimates = market_beta(np.zeros(shape), np.zeros(shape[0]))
    assert np.shape(estimates.beta) == shape[1:]
    assert np.isnan(estimates.beta).all()
    assert (np.asarray(estimates.reason) != Reason.NONE).all()


def test_all_missing_gives_all_missing_and_no_warning():
    estimates = market_beta(np.full((90, 2), np.nan), np.full(90, np.nan))
    assert np.isnan(estimates.beta).all()
    assert estimates.n_obs.tolist() == [0, 0]
    assert reasons(estimates) == ["unpriced", "unpriced"]


def test_the_raw_estimate_is_neither_capped_nor_shrunk():
    _, market = sample_returns(25, 90, 1)
    assert market_beta(12.5 * market, market).beta == pytest.approx(12.5, rel=1e-12)


@pytest.mark.parametrize(
    ("returns", "market", "options", "message"),
    [
        (np.zeros((5, 2)), np.zeros(4), {}, r"market must have shape \(5,\)"),
        (np.zeros((5, 2)), np.zeros((5, 1)), {}, r"market must have shape \(5,\)"),
        (np.zeros((5, 2, 1)), np.zeros(5), {}, "returns must have shape"),
        (np.array([0.1, np.inf]), np.zeros(2), {}, "infinite"),
        (np.zeros(2), np.array([0.1, -np.inf]), {}, "infinite"),
        (np.zeros(5), np.zeros(5), {"min_obs": 2}, "min_obs must be at least 3"),
    ],
)
def test_misuse_raises(returns, market, options, message):
    with pytest.raises(ValueError, match=message):
        market_beta(returns, market, **options)


def test_the_inputs_are_left_as_they_were():
    returns, market = sample_returns(26, 90, 3, missing=0.1)
    before = returns.copy(), market.copy()
    market_beta(returns, market)
    np.testing.assert_array_equal(returns, before[0])
    np.testing.assert_array_equal(market, before[1])


def test_the_fit_of_an_asset_that_ignores_the_market_is_not_negative_by_a_rounding():
    rng = np.random.default_rng(27)
    market = rng.normal(0, 0.01, 90)
    deviation = market - market.mean()
    returns = rng.normal(0, 0.02, (90, 2000))
    returns -= returns.mean(axis=0)
    returns -= np.outer(deviation, deviation @ returns / (deviation @ deviation))
    estimates = market_beta(returns, market)
    assert (estimates.r_squared >= 0).all()
    assert (estimates.r_squared < 1e-12).all()
    assert (estimates.p_value > 0.999).all()


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("rows", [3, 30, 90])
def test_the_interval_equals_that_of_statsmodels(level, rows):
    returns, market = sample_returns(28, rows, 6)
    estimates = market_beta(returns, market, min_obs=3)
    interval = beta_interval(estimates.beta, estimates.std_error, n_obs=estimates.n_obs, level=level)
    for column in range(6):
        fit = sm.OLS(returns[:, column], sm.add_constant(market)).fit()
        low, high = fit.conf_int(alpha=1 - level)[1]
        assert (interval.low[column], interval.high[column]) == pytest.approx((low, high), rel=1e-8)


def test_an_interval_is_missing_where_the_beta_is_or_where_three_pairs_are_not_there():
    interval = beta_interval([np.nan, 1.0, 1.0, 1.0], [0.1, np.nan, 0.1, 0.1], n_obs=[90, 90, 2, 3])
    assert np.isnan(interval.low).tolist() == np.isnan(interval.high).tolist() == [True, True, True, False]


def test_a_single_interval_has_no_axis_and_no_width_where_the_fit_is_perfect():
    interval = beta_interval(1.0, 0.0, n_obs=90)
    assert np.shape(interval.low) == ()
    assert (interval.low, interval.high) == (1.0, 1.0)


@modest
@given(st.floats(-5, 5), st.floats(0, 2), st.integers(3, 1000), st.floats(0.01, 0.98))
def test_an_interval_is_centred_and_wider_for_more_confidence_and_fewer_pairs(beta, error, pairs, level):
    one = beta_interval(beta, error, n_obs=pairs, level=level)
    assert one.low + one.high == pytest.approx(2 * beta, abs=1e-9)
    surer = beta_interval(beta, error, n_obs=pairs, level=level + 0.01)
    longer = beta_interval(beta, error, n_obs=pairs + 1, level=level)
    assert surer.high >= one.high >= longer.high >= beta


@pytest.mark.parametrize(
    ("beta", "error", "level", "message"),
    [
        (1.0, 0.1, 1.0, "level must be between 0 and 1"),
        (1.0, 0.1, 0.0, "level must be between 0 and 1"),
        (1.0, -0.1, 0.95, "at least 0"),
        (np.inf, 0.1, 0.95, "finite"),
        (1.0, np.inf, 0.95, "finite"),
    ],
)
def test_an_interval_of_nonsense_raises(beta, error, level, message):
    with pytest.raises(ValueError, match=message):
        beta_interval(beta, error, n_obs=90, level=level)

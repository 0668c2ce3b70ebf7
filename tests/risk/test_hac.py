"""Newey-West standard errors of betas against statsmodels, and against loops where returns are missing."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from properties.draws import draw, factors, missing_shares, modest, seeds
from risk.oracles import sample_returns
from riskpanel.risk import Reason, market_beta, market_beta_hac

SAME = ("beta", "alpha", "r_squared", "n_obs", "reason")
FIELDS = (*SAME, "std_error", "p_value")


def lag_count(pairs):
    return math.floor(4 * (pairs / 100) ** (2 / 9))


def loop_error(returns, market):
    """Write the formula out for one series: scores of sessions without a pair are 0, lags count sessions."""
    there = [not (math.isnan(r) or math.isnan(m)) for r, m in zip(returns, market, strict=True)]
    y = [float(r) for r, kept in zip(returns, there, strict=True) if kept]
    x = [float(m) for m, kept in zip(market, there, strict=True) if kept]
    n, mean_x, mean_y = len(x), math.fsum(x) / len(x), math.fsum(y) / len(y)
    sxx = math.fsum((a - mean_x) ** 2 for a in x)
    slope = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sxx
    scores = [
        (r - mean_y - slope * (m - mean_x)) * (m - mean_x) if kept else 0.0
        for r, m, kept in zip(returns, market, there, strict=True)
    ]
    lags = lag_count(n)
    total = math.fsum(u * u for u in scores)
    for lag in range(1, lags + 1):
        weight = 1 - lag / (lags + 1)
        total += 2 * weight * math.fsum(scores[t] * scores[t - lag] for t in range(lag, len(scores)))
    error = math.sqrt(n / (n - 2) * total) / sxx
    return error, 2 * stats.t.sf(abs(slope) / error, n - 2)


@pytest.mark.parametrize("rows", [30, 90, 252, 1000])
def test_errors_and_p_values_equal_statsmodels_for_every_column_without_gaps(rows):
    returns, market = sample_returns(101, rows, 12)
    estimates = market_beta_hac(returns, market)
    for column in range(12):
        fit = sm.OLS(returns[:, column], sm.add_constant(market)).fit(
            cov_type="HAC", cov_kwds={"maxlags": lag_count(rows), "use_correction": True}, use_t=True
        )
        assert estimates.std_error[column] == pytest.approx(fit.bse[1], rel=1e-10)
        assert estimates.p_value[column] == pytest.approx(fit.pvalues[1], rel=1e-9)


def test_errors_and_p_values_equal_a_loop_where_a_fifth_of_the_returns_and_two_market_days_are_missing():
    returns, market = sample_returns(102, 160, 20, missing=0.2)
    returns[:90, 3] = np.nan
    market[[11, 70]] = np.nan
    estimates = market_beta_hac(returns, market)
    assert len({lag_count(n) for n in estimates.n_obs}) > 1
    for column in range(20):
        error, p = loop_error(returns[:, column], market)
        assert estimates.std_error[column] == pytest.approx(error, rel=1e-11)
        assert estimates.p_value[column] == pytest.approx(p, rel=1e-9)


def test_lags_count_sessions_so_that_closing_a_gap_changes_the_error():
    returns, market = sample_returns(103, 90, 1, missing=0.3)
    there = np.isfinite(returns[:, 0])
    apart, together = market_beta_hac(returns, market), market_beta_hac(returns[there], market[there])
    assert apart.beta == pytest.approx(together.beta, rel=1e-12)
    assert apart.std_error != pytest.approx(together.std_error, rel=1e-3)


def test_everything_but_error_and_p_value_is_that_of_the_plain_estimate_to_the_bit():
    returns, market = sample_returns(104, 90, 30, missing=0.4)
    returns[:, 5] = 0.002
    plain, robust = market_beta(returns, market), market_beta_hac(returns, market)
    for name in SAME:
        np.testing.assert_array_equal(getattr(robust, name), getattr(plain, name))
    missing = np.isnan(plain.std_error)
    np.testing.assert_array_equal(np.isnan(robust.std_error), missing)
    assert missing.any()


def test_a_residual_that_is_wild_when_the_market_is_wild_makes_the_error_larger_than_the_plain_one():
    rng = np.random.default_rng(105)
    market = rng.standard_t(4, 2000) * 0.01
    returns = market[:, None] + market[:, None] * rng.normal(0, 1, (2000, 50))
    ratio = market_beta_hac(returns, market).std_error / market_beta(returns, market).std_error
    assert ratio.min() > 1.3


def test_plain_and_robust_errors_agree_on_average_where_nothing_clusters():
    rng = np.random.default_rng(106)
    market = rng.normal(0, 0.01, 5000)
    returns = market[:, None] + rng.normal(0, 0.02, (5000, 50))
    ratio = market_beta_hac(returns, market).std_error / market_beta(returns, market).std_error
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.02)


def test_the_index_against_itself_has_no_error():
    _, market = sample_returns(107, 90, 1)
    own = market_beta_hac(market, market)
    assert (own.beta, own.std_error, own.p_value, own.n_obs) == (1.0, 0.0, 0.0, 90)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (90, 0), (1, 3), (1,), (2, 2)])
def test_empty_tables_and_single_rows_have_no_error(shape):
    estimates = market_beta_hac(np.zeros(shape), np.zeros(shape[0]))
    assert np.shape(estimates.std_error) == shape[1:]
    assert np.isnan(estimates.std_error).all()
    assert (np.asarray(estimates.reason) != Reason.NONE).all()


@pytest.mark.parametrize(
    ("returns", "market", "options", "message"),
    [
        (np.zeros((5, 2)), np.zeros(4), {}, r"market must have shape \(5,\)"),
        (np.array([0.1, np.inf]), np.zeros(2), {}, "infinite"),
        (np.zeros(5), np.zeros(5), {"min_obs": 2}, "min_obs must be at least 3"),
    ],
)
def test_misuse_raises(returns, market, options, message):
    with pytest.raises(ValueError, match=message):
        market_beta_hac(returns, market, **options)


@modest
@given(seeds, factors, st.floats(-0.05, 0.05), missing_shares)
def test_scaling_returns_scales_the_error_and_translating_them_leaves_it(seed, factor, shift, missing):
    returns, market = draw(seed, rows=90, missing=missing)
    one, moved = market_beta_hac(returns, market), market_beta_hac(factor * returns + shift, market)
    np.testing.assert_allclose(moved.std_error, abs(factor) * one.std_error, rtol=1e-7)
    np.testing.assert_allclose(moved.p_value, one.p_value, rtol=1e-5)


@modest
@given(seeds, missing_shares)
def test_errors_are_there_wherever_a_beta_is_and_never_negative(seed, missing):
    returns, market = draw(seed, rows=60, missing=missing)
    estimates = market_beta_hac(returns, market, min_obs=3)
    known = np.isfinite(estimates.beta)
    assert (estimates.std_error[known] >= 0).all()
    assert ((estimates.p_value[known] >= 0) & (estimates.p_value[known] <= 1)).all()
    np.testing.assert_array_equal(np.isnan(estimates.std_error), ~known)
    np.testing.assert_array_equal(estimates.reason != Reason.NONE, ~known)

"""The beta that forgets, against weighted least squares of statsmodels and against loops."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from properties.draws import draw, factors, missing_shares, modest, seeds
from risk.oracles import sample_returns
from riskpanel.risk import Reason, ewma_market_beta

FIELDS = ("beta", "alpha", "std_error", "r_squared", "p_value", "n_obs", "reason")


def reasons(estimates):
    return [Reason(int(code)).label for code in np.atleast_1d(estimates.reason)]


def loop_beta(returns, market, decay=0.99):
    """Beta, error, fit and p of one series, written out."""
    rows = len(returns)
    triples = [
        (decay ** (rows - 1 - t), float(market[t]), float(returns[t]))
        for t in range(rows)
        if not (math.isnan(returns[t]) or math.isnan(market[t]))
    ]
    sxx = math.fsum(w * x * x for w, x, _ in triples)
    slope = math.fsum(w * x * y for w, x, y in triples) / sxx
    effective = math.fsum(w for w, _, _ in triples) ** 2 / math.fsum(w * w for w, _, _ in triples)
    scatter = math.fsum((w * x * (y - slope * x)) ** 2 for w, x, y in triples)
    error = math.sqrt(effective / (effective - 1) * scatter) / sxx
    unexplained = math.fsum(w * (y - slope * x) ** 2 for w, x, y in triples)
    fit = 1 - unexplained / math.fsum(w * y * y for w, _, y in triples)
    return slope, error, fit, 2 * stats.t.sf(abs(slope) / error, effective - 1)


@pytest.mark.parametrize("decay", [0.97, 0.99, 1.0])
def test_slope_error_and_fit_equal_weighted_least_squares_of_statsmodels_with_white_errors(decay):
    returns, market = sample_returns(111, 300, 10)
    estimates = ewma_market_beta(returns, market, decay=decay)
    weights = decay ** np.arange(299, -1, -1.0)
    effective = weights.sum() ** 2 / (weights @ weights)
    for column in range(10):
        fit = sm.WLS(returns[:, column], market, weights=weights).fit(cov_type="HC0")
        error = fit.bse[0] * math.sqrt(effective / (effective - 1))
        assert estimates.beta[column] == pytest.approx(fit.params[0], rel=1e-10)
        assert estimates.std_error[column] == pytest.approx(error, rel=1e-10)
        assert estimates.r_squared[column] == pytest.approx(fit.rsquared, rel=1e-9, abs=1e-12)
        p = 2 * stats.t.sf(abs(fit.params[0] / error), effective - 1)
        assert estimates.p_value[column] == pytest.approx(p, rel=1e-8)


def test_every_statistic_equals_a_loop_with_a_third_of_the_returns_missing():
    returns, market = sample_returns(112, 252, 15, missing=0.3)
    market[[40, 200]] = np.nan
    estimates = ewma_market_beta(returns, market)
    for column in range(15):
        slope, error, fit, p = loop_beta(returns[:, column], market)
        assert estimates.beta[column] == pytest.approx(slope, rel=1e-12)
        assert estimates.std_error[column] == pytest.approx(error, rel=1e-12)
        assert estimates.r_squared[column] == pytest.approx(fit, abs=1e-12)
        assert estimates.p_value[column] == pytest.approx(p, rel=1e-9)
    assert np.isnan(estimates.alpha).all()
    assert (estimates.n_obs == (np.isfinite(returns) & np.isfinite(market)[:, None]).sum(axis=0)).all()


def test_without_forgetting_it_is_the_regression_through_the_origin():
    returns, market = sample_returns(113, 90, 4)
    estimates = ewma_market_beta(returns, market, decay=1.0)
    np.testing.assert_allclose(estimates.beta, market @ returns / (market @ market), rtol=1e-12)


def test_a_gap_shifts_no_weight_because_age_counts_sessions():
    returns, market = sample_returns(114, 200, 1)
    holed = returns.copy()
    holed[100:130] = np.nan
    weights = 0.99 ** np.arange(199, -1, -1.0) * np.isfinite(holed[:, 0])
    slope = np.sum(weights * market * np.nan_to_num(holed[:, 0])) / np.sum(weights * market**2)
    assert ewma_market_beta(holed, market).beta == pytest.approx(slope, rel=1e-12)
    there = np.isfinite(holed[:, 0])
    closed_up = ewma_market_beta(holed[there], market[there])
    assert closed_up.beta != pytest.approx(slope, rel=1e-4)


def test_a_beta_that_changed_is_followed_and_the_old_one_forgotten():
    _, market = sample_returns(115, 800, 1)
    returns = np.r_[0.5 * market[:400], 2.0 * market[400:]]
    assert ewma_market_beta(returns, market).beta == pytest.approx(2.0, abs=0.1)
    assert ewma_market_beta(returns[:400], market[:400]).beta == pytest.approx(0.5, rel=1e-12)


def test_the_interval_holds_the_true_beta_in_19_of_20_cases_where_volatility_clusters():
    """A plain error, one variance for all, would hold it in 93 %: too narrow."""
    rng = np.random.default_rng(116)
    held = []
    for _ in range(60):
        shocks = rng.standard_normal(400)
        variance = np.ones(400)
        for t in range(1, 400):
            variance[t] = 0.02 + 0.1 * variance[t - 1] * shocks[t - 1] ** 2 + 0.88 * variance[t - 1]
        volatility = np.sqrt(variance)
        market = 0.01 * volatility * shocks
        returns = market[:, None] + 0.015 * volatility[:, None] * rng.standard_normal((400, 50))
        estimates = ewma_market_beta(returns, market)
        held.append(np.mean(np.abs(estimates.beta - 1) < 1.972 * estimates.std_error))
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_the_index_against_itself_has_beta_one_exactly():
    _, market = sample_returns(117, 90, 1)
    own = ewma_market_beta(market, market)
    assert (own.beta, own.std_error, own.r_squared, own.p_value) == (1.0, 0.0, 1.0, 0.0)


@pytest.mark.parametrize(("pairs", "known"), [(59, False), (60, True)])
def test_a_beta_needs_sixty_pairs_by_default(pairs, known):
    returns, market = sample_returns(118, 90, 3)
    returns[: 90 - pairs] = np.nan
    estimates = ewma_market_beta(returns, market)
    assert np.isfinite(estimates.beta).tolist() == [known] * 3
    assert estimates.n_obs.tolist() == [pairs] * 3
    assert reasons(estimates) == [None if known else "short_history"] * 3


def test_reasons_tell_short_stale_gap_degenerate_and_unpriced_apart():
    returns, market = sample_returns(119, 90, 6)
    returns[:70, 0] = np.nan
    returns[20:, 1] = np.nan
    returns[5:70, 2] = np.nan
    returns[:, 3] = 0.001
    returns[:, 4] = np.nan
    returns[:, 5] = 0.0
    expected = ["short_history", "stale", "gap", "degenerate", "unpriced", "degenerate"]
    estimates = ewma_market_beta(returns, market)
    assert reasons(estimates) == expected
    for name in ("beta", "alpha", "std_error", "r_squared", "p_value"):
        assert np.isnan(getattr(estimates, name)).all(), name


def test_a_constant_market_gives_no_beta():
    returns, _ = sample_returns(120, 90, 3)
    assert reasons(ewma_market_beta(returns, np.full(90, 0.003))) == ["degenerate"] * 3
    assert reasons(ewma_market_beta(returns, np.zeros(90))) == ["degenerate"] * 3


def test_thirty_years_of_rows_leave_the_old_weights_at_nothing_without_a_warning():
    returns, market = sample_returns(121, 80_000, 2)
    recent = ewma_market_beta(returns[-4000:], market[-4000:])
    np.testing.assert_allclose(ewma_market_beta(returns, market).beta, recent.beta, rtol=1e-12)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (90, 0), (1, 3), (1,)])
def test_empty_tables_and_single_rows_have_no_beta(shape):
    estimates = ewma_market_beta(np.zeros(shape), np.zeros(shape[0]))
    assert np.shape(estimates.beta) == shape[1:]
    assert np.isnan(estimates.beta).all()
    assert (np.asarray(estimates.reason) != Reason.NONE).all()


@pytest.mark.parametrize(
    ("returns", "market", "options", "message"),
    [
        (np.zeros((5, 2)), np.zeros(4), {}, r"market must have shape \(5,\)"),
        (np.array([0.1, np.inf]), np.zeros(2), {}, "infinite"),
        (np.zeros(5), np.zeros(5), {"min_obs": 1}, "min_obs must be at least 2"),
        (np.zeros(5), np.zeros(5), {"decay": 0.0}, "decay must be above 0"),
        (np.zeros(5), np.zeros(5), {"decay": 1.01}, "decay must be above 0 and at most 1"),
        (np.zeros(5), np.zeros(5), {"decay": math.nan}, "decay must be above 0"),
    ],
)
def test_misuse_raises(returns, market, options, message):
    with pytest.raises(ValueError, match=message):
        ewma_market_beta(returns, market, **options)


@modest
@given(seeds, factors, missing_shares)
def test_scaling_returns_scales_beta_and_error_and_leaves_fit_and_p(seed, factor, missing):
    returns, market = draw(seed, rows=150, missing=missing)
    one, scaled = ewma_market_beta(returns, market), ewma_market_beta(factor * returns, market)
    np.testing.assert_allclose(scaled.beta, factor * one.beta, rtol=1e-9)
    np.testing.assert_allclose(scaled.std_error, abs(factor) * one.std_error, rtol=1e-9)
    np.testing.assert_allclose(scaled.r_squared, one.r_squared, atol=1e-12)
    np.testing.assert_allclose(scaled.p_value, one.p_value, rtol=1e-6)


@modest
@given(seeds, missing_shares, st.integers(1, 100))
def test_blank_sessions_before_the_first_change_no_number(seed, missing, older):
    returns, market = draw(seed, rows=150, missing=missing)
    before = ewma_market_beta(returns, market)
    after = ewma_market_beta(
        np.vstack([np.full((older, 5), np.nan), returns]), np.r_[np.full(older, 0.01), market]
    )
    for name in FIELDS[:-1]:
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


@modest
@given(seeds, st.floats(0, 1), st.integers(0, 200))
def test_a_reason_stands_exactly_where_the_number_is_missing_and_shares_are_shares(seed, missing, rows):
    returns, market = draw(seed, rows=rows, missing=missing)
    estimates = ewma_market_beta(returns, market)
    known = np.isfinite(estimates.beta)
    np.testing.assert_array_equal(estimates.reason == Reason.NONE, known)
    for values in (estimates.r_squared[known], estimates.p_value[known]):
        assert ((values >= 0) & (values <= 1)).all()
    assert (estimates.std_error[known] >= 0).all()

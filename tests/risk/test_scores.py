"""What followed a forecast, its loss, and the test of two losses."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import integrate, stats

from risk.oracles import sample_returns
from riskpanel.risk import mean_difference, mean_square, qlike, realized_variance_after


def loop_variance_after(values, row):
    """252 times the mean square of the 21 values after a row, 16 of which must exist."""
    if row + 21 >= len(values):
        return math.nan
    kept = [value for value in values[row + 1 : row + 22] if not math.isnan(value)]
    return 252 * math.fsum(value**2 for value in kept) / len(kept) if len(kept) >= 16 else math.nan


# ---------------------------------------------------------------- what followed


@pytest.mark.parametrize("missing", [0.0, 0.15, 0.4])
def test_the_variance_that_followed_equals_a_loop(missing):
    returns, _ = sample_returns(301, 120, 8, missing=missing)
    expected = [[loop_variance_after(column, row) for row in range(120)] for column in returns.T.tolist()]
    after = realized_variance_after(returns)
    np.testing.assert_allclose(after.T, expected, rtol=1e-13)
    assert np.isnan(after[-21:]).all()
    assert np.isfinite(after[:-21]).any()


def test_it_is_the_mean_square_that_the_21_rows_after_have_when_they_are_the_last_ones():
    returns, _ = sample_returns(302, 80, 4)
    after = realized_variance_after(returns)
    for row in (0, 17, 58):
        past = 252 * mean_square(returns[: row + 22], window=21)
        np.testing.assert_allclose(after[row], past, rtol=1e-14)


def test_only_the_21_rows_after_a_row_are_used():
    returns, _ = sample_returns(303, 100, 5)
    other = returns.copy()
    other[:41] = 0.3
    other[62:] = -0.3
    np.testing.assert_array_equal(realized_variance_after(other)[40], realized_variance_after(returns)[40])
    other[41] = 0.3
    assert (realized_variance_after(other)[40] > realized_variance_after(returns)[40]).all()


def test_a_column_gives_the_same_bits_alone_and_among_many():
    returns, _ = sample_returns(304, 90, 7, missing=0.1)
    together = realized_variance_after(returns)
    for column in range(7):
        np.testing.assert_array_equal(realized_variance_after(returns[:, column]), together[:, column])


def test_sixteen_returns_are_enough_and_fifteen_are_not():
    returns = np.full((22, 2), 0.01)
    returns[1:6, 0] = returns[1:7, 1] = np.nan
    assert realized_variance_after(returns)[0].tolist() == [
        pytest.approx(0.0252),
        pytest.approx(np.nan, nan_ok=True),
    ]


def test_a_series_shorter_than_its_future_has_no_outcome():
    assert np.isnan(realized_variance_after(np.full(21, 0.01))).all()
    assert realized_variance_after(np.empty((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("min_obs", [0, 22])
def test_a_minimum_outside_the_window_is_refused(min_obs):
    with pytest.raises(ValueError, match="min_obs must be from 1 to the window of 21 sessions"):
        realized_variance_after(np.zeros(30), min_obs=min_obs)


# ---------------------------------------------------------------- the loss


def gaussian_divergence(realized, forecast):
    """Kullback-Leibler divergence of two normal densities around zero, integrated numerically."""
    truth, model = stats.norm(0, math.sqrt(realized)), stats.norm(0, math.sqrt(forecast))
    reach = 12 * math.sqrt(realized)
    return integrate.quad(
        lambda x: truth.pdf(x) * (truth.logpdf(x) - model.logpdf(x)), -reach, reach, epsabs=1e-12
    )[0]


@pytest.mark.parametrize(("realized", "forecast"), [(0.04, 0.04), (0.04, 0.09), (0.25, 0.04), (0.01, 0.36)])
def test_qlike_is_twice_the_divergence_of_the_two_normal_distributions(realized, forecast):
    assert qlike(realized, forecast) == pytest.approx(2 * gaussian_divergence(realized, forecast), abs=1e-9)


def test_qlike_has_no_value_where_a_variance_is_missing_or_zero():
    loss = qlike([np.nan, 0.04, 0.0, 0.04, 0.0], [0.04, np.nan, 0.04, 0.0, 0.0])
    assert np.isnan(loss).all()


def test_qlike_punishes_half_more_than_double():
    assert qlike(1.0, 0.5) == pytest.approx(1 - math.log(2), rel=1e-14)
    assert qlike(1.0, 2.0) == pytest.approx(math.log(2) - 0.5, rel=1e-14)


@pytest.mark.parametrize("wrong", [-0.01, np.inf])
def test_a_variance_below_zero_or_without_end_is_refused(wrong):
    with pytest.raises(ValueError, match="realized_variance holds a negative or infinite value"):
        qlike([0.04, wrong], [0.04, 0.04])
    with pytest.raises(ValueError, match="forecast_variance holds a negative or infinite value"):
        qlike([0.04, 0.04], [0.04, wrong])


# ---------------------------------------------------------------- the test


def draw_differences(seed, groups=11, most=9):
    """Differences that share a shock in each group, of uneven sizes."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(groups), rng.integers(1, most, groups))
    return rng.normal(-0.05, 0.1, groups)[labels] + rng.normal(0, 0.2, len(labels)), labels


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_statistics_are_those_of_a_regression_on_a_constant_with_clustered_errors(seed):
    differences, groups = draw_differences(seed)
    fit = sm.OLS(differences, np.ones(len(differences))).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    test = mean_difference(differences, groups)
    expected = (fit.params[0], fit.bse[0], fit.tvalues[0], fit.pvalues[0])
    assert (test.mean, test.std_error, test.t_statistic, test.p_value) == pytest.approx(expected, rel=1e-11)
    assert (test.n_obs, test.n_groups) == (len(differences), 11)


def test_with_equal_groups_it_is_the_t_test_of_their_averages():
    differences = np.random.default_rng(4).normal(0.02, 0.1, (12, 7))
    test = mean_difference(differences.ravel(), np.repeat(np.arange(12), 7))
    plain = stats.ttest_1samp(differences.mean(axis=1), 0.0)
    assert (test.t_statistic, test.p_value) == pytest.approx((plain.statistic, plain.pvalue), rel=1e-11)


def test_series_that_say_the_same_add_no_evidence():
    differences, groups = draw_differences(5)
    once, many = (
        mean_difference(differences, groups),
        mean_difference(np.tile(differences, 40), np.tile(groups, 40)),
    )
    assert many.t_statistic == pytest.approx(once.t_statistic, rel=1e-11)
    assert abs(many.t_statistic) < abs(stats.ttest_1samp(np.tile(differences, 40), 0.0).statistic) / 3


def test_missing_differences_are_left_out_with_their_groups():
    differences, groups = draw_differences(6)
    gappy = np.append(differences, [np.nan, np.nan])
    assert mean_difference(gappy, np.append(groups, [99, 3])) == mean_difference(differences, groups)


@pytest.mark.parametrize(("groups", "known"), [(5, False), (6, True)])
def test_fewer_than_six_groups_have_a_mean_and_no_test(groups, known):
    test = mean_difference(np.linspace(-1, 2, groups), np.arange(groups))
    assert test.mean == pytest.approx(0.5)
    assert test.n_groups == groups
    assert all(np.isfinite([test.std_error, test.t_statistic, test.p_value]) == known)


def test_differences_without_spread_or_without_any_have_no_test():
    for size in (0.1, -1e9, 1e-12):
        test = mean_difference(np.full(30, size), np.arange(30) % 10)
        assert test.mean == pytest.approx(size)
        assert np.isnan([test.std_error, test.t_statistic, test.p_value]).all()
    empty = mean_difference([], [])
    assert np.isnan(empty.mean)
    assert (empty.n_obs, empty.n_groups) == (0, 0)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"groups must have shape \(3,\), not \(2,\)"):
        mean_difference([0.1, 0.2, 0.3], [0, 1])
    with pytest.raises(ValueError, match="min_groups must be at least 2"):
        mean_difference([0.1], [0], min_groups=1)
    with pytest.raises(ValueError, match="differences holds an infinite value"):
        mean_difference([np.inf, 0.1], [0, 1])

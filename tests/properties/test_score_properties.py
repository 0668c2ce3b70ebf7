"""What must hold for any forecasts and any outcomes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from properties.draws import draw, missing_shares, modest, seeds
from riskpanel.risk import mean_difference, qlike, realized_variance_after

variances = st.floats(1e-8, 1e4)


@modest
@given(variances, variances, st.floats(1e-3, 1e3))
def test_qlike_is_never_negative_and_does_not_depend_on_the_unit(realized, forecast, factor):
    loss = float(qlike(realized, forecast))
    assert loss >= 0
    np.testing.assert_allclose(qlike(factor * realized, factor * forecast), loss, rtol=1e-9, atol=1e-12)
    assert qlike(realized, realized) == 0


@modest
@given(seeds)
def test_no_constant_forecast_has_a_lower_mean_qlike_than_the_mean_variance(seed):
    rng = np.random.default_rng(seed)
    realized = rng.gamma(2.0, 0.02, 40)
    best = qlike(realized, realized.mean()).mean()
    for factor in rng.uniform(0.2, 5.0, 20):
        assert qlike(realized, factor * realized.mean()).mean() >= best - 1e-12


@modest
@given(seeds, missing_shares, st.floats(1e-3, 1e3))
def test_the_variance_that_followed_scales_with_the_square_of_returns_and_ignores_older_ones(
    seed, missing, factor
):
    returns, _ = draw(seed, rows=70, missing=missing)
    after = realized_variance_after(returns)
    np.testing.assert_allclose(realized_variance_after(-factor * returns), factor**2 * after, rtol=1e-12)
    older = np.vstack([np.full((9, returns.shape[1]), 0.5), returns])
    np.testing.assert_array_equal(realized_variance_after(older)[9:], after)


@modest
@given(seeds, st.floats(1e-3, 1e3))
def test_the_test_of_a_difference_is_odd_and_without_unit_and_without_order(seed, factor):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 12, 60)
    differences = rng.standard_t(4, 60) + 0.3 * rng.normal(size=12)[groups]
    test, shuffled = mean_difference(differences, groups), rng.permutation(60)
    np.testing.assert_allclose(
        mean_difference(-factor * differences, groups).t_statistic, -test.t_statistic, rtol=1e-9
    )
    other = mean_difference(differences[shuffled], 100 - groups[shuffled])
    np.testing.assert_allclose(other.t_statistic, test.t_statistic, rtol=1e-9)
    assert 0 <= test.p_value <= 1

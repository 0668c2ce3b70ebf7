"""Expected volatility of the next 21 sessions."""

import numpy as np
import pytest

from risk.oracles import (
    CLOSE_ONLY_TABLE,
    PORTFOLIO_TABLE,
    loop_ewma_volatility,
    loop_forecast,
    sample_returns,
)
from riskpanel.risk import (
    CLOSE_ONLY,
    PORTFOLIO_CLOSE_ONLY,
    HarCoefficients,
    Method,
    Reason,
    expected_volatility,
)

FIELDS = ("variance", "volatility", "low", "high")


def methods(forecast):
    return [Method(int(code)).label for code in np.atleast_1d(forecast.method)]


def reasons(forecast):
    return [Reason(int(code)).label for code in np.atleast_1d(forecast.reason)]


@pytest.mark.parametrize(
    ("coefficients", "table"), [(CLOSE_ONLY, CLOSE_ONLY_TABLE), (PORTFOLIO_CLOSE_ONLY, PORTFOLIO_TABLE)]
)
@pytest.mark.parametrize(("rows", "missing"), [(300, 0.0), (300, 0.1), (100, 0.1)])
def test_variance_volatility_and_band_equal_a_loop(coefficients, table, rows, missing):
    returns, _ = sample_returns(61, rows, 30, missing=missing)
    forecast = expected_volatility(returns, coefficients=coefficients)
    expected = np.array([loop_forecast(column, table) for column in returns.T.tolist()])
    for position, name in enumerate(FIELDS):
        np.testing.assert_allclose(getattr(forecast, name), expected[:, position], rtol=1e-11)


def test_the_shipped_coefficients_are_those_of_the_published_table():
    for coefficients, table in ((CLOSE_ONLY, CLOSE_ONLY_TABLE), (PORTFOLIO_CLOSE_ONLY, PORTFOLIO_TABLE)):
        low, _, high = coefficients.band
        shipped = (coefficients.intercept, dict(coefficients.slopes), coefficients.scale)
        assert (*shipped, coefficients.display, low, high) == table


@pytest.mark.parametrize(("there", "method"), [(62, "ewma_fallback"), (63, "log_har_close")])
def test_the_model_needs_63_returns(there, method):
    returns, _ = sample_returns(62, there, 2)
    assert methods(expected_volatility(returns)) == [method] * 2


@pytest.mark.parametrize(("there", "method"), [(20, None), (21, "ewma_fallback")])
def test_the_fallback_needs_21_returns(there, method):
    returns, _ = sample_returns(63, there, 2)
    forecast = expected_volatility(returns)
    assert methods(forecast) == [method] * 2
    assert forecast.n_obs.tolist() == [there] * 2
    assert reasons(forecast) == [None if method else "short_history"] * 2


def test_the_fallback_equals_a_loop_has_no_band_and_one_variance():
    returns, _ = sample_returns(64, 50, 6, missing=0.05)
    returns[-5:] = 0.01
    forecast = expected_volatility(returns)
    expected = [loop_ewma_volatility(column) for column in returns.T.tolist()]
    np.testing.assert_allclose(forecast.volatility, expected, rtol=1e-12)
    np.testing.assert_allclose(np.sqrt(forecast.variance), expected, rtol=1e-12)
    assert np.isnan(forecast.low).all()
    assert np.isnan(forecast.high).all()


@pytest.mark.parametrize(("missing_of_five", "known"), [(1, True), (2, False)])
@pytest.mark.parametrize("rows", [50, 300])
def test_four_of_the_last_five_sessions_must_be_there(rows, missing_of_five, known):
    returns, _ = sample_returns(65, rows, 1)
    returns[-1 - missing_of_five : -1] = np.nan
    forecast = expected_volatility(returns)
    assert np.isfinite(forecast.volatility).all() == known
    assert reasons(forecast) == [None if known else "gap"]


def test_a_series_that_stopped_has_no_forecast_and_is_stale():
    returns, _ = sample_returns(66, 300, 1)
    returns[-10:] = np.nan
    forecast = expected_volatility(returns)
    assert (methods(forecast), reasons(forecast)) == ([None], ["stale"])


@pytest.mark.parametrize("rows", [30, 300])
def test_returns_that_are_all_zero_are_degenerate(rows):
    forecast = expected_volatility(np.zeros((rows, 1)))
    assert np.isnan(forecast.variance).all()
    assert (methods(forecast), reasons(forecast)) == ([None], ["degenerate"])


def test_a_still_week_is_floored_and_does_not_mean_no_risk():
    returns, _ = sample_returns(67, 300, 1)
    returns[-5:] = 0.0
    forecast = expected_volatility(returns)
    assert forecast.variance[0] == pytest.approx(loop_forecast(returns[:, 0].tolist())[0], rel=1e-12)
    assert forecast.volatility[0] > 0.05


def test_a_forecast_that_the_clamp_moved_says_so():
    long_crash = np.r_[np.tile([1e-5, -1e-5], 100), np.tile([0.05, -0.05], 26)]
    extreme = HarCoefficients(-9.0, {5: 0.1, 21: 0.1, 63: 0.1}, 1.4, 1.06, (0.6, 1.0, 1.5))
    assert methods(expected_volatility(long_crash)) == ["log_har_close"]
    clamped = expected_volatility(long_crash, coefficients=extreme)
    assert methods(clamped) == ["log_har_close_clamped"]
    lowest = 0.2 * np.mean(np.square(long_crash[-63:]))
    assert clamped.variance == pytest.approx(252 * lowest, rel=1e-12)


def test_the_upper_clamp_is_five_times_the_larger_of_month_and_year():
    returns, _ = sample_returns(68, 300, 1)
    extreme = HarCoefficients(9.0, {5: 0.1, 21: 0.1, 63: 0.1}, 1.4, 1.06, (0.6, 1.0, 1.5))
    forecast = expected_volatility(returns, coefficients=extreme)
    highest = 5 * max(np.mean(np.square(returns[-21:])), np.mean(np.square(returns[-252:])))
    assert forecast.variance[0] == pytest.approx(252 * highest, rel=1e-12)


def test_only_the_last_252_sessions_are_used():
    returns, _ = sample_returns(69, 252, 2)
    longer = np.vstack([np.full((30, 2), 5.0), returns])
    np.testing.assert_array_equal(expected_volatility(longer).variance, expected_volatility(returns).variance)
    assert expected_volatility(longer).n_obs.tolist() == [252, 252]


def test_the_band_holds_the_displayed_number():
    returns, _ = sample_returns(70, 300, 20)
    forecast = expected_volatility(returns)
    assert (forecast.low < forecast.volatility).all()
    assert (forecast.volatility < forecast.high).all()
    assert (forecast.volatility < np.sqrt(forecast.variance)).all()


def test_annualization_multiplies_the_variance():
    returns, _ = sample_returns(71, 300, 2)
    np.testing.assert_allclose(
        expected_volatility(returns).variance, 252 * expected_volatility(returns, annualization=1).variance
    )


@pytest.mark.parametrize("shape", [(0,), (0, 3), (300, 0), (1,), (1, 3)])
def test_empty_tables_and_single_rows_have_no_forecast(shape):
    forecast = expected_volatility(np.full(shape, 0.01))
    for name in (*FIELDS, "method", "n_obs", "reason"):
        assert np.shape(getattr(forecast, name)) == shape[1:], name
    assert np.isnan(forecast.volatility).all()


def test_all_missing_is_unpriced_without_a_warning():
    assert reasons(expected_volatility(np.full((300, 2), np.nan))) == ["unpriced"] * 2


def test_infinite_returns_raise():
    with pytest.raises(ValueError, match="infinite"):
        expected_volatility([0.0, np.inf])


def test_the_labels_are_the_words_of_the_tables():
    assert [method.label for method in Method] == [
        None, "log_har_close", "log_har_close_clamped", "ewma_fallback",
    ]  # fmt: skip

"""What holds for forecasts from closes or ranges, with or without the state of the market."""

from dataclasses import fields, replace

import numpy as np
import pytest

from risk.forecast_variants import STIRRED, UNKNOWN, VARIANTS, agree, methods, needed, sample_evidence
from risk.oracles import sample_returns
from riskpanel.risk import CLOSE_ONLY, Method, Reason, VolatilityForecast, expected_volatility

every_variant = pytest.mark.parametrize("name", list(VARIANTS))


@every_variant
def test_a_forecast_says_which_model_made_it(name):
    returns, variances = sample_evidence(72, 300, 2)
    forecast = expected_volatility(returns, **needed(name, variances))
    assert methods(forecast) == [VARIANTS[name].method.label] * 2
    assert forecast.reason.tolist() == [Reason.NONE] * 2


@every_variant
def test_the_clamp_of_every_variant_is_measured_on_its_own_evidence(name):
    returns, variances = sample_evidence(73, 300, 3)
    options = needed(name, 9 * variances)
    options["coefficients"] = replace(options["coefficients"], intercept=-9.0)
    evidence = 9 * variances if VARIANTS[name].uses_ranges else np.square(returns)
    forecast = expected_volatility(returns, **options)
    np.testing.assert_allclose(forecast.variance, 252 * 0.2 * evidence[-63:].mean(axis=0), rtol=1e-12)
    assert forecast.clamped.all()


@every_variant
def test_what_came_before_the_last_252_sessions_changes_nothing(name):
    returns, variances = sample_evidence(75, 252, 4, missing=0.05)
    alone = expected_volatility(returns, **needed(name, variances))
    longer = np.vstack([np.full((30, 4), 5.0), returns]), np.vstack([np.full((30, 4), 7.0), variances])
    agree(expected_volatility(longer[0], **needed(name, longer[1])), alone)


@every_variant
def test_a_forecast_sees_no_session_after_its_own(name):
    returns, variances = sample_evidence(76, 400, 4, missing=0.05)
    later, later_variances = returns.copy(), variances.copy()
    later[350:] = 7 * later[350:] + 0.1
    later_variances[350:] *= 50
    for session in (300, 349, 350):
        agree(
            expected_volatility(later[:session], **needed(name, later_variances[:session])),
            expected_volatility(returns[:session], **needed(name, variances[:session])),
        )
    moved = expected_volatility(later[:351], **needed(name, later_variances[:351]))
    assert (
        moved.variance != expected_volatility(returns[:351], **needed(name, variances[:351])).variance
    ).any()


@every_variant
def test_a_series_has_the_same_forecast_alone_and_among_many(name):
    returns, variances = sample_evidence(77, 300, 7, missing=0.1)
    together = expected_volatility(returns, **needed(name, variances))
    for column in range(7):
        alone = expected_volatility(returns[:, column], **needed(name, variances[:, column]))
        for field in fields(VolatilityForecast):
            one, among = getattr(alone, field.name), getattr(together, field.name)[column]
            np.testing.assert_array_equal(one, among, field.name)


@pytest.mark.parametrize("name", ["trial_range", "trial_range_market"])
def test_a_range_model_reads_the_variances_and_not_the_returns(name):
    returns, variances = sample_evidence(78, 300, 3)
    options = needed(name, variances)
    agree(expected_volatility(0.1 * returns, **options), expected_volatility(returns, **options))
    doubled = expected_volatility(returns, **needed(name, 4 * variances))
    np.testing.assert_allclose(
        doubled.volatility, 2 * expected_volatility(returns, **options).volatility, rtol=1e-12
    )


def test_squared_returns_as_variances_make_a_range_model_one_of_closes():
    returns, _ = sample_returns(79, 300, 3, missing=0.05)
    as_range = replace(CLOSE_ONLY, method=Method.LOG_HAR_RANGE)
    fed = expected_volatility(returns, coefficients=as_range, variances=returns**2)
    np.testing.assert_array_equal(fed.variance, expected_volatility(returns).variance)
    known = np.isfinite(fed.variance)
    assert np.array(methods(fed))[known].tolist() == ["log_har_range"] * known.sum()


def test_the_market_multiplies_the_variance_by_the_exponential_of_slopes_times_state():
    returns, variances = sample_evidence(80, 300, 5)
    for name in ("trial_close_market", "trial_range_market"):
        options = needed(name, variances)
        without = options | {
            "coefficients": replace(options["coefficients"], market={}, move=0.0),
            "market": None,
        }
        pull = sum(slope * STIRRED.stress[window] for window, slope in VARIANTS[name].market.items())
        pull += VARIANTS[name].move * STIRRED.move
        np.testing.assert_allclose(
            expected_volatility(returns, **options).variance,
            np.exp(pull) * expected_volatility(returns, **without).variance,
            rtol=1e-12,
        )


def test_a_state_that_no_slope_asks_for_changes_nothing():
    returns, _ = sample_returns(81, 300, 3)
    agree(expected_volatility(returns, market=STIRRED), expected_volatility(returns))


def test_variances_that_the_model_does_not_ask_for_change_nothing():
    returns, variances = sample_evidence(82, 300, 3)
    agree(expected_volatility(returns, variances=variances), expected_volatility(returns))


@pytest.mark.parametrize("name", ["trial_close_market", "trial_range_market"])
def test_without_a_known_state_a_market_model_has_no_forecast_and_says_why(name):
    returns, variances = sample_evidence(83, 300, 3)
    forecast = expected_volatility(returns, **needed(name, variances, UNKNOWN))
    assert np.isnan(forecast.variance).all()
    assert methods(forecast) == [None] * 3
    assert (forecast.reason != Reason.NONE).all()
    assert not forecast.clamped.any()


def test_without_a_known_state_the_fallback_still_serves_a_young_series():
    returns, variances = sample_evidence(84, 50, 3)
    forecast = expected_volatility(returns, **needed("trial_close_market", variances, UNKNOWN))
    agree(forecast, expected_volatility(returns))
    assert methods(forecast) == ["ewma_fallback"] * 3


def test_range_coefficients_are_refused_without_variances():
    with pytest.raises(ValueError, match="a range model needs variances"):
        expected_volatility(np.full((300, 2), 0.01), coefficients=VARIANTS["trial_range"])


def test_market_slopes_are_refused_without_a_state():
    with pytest.raises(ValueError, match="market slopes needs the state of the market"):
        expected_volatility(np.full((300, 2), 0.01), coefficients=VARIANTS["trial_close_market"])


def test_negative_and_infinite_variances_are_refused():
    returns, variances = sample_evidence(85, 300, 2)
    for wrong, words in ((-1e-9, "must not be negative"), (np.inf, "infinite")):
        variances[7, 1] = wrong
        with pytest.raises(ValueError, match=words):
            expected_volatility(returns, **needed("trial_range", variances))


@pytest.mark.parametrize("shape", [(299, 2), (300, 3), (300,), (300, 2, 1)])
def test_variances_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="must have"):
        expected_volatility(np.full((300, 2), 0.01), **needed("trial_range", np.full(shape, 1e-4)))


def test_sessions_without_a_range_leave_the_range_model_silent_and_never_filled():
    returns, variances = sample_evidence(86, 300, 4)
    variances[-3:, 0] = np.nan  # two of the last five are there
    variances[:-62, 1] = np.nan  # one session short of a level
    variances[:, 2] = 0.0  # no range has ever moved
    forecast = expected_volatility(returns, **needed("trial_range", variances))
    assert np.isfinite(forecast.variance).tolist() == [False, False, False, True]
    assert methods(forecast) == [None, None, None, "log_har_range"]
    assert (forecast.reason[:3] != Reason.NONE).all()

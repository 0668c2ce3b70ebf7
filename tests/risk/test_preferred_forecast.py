"""Which of several forecasts a series gets."""

from dataclasses import fields

import numpy as np
import pytest

from risk.forecast_variants import STIRRED, UNKNOWN, agree, methods, needed, reasons, sample_evidence
from risk.oracles import sample_returns
from riskpanel.risk import VolatilityForecast, expected_volatility, preferred_forecast


def chain(returns, variances, market=STIRRED):
    """Forecasts of one model of each kind, best first."""
    names = ("trial_range_market", "trial_range", "trial_close_market", "trial_close")
    return [expected_volatility(returns, **needed(name, variances, market)) for name in names]


def test_each_series_is_served_by_the_first_model_that_can():
    returns, variances = sample_evidence(87, 300, 3)
    variances[-3:, 1] = np.nan
    returns[-10:, 2] = np.nan
    variances[-10:, 2] = np.nan
    forecasts = chain(returns, variances)
    chosen = preferred_forecast(forecasts)
    assert methods(chosen) == ["log_har_range_market", "log_har_close_market", None]
    for field in fields(VolatilityForecast):
        own = [getattr(forecasts[position], field.name)[column] for column, position in enumerate((0, 2, 3))]
        np.testing.assert_array_equal(getattr(chosen, field.name), own, field.name)
        assert getattr(chosen, field.name).dtype == getattr(forecasts[0], field.name).dtype


def test_without_a_known_state_the_next_model_that_needs_none_serves():
    returns, variances = sample_evidence(88, 300, 2)
    variances[-3:, 1] = np.nan
    chosen = preferred_forecast(chain(returns, variances, UNKNOWN))
    assert methods(chosen) == ["log_har_range", "log_har_close"]


def test_the_order_given_decides_among_models_that_all_can():
    returns, variances = sample_evidence(89, 300, 3)
    forecasts = chain(returns, variances)
    agree(preferred_forecast(forecasts), forecasts[0])
    agree(preferred_forecast(forecasts[::-1]), forecasts[-1])


def test_a_fallback_never_goes_before_the_log_har_of_another_model():
    """A stock whose early closes are missing has 63 ranges and 62 returns: the fallback must not speak."""
    returns, variances = sample_evidence(90, 300, 1)
    returns[:-62] = np.nan
    close, ranged = chain(returns, variances)[::-2]
    assert (methods(close), methods(ranged)) == (["ewma_fallback"], ["log_har_range"])
    agree(preferred_forecast([close, ranged]), ranged)
    agree(preferred_forecast([ranged, close]), ranged)


def test_where_only_fallbacks_speak_the_last_one_is_taken():
    returns, variances = sample_evidence(91, 50, 2)
    forecasts = chain(returns, np.full_like(variances, np.nan))
    agree(preferred_forecast(forecasts), forecasts[-1])
    assert methods(forecasts[-1]) == ["ewma_fallback"] * 2


def test_where_no_model_speaks_the_reasons_are_those_of_the_last():
    returns, variances = sample_evidence(92, 300, 4)
    returns[:, 0] = np.nan
    returns[-10:, 1] = np.nan
    returns[:-20, 2] = np.nan
    returns[-3:, 3] = np.nan
    chosen = preferred_forecast(chain(returns, np.full_like(variances, np.nan)))
    assert reasons(chosen) == ["unpriced", "stale", "short_history", "gap"]
    assert chosen.n_obs.tolist() == [0, 242, 20, 249]


def test_one_forecast_is_preferred_to_none_and_none_is_refused():
    returns, _ = sample_returns(93, 300, 2)
    one = expected_volatility(returns)
    agree(preferred_forecast([one]), one)
    agree(preferred_forecast((one, one)), one)
    with pytest.raises(ValueError, match="at least one"):
        preferred_forecast([])

"""What must hold for every model of the forecast and any evidence: scale, permute, prepend, blank out."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.draws import missing_shares, modest, seeds
from risk.forecast_variants import STIRRED, VARIANTS, needed, sample_evidence
from riskpanel.risk import (
    Method,
    Reason,
    VolatilityForecast,
    expected_volatility,
    hindcast_r_squared,
    market_state,
    preferred_forecast,
)

NUMBERS = ("variance", "volatility", "low", "high")
names = st.sampled_from(list(VARIANTS))
scales = st.floats(1e-3, 1e3)
gaps = st.floats(0, 0.6)
FIELDS = [field.name for field in fields(VolatilityForecast)]


def measure(name, returns, variances):
    """Forecast and fit of hindcasts by one model, as named arrays."""
    options = needed(name, variances)
    forecast = expected_volatility(returns, **options)
    market = options.pop("market")
    markets = None if market is None else dict.fromkeys(range(21, len(returns), 21), STIRRED)
    fit = hindcast_r_squared(returns, markets=markets, min_obs=3, **options)
    numbers = {field: getattr(forecast, field) for field in FIELDS}
    return numbers | {"r_squared": fit.r_squared, "hindcasts": fit.n_obs, "why": fit.reason}


@modest
@given(names, seeds, scales, missing_shares)
def test_a_forecast_scales_with_its_evidence_and_its_fit_does_not(name, seed, factor, missing):
    returns, variances = sample_evidence(seed % 10**6, 300, 5, missing=missing)
    one, scaled = measure(name, returns, variances), measure(name, factor * returns, factor**2 * variances)
    for field in ("volatility", "low", "high"):
        np.testing.assert_allclose(scaled[field], factor * one[field], rtol=1e-10)
    np.testing.assert_allclose(scaled["variance"], factor**2 * one["variance"], rtol=1e-10)
    np.testing.assert_allclose(scaled["r_squared"], one["r_squared"], rtol=1e-6, atol=1e-9)
    for field in ("method", "n_obs", "reason", "hindcasts", "why"):
        np.testing.assert_array_equal(scaled[field], one[field])


@modest
@given(names, seeds, missing_shares, st.permutations(range(5)))
def test_permuting_and_doubling_series_changes_no_bit_of_any(name, seed, missing, order):
    returns, variances = sample_evidence(seed % 10**6, 300, 5, missing=missing)
    picks = [*order, order[0]]
    straight = measure(name, returns, variances)
    mixed = measure(name, returns[:, picks], variances[:, picks])
    for field, values in straight.items():
        np.testing.assert_array_equal(mixed[field], values[picks], field)


@modest
@given(names, seeds, missing_shares, st.integers(1, 200))
def test_prepended_history_changes_no_forecast(name, seed, missing, older):
    returns, variances = sample_evidence(seed % 10**6, 260, 5, missing=missing)
    past, past_variances = sample_evidence(seed % 10**6 + 1, older, 5)
    before = expected_volatility(returns, **needed(name, variances))
    after = expected_volatility(
        np.vstack([10 * past, returns]), **needed(name, np.vstack([9 * past_variances, variances]))
    )
    for field in set(FIELDS) - {"reason"}:
        np.testing.assert_array_equal(getattr(after, field), getattr(before, field))


@modest
@given(names, seeds, gaps, st.integers(0, 300), st.integers(0, 4))
def test_a_blank_series_is_unpriced_and_disturbs_no_other(name, seed, missing, rows, column):
    returns, variances = sample_evidence(seed % 10**6, rows, 5, missing=missing)
    before = measure(name, returns, variances)
    blank = [values.copy() for values in (returns, variances)]
    for values in blank:
        values[:, column] = np.nan
    after = measure(name, *blank)
    others = [other for other in range(5) if other != column]
    for field, values in after.items():
        np.testing.assert_array_equal(values[others], before[field][others], field)
    assert all(np.isnan(after[field][column]) for field in (*NUMBERS, "r_squared"))
    assert (after["reason"][column], after["why"][column]) == (Reason.UNPRICED, Reason.UNPRICED)
    assert (after["method"][column], after["clamped"][column]) == (Method.NONE, False)


@modest
@given(names, seeds, gaps, st.integers(0, 300))
def test_reasons_methods_and_numbers_agree_on_what_is_missing(name, seed, missing, rows):
    outcome = measure(name, *sample_evidence(seed % 10**6, rows, 5, missing=missing))
    absent = np.isnan(outcome["variance"])
    np.testing.assert_array_equal(outcome["reason"] != Reason.NONE, absent)
    np.testing.assert_array_equal(outcome["method"] == Method.NONE, absent)
    np.testing.assert_array_equal(np.isnan(outcome["volatility"]), absent)
    no_band = absent | (outcome["method"] == Method.EWMA_FALLBACK)
    np.testing.assert_array_equal(np.isnan(outcome["low"]), no_band)
    np.testing.assert_array_equal(np.isnan(outcome["high"]), no_band)
    assert not (outcome["clamped"] & no_band).any()
    unfit = np.isnan(outcome["r_squared"])
    np.testing.assert_array_equal(outcome["why"] != Reason.NONE, unfit)
    assert ((outcome["r_squared"][~unfit] >= 0) & (outcome["r_squared"][~unfit] <= 1)).all()


@modest
@given(st.permutations(list(VARIANTS)), seeds, gaps, st.integers(0, 300))
def test_preference_invents_nothing_and_loses_no_log_har(order, seed, missing, rows):
    """Each series has all its numbers from one forecast, a log-HAR's wherever one spoke."""
    returns, variances = sample_evidence(seed % 10**6, rows, 5, missing=missing)
    forecasts = [expected_volatility(returns, **needed(name, variances)) for name in order]
    chosen = preferred_forecast(forecasts)
    for column in range(5):
        spoken = [f for f in forecasts if f.method[column] not in (Method.NONE, Method.EWMA_FALLBACK)]
        source = spoken[0] if spoken else forecasts[-1]
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(chosen, field)[column], getattr(source, field)[column])


@modest
@given(seeds, gaps, st.integers(0, 300), scales)
def test_a_state_is_bounded_has_no_unit_and_is_known_whole_or_not_at_all(seed, missing, rows, factor):
    returns, variances = sample_evidence(seed % 10**6, rows, 30, missing=missing)
    state = market_state(returns, variances)
    stress = np.array(list(state.stress.values()))
    assert state.known == (state.n_instruments >= 20)
    if not state.known:
        assert np.isnan([*stress, state.move]).all()
        return
    assert (stress >= np.log(0.02) - 1e-12).all()
    assert (stress <= np.log(252 / np.array([1, 4]))).all()
    assert abs(state.move) <= np.sqrt(5 * 252 / 4)
    for scaled in (market_state(-factor * returns, variances), market_state(returns, factor * variances)):
        np.testing.assert_allclose(list(scaled.stress.values()), stress, atol=1e-11)
        assert abs(scaled.move) == pytest.approx(abs(state.move), abs=1e-11)
        assert scaled.n_instruments == state.n_instruments


@modest
@given(names, seeds, st.floats(1.01, 20))
def test_louder_evidence_never_lowers_a_forecast(name, seed, factor):
    """Turning one recent session up raises every mean that holds it, where the quarter is near its year."""
    returns, variances = sample_evidence(seed % 10**6, 300, 5)
    louder, wider = returns.copy(), variances.copy()
    louder[-3] *= factor
    wider[-3] *= factor**2
    before = expected_volatility(returns, **needed(name, variances)).variance
    after = expected_volatility(louder, **needed(name, wider)).variance
    assert (after >= before * (1 - 1e-12)).all()

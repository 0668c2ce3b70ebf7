"""Expected volatility of the next 21 sessions."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from risk.forecast_variants import SHIPPED, STIRRED, VARIANTS, methods, needed, reasons, sample_evidence
from risk.oracles import loop_ewma_volatility, loop_forecast, sample_returns
from riskpanel.risk import (
    CLOSE_ONLY,
    INSTRUMENT_MODELS,
    PORTFOLIO_MODELS,
    Method,
    expected_volatility,
)

METHODS_PAGE = Path(__file__).parents[2] / "docs" / "methods.md"
FIELDS = ("variance", "volatility", "low", "high")


every_variant = pytest.mark.parametrize("name", list(VARIANTS))


@every_variant
@pytest.mark.parametrize(("rows", "missing"), [(300, 0.0), (300, 0.1), (100, 0.1)])
def test_variance_volatility_and_band_equal_a_loop(name, rows, missing):
    returns, variances = sample_evidence(61, rows, 30, missing=missing)
    options = needed(name, variances)
    forecast = expected_volatility(returns, **options)
    chosen = options["coefficients"]
    loops = [
        loop_forecast(
            returns[:, column].tolist(),
            chosen,
            variances=variances[:, column].tolist() if chosen.uses_ranges else None,
            market=(STIRRED.stress, STIRRED.move),
        )
        for column in range(30)
    ]
    assert np.isfinite(forecast.variance).sum() > 0
    for position, field in enumerate(FIELDS):
        np.testing.assert_allclose(getattr(forecast, field), np.array(loops)[:, position], rtol=1e-11)


def test_every_shipped_coefficient_stands_on_the_page_of_methods():
    text = METHODS_PAGE.read_text().replace("\u2212", "-")
    page = {float(number) for number in re.findall(r"-?\d+\.\d+", text)}
    for name, shipped in SHIPPED.items():
        low, _, high = shipped.band
        numbers = {shipped.intercept, shipped.scale, shipped.display, low, high}
        numbers |= {*shipped.slopes.values(), *shipped.market.values()}
        numbers |= {shipped.move} if shipped.needs_market else set()
        assert numbers - page == set(), name


@pytest.mark.parametrize("name", list(SHIPPED))
def test_shipped_coefficients_make_sense(name):
    """Mean reversion, a mean above the typical case, a band around it, a market only where it is said."""
    shipped = SHIPPED[name]
    low, middle, high = shipped.band
    assert 0 < sum(shipped.slopes.values()) < 1
    assert 1 < shipped.scale < 2
    assert low < middle < shipped.display < high
    assert shipped.needs_market == ("MARKET" in shipped.method.name) == (shipped.move < 0)
    assert shipped.uses_ranges == shipped.method.name.startswith("LOG_HAR_RANGE")
    assert shipped.needs_market_ranges <= shipped.needs_market


@pytest.mark.parametrize("models", [INSTRUMENT_MODELS, PORTFOLIO_MODELS], ids=["instruments", "portfolios"])
def test_the_last_model_of_a_list_needs_closes_alone_and_no_kind_comes_twice(models):
    assert models[-1].method == Method.LOG_HAR_CLOSE
    assert len({model.method for model in models}) == len(models)
    assert all(any(model == shipped for shipped in SHIPPED.values()) for model in models)


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
    assert forecast.variance[0] == pytest.approx(
        loop_forecast(returns[:, 0].tolist(), CLOSE_ONLY)[0], rel=1e-12
    )
    assert forecast.volatility[0] > 0.05


def test_a_forecast_that_the_clamp_moved_says_so_beside_its_method():
    long_crash = np.r_[np.tile([1e-5, -1e-5], 100), np.tile([0.05, -0.05], 26)]
    free = expected_volatility(long_crash)
    assert (methods(free), free.clamped.tolist()) == (["log_har_close"], False)
    clamped = expected_volatility(long_crash, coefficients=replace(CLOSE_ONLY, intercept=-9.0))
    assert (methods(clamped), clamped.clamped.tolist()) == (["log_har_close"], True)
    lowest = 0.2 * np.mean(np.square(long_crash[-63:]))
    assert clamped.variance == pytest.approx(252 * lowest, rel=1e-12)


def test_the_upper_clamp_is_five_times_the_larger_of_month_and_year():
    returns, _ = sample_returns(68, 300, 2)
    returns[-30:, 1] *= 0.1
    forecast = expected_volatility(returns, coefficients=replace(CLOSE_ONLY, intercept=9.0))
    highest = 5 * np.maximum(
        np.mean(np.square(returns[-21:]), axis=0), np.mean(np.square(returns[-252:]), axis=0)
    )
    np.testing.assert_allclose(forecast.variance, 252 * highest, rtol=1e-12)
    assert forecast.clamped.tolist() == [True, True]


def test_a_clamp_is_not_marked_where_there_is_no_forecast_or_a_fallback():
    returns, _ = sample_returns(74, 300, 3)
    returns[-10:, 0] = np.nan
    returns[:-40, 1] = np.nan
    forecast = expected_volatility(returns, coefficients=replace(CLOSE_ONLY, intercept=-9.0))
    assert methods(forecast) == [None, "ewma_fallback", "log_har_close"]
    assert forecast.clamped.tolist() == [False, False, True]


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
        None,
        "log_har_close",
        "log_har_close_market",
        "log_har_range",
        "log_har_range_market",
        "log_har_market_range",
        "ewma_fallback",
    ]


def test_the_quarter_is_bent_and_flat_from_four_times_the_year():
    """All movement in the last quarter: v_63 is 4 v_252, g is at its top of ln 4 / 2."""
    sudden = np.r_[np.zeros(189), np.tile([0.02, -0.02], 32)[:63]]
    trial = replace(CLOSE_ONLY, slopes={63: 0.4})
    top = np.log(4) / 2
    expected = 252 * trial.scale * np.exp(trial.intercept + 0.4 * top) * 1e-4
    assert expected_volatility(sudden, coefficients=trial).variance == pytest.approx(expected, rel=1e-12)
    holed = sudden.copy()
    holed[200:215] = np.nan  # 48 of 63 are there: more than 4 times the mean of the year, and no further
    level = 4e-4 * 48 / 237
    beyond = expected_volatility(holed, coefficients=trial).variance
    assert beyond == pytest.approx(252 * trial.scale * np.exp(trial.intercept + 0.4 * top) * level, rel=1e-12)


def test_a_quarter_below_its_year_lowers_the_forecast():
    """v_63 is a quarter of the year's last mean: g(-x) = -x - x^2 / (2 ln 4)."""
    calm = np.r_[np.tile([0.02, -0.02], 95)[:189], np.tile([0.01, -0.01], 32)[:63]]
    trial = replace(CLOSE_ONLY, slopes={63: 0.4})
    level = (189 * 4e-4 + 63 * 1e-4) / 252
    x = np.log(1e-4 / level)
    bent = x - x**2 / (2 * np.log(4))
    expected = 252 * trial.scale * np.exp(trial.intercept + 0.4 * bent) * level
    assert expected_volatility(calm, coefficients=trial).variance == pytest.approx(expected, rel=1e-12)

"""Realized volatility, its rolling history, HAR components and the percentile."""

import math

import empyrical
import numpy as np
import pytest
from scipy import stats

from risk.oracles import loop_mean_square, loop_percentile, loop_volatility, sample_returns
from riskpanel.risk import (
    Reason,
    har_components,
    mean_square,
    realized_volatility,
    rolling_realized_volatility,
    volatility_percentile,
)

WINDOWS = [(21, 15), (63, 45)]


@pytest.mark.parametrize(("window", "least"), WINDOWS)
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_realized_volatility_equals_a_loop_over_the_last_sessions(window, least, missing):
    returns, _ = sample_returns(31, 120, 20, missing=missing)
    expected = [loop_volatility(column, window=window, min_obs=least) for column in returns.T.tolist()]
    np.testing.assert_allclose(
        realized_volatility(returns, window=window, min_obs=least), expected, rtol=1e-12
    )


def test_realized_volatility_equals_empyrical_given_the_same_sessions():
    """Empyrical annualises the sample deviation of all it is given; riskpanel cuts the window itself."""
    returns, _ = sample_returns(32, 120, 6, missing=0.1)
    ours = realized_volatility(returns, window=63, min_obs=45)
    for column in range(6):
        tail = returns[-63:, column]
        assert ours[column] == pytest.approx(empyrical.annual_volatility(tail), rel=1e-12)


@pytest.mark.parametrize(("window", "least"), WINDOWS)
def test_the_window_counts_sessions_and_row_number_22_is_not_seen(window, least):
    returns, _ = sample_returns(33, 120, 3)
    before = realized_volatility(returns, window=window, min_obs=least)
    returns[: 120 - window] = 99.0
    np.testing.assert_array_equal(realized_volatility(returns, window=window, min_obs=least), before)
    returns[120 - window] += 0.01
    assert (realized_volatility(returns, window=window, min_obs=least) != before).all()


@pytest.mark.parametrize(("window", "least"), WINDOWS)
@pytest.mark.parametrize("short_by", [0, 1])
def test_the_minimum_evidence_counts_returns_inside_the_window(window, least, short_by):
    returns, _ = sample_returns(34, 120, 1)
    returns[120 - window : 120 - least + short_by] = np.nan
    assert np.isnan(realized_volatility(returns, window=window, min_obs=least)).all() == bool(short_by)


def test_a_constant_return_has_a_volatility_of_exactly_zero_in_every_window():
    constants = np.r_[0.0, np.random.default_rng(35).normal(0, 0.02, 300), 1e-9, 0.1]
    flat = np.broadcast_to(constants, (300, len(constants)))
    for window in (21, 63, 252):
        assert not realized_volatility(flat, window=window, min_obs=15).any(), window


def test_a_true_640_percent_is_reported_as_it_is():
    wild = np.tile([0.4, -0.4], 11)[:21]
    assert 6.3 < realized_volatility(wild, window=21, min_obs=15) < 6.6


def test_annualization_is_the_root_of_the_sessions_in_a_year():
    returns, _ = sample_returns(36, 63, 2)
    by_year, by_session = (
        realized_volatility(returns, window=63, min_obs=45, annualization=year) for year in (252, 1)
    )
    np.testing.assert_allclose(by_year, math.sqrt(252) * by_session, rtol=1e-14)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_every_row_of_the_rolling_history_equals_the_number_of_that_day_to_the_bit(missing):
    returns, _ = sample_returns(37, 60, 4, missing=missing)
    rolling = rolling_realized_volatility(returns, window=21, min_obs=15)
    assert rolling.shape == returns.shape
    for row in range(60):
        today = realized_volatility(returns[: row + 1], window=21, min_obs=15)
        np.testing.assert_array_equal(rolling[row], today)


@pytest.mark.parametrize("window", [1, 5, 21, 63])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_the_mean_square_equals_a_loop(window, missing):
    returns, _ = sample_returns(38, 80, 30, missing=missing)
    expected = [loop_mean_square(column, window=window) for column in returns.T.tolist()]
    np.testing.assert_allclose(mean_square(returns, window=window), expected, rtol=1e-12)


@pytest.mark.parametrize(("window", "least"), [(1, 1), (5, 4), (21, 16), (63, 48), (252, 189)])
def test_three_quarters_of_a_window_must_be_there_for_a_mean_square(window, least):
    returns = np.full(window, 0.01)
    returns[: window - least] = np.nan
    assert mean_square(returns, window=window) == pytest.approx(1e-4)
    returns[window - least] = np.nan
    assert np.isnan(mean_square(returns, window=window))


def test_the_har_components_are_the_root_mean_squares_of_1_5_and_21_sessions():
    returns, _ = sample_returns(39, 80, 30, missing=0.1)
    parts = har_components(returns)
    for name, window in (("daily", 1), ("weekly", 5), ("monthly", 21)):
        squares = [loop_mean_square(column, window=window) for column in returns.T.tolist()]
        np.testing.assert_allclose(getattr(parts, name), np.sqrt(252 * np.array(squares)), rtol=1e-12)


def test_the_daily_component_is_the_size_of_the_last_return_times_the_root_of_252():
    assert har_components([0.01, -0.03]).daily == pytest.approx(0.03 * math.sqrt(252))
    assert np.isnan(har_components([0.01, np.nan]).daily)


@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_the_percentile_equals_a_loop_over_the_year(missing):
    returns, _ = sample_returns(40, 330, 8, missing=missing)
    expected = [loop_percentile(column) for column in returns.T.tolist()]
    np.testing.assert_allclose(volatility_percentile(returns).percentile, expected, rtol=1e-12)


def test_the_percentile_equals_scipy_on_the_rolling_history():
    returns, _ = sample_returns(41, 300, 5)
    rolling = rolling_realized_volatility(returns, window=21, min_obs=15)[-252:]
    ranked = volatility_percentile(returns)
    for column in range(5):
        rank = stats.percentileofscore(rolling[:, column], rolling[-1, column], kind="mean")
        assert ranked.percentile[column] == pytest.approx(rank, rel=1e-12)
    assert ranked.n_obs.tolist() == [252] * 5


@pytest.mark.parametrize(("returns_there", "known"), [(139, False), (140, True)])
def test_a_percentile_needs_126_rolling_values_which_140_returns_give(returns_there, known):
    returns, _ = sample_returns(42, returns_there, 2)
    ranked = volatility_percentile(returns)
    assert ranked.n_obs.tolist() == [returns_there - 14] * 2
    assert np.isfinite(ranked.percentile).tolist() == [known] * 2
    expected = None if known else "short_history"
    assert [Reason(int(code)).label for code in ranked.reason] == [expected] * 2


def test_a_constant_volatility_stands_at_fifty():
    flat = np.broadcast_to(np.linspace(-0.02, 0.02, 41), (300, 41))
    assert volatility_percentile(flat).percentile.tolist() == [50.0] * 41


def test_a_stopped_series_has_no_percentile_and_is_called_stale():
    returns, _ = sample_returns(43, 300, 1)
    returns[-10:] = np.nan
    assert [Reason(int(code)).label for code in volatility_percentile(returns).reason] == ["stale"]
    returns[-4:] = 0.01
    assert [Reason(int(code)).label for code in volatility_percentile(returns).reason] == [None]
    returns[-12:-4] = np.nan
    assert [Reason(int(code)).label for code in volatility_percentile(returns).reason] == ["gap"]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (30, 0), (1,), (1, 3)])
def test_empty_tables_and_single_rows_are_missing_and_keep_their_shape(shape):
    zeros = np.zeros(shape)
    numbers = (
        realized_volatility(zeros, window=21, min_obs=15),
        mean_square(zeros, window=5),
        har_components(zeros).monthly,
        volatility_percentile(zeros).percentile,
    )
    for number in numbers:
        assert np.shape(number) == shape[1:]
        assert np.isnan(number).all()
    assert rolling_realized_volatility(zeros, window=21, min_obs=15).shape == shape


def test_all_missing_is_missing_and_unpriced_without_a_warning():
    nothing = np.full((300, 2), np.nan)
    assert np.isnan(realized_volatility(nothing, window=21, min_obs=15)).all()
    assert np.isnan(har_components(nothing).weekly).all()
    ranked = volatility_percentile(nothing)
    assert np.isnan(ranked.percentile).all()
    assert ranked.reason.tolist() == [Reason.UNPRICED] * 2


@pytest.mark.parametrize(("window", "least"), [(21, 1), (21, 22), (0, 2)])
def test_a_minimum_below_two_or_above_the_window_raises(window, least):
    for measure in (realized_volatility, rolling_realized_volatility, volatility_percentile):
        with pytest.raises(ValueError, match=r"window must be at least 1|min_obs must be between 2 and"):
            measure(np.zeros(30), window=window, min_obs=least)


def test_infinite_returns_raise():
    bad = np.array([0.0, np.inf])
    for measure in (
        lambda r: realized_volatility(r, window=21, min_obs=15),
        lambda r: rolling_realized_volatility(r, window=21, min_obs=15),
        lambda r: mean_square(r, window=5),
        har_components,
        volatility_percentile,
    ):
        with pytest.raises(ValueError, match="infinite"):
            measure(bad)

"""Small inputs whose answers can be worked out by hand or are recorded from statsmodels."""

import math

import numpy as np
import pytest

from riskpanel.risk import (
    CLOSE_ONLY,
    Direction,
    concentration,
    expected_volatility,
    har_components,
    market_beta,
    portfolio_series,
    realized_volatility,
    sector_weights,
    stress,
    volatility_percentile,
    volatility_trend,
    weighted_beta,
)

# Anscombe (1973), first data set: published as y = 3.00 + 0.500 x, R squared 0.67, standard error of the
# slope 0.118. By hand: Sxx = 110, Sxy = 55.01, Syy = 41.272691; further digits of error and p: statsmodels.
ANSCOMBE_X = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0]
ANSCOMBE_Y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]


def test_the_regression_of_anscombes_first_data_set():
    fit = market_beta(ANSCOMBE_Y, ANSCOMBE_X, min_obs=11)
    assert fit.beta == pytest.approx(55.01 / 110, rel=1e-13)
    assert fit.alpha == pytest.approx(3.000090909090909, rel=1e-12)
    assert fit.r_squared == pytest.approx(55.01**2 / (110 * 41.272690909090909), rel=1e-12)
    assert fit.std_error == pytest.approx(0.117905500595, abs=1e-12)
    assert fit.p_value == pytest.approx(0.002169628873, abs=1e-12)


def test_alternating_returns_of_one_percent_have_a_volatility_that_counts_the_lost_degree_of_freedom():
    returns = np.tile([0.01, -0.01], 31)[:42]
    # 42 values, mean 0: sum of squares 0.0042 over 41.
    measured = realized_volatility(returns, window=42, min_obs=30)
    assert measured == pytest.approx(math.sqrt(252 * 0.0042 / 41), rel=1e-12)
    # Around zero nothing is lost.
    assert har_components(returns).monthly == pytest.approx(math.sqrt(252) * 0.01, rel=1e-12)


def test_the_forecast_of_steady_returns_is_the_intercept_alone():
    steady = np.tile([0.01, -0.01], 150)
    forecast = expected_volatility(steady)
    # All windows equal the level, so x = 0: variance = s exp(b0) 0.0001 a session, whatever the slopes.
    growth = math.exp(CLOSE_ONLY.intercept)
    assert forecast.variance == pytest.approx(252 * CLOSE_ONLY.scale * growth * 1e-4, rel=1e-12)
    root = math.sqrt(252e-4 * growth)
    assert forecast.volatility == pytest.approx(CLOSE_ONLY.display * root, rel=1e-12)
    low, _, high = CLOSE_ONLY.band
    assert (forecast.low, forecast.high) == pytest.approx((low * root, high * root), rel=1e-12)


def test_volatility_that_doubled_for_21_sessions():
    returns = np.tile([0.01, -0.01], 126)
    returns[-21:] *= 2
    trend = volatility_trend(returns)
    assert trend.log_ratio == pytest.approx(math.log(2), rel=1e-12)
    # Kurtosis is 2.14, below the floor of 3: z = ln 2 / sqrt(1/2 (1/21 + 1/42)) = 3.668, 2 Phi(z) - 1:
    assert trend.strength == pytest.approx(math.erf(math.log(2) / math.sqrt(1 / 14)), rel=1e-12)
    assert trend.strength == pytest.approx(0.99976, abs=1e-5)
    assert trend.direction == Direction.INCREASING


def test_the_newest_volatility_being_the_highest_of_252_stands_at_100_less_half_a_rank():
    returns = np.r_[np.tile([0.01, -0.01], 150), 0.05]
    assert volatility_percentile(returns).percentile == pytest.approx(100 * 251.5 / 252, rel=1e-12)


def test_a_book_of_half_a_quarter_and_a_short_quarter():
    book = concentration([50.0, 25.0, -25.0])
    assert book.hhi == pytest.approx(10_000 * (0.25 + 0.0625 + 0.0625))
    assert book.effective_num_positions == pytest.approx(8 / 3)
    assert (book.top_3, book.top_10) == (1.0, 1.0)
    assert book.largest[:4].tolist() == [0, 1, 2, -1]


def test_a_130_30_book_in_two_sectors():
    book = sector_weights([0.8, 0.5, -0.3], [0, 1, 1], n_sectors=3)
    assert book.net.tolist() == pytest.approx([0.8, 0.2, 0.0])
    assert book.gross.tolist() == pytest.approx([0.8, 0.8, 0.0])
    beta = weighted_beta([0.8, 0.5, -0.3], [1.0, 1.2, 0.8], r_squared=[0.5, 0.4, 0.3], n_obs=[90, 60, 88])
    assert beta.beta == pytest.approx(0.8 + 0.6 - 0.24)
    assert beta.r_squared == pytest.approx((0.8 * 0.5 + 0.5 * 0.4 + 0.3 * 0.3) / 1.6)
    assert (beta.coverage, beta.n_obs) == (pytest.approx(1.0), 60)


def test_a_market_drop_of_35_percent_on_a_million_with_beta_1_2():
    outcome = stress([600_000.0, 400_000.0], [1.0, 1.5], [-0.35])
    assert outcome.pnl.tolist() == pytest.approx([-420_000.0])


def test_a_series_with_one_missing_return_takes_beta_times_the_market():
    series = portfolio_series(
        [[0.01, 0.02], [np.nan, 0.01]], [0.4, 0.6], market=[0.01, -0.02], beta=[1.5, 1.0]
    )
    assert series.returns.tolist() == pytest.approx([0.016, 0.4 * 1.5 * -0.02 + 0.006])
    assert series.coverage.tolist() == pytest.approx([1.0, 0.6])

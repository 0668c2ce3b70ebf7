"""Betas of 252 windows of 90 sessions for 10,000 instruments, against two slower ways in the same run.

RollingOLS of statsmodels fits one series after the other; a loop of market_beta fits all series on one date
after the other. Both run on a sample that is scaled up, and the answers of the samples are compared.
"""

from time import perf_counter

import numpy as np
import pytest
import statsmodels.api as sm
from pytest_benchmark.fixture import BenchmarkFixture
from statsmodels.regression.rolling import RollingOLS

from riskpanel.risk import BetaEstimates, market_beta, rolling_market_beta

N, WINDOW, DATES, LEAST = 10_000, 90, 252, 30
T = WINDOW - 1 + DATES
SAMPLE_SERIES, SAMPLE_DATES = 20, 12
FLOOR_ROLLING_OLS, FLOOR_LOOP = 60, 2.0


def draw() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    market = rng.standard_t(5, T) * 0.01
    returns = market[:, None] * rng.uniform(0.3, 2.0, N) + rng.normal(0, 0.015, (T, N))
    returns[rng.random((T, N)) < 0.05] = np.nan
    return returns, market


def time_rolling_ols(returns: np.ndarray, market: np.ndarray, estimates: BetaEstimates) -> float:
    """Fit the sample of series, compare from the first full window on, return the seconds for all."""
    started = perf_counter()
    fits = [
        RollingOLS(series, sm.add_constant(market), window=WINDOW, min_nobs=LEAST, missing="drop").fit()
        for series in returns[:, :SAMPLE_SERIES].T
    ]
    answers = [(fit.params[:, 1], fit.bse[:, 1]) for fit in fits]
    seconds = (perf_counter() - started) / SAMPLE_SERIES * N
    full = slice(WINDOW - 1, None)
    for column, (beta, error) in enumerate(answers):
        np.testing.assert_allclose(estimates.beta[full, column], beta[full], rtol=1e-9)
        np.testing.assert_allclose(estimates.std_error[full, column], error[full], rtol=1e-9)
    return seconds


def time_loop(returns: np.ndarray, market: np.ndarray, estimates: BetaEstimates) -> float:
    """Fit the sample of dates with every statistic, compare, return the seconds for all dates."""
    dates = np.linspace(WINDOW - 1, T - 1, SAMPLE_DATES).astype(int)
    windows = [slice(t - WINDOW + 1, t + 1) for t in dates]
    started = perf_counter()
    fits = [market_beta(returns[rows], market[rows], min_obs=LEAST) for rows in windows]
    seconds = (perf_counter() - started) / SAMPLE_DATES * DATES
    for t, fit in zip(dates, fits, strict=True):
        np.testing.assert_allclose(estimates.beta[t], fit.beta, rtol=1e-9)
        np.testing.assert_allclose(estimates.std_error[t], fit.std_error, rtol=1e-9)
        np.testing.assert_allclose(estimates.r_squared[t], fit.r_squared, rtol=1e-8)
        np.testing.assert_allclose(estimates.p_value[t], fit.p_value, rtol=1e-6)
        np.testing.assert_array_equal(estimates.n_obs[t], fit.n_obs)
    return seconds


@pytest.mark.benchmark(group="betas of 10,000 instruments on 252 dates, 90 sessions each")
def test_rolling_betas_of_all_instruments_in_one_pass(benchmark: BenchmarkFixture) -> None:
    returns, market = draw()
    options = {"window": WINDOW, "min_obs": LEAST}
    estimates = benchmark.pedantic(
        rolling_market_beta, args=(returns, market), kwargs=options, rounds=3, warmup_rounds=1
    )
    rolling_ols = time_rolling_ols(returns, market, estimates)
    loop, best = time_loop(returns, market, estimates), benchmark.stats.stats.min
    benchmark.extra_info["ratio_to_rolling_ols"] = round(rolling_ols / best)
    benchmark.extra_info["ratio_to_loop_of_market_beta"] = round(loop / best, 1)
    print(
        f"\nRollingOLS {rolling_ols:,.0f} s, loop of market_beta {loop:.2f} s, all at once {best:.2f} s:"
        f" {rolling_ols / best:,.0f}x and {loop / best:.1f}x"
    )
    assert rolling_ols / best > FLOOR_ROLLING_OLS
    assert loop / best > FLOOR_LOOP

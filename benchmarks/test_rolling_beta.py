"""Betas of 252 windows of 90 sessions for 10,000 instruments, against two slower ways in the same run.

RollingOLS of statsmodels fits one series after the other, and computes p-values only when asked for them; a
loop of market_beta fits all series on one date after the other. Both run on a sample that is scaled up, and
the answers of the samples are compared.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pytest
import statsmodels.api as sm
from pytest_benchmark.fixture import BenchmarkFixture
from statsmodels.regression.rolling import RollingOLS

from riskpanel.risk import BetaEstimates, market_beta, rolling_market_beta
from riskpanel.risk.kernels import compiler

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


def best_of(rounds: int, call: Callable[[], BetaEstimates]) -> float:
    seconds: list[float] = []
    for _ in range(rounds):
        started = perf_counter()
        call()
        seconds.append(perf_counter() - started)
    return min(seconds)


@pytest.mark.benchmark(group="betas of 10,000 instruments on 252 dates, 90 sessions each")
def test_rolling_betas_of_all_instruments_in_one_pass(
    benchmark: BenchmarkFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    returns, market = draw()
    options = {"window": WINDOW, "min_obs": LEAST}
    estimates = rolling_market_beta(returns, market, **options)
    with_p = best_of(3, lambda: rolling_market_beta(returns, market, **options))
    benchmark.pedantic(
        rolling_market_beta, args=(returns, market), kwargs=options | {"p_values": False}, rounds=5
    )
    with monkeypatch.context() as patch:
        patch.setattr(compiler, "LEAST_CELLS", np.inf)
        numpy_alone = rolling_market_beta(returns, market, **options)
        without_kernels = best_of(3, lambda: rolling_market_beta(returns, market, **options, p_values=False))
    np.testing.assert_array_equal(estimates.beta, numpy_alone.beta)
    np.testing.assert_array_equal(estimates.std_error, numpy_alone.std_error)
    rolling_ols = time_rolling_ols(returns, market, estimates)
    loop, best = time_loop(returns, market, estimates), benchmark.stats.stats.min
    benchmark.extra_info["ratio_to_rolling_ols"] = round(rolling_ols / best)
    benchmark.extra_info["ratio_to_rolling_ols_with_p_values"] = round(rolling_ols / with_p)
    benchmark.extra_info["ratio_to_numpy_alone"] = round(without_kernels / best, 1)
    benchmark.extra_info["ratio_to_loop_of_market_beta"] = round(loop / with_p, 1)
    print(
        f"\nRollingOLS {rolling_ols:,.0f} s, all at once {best:.3f} s: {rolling_ols / best:,.0f}x;"
        f" numpy alone {without_kernels:.3f} s: {without_kernels / best:.1f}x;"
        f" with p-values {with_p:.3f} s: {rolling_ols / with_p:,.0f}x, loop of market_beta {loop:.2f} s:"
        f" {loop / with_p:.1f}x"
    )
    assert rolling_ols / best > FLOOR_ROLLING_OLS
    assert loop / with_p > FLOOR_LOOP

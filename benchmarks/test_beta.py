"""Betas with all statistics of 1,000 instruments over 90 sessions, against a statsmodels fit for each."""

from time import perf_counter

import numpy as np
import pytest
import statsmodels.api as sm
from pytest_benchmark.fixture import BenchmarkFixture

from riskpanel.risk import market_beta

N, T, SAMPLE = 1_000, 90, 100


@pytest.mark.benchmark(group="beta of 1,000 instruments, 90 sessions")
def test_beta_of_all_instruments_in_one_expression(benchmark: BenchmarkFixture) -> None:
    """The benchmark times the fast side; the loop runs on a sample in the same run and is scaled."""
    rng = np.random.default_rng(7)
    market = rng.normal(0, 0.01, T)
    returns = market[:, None] * rng.uniform(0.3, 2.0, N) + rng.normal(0, 0.015, (T, N))
    returns[rng.random((T, N)) < 0.05] = np.nan
    estimates = benchmark(market_beta, returns, market)
    started = perf_counter()
    fits = [
        sm.OLS(returns[:, column], sm.add_constant(market), missing="drop").fit() for column in range(SAMPLE)
    ]
    expected = [(f.params[1], f.params[0], f.bse[1], f.rsquared, f.pvalues[1]) for f in fits]
    loop = (perf_counter() - started) / SAMPLE * N
    found = zip(
        estimates.beta,
        estimates.alpha,
        estimates.std_error,
        estimates.r_squared,
        estimates.p_value,
        strict=True,
    )
    for fast, slow in zip(list(found)[:SAMPLE], expected, strict=True):
        assert fast == pytest.approx(slow, rel=1e-8, abs=1e-15)
    best = benchmark.stats.stats.min
    benchmark.extra_info["ratio_to_statsmodels_loop"] = round(loop / best)
    print(f"\nstatsmodels loop {loop * 1e3:.0f} ms, market_beta {best * 1e3:.2f} ms: {loop / best:,.0f}x")

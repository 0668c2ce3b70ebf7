"""Betas with all statistics of 10,000 instruments over 90 sessions, against a fit of each by two libraries.

statsmodels gives all the statistics, empyrical the slope alone.
"""

from time import perf_counter

import empyrical
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from pytest_benchmark.fixture import BenchmarkFixture

from riskpanel.risk import market_beta

N, T, SAMPLE = 10_000, 90, 200
FLOOR_STATSMODELS, FLOOR_EMPYRICAL = 50, 40  # far below what a quiet machine shows


@pytest.mark.benchmark(group="beta of 10,000 instruments, 90 sessions")
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
    table, index = pd.DataFrame(returns), pd.Series(market)  # as users of empyrical have them
    started = perf_counter()
    slopes = [empyrical.beta(table[column], index) for column in range(SAMPLE)]
    library = (perf_counter() - started) / SAMPLE * N
    np.testing.assert_allclose(estimates.beta[:SAMPLE], slopes, rtol=1e-8)
    best = benchmark.stats.stats.min
    benchmark.extra_info["ratio_to_statsmodels_loop"] = round(loop / best)
    benchmark.extra_info["ratio_to_empyrical_loop"] = round(library / best)
    print(
        f"\nstatsmodels loop {loop * 1e3:.0f} ms, empyrical loop {library * 1e3:.0f} ms, market_beta"
        f" {best * 1e3:.2f} ms: {loop / best:,.0f}x and {library / best:,.0f}x"
    )
    assert loop / best > FLOOR_STATSMODELS
    assert library / best > FLOOR_EMPYRICAL

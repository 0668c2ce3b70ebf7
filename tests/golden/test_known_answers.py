"""Answers that others published, reproduced from the files that they published them for."""

import warnings

import numpy as np
import polars as pl
import pytest
from arch.univariate import HARX

from riskpanel.risk import market_beta, mean_square


def test_capm_beta_of_a_hedge_fund_manager_as_in_performance_analytics(shared_data):
    """CAPM.beta and R squared of HAM1 in excess of the 3-month bill, from the R package's own vignette."""
    table = pl.read_csv(shared_data / "performanceanalytics_managers.csv")
    bill = table["US 3m TR"].to_numpy()
    estimate = market_beta(table["HAM1"].to_numpy() - bill, table["SP500 TR"].to_numpy() - bill)
    assert estimate.beta == pytest.approx(0.390071248399483, abs=1e-14)
    assert estimate.r_squared == pytest.approx(0.4339, abs=5e-5)
    assert estimate.n_obs == 132


HAR = [
    (
        "har_spyrm_realized_measures_2014_2019.csv.gz",
        "RV5",
        [1.160000921e-05, 0.2953165771, 0.2813334173, 0.1471632893],
        5e-10,
        None,
    ),
    (
        "har_bpq2016_sp500_realized_measures_1997_2013.csv.gz",
        "RV",
        [0.1123142, 0.2273436, 0.4903494, 0.1863766],
        5e-8,
        0.5224,
    ),
]


@pytest.mark.parametrize(("file", "column", "coefficients", "tolerance", "r_squared"), HAR)
def test_published_har_regressions_are_reproduced_from_mean_squares_as_regressors(
    shared_data, file, column, coefficients, tolerance, r_squared
):
    """With roots of realized variance as returns, mean_square over 1, 5 and 22 rows are the HAR regressors.

    That the published slopes come out shows that the windows end at t, are means, and precede a target at
    t + 1. The shipped forecast uses the same mean squares in logs, for 21 sessions, with pooled slopes.
    """
    variance = pl.read_csv(shared_data / file)[column].to_numpy()
    pseudo_returns = np.sqrt(variance)
    rows = range(22, len(variance))
    regressors = np.array(
        [[1.0, *(mean_square(pseudo_returns[:t], window=window) for window in (1, 5, 22))] for t in rows]
    )
    target = variance[22:]
    slopes, *_ = np.linalg.lstsq(regressors, target, rcond=None)
    np.testing.assert_allclose(slopes, coefficients, atol=tolerance)
    residual = target - regressors @ slopes
    explained = 1 - residual @ residual / np.square(target - target.mean()).sum()
    assert explained < 0.95
    if r_squared is not None:
        assert explained == pytest.approx(r_squared, abs=5e-5)


def test_arch_gives_the_published_har_of_the_spy_realized_variance(shared_data):
    path = shared_data / "har_spyrm_realized_measures_2014_2019.csv.gz"
    variance = pl.read_csv(path, infer_schema_length=None)["RV5"].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather have numbers near 1; least squares does not mind
        fit = HARX(variance, lags=[1, 5, 22], rescale=False).fit(disp="off")
    known = [1.160000921e-05, 0.2953165771, 0.2813334173, 0.1471632893]
    assert list(fit.params.iloc[:4]) == pytest.approx(known, rel=1e-5)

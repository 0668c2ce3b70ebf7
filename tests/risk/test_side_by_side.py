"""The same quantities by the libraries that others use, on two years of 20 real stocks and the S&P 500.

Where a library means something else by a name, the test says what, and bridges the two exactly.
"""

import math
from pathlib import Path

import empyrical
import numpy as np
import pandas as pd
import pytest
import quantstats
import statsmodels.api as sm
from arch.univariate import ConstantMean, ConstantVariance, EWMAVariance, ZeroMean
from scipy import stats

import riskpanel.nightly
from riskpanel.risk import (
    filtered_tail_risk,
    har_components,
    market_beta,
    market_beta_hac,
    max_drawdown,
    mean_square,
    pairwise_correlation,
    realized_volatility,
    rolling_market_beta,
    simple_returns,
    tracking_error,
    volatility_percentile,
)

PRICES = Path(riskpanel.nightly.__file__).parent / "demo_files" / "prices.csv"
SESSIONS = 504
NAMES = ["AAPL", "AMD", "GE", "JNJ", "RRC", "XOM"]
EXACT = {"rel": 1e-11, "abs": 1e-15}


def read_returns():
    """Simple returns of the last 504 sessions, as pandas computes them: what the libraries are given."""
    prices = pd.read_csv(PRICES, index_col="date", parse_dates=True)
    return prices.pct_change().iloc[-SESSIONS:]


TABLE = read_returns()
MARKET = TABLE["^GSPC"]


@pytest.fixture(params=NAMES)
def stock(request):
    return TABLE[request.param]


def test_pandas_and_riskpanel_make_the_same_returns_of_the_same_prices():
    prices = pd.read_csv(PRICES, index_col="date", parse_dates=True)
    np.testing.assert_allclose(simple_returns(prices.to_numpy())[-SESSIONS:], TABLE, rtol=1e-10, atol=1e-16)


def test_beta_is_one_number_for_five_libraries(stock):
    ours = market_beta(stock, MARKET)
    assert ours.beta == pytest.approx(empyrical.beta(stock, MARKET), **EXACT)
    assert ours.beta == pytest.approx(quantstats.stats.greeks(stock, MARKET)["beta"], **EXACT)
    assert ours.beta == pytest.approx(stats.linregress(MARKET, stock).slope, **EXACT)
    assert ours.beta == pytest.approx(sm.OLS(stock, sm.add_constant(MARKET)).fit().params.iloc[1], **EXACT)
    assert ours.beta == pytest.approx(stock.cov(MARKET) / MARKET.var(), **EXACT)


def test_alpha_is_that_of_a_session_which_others_annualise_in_two_ways(stock):
    """riskpanel, statsmodels and scipy: the intercept; quantstats: times 252; empyrical: compounded."""
    alpha = float(market_beta(stock, MARKET).alpha)
    assert alpha == pytest.approx(sm.OLS(stock, sm.add_constant(MARKET)).fit().params.iloc[0], **EXACT)
    assert alpha == pytest.approx(stats.linregress(MARKET, stock).intercept, **EXACT)
    assert 252 * alpha == pytest.approx(quantstats.stats.greeks(stock, MARKET)["alpha"], rel=1e-10)
    assert math.expm1(252 * math.log1p(alpha)) == pytest.approx(empyrical.alpha(stock, MARKET), rel=1e-10)


def test_a_bill_rate_is_taken_off_both_sides_before_as_empyrical_does_itself(stock):
    bill = 0.02 / 252
    excess = market_beta(stock - bill, MARKET - bill)
    alpha, beta = empyrical.alpha_beta(stock, MARKET, risk_free=bill)
    assert excess.beta == pytest.approx(beta, **EXACT)
    assert math.expm1(252 * math.log1p(float(excess.alpha))) == pytest.approx(alpha, rel=1e-10)


def test_fit_error_and_p_value_equal_scipy_statsmodels_and_quantstats(stock):
    ours, fit = market_beta(stock, MARKET), stats.linregress(MARKET, stock)
    assert ours.r_squared == pytest.approx(quantstats.stats.r_squared(stock, MARKET), **EXACT)
    assert ours.r_squared == pytest.approx(sm.OLS(stock, sm.add_constant(MARKET)).fit().rsquared, **EXACT)
    assert ours.std_error == pytest.approx(fit.stderr, **EXACT)
    assert math.log(ours.p_value) == pytest.approx(math.log(fit.pvalue), rel=1e-9)


def test_newey_west_errors_equal_statsmodels_told_the_number_of_lags_and_to_correct(stock):
    """statsmodels has no rule of its own for the lags, and corrects by n / (n - 2) only when asked to."""
    lags = math.floor(4 * (SESSIONS / 100) ** (2 / 9))
    model = sm.OLS(stock.to_numpy(), sm.add_constant(MARKET.to_numpy()))
    fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True)
    ours = market_beta_hac(stock, MARKET)
    assert ours.std_error == pytest.approx(fit.bse[1], rel=1e-10)
    assert math.log(ours.p_value) == pytest.approx(math.log(fit.pvalues[1]), rel=1e-8)


def test_rolling_betas_equal_those_of_pandas_and_empyrical_which_starts_at_the_first_full_window(stock):
    ours = rolling_market_beta(stock, MARKET, window=90, min_obs=90).beta
    by_pandas = stock.rolling(90).cov(MARKET) / MARKET.rolling(90).var()
    np.testing.assert_allclose(ours, by_pandas, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours[89:], empyrical.roll_beta(stock, MARKET, window=90), rtol=1e-9)


def test_annual_volatility_is_one_number_for_four_libraries(stock):
    ours = realized_volatility(stock, window=SESSIONS, min_obs=2)
    assert ours == pytest.approx(empyrical.annual_volatility(stock), **EXACT)
    assert ours == pytest.approx(quantstats.stats.volatility(stock), **EXACT)
    assert ours == pytest.approx(stats.tstd(stock) * math.sqrt(252), **EXACT)


def test_arch_divides_by_n_where_riskpanel_divides_by_n_less_one(stock):
    """A constant mean with a constant variance is estimated by maximum likelihood, which is biased."""
    fit = ConstantMean(100 * stock, volatility=ConstantVariance(), rescale=False).fit(disp="off")
    corrected = fit.params["sigma2"] / 1e4 * SESSIONS / (SESSIONS - 1)
    assert realized_volatility(stock, window=SESSIONS, min_obs=2) ** 2 / 252 == pytest.approx(
        corrected, rel=1e-6
    )


def test_a_zero_mean_in_arch_is_the_mean_square(stock):
    fit = ZeroMean(100 * stock, volatility=ConstantVariance(), rescale=False).fit(disp="off")
    assert mean_square(stock, window=SESSIONS) == pytest.approx(fit.params["sigma2"] / 1e4, rel=1e-6)


def test_log_returns_have_another_volatility_which_turning_them_back_removes(stock):
    """quantstats and others offer them. Theirs is not that of a portfolio: weights do not sum logs."""
    logs = quantstats.utils.log_returns(stock)
    ours = realized_volatility(stock, window=SESSIONS, min_obs=2)
    assert abs(empyrical.annual_volatility(logs) / ours - 1) > 1e-5
    assert ours == pytest.approx(empyrical.annual_volatility(np.expm1(logs)), rel=1e-11)


def test_volatility_about_zero_is_that_about_the_mean_and_the_mean(stock):
    """har_components does not subtract the mean, empyrical does: m² = s² (n - 1) / n + mean²."""
    month = stock.iloc[-21:]
    about_mean = empyrical.annual_volatility(month) ** 2 / 252 * 20 / 21
    bridged = math.sqrt(252 * (about_mean + month.mean() ** 2))
    assert har_components(stock).monthly == pytest.approx(bridged, rel=1e-11)


def test_the_percentile_is_the_mean_rank_of_scipy_among_rolling_volatilities(stock):
    rolling = stock.rolling(21).std().iloc[-252:]
    by_scipy = stats.percentileofscore(rolling, rolling.iloc[-1], kind="mean")
    assert volatility_percentile(stock).percentile == pytest.approx(by_scipy, rel=1e-12)


def test_the_deepest_drawdown_is_one_number_when_the_start_counts_as_a_peak(stock):
    """quantstats takes returns for prices unless some are negative, and puts a price of 1 before them."""
    ours = max_drawdown(stock, min_obs=2)
    assert ours.depth == pytest.approx(empyrical.max_drawdown(stock), **EXACT)
    assert ours.depth == pytest.approx(quantstats.stats.max_drawdown(stock), **EXACT)
    wealth = (1 + stock).cumprod()
    assert stock.index[ours.trough] == (wealth / wealth.cummax().clip(lower=1) - 1).idxmin()


def naive_filter(values, decay=0.94, burn_in=21):
    """Returns over the root of the weighted mean square before them, and that root after the last."""
    roots = []
    for end in range(len(values) + 1):
        weights = decay ** np.arange(end)[::-1]
        roots.append(
            math.sqrt(weights @ np.square(values[:end]) / weights.sum()) if end >= burn_in else math.nan
        )
    return (values / np.array(roots[:-1]))[burn_in:], roots[-1]


def test_value_at_risk_is_empyricals_of_filtered_returns_times_the_volatility_ahead(stock):
    """empyrical takes the 5 % quantile of plain returns: of all sessions alike, calm or wild.

    riskpanel divides each return by the volatility known before it and multiplies the quantile by that of the
    next session. Given the divided returns, empyrical's value at risk and shortfall are the same numbers,
    with the opposite sign: riskpanel states losses.
    """
    filtered, ahead = naive_filter(stock.to_numpy())
    ours = filtered_tail_risk(stock)
    assert ours.volatility == pytest.approx(ahead, rel=1e-11)
    assert ours.value_at_risk == pytest.approx(-ahead * empyrical.value_at_risk(filtered), rel=1e-11)
    assert ours.expected_shortfall == pytest.approx(
        -ahead * empyrical.conditional_value_at_risk(filtered), rel=1e-11
    )
    by_quantstats = quantstats.stats.conditional_value_at_risk(
        pd.Series(filtered), method="historical", prepare_returns=False
    )
    assert ours.expected_shortfall == pytest.approx(-ahead * by_quantstats, rel=1e-11)


def test_value_at_risk_of_quantstats_is_that_of_a_normal_with_the_realized_volatility(stock):
    """No tail is looked at: mean less 1.645 deviations. It rests on realized volatility alone."""
    deviation = realized_volatility(stock, window=SESSIONS, min_obs=2) / math.sqrt(252)
    normal = stock.mean() + stats.norm.ppf(0.05) * deviation
    assert quantstats.stats.value_at_risk(stock) == pytest.approx(normal, rel=1e-10)


def test_the_volatility_ahead_is_the_ewma_of_arch_without_the_variance_it_starts_from(stock):
    """arch begins with a variance of its own, whose weight after t sessions is still 0.94 to the power of t.

    riskpanel begins with nothing and divides by the sum of the weights so far.
    """
    model = ZeroMean(100 * stock, volatility=EWMAVariance(0.94), rescale=False)
    fit = model.fit(disp="off")
    start = fit.conditional_volatility.iloc[0] ** 2
    left = 0.94**SESSIONS
    next_variance = 0.94 * fit.conditional_volatility.iloc[-1] ** 2 + 0.06 * (100 * stock.iloc[-1]) ** 2
    bridged = math.sqrt((next_variance - left * start) / (1 - left)) / 100
    assert filtered_tail_risk(stock).volatility == pytest.approx(bridged, rel=1e-10)


def test_tracking_error_about_zero_is_the_deviation_of_others_and_the_mean_difference(stock):
    """The information ratio of quantstats divides by the deviation about the mean, over n - 1 sessions."""
    active = stock - MARKET
    deviation = active.mean() / quantstats.stats.information_ratio(stock, MARKET)
    assert deviation * math.sqrt(252) == pytest.approx(empyrical.annual_volatility(active), rel=1e-9)
    bridged = math.sqrt(252 * (deviation**2 * (SESSIONS - 1) / SESSIONS + active.mean() ** 2))
    assert tracking_error(stock, MARKET) == pytest.approx(bridged, rel=1e-10)


def test_correlations_equal_scipy_pandas_and_the_root_of_r_squared():
    matrix = pairwise_correlation(TABLE).matrix
    np.testing.assert_allclose(matrix, TABLE.corr(), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(
        np.square(matrix[-1, :-1]), market_beta(TABLE, MARKET).r_squared[:-1], rtol=1e-11
    )
    assert matrix[0, 1] == pytest.approx(
        stats.pearsonr(TABLE.iloc[:, 0], TABLE.iloc[:, 1]).statistic, rel=1e-12
    )

"""Scores of two plain forecasts on 20 real stocks, recorded from pandas, which shares no code with ours."""

import numpy as np
import pytest

from golden.real_prices import read_stocks
from riskpanel.risk import (
    mean_difference,
    qlike,
    realized_variance_after,
    rolling_realized_volatility,
    simple_returns,
)

# pandas: rv = 252 (r**2).rolling(21).mean().shift(-21); forecasts 252 r.rolling(21).var() and
# 252 r.rolling(252).var(); 101 days, every 21st from 2014-07-28 to 2022-11-28.
# Mean QLIKE of the 21 sessions, of the 252 sessions, and the variance realized after 2022-11-28.
SCORES = {
    "AAPL": (0.5115111489541987, 0.3972207082432994, 0.1124510639170432),
    "JNJ": (0.48670326460605967, 0.48851433432392966, 0.013953105556692736),
    "XOM": (0.3619021817108835, 0.5172067988247913, 0.056761934701322916),
}
# Of all 20 stocks: mean of the second less the first, and t of the 101 daily averages.
DIFFERENCE, T_STATISTIC = -0.01863368079980725, -0.14458072292811688


@pytest.fixture(scope="module")
def losses(shared_data):
    """Dates, symbols, what followed, and the losses of the two forecasts, every 21st session."""
    dates, symbols, prices, _ = read_stocks(shared_data)
    returns = np.vstack([np.full(20, np.nan), simple_returns(prices)])
    at = np.arange(len(dates) - 22, 0, -21)[:101]
    after = realized_variance_after(returns)[at]
    month, year = (
        np.square(rolling_realized_volatility(returns, window=window, min_obs=window))[at]
        for window in (21, 252)
    )
    return [dates[row] for row in at], symbols, after, qlike(after, month), qlike(after, year)


def test_losses_of_three_stocks_over_eight_years(losses):
    dates, symbols, after, month, year = losses
    assert (len(dates), dates[0], dates[-1]) == (101, "2022-11-28", "2014-07-28")
    for symbol, expected in SCORES.items():
        column = symbols.index(symbol)
        scores = (month[:, column].mean(), year[:, column].mean(), after[0, column])
        assert scores == pytest.approx(expected, rel=1e-10), symbol


def test_neither_a_month_nor_a_year_is_the_better_forecast_of_twenty_stocks(losses):
    dates, _, _, month, year = losses
    days = np.repeat(np.arange(len(dates)), 20)
    test = mean_difference((year - month).ravel(), days)
    assert (test.n_obs, test.n_groups) == (2020, 101)
    assert test.mean == pytest.approx(DIFFERENCE, rel=1e-10)
    assert test.t_statistic == pytest.approx(T_STATISTIC, rel=1e-9)
    assert test.p_value > 0.8

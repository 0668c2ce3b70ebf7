"""Numbers of 20 real stocks on 2022-12-28, each recorded from a calculation that shares no code with ours."""

import numpy as np
import pytest

from golden.real_prices import read_stocks
from riskpanel.risk import (
    CLOSE_ONLY,
    Direction,
    expected_volatility,
    market_beta,
    realized_volatility,
    simple_returns,
    volatility_percentile,
    volatility_trend,
)

# statsmodels OLS with a constant on pandas pct_change, the last 90 rows (2022-08-22 to 2022-12-28):
# slope, R squared, standard error of the slope.
BETAS = {
    "AAPL": (1.350895935538, 0.765919473446, 0.079610737288),
    "AMD": (1.938124517386, 0.692324947077, 0.137730933421),
    "BAC": (0.975861478999, 0.595556305080, 0.085726375118),
    "BBY": (1.289649026581, 0.482644830860, 0.142334691804),
    "CVX": (0.775661251671, 0.387571636083, 0.103939928962),
    "GE": (0.969957149178, 0.553097046881, 0.092943100214),
    "HD": (1.101826212964, 0.723173112485, 0.072669933652),
    "JNJ": (0.373044410483, 0.332395495977, 0.056357440975),
    "JPM": (0.898883168691, 0.610890393619, 0.076474428635),
    "KO": (0.621885353160, 0.667487599922, 0.046789813485),
    "LLY": (0.493657505615, 0.193436408368, 0.107456973715),
    "MRK": (0.340061156207, 0.175860126060, 0.078475205997),
    "MSFT": (1.338052699746, 0.800332062600, 0.071244433985),
    "PEP": (0.544754688092, 0.483228555279, 0.060052708430),
    "PFE": (0.596682430637, 0.351071520087, 0.086477381649),
    "PG": (0.572877390479, 0.584677933922, 0.051470039018),
    "RRC": (1.254287757004, 0.276579106927, 0.216242814786),
    "UNH": (0.509307032160, 0.321722549244, 0.078831769588),
    "WMT": (0.573048250728, 0.406061842867, 0.073879573220),
    "XOM": (0.756234462612, 0.354325681295, 0.108822968827),
}

# Realized 21d and 63d: pandas std() of the last 21 and 63 rows times sqrt(252). Trend and strength: the plain
# loop of tests/risk/oracles.py. Percentile: likewise, and pandas rolling(21).std() ranked among its last 252
# values. Expected volatility is in test_forecast_values.py.
VOLATILITY = {
    "AAPL": (0.328524731008, 0.414951139450),
    "AMD": (0.451292944030, 0.614399915056),
    "GE": (0.286419970382, 0.322163249395),
    "JNJ": (0.121014914078, 0.151110948366),
    "WMT": (0.157489211926, 0.232558606788),
    "XOM": (0.243989419801, 0.300764919934),
}
TREND = {
    "AAPL": ("stable", 0.781127671039, 49.404761904762),
    "AMD": ("decreasing", 0.924193979431, 6.944444444444),
    "GE": ("stable", 0.565933420895, 27.976190476190),
    "JNJ": ("decreasing", 0.826640068696, 5.753968253968),
    "WMT": ("stable", 0.658980870239, 5.753968253968),
    "XOM": ("decreasing", 0.870554160924, 5.357142857143),
}
# Published drawdowns of the S&P 500 price index, in percent to two decimals.
DRAWDOWNS = [
    ("2007-10-09", "2009-03-09", -56.78),
    ("2020-02-19", "2020-03-23", -33.92),
    ("2000-03-24", "2002-10-09", -49.15),
    ("2022-01-03", "2022-10-12", -25.43),
]


@pytest.fixture(scope="module")
def stocks(shared_data):
    return read_stocks(shared_data)


def test_the_file_ends_on_the_session_that_the_values_were_recorded_for(stocks):
    dates, symbols, prices, index = stocks
    assert dates[-1] == "2022-12-28"
    assert symbols == list(BETAS)
    assert prices.shape == (8313, 20)
    assert index.shape == (8313,)


def test_betas_of_twenty_stocks_against_the_index_over_90_sessions(stocks):
    _, symbols, prices, index = stocks
    estimates = market_beta(simple_returns(prices[-91:]), simple_returns(index[-91:]))
    for column, symbol in enumerate(symbols):
        beta, r_squared, std_error = BETAS[symbol]
        assert estimates.beta[column] == pytest.approx(beta, abs=1e-11), symbol
        assert estimates.r_squared[column] == pytest.approx(r_squared, abs=1e-11), symbol
        assert estimates.std_error[column] == pytest.approx(std_error, abs=1e-11), symbol
    assert estimates.n_obs.tolist() == [90] * 20


def test_the_index_has_beta_one_against_itself_on_every_90_sessions_of_33_years(stocks):
    *_, index = stocks
    returns = simple_returns(index)
    for last in range(90, len(returns), 500):
        own = market_beta(returns[last - 90 : last], returns[last - 90 : last])
        assert (own.beta, own.r_squared, own.std_error) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize("symbol", list(VOLATILITY))
def test_realized_volatility(stocks, symbol):
    _, symbols, prices, _ = stocks
    returns = simple_returns(prices[-300:, symbols.index(symbol)])
    measured = (
        realized_volatility(returns, window=21, min_obs=15),
        realized_volatility(returns, window=63, min_obs=45),
    )
    assert measured == pytest.approx(VOLATILITY[symbol], abs=1e-11)


@pytest.mark.parametrize("symbol", list(TREND))
def test_trend_and_percentile(stocks, symbol):
    _, symbols, prices, _ = stocks
    returns = simple_returns(prices[-300:, symbols.index(symbol)])
    trend = volatility_trend(returns)
    direction, strength, percentile = TREND[symbol]
    assert Direction(int(trend.direction)).label == direction
    assert trend.strength == pytest.approx(strength, abs=1e-11)
    assert volatility_percentile(returns).percentile == pytest.approx(percentile, abs=1e-11)


@pytest.mark.parametrize(("top", "bottom", "percent"), DRAWDOWNS)
def test_published_drawdowns_are_the_compounded_returns_between_their_dates(stocks, top, bottom, percent):
    dates, _, _, index = stocks
    returns = simple_returns(index[dates.index(top) : dates.index(bottom) + 1])
    assert 100 * (np.prod(1 + returns) - 1) == pytest.approx(percent, abs=0.005)


def test_har_target_the_forecast_explains_less_than_95_percent_of_what_follows_it(stocks):
    """The trap of a target that is its own regressor: R2 = 1. Strictly after the session it is .2 to .7."""
    _, _, prices, _ = stocks
    returns = simple_returns(prices)
    sessions = range(252, len(returns) - 21, 21)
    forecast = np.array([expected_volatility(returns[t - 252 : t]).volatility for t in sessions])
    after = np.array([realized_volatility(returns[t : t + 21], window=21, min_obs=15) for t in sessions])
    explained = [np.corrcoef(forecast[:, j], after[:, j])[0, 1] ** 2 for j in range(20)]
    assert min(explained) > 0.2
    assert max(explained) < 0.95
    # Display read-out: unbiased for realized volatility, and a band that holds about 8 of 10.
    assert np.mean(after / forecast) == pytest.approx(1.0, abs=0.05)
    low, high = np.quantile(after / forecast, [0.1, 0.9])
    assert low == pytest.approx(CLOSE_ONLY.band[0] / CLOSE_ONLY.display, abs=0.05)
    assert high == pytest.approx(CLOSE_ONLY.band[2] / CLOSE_ONLY.display, abs=0.08)

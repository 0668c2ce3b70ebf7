"""Betas of 20 real stocks by other methods on 2022-12-28, recorded from others' calculations."""

import math

import numpy as np
import pytest

from golden.real_prices import read_stocks
from riskpanel.risk import (
    ewma_market_beta,
    market_beta,
    market_beta_hac,
    rolling_market_beta,
    simple_returns,
    vasicek_shrinkage,
)

# statsmodels OLS(...).fit(cov_type="HAC", maxlags=3, use_correction=True, use_t=True) on pandas pct_change,
# the last 90 rows (2022-08-22 to 2022-12-28): standard error of the slope, its p-value.
ROBUST = {
    "AAPL": (0.093622959567, 6.464684405726e-25),
    "AMD": (0.184188088846, 3.061779151246e-17),
    "BAC": (0.102995241983, 4.319564251650e-15),
    "BBY": (0.115609462448, 1.585588078158e-18),
    "CVX": (0.112578559286, 8.008807218988e-10),
    "GE": (0.117329515962, 1.318260651231e-12),
    "HD": (0.090468081629, 1.409355510026e-20),
    "JNJ": (0.056234755588, 2.564207752784e-09),
    "JPM": (0.083364932924, 9.040564040181e-18),
    "KO": (0.044378310870, 3.917078221784e-24),
    "LLY": (0.111683100663, 2.804056514389e-05),
    "MRK": (0.090862827233, 3.241922373516e-04),
    "MSFT": (0.067775086583, 4.398160902886e-34),
    "PEP": (0.065740873716, 1.202698820658e-12),
    "PFE": (0.091635227140, 4.446323106005e-09),
    "PG": (0.033669933551, 1.438350952524e-29),
    "RRC": (0.221304970437, 1.804049234583e-07),
    "UNH": (0.086878812369, 7.812038269679e-08),
    "WMT": (0.061076549370, 6.692779687172e-15),
    "XOM": (0.108026574016, 4.831557260616e-10),
}

# statsmodels WLS without a constant, the last 504 rows, weights .99 ** age, HC0 errors times sqrt(e/(e - 1))
# with e = (sum w)^2 / sum w^2: slope, error, uncentred R squared. Then shrunk by the standard library's
# statistics.fmean and .variance over the 20 stocks: beta, error.
FADING = {
    "AAPL": (1.353630883331, 0.060634983673, 0.771311657397, 1.343099448308, 0.060024863648),
    "AMD": (1.997728340614, 0.118868091648, 0.660242791730, 1.912540266998, 0.114459140673),
    "BAC": (0.959313988080, 0.068827469824, 0.533607517478, 0.955937085021, 0.067938982451),
    "BBY": (1.234972005722, 0.095989385173, 0.411952541696, 1.215131721472, 0.093622325174),
    "CVX": (0.700267962379, 0.082835540666, 0.271464068122, 0.704947632312, 0.081299932210),
    "GE": (0.958182713126, 0.088280287525, 0.468956937490, 0.952764623915, 0.086428480661),
    "HD": (1.003557303777, 0.076273333747, 0.608899085794, 0.998048744713, 0.075069464040),
    "JNJ": (0.328018561857, 0.037389333092, 0.227244186465, 0.331870399943, 0.037244935231),
    "JPM": (0.867189408576, 0.062217891854, 0.539028339321, 0.866357068672, 0.061559255067),
    "KO": (0.551962754234, 0.039059196537, 0.478446482540, 0.554280641972, 0.038894661593),
    "LLY": (0.485981279417, 0.066321338643, 0.175284842804, 0.494134216303, 0.065525317017),
    "MRK": (0.294332529382, 0.052009022318, 0.111868499849, 0.302231058150, 0.051622466424),
    "MSFT": (1.321256417093, 0.048056808248, 0.781601926690, 1.315001717278, 0.047751352813),
    "PEP": (0.499817156366, 0.043089547485, 0.401196503207, 0.503165496438, 0.042868945291),
    "PFE": (0.527660447363, 0.061741905263, 0.220243417023, 0.533884242921, 0.061098114197),
    "PG": (0.506545678814, 0.041343176210, 0.354772089169, 0.509567299287, 0.041148205196),
    "RRC": (1.228741025229, 0.159314394138, 0.224868932901, 1.179161948060, 0.149142803249),
    "UNH": (0.544746082008, 0.068608424373, 0.302824820254, 0.551958388461, 0.067728285104),
    "WMT": (0.509394667513, 0.061154701865, 0.226415473325, 0.515874946774, 0.060528920551),
    "XOM": (0.680038165573, 0.084099397150, 0.237215737799, 0.685621355990, 0.082493786749),
}
# statsmodels OLS with a constant on the 90 rows that end on the day: slope, standard error, R squared.
ROLLING = {
    ("AAPL", "1990-05-11"): (1.103303275228, 0.279932232586, 0.150037873832),
    ("AAPL", "2000-03-24"): (1.596944254768, 0.290076454256, 0.256177593104),
    ("AAPL", "2008-10-15"): (1.142621225710, 0.102394463430, 0.585928315782),
    ("AAPL", "2020-03-23"): (1.146829528048, 0.045014985039, 0.880606412196),
    ("AAPL", "2022-12-28"): (1.350895935538, 0.079610737288, 0.765919473446),
    ("JPM", "1990-05-11"): (0.971547073464, 0.198908490181, 0.213283261154),
    ("JPM", "2000-03-24"): (1.397202793130, 0.170602538866, 0.432525427829),
    ("JPM", "2008-10-15"): (1.516005919953, 0.173046697804, 0.465855513468),
    ("JPM", "2020-03-23"): (1.316640631717, 0.054964494752, 0.867031831218),
    ("JPM", "2022-12-28"): (0.898883168691, 0.076474428635, 0.610890393619),
    ("XOM", "1990-05-11"): (1.007414482568, 0.114183180529, 0.469373388013),
    ("XOM", "2000-03-24"): (0.483348619836, 0.180860568667, 0.075068874392),
    ("XOM", "2008-10-15"): (1.036334402529, 0.080585765592, 0.652695645210),
    ("XOM", "2020-03-23"): (0.977821631674, 0.062869377834, 0.733254792175),
    ("XOM", "2022-12-28"): (0.756234462612, 0.108822968827, 0.354325681295),
}
UNIVERSE_MEAN, UNIVERSE_VARIANCE = 0.8276668685227673, 0.17994129580067922


@pytest.fixture(scope="module")
def returns(shared_data):
    _, symbols, prices, index = read_stocks(shared_data)
    assert symbols == list(ROBUST)
    return simple_returns(prices), simple_returns(index)


def test_newey_west_errors_of_twenty_stocks_over_90_sessions(returns):
    stocks, index = returns
    estimates = market_beta_hac(stocks[-90:], index[-90:])
    for column, symbol in enumerate(ROBUST):
        std_error, p_value = ROBUST[symbol]
        assert estimates.std_error[column] == pytest.approx(std_error, abs=1e-11), symbol
        assert estimates.p_value[column] == pytest.approx(p_value, rel=1e-8), symbol
    np.testing.assert_array_equal(estimates.beta, market_beta(stocks[-90:], index[-90:]).beta)


def test_fading_betas_of_twenty_stocks_over_504_sessions_and_what_shrinkage_makes_of_them(returns):
    stocks, index = returns
    estimates = ewma_market_beta(stocks[-504:], index[-504:])
    shrunk = vasicek_shrinkage(estimates.beta, estimates.std_error, universe=np.ones(20, dtype=bool))
    assert shrunk.mean == pytest.approx(UNIVERSE_MEAN, abs=1e-12)
    assert shrunk.dispersion == pytest.approx(math.sqrt(UNIVERSE_VARIANCE), abs=1e-12)
    for column, symbol in enumerate(FADING):
        found = (
            estimates.beta[column],
            estimates.std_error[column],
            estimates.r_squared[column],
            shrunk.beta[column],
            shrunk.std_error[column],
        )
        assert found == pytest.approx(FADING[symbol], abs=1e-11), symbol


def test_rolling_betas_of_three_stocks_on_five_days_of_33_years(shared_data):
    dates, symbols, prices, index = read_stocks(shared_data)
    chosen = ["AAPL", "JPM", "XOM"]
    returns = simple_returns(prices[:, [symbols.index(symbol) for symbol in chosen]])
    rolling = rolling_market_beta(returns, simple_returns(index), window=90, min_obs=30)
    for (symbol, day), expected in ROLLING.items():
        cell = dates.index(day) - 1, chosen.index(symbol)  # the first session has no return
        found = rolling.beta[cell], rolling.std_error[cell], rolling.r_squared[cell]
        assert found == pytest.approx(expected, abs=1e-11), (symbol, day)

"""Range estimators on 40 real large caps, 2005 to 2021."""

import numpy as np
import pytest

from golden.real_prices import read_bars
from riskpanel.risk import (
    Bars,
    garman_klass_volatility,
    parkinson_volatility,
    range_scale,
    realized_volatility,
    rogers_satchell_volatility,
    session_variance,
    simple_returns,
    yang_zhang_volatility,
)

# Plain loops over logs on the last 63 sessions up to 2021-04-21: Parkinson, Garman-Klass, Rogers-Satchell,
# Yang-Zhang; last, over 504 sessions, the sum of squared returns over that of session variances.
VALUES = {
    "AAPL": (0.263252559883, 0.273827707910, 0.284976867519, 0.322589575554, 1.022011954901),
    "AMZN": (0.227319161748, 0.230395579325, 0.238405917163, 0.264084259470, 0.939845568932),
    "JNJ": (0.161442646272, 0.166326452489, 0.169935655413, 0.216160826900, 0.920259468931),
    "JPM": (0.200167358306, 0.212078836981, 0.219839592005, 0.262008558428, 0.987499432837),
    "KO": (0.151130878693, 0.154541588680, 0.155524693663, 0.172073589411, 0.840317624520),
    "XOM": (0.268666610597, 0.276636929529, 0.282545784858, 0.340611806061, 0.942822027868),
}


@pytest.fixture(scope="module")
def caps(shared_data):
    dates, symbols, bars = read_bars(shared_data)
    absent = np.full((1, len(symbols)), np.nan)
    return dates, symbols, bars, np.vstack([absent, simple_returns(bars.close)])


def test_the_file_ends_on_the_session_that_the_values_were_recorded_for(caps):
    dates, symbols, bars, _ = caps
    assert (dates[0], dates[-1], len(dates), len(symbols)) == ("2005-01-03", "2021-04-21", 4103, 40)
    assert not bars.contradictory.any()


@pytest.mark.parametrize("symbol", list(VALUES))
def test_each_estimator_and_the_ratio_of_levels(caps, symbol):
    _, symbols, bars, returns = caps
    column = symbols.index(symbol)
    options = {"window": 63, "min_obs": 63}
    measured = [
        estimator(bars, **options)[column]
        for estimator in (
            parkinson_volatility,
            garman_klass_volatility,
            rogers_satchell_volatility,
            yang_zhang_volatility,
        )
    ]
    measured.append(range_scale(returns, session_variance(bars)).ratio[column])
    assert measured == pytest.approx(VALUES[symbol], abs=1e-11)


def test_a_split_moves_no_estimate_since_all_four_prices_are_adjusted(caps):
    """AAPL split 4 for 1 on 2020-08-31: 32 % and not the 200 % that raw prices would show."""
    dates, symbols, bars, returns = caps
    end = dates.index("2020-09-15") + 1
    before = Bars(*(price[:end] for price in (bars.open, bars.high, bars.low, bars.close)))
    options = {"window": 63, "min_obs": 63}
    column = symbols.index("AAPL")
    measured = yang_zhang_volatility(before, **options)[column]
    assert measured == pytest.approx(realized_volatility(returns[:end], **options)[column], rel=0.25)


def test_only_the_estimator_that_sees_the_night_has_the_level_of_closes(caps):
    _, _, bars, returns = caps
    levels = {"yang_zhang": [], "rogers_satchell": [], "closes": []}
    for end in range(64, len(returns), 63):
        part = Bars(*(price[:end] for price in (bars.open, bars.high, bars.low, bars.close)))
        options = {"window": 63, "min_obs": 63}
        levels["yang_zhang"].append(yang_zhang_volatility(part, **options) ** 2)
        levels["rogers_satchell"].append(rogers_satchell_volatility(part, **options) ** 2)
        levels["closes"].append(realized_volatility(returns[:end], **options) ** 2)
    mean = {name: np.nanmean(values) for name, values in levels.items()}
    assert mean["yang_zhang"] / mean["closes"] == pytest.approx(1, abs=0.1)
    assert mean["rogers_satchell"] / mean["closes"] < 0.8


def test_scaled_session_variances_have_on_average_the_level_of_the_squared_returns_that_follow(caps):
    """Scale from 504 sessions, level of the next 63: within 2 %, where unscaled it is off by 7."""
    _, _, bars, returns = caps
    variances = session_variance(bars)
    scaled, plain = [], []
    for end in range(505, len(returns) - 63, 63):
        scale = range_scale(returns[:end], variances[:end]).scale
        after = slice(end, end + 63)
        known = np.isfinite(scale)
        level = np.square(returns[after, known]).mean(axis=0)
        scaled.append(level / (variances[after, known] * scale[known]).mean(axis=0))
        plain.append(level / variances[after, known].mean(axis=0))
    assert np.concatenate(scaled).mean() == pytest.approx(1.0, abs=0.02)
    assert np.concatenate(plain).mean() == pytest.approx(0.93, abs=0.02)

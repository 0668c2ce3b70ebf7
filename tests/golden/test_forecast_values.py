"""Forecasts and hindcasts of 40 real large caps by every shipped set of coefficients.

The two tables were recorded by the plain loops of tests/risk/oracles.py and by statsmodels, which share no
code with the package. After retraining, `PYTHONPATH=tests python -m golden.test_forecast_values` prints them
anew, in place of the old ones.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from golden.real_prices import read_bars
from risk.forecast_variants import SHIPPED
from risk.oracles import loop_forecast, loop_market, loop_mean_square
from riskpanel.risk import (
    HarCoefficients,
    MarketState,
    expected_volatility,
    hindcast_r_squared,
    market_state,
)

DAYS = ("2020-03-20", "2021-04-21")  # in the middle of a crash, and long after it
STOCKS = ("AAPL", "JPM", "XOM")
BOOK = "equal weights"
HINDCAST_ROWS = 1512

# fmt: off (one row a line, as they are printed)
# Coefficients, day, series: expected variance, volatility, low and high.
VALUES: dict[tuple[str, str, str], tuple[float, float, float, float]] = {
    ("CLOSE_ONLY", "2020-03-20", "AAPL"): (0.386281053629, 0.576558801540, 0.355679936725, 0.847243684892),
    ("CLOSE_ONLY", "2020-03-20", "JPM"): (0.484855562126, 0.645948796902, 0.398486722596, 0.949211142865),
    ("CLOSE_ONLY", "2020-03-20", "XOM"): (0.344459364245, 0.544453633505, 0.335874213345, 0.800065668015),
    ("CLOSE_ONLY", "2021-04-21", "AAPL"): (0.100121522321, 0.293532115661, 0.181080375577, 0.431340620666),
    ("CLOSE_ONLY", "2021-04-21", "JPM"): (0.065072493582, 0.236641346202, 0.145984379770, 0.347740569771),
    ("CLOSE_ONLY", "2021-04-21", "XOM"): (0.118289033453, 0.319053963603, 0.196824839518, 0.468844556844),
    ("CLOSE_MARKET", "2020-03-20", "AAPL"): (1.404600930624, 1.109166429846, 0.703450542937, 1.620766824709),
    ("CLOSE_MARKET", "2020-03-20", "JPM"): (1.674093456405, 1.210905049505, 0.767974752569, 1.769432142282),
    ("CLOSE_MARKET", "2020-03-20", "XOM"): (1.200772281762, 1.025535191551, 0.650410315246, 1.498560875366),
    ("CLOSE_MARKET", "2021-04-21", "AAPL"): (0.085349876659, 0.273414592491, 0.173403772742, 0.399526427213),
    ("CLOSE_MARKET", "2021-04-21", "JPM"): (0.060165339495, 0.229558525544, 0.145589575274, 0.335441853016),
    ("CLOSE_MARKET", "2021-04-21", "XOM"): (0.106575196521, 0.305526096817, 0.193769386545, 0.446449287031),
    ("RANGE", "2020-03-20", "AAPL"): (0.486545453152, 0.649952547604, 0.406373344265, 0.945552435074),
    ("RANGE", "2020-03-20", "JPM"): (0.711695259286, 0.786080417905, 0.491485308370, 1.143591568421),
    ("RANGE", "2020-03-20", "XOM"): (0.554081149155, 0.693596077925, 0.433660824616, 1.009045141614),
    ("RANGE", "2021-04-21", "AAPL"): (0.085903478152, 0.273102273410, 0.170753210494, 0.397309804538),
    ("RANGE", "2021-04-21", "JPM"): (0.087857595811, 0.276191048405, 0.172684421979, 0.401803361381),
    ("RANGE", "2021-04-21", "XOM"): (0.134634512293, 0.341899245142, 0.213767512970, 0.497395794486),
    ("RANGE_MARKET", "2020-03-20", "AAPL"): (1.409342477289, 1.113039258675, 0.708680625438, 1.607957377481),
    ("RANGE_MARKET", "2020-03-20", "JPM"): (1.953012122078, 1.310251548025, 0.834247201344, 1.892861034848),
    ("RANGE_MARKET", "2020-03-20", "XOM"): (1.513397260984, 1.153396645113, 0.734376482650, 1.666259864794),
    ("RANGE_MARKET", "2021-04-21", "AAPL"): (0.081198390989, 0.267162761433, 0.170104577526, 0.385957934445),
    ("RANGE_MARKET", "2021-04-21", "JPM"): (0.081715037657, 0.268011361285, 0.170644887554, 0.387183868195),
    ("RANGE_MARKET", "2021-04-21", "XOM"): (0.116625424470, 0.320183413782, 0.203863233184, 0.462554468160),
    ("PORTFOLIO_CLOSE_ONLY", "2020-03-20", "equal weights"): (
        0.327987033125,
        0.544362186906,
        0.349203659095,
        0.785838338650,
    ),
    ("PORTFOLIO_CLOSE_ONLY", "2021-04-21", "equal weights"): (
        0.017854500309,
        0.127008697725,
        0.081474986782,
        0.183349076066,
    ),
    ("PORTFOLIO_CLOSE_MARKET", "2020-03-20", "equal weights"): (
        1.253967466959,
        1.072889564970,
        0.704245123493,
        1.509686760333,
    ),
    ("PORTFOLIO_CLOSE_MARKET", "2021-04-21", "equal weights"): (
        0.017242811741,
        0.125810222367,
        0.082581878397,
        0.177030361021,
    ),
    ("PORTFOLIO_MARKET_RANGE", "2020-03-20", "equal weights"): (
        1.450168660271,
        1.157474744971,
        0.760116008993,
        1.608409939733,
    ),
    ("PORTFOLIO_MARKET_RANGE", "2021-04-21", "equal weights"): (
        0.018776403831,
        0.131706883931,
        0.086492177393,
        0.183017955395,
    ),
}

# Coefficients, series: R squared of realized volatility on hindcasts of six years, and their number.
FITS: dict[tuple[str, str], tuple[float, int]] = {
    ("CLOSE_ONLY", "AAPL"): (0.154999478002, 69),
    ("CLOSE_ONLY", "JPM"): (0.170682700297, 69),
    ("CLOSE_ONLY", "XOM"): (0.404415125379, 69),
    ("CLOSE_MARKET", "AAPL"): (0.161277417040, 69),
    ("CLOSE_MARKET", "JPM"): (0.278375382374, 69),
    ("CLOSE_MARKET", "XOM"): (0.465091676835, 69),
    ("RANGE", "AAPL"): (0.163136266209, 69),
    ("RANGE", "JPM"): (0.215742831842, 69),
    ("RANGE", "XOM"): (0.430932760096, 69),
    ("RANGE_MARKET", "AAPL"): (0.165486568412, 69),
    ("RANGE_MARKET", "JPM"): (0.301544024119, 69),
    ("RANGE_MARKET", "XOM"): (0.452823828899, 69),
    ("PORTFOLIO_CLOSE_ONLY", "equal weights"): (0.209439711261, 69),
    ("PORTFOLIO_CLOSE_MARKET", "equal weights"): (0.279856617248, 69),
    ("PORTFOLIO_MARKET_RANGE", "equal weights"): (0.289323634859, 69),
}
# fmt: on


@dataclass(frozen=True)
class Evidence:
    """Returns and scaled session variances of each series; returns, squares and ranges of the universe."""

    dates: list[str]
    series: Mapping[str, tuple[np.ndarray, np.ndarray]]
    returns: np.ndarray
    squares: np.ndarray
    ranges: np.ndarray

    def universe(self, coefficients: HarCoefficients, end: int) -> tuple[np.ndarray, np.ndarray]:
        """A year of returns up to row ``end`` - 1, and of what the state of the market is measured on."""
        variances = self.ranges if coefficients.needs_market_ranges else self.squares
        return self.returns[end - 252 : end], variances[end - 252 : end]

    def until(self, day: str) -> int:
        return self.dates.index(day) + 1


def read_evidence(folder: Path) -> Evidence:
    """Sessions' variances are squared nights and Parkinson's ranges, at the level of squared returns."""
    dates, symbols, bars = read_bars(folder)
    returns = bars.close[1:] / bars.close[:-1] - 1
    night, span = np.log(bars.open[1:] / bars.close[:-1]), np.log(bars.high[1:] / bars.low[1:])
    variances = night**2 + span**2 / (4 * np.log(2))
    variances *= (returns**2).mean(axis=0) / variances.mean(axis=0)
    columns = {symbol: symbols.index(symbol) for symbol in STOCKS}
    book = returns[:, np.isfinite(returns).all(axis=0)].mean(axis=1)  # of the names that were there all along
    series = {symbol: (returns[:, j], variances[:, j]) for symbol, j in columns.items()}
    return Evidence(dates[1:], series | {BOOK: (book, book**2)}, returns, returns**2, span**2)


def series_of(name: str) -> tuple[str, ...]:
    return (BOOK,) if name.startswith("PORTFOLIO") else STOCKS


def loop_values(
    name: str, evidence: Evidence, symbol: str, *, end: int, first: int = 0
) -> tuple[float, float, float, float]:
    """The loop's forecast after row ``end`` - 1."""
    coefficients = SHIPPED[name]
    returns, variances = (values[first:end].tolist() for values in evidence.series[symbol])
    universe = [values.T.tolist() for values in evidence.universe(coefficients, end)]
    return loop_forecast(
        returns,
        coefficients,
        variances=variances if coefficients.uses_ranges else None,
        market=loop_market(*universe)[:2] if coefficients.needs_market else None,
    )


def loop_fit(name: str, evidence: Evidence, symbol: str) -> tuple[float, int]:
    """R squared by statsmodels of what followed on what the loop would have said."""
    last = evidence.until(DAYS[-1])
    first = last - HINDCAST_ROWS
    hindcasts, outcomes = [], []
    for end in range(last - 21, first, -21):
        variance, *_ = loop_values(name, evidence, symbol, end=end, first=first)
        after = evidence.series[symbol][0][end : end + 21].tolist()
        hindcasts.append(np.sqrt(variance))
        outcomes.append(np.sqrt(loop_mean_square(after, window=21)))
    fit = sm.OLS(outcomes, sm.add_constant(hindcasts), missing="drop").fit()
    return float(fit.rsquared), int(fit.nobs)


def recorded(evidence: Evidence) -> Iterator[str]:
    """The lines of both tables."""
    yield "# VALUES"
    for name in SHIPPED:
        for day in DAYS:
            for symbol in series_of(name):
                numbers = loop_values(name, evidence, symbol, end=evidence.until(day))
                written = ", ".join(f"{number:.12f}" for number in numbers)
                yield f'    ("{name}", "{day}", "{symbol}"): ({written}),'
    yield "# FITS"
    for name in SHIPPED:
        for symbol in series_of(name):
            r_squared, n = loop_fit(name, evidence, symbol)
            yield f'    ("{name}", "{symbol}"): ({r_squared:.12f}, {n}),'


@pytest.fixture(scope="module")
def evidence(shared_data):
    return read_evidence(shared_data)


def options_for(coefficients: HarCoefficients, variances: np.ndarray) -> dict[str, object]:
    return {"coefficients": coefficients, "variances": variances if coefficients.uses_ranges else None}


def test_every_shipped_set_is_recorded_on_every_day_and_series():
    named = {(name, day, symbol) for name in SHIPPED for day in DAYS for symbol in series_of(name)}
    assert set(VALUES) == named, "record the tables anew as the head of this file says"
    assert set(FITS) == {(name, symbol) for name, _, symbol in named}


@pytest.mark.parametrize(("name", "day", "symbol"), list(VALUES))
def test_forecasts_of_real_series(evidence, name, day, symbol):
    end = evidence.until(day)
    returns, variances = (values[:end] for values in evidence.series[symbol])
    state = market_state(*evidence.universe(SHIPPED[name], end))
    forecast = expected_volatility(returns, **options_for(SHIPPED[name], variances), market=state)
    measured = (forecast.variance, forecast.volatility, forecast.low, forecast.high)
    assert measured == pytest.approx(VALUES[name, day, symbol], abs=1e-11)
    assert not forecast.clamped


def states_before(evidence: Evidence, coefficients: HarCoefficients) -> Mapping[int, MarketState]:
    last = evidence.until(DAYS[-1])
    origins = range(21, HINDCAST_ROWS, 21)
    return {ago: market_state(*evidence.universe(coefficients, last - ago)) for ago in origins}


@pytest.mark.parametrize(("name", "symbol"), list(FITS))
def test_fits_of_hindcasts_of_real_series(evidence, name, symbol):
    states = states_before(evidence, SHIPPED[name]) if SHIPPED[name].needs_market else None
    last = evidence.until(DAYS[-1])
    returns, variances = (values[last - HINDCAST_ROWS : last] for values in evidence.series[symbol])
    fit = hindcast_r_squared(returns, **options_for(SHIPPED[name], variances), markets=states)
    r_squared, n = FITS[name, symbol]
    assert fit.r_squared == pytest.approx(r_squared, abs=1e-10)
    assert fit.n_obs == n


def test_no_hindcast_of_sixteen_years_knows_what_follows(evidence):
    """The trap of a target that is its own regressor has R2 = 1; months of real stocks give .2 to .7."""
    returns = np.column_stack([evidence.series[symbol][0] for symbol in (*STOCKS, BOOK)])
    fit = hindcast_r_squared(returns)
    assert (fit.n_obs == (len(returns) - 63) // 21).all()
    assert fit.r_squared.min() > 0.2
    assert fit.r_squared.max() < 0.8
    ends = range(252, len(returns) + 1, 21)
    seeing = np.array([expected_volatility(returns[:end]).volatility for end in ends])
    outcomes = np.array([np.sqrt(np.mean(np.square(returns[end - 21 : end]), axis=0)) for end in ends])
    for column in range(len(returns[0])):
        known = np.corrcoef(seeing[:, column], outcomes[:, column])[0, 1] ** 2
        assert known > fit.r_squared[column] + 0.1


if __name__ == "__main__":
    shared = Path(__file__).resolve().parents[3] / "shared" / "data"
    sys.stdout.writelines(f"{line}\n" for line in recorded(read_evidence(shared)))

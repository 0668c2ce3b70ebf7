"""Range estimators against loops written from their papers, and against paths of known volatility."""

import math
import statistics

import numpy as np
import pytest

from risk.brownian import simulate_bars
from riskpanel.risk import (
    Bars,
    garman_klass_volatility,
    parkinson_volatility,
    rogers_satchell_volatility,
    yang_zhang_volatility,
)

LN2 = math.log(2)
ESTIMATORS = [
    parkinson_volatility,
    garman_klass_volatility,
    rogers_satchell_volatility,
    yang_zhang_volatility,
]
INSIDE = ESTIMATORS[:3]


def with_holes(bars, share, seed):
    """The same bars with single prices missing, each with its own draw."""
    rng = np.random.default_rng(seed)
    prices = (bars.open, bars.high, bars.low, bars.close)
    return Bars(*(np.where(rng.random(price.shape) < share, np.nan, price) for price in prices))


def session_logs(bars, column, window):
    """Logs of (open, high, low, close, close before) of the last sessions of one column, NaN as None."""
    rows = []
    length = len(bars.close)
    for t in range(max(length - window, 0), length):
        prices = [bars.open[t, column], bars.high[t, column], bars.low[t, column], bars.close[t, column]]
        prices.append(bars.close[t - 1, column] if t else math.nan)
        rows.append([None if math.isnan(price) else math.log(price) for price in prices])
    return rows


def loop_parkinson(rows, min_obs):
    squares = [(high - low) ** 2 for _, high, low, _, _ in rows if None not in (high, low)]
    return (
        math.sqrt(252 * math.fsum(squares) / (4 * LN2 * len(squares)))
        if len(squares) >= min_obs
        else math.nan
    )


def loop_garman_klass(rows, min_obs):
    """In the paper's own letters: u and d from the open to high and low, c to the close."""
    terms = []
    for o, h, l, close, _ in rows:  # noqa: E741
        if None not in (o, h, l, close):
            u, d, c = h - o, l - o, close - o
            terms.append(0.5 * (u - d) ** 2 - (2 * LN2 - 1) * c**2)
    return math.sqrt(252 * math.fsum(terms) / len(terms)) if len(terms) >= min_obs else math.nan


def loop_rogers_satchell(rows, min_obs):
    terms = []
    for o, h, l, close, _ in rows:  # noqa: E741
        if None not in (o, h, l, close):
            terms.append((h - close) * (h - o) + (l - close) * (l - o))
    return math.sqrt(252 * math.fsum(terms) / len(terms)) if len(terms) >= min_obs else math.nan


def loop_yang_zhang(rows, min_obs):
    whole = [row for row in rows if None not in row]
    n = len(whole)
    if n < min_obs:
        return math.nan
    nights = [o - before for o, _, _, _, before in whole]
    sessions = [close - o for o, _, _, close, _ in whole]
    inside = [(h - c) * (h - o) + (low - c) * (low - o) for o, h, low, c, _ in whole]
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    variance = statistics.variance(nights) + k * statistics.variance(sessions)
    return math.sqrt(252 * (variance + (1 - k) * math.fsum(inside) / n))


LOOPS = [loop_parkinson, loop_garman_klass, loop_rogers_satchell, loop_yang_zhang]


@pytest.mark.parametrize(("estimator", "loop"), list(zip(ESTIMATORS, LOOPS, strict=True)))
@pytest.mark.parametrize(("rows", "share"), [(120, 0.0), (120, 0.08), (40, 0.2), (64, 0.0), (63, 0.0)])
def test_each_estimator_equals_a_loop_over_the_formula_of_its_paper(estimator, loop, rows, share):
    bars = with_holes(simulate_bars(1, sessions=rows, columns=8, night=0.3, drift=0.2), share, 2)
    measured = estimator(bars, window=63, min_obs=20)
    expected = [loop(session_logs(bars, column, 63), 20) for column in range(8)]
    np.testing.assert_allclose(measured, expected, rtol=1e-11)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_level_of_a_known_volatility_is_found(estimator):
    """20 % a year, a quarter of the variance overnight: Yang-Zhang sees all, the others the session's."""
    bars = simulate_bars(3, sessions=64, columns=2000, night=0.25)
    seen = 1.0 if estimator is yang_zhang_volatility else 0.75
    mean_variance = np.mean(np.square(estimator(bars, window=63, min_obs=63)))
    assert mean_variance == pytest.approx(seen * 0.2**2, rel=0.01)


# Variance of a squared return over that of the estimator's one session; from the papers.
PUBLISHED = {"parkinson_volatility": 4.9, "garman_klass_volatility": 7.4, "rogers_satchell_volatility": 6.0}


@pytest.mark.parametrize("estimator", INSIDE)
def test_the_precision_over_squared_returns_is_the_published_one(estimator):
    bars = simulate_bars(4, sessions=11, columns=20_000)
    squares = np.square(np.diff(np.log(bars.close), axis=0)).mean(axis=0)
    ranged = np.square(estimator(bars, window=10, min_obs=10)) / 252
    assert squares.var() / ranged.var() == pytest.approx(PUBLISHED[estimator.__name__], rel=0.05)


# By hand: 2 / (n - 1) over 2 f^2 / (n - 1) + (1 - f)^2 (2 k^2 / (n - 1) + .331 (1 - k)^2 / n), f the night's
# share and k the weight of the paper. 14 is the paper's own figure, for two sessions and f near .07.
@pytest.mark.parametrize(
    ("sessions", "night", "precision"), [(2, 0.07, 14.0), (21, 0.0, 7.3), (21, 0.25, 7.2), (21, 0.5, 3.5)]
)
def test_the_precision_of_yang_zhang_depends_on_the_night(sessions, night, precision):
    bars = simulate_bars(5, sessions=sessions + 1, columns=20_000, night=night)
    closes = np.diff(np.log(bars.close), axis=0).var(axis=0, ddof=1)
    ranged = np.square(yang_zhang_volatility(bars, window=sessions, min_obs=sessions)) / 252
    assert closes.var() / ranged.var() == pytest.approx(precision, rel=0.07)


def test_a_drift_within_the_session_misleads_two_of_the_four_only():
    bars = simulate_bars(6, sessions=64, columns=2000, drift=1.0)
    level = {e.__name__: np.mean(np.square(e(bars, window=63, min_obs=63))) / 0.2**2 for e in ESTIMATORS}
    assert level["rogers_satchell_volatility"] == pytest.approx(1, abs=0.01)
    assert level["yang_zhang_volatility"] == pytest.approx(1, abs=0.01)
    assert level["parkinson_volatility"] > 1.3
    assert level["garman_klass_volatility"] > 1.1


@pytest.mark.parametrize("estimator", INSIDE)
def test_the_night_is_not_seen_by_the_three_that_stay_within_the_session(estimator):
    calm = simulate_bars(7, sessions=30, columns=3)
    jumps = np.cumsum(np.random.default_rng(8).normal(0, 0.05, (30, 3)), axis=0)
    moved = Bars(*(price * np.exp(jumps) for price in (calm.open, calm.high, calm.low, calm.close)))
    options = {"window": 21, "min_obs": 15}
    np.testing.assert_allclose(estimator(moved, **options), estimator(calm, **options), rtol=1e-12)
    assert (yang_zhang_volatility(moved, **options) > yang_zhang_volatility(calm, **options)).all()


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(("present", "known"), [(14, False), (15, True)])
def test_below_the_minimum_the_value_is_missing(estimator, present, known):
    bars = simulate_bars(9, sessions=30, columns=2)
    high = bars.high.copy()
    high[: 30 - present] = np.nan
    measured = estimator(Bars(bars.open, high, bars.low, bars.close), window=21, min_obs=15)
    assert np.isfinite(measured).tolist() == [known, known]


def test_parkinson_needs_no_open_and_no_close():
    bars = simulate_bars(10, sessions=30, columns=2)
    absent = np.full((30, 2), np.nan)
    options = {"window": 21, "min_obs": 21}
    np.testing.assert_array_equal(
        parkinson_volatility(Bars(absent, bars.high, bars.low, absent), **options),
        parkinson_volatility(bars, **options),
    )
    assert np.isnan(garman_klass_volatility(Bars(absent, bars.high, bars.low, bars.close), **options)).all()


def test_the_first_night_of_the_window_begins_with_the_close_before_it():
    bars = simulate_bars(11, sessions=22, columns=1, night=0.3)
    options = {"window": 21, "min_obs": 21}
    assert np.isfinite(yang_zhang_volatility(bars, **options)).all()
    without = Bars(bars.open[1:], bars.high[1:], bars.low[1:], bars.close[1:])
    assert np.isnan(yang_zhang_volatility(without, **options)).all()


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("price", [0.01, 0.1, 100.0, 7.3])
def test_a_price_that_never_moves_has_volatility_zero(estimator, price):
    still = np.full((30, 2), price)
    assert estimator(Bars(still, still, still, still), window=21, min_obs=15).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_session_whose_close_lies_outside_its_range_counts_as_missing(estimator):
    bars = simulate_bars(12, sessions=30, columns=2)
    holed = [price.copy() for price in (bars.open, bars.high, bars.low, bars.close)]
    for price in holed:
        price[20, 0] = np.nan
    wrong = bars.close.copy()
    wrong[20, 0] = bars.high[20, 0] * 1.01
    options = {"window": 21, "min_obs": 15}
    np.testing.assert_array_equal(
        estimator(Bars(bars.open, bars.high, bars.low, wrong), **options), estimator(Bars(*holed), **options)
    )


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_prices_that_single_precision_rounded_across_each_other_are_no_contradiction(estimator):
    still = np.full((30, 1), 100.0)
    bars = Bars(still, still, still * (1 + 5e-7), still * (1 + 9e-7))
    assert not bars.contradictory.any()
    assert estimator(bars, window=21, min_obs=21) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_single_series_gives_a_plain_number_with_the_bits_of_its_column(estimator):
    bars = with_holes(simulate_bars(13, sessions=80, columns=5, night=0.2), 0.1, 14)
    many = estimator(bars, window=63, min_obs=20)
    alone = Bars(*(price[:, 3] for price in (bars.open, bars.high, bars.low, bars.close)))
    one = estimator(alone, window=63, min_obs=20)
    assert one.shape == ()
    assert one == many[3]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (5, 0), (1,)])
def test_empty_tables_have_no_volatility(estimator, shape):
    prices = np.ones(shape)
    measured = estimator(Bars(prices, prices, prices, prices), window=5, min_obs=2)
    assert measured.shape == shape[1:]
    assert np.isnan(measured).all()


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("min_obs", [0, 22])
def test_a_minimum_outside_the_window_is_misuse(estimator, min_obs):
    with pytest.raises(ValueError, match="min_obs must be between"):
        estimator(simulate_bars(15, sessions=30, columns=1), window=21, min_obs=min_obs)


def test_a_sample_variance_needs_two_nights():
    with pytest.raises(ValueError, match="between 2 and the window"):
        yang_zhang_volatility(simulate_bars(15, sessions=30, columns=1), window=21, min_obs=1)

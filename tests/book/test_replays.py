"""Returns over windows of the past, against a loop over days, and on real prices."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import sessions
from golden.real_prices import read_stocks
from riskpanel.book.replays import build_replays, distinct_windows
from riskpanel.book.scenarios import REPLAYS, Window, built_in_scenarios
from shared_files import shared_data

__all__ = ["shared_data"]

NAN, MAX_AGE = np.nan, 5
DAYS = sessions(400)


def windows_of(*windows):
    return np.array([tuple(window) for window in windows], dtype="datetime64[D]").reshape(-1, 2)


def returns_over(first, last, prices, *, days=DAYS, max_age=MAX_AGE):
    """Returns of columns over one window."""
    columns = np.atleast_2d(np.asarray(prices, dtype=np.float64).T).T
    return build_replays(windows_of((first, last)), days, columns, max_age=max_age).returns[0]


def loop_close(days, prices, end, max_age):
    """The newest close up to a day, at most so many sessions old, and its day."""
    before = [at for at, day in enumerate(days) if day <= end]
    for at in reversed(before[-max_age - 1 :]):
        if not math.isnan(prices[at]):
            return days[at], prices[at]
    return None, math.nan


def loop_return(days, prices, first, last, max_age):
    """The return over a window as the product of all daily ones, prices carried over gaps."""
    _, start = loop_close(days, prices, first, max_age)
    day, end = loop_close(days, prices, last, max_age)
    return end / start - 1 if day is not None and day > first else math.nan


@given(st.integers(0, 2**31 - 1), st.integers(0, 8))
def test_a_replay_equals_a_loop_over_days(seed, max_age):
    rng = np.random.default_rng(seed)
    prices = 100 * np.cumprod(1 + rng.normal(0, 0.02, (len(DAYS), 3)), axis=0)
    prices[rng.random(prices.shape) < 0.7] = NAN
    days = DAYS.tolist()
    offsets = np.sort(rng.integers(-20, 600, (4, 2)), axis=1) + np.array([0, 1])
    windows = [(days[0] + timedelta(int(a)), days[0] + timedelta(int(b))) for a, b in offsets]
    ended = [window for window in windows if window[1] <= days[-1]]
    replays = build_replays(windows_of(*ended), DAYS, prices, max_age=max_age)
    for row, (first, last) in enumerate(ended):
        for column in range(3):
            wanted = loop_return(days, prices[:, column].tolist(), first, last, max_age)
            np.testing.assert_allclose(replays.returns[row, column], wanted, rtol=1e-12)


def test_the_return_is_the_product_of_the_daily_ones():
    prices = 100 * np.cumprod(1 + np.random.default_rng(5).normal(0, 0.02, len(DAYS)))
    first, last = DAYS[30].item(), DAYS[250].item()
    daily = prices[31:251] / prices[30:250]
    assert returns_over(first, last, prices)[0] == pytest.approx(np.prod(daily) - 1, rel=1e-12)


def test_an_end_between_sessions_takes_the_close_before_it():
    prices = np.arange(1.0, len(DAYS) + 1)
    saturday = next(day for day in DAYS[50:].tolist() if day.weekday() == 4) + timedelta(1)
    friday = int(np.searchsorted(DAYS, np.datetime64(saturday))) - 1
    assert returns_over(DAYS[10].item(), saturday, prices)[0] == prices[friday] / prices[10] - 1


@pytest.mark.parametrize(("age", "known"), [(0, True), (5, True), (6, False)])
@pytest.mark.parametrize("end", [100, 200])
def test_a_close_counts_for_an_end_up_to_five_sessions_later(age, known, end):
    prices = np.arange(1.0, len(DAYS) + 1)
    prices[end - age + 1 : end + 1] = NAN
    found = returns_over(DAYS[100].item(), DAYS[200].item(), prices)[0]
    wanted = (prices[200 if end == 100 else 200 - age]) / prices[100 if end == 200 else 100 - age] - 1
    np.testing.assert_equal(found, wanted if known else NAN)


def test_a_price_that_stopped_before_the_window_is_unknown_not_unmoved():
    prices = np.full(len(DAYS), 50.0)
    prices[100:] = NAN
    assert math.isnan(returns_over(DAYS[101].item(), DAYS[104].item(), prices)[0])
    prices[103] = 55.0
    assert returns_over(DAYS[101].item(), DAYS[104].item(), prices)[0] == pytest.approx(0.1)


def test_a_listing_within_the_window_is_unknown():
    prices = np.full(len(DAYS), 50.0)
    prices[:102] = NAN
    assert math.isnan(returns_over(DAYS[101].item(), DAYS[200].item(), prices)[0])


def test_other_sessions_and_other_instruments_change_nothing():
    prices = 100 * np.cumprod(1 + np.random.default_rng(6).normal(0, 0.02, (len(DAYS), 3)), axis=0)
    first, last = DAYS[100].item(), DAYS[200].item()
    everything = returns_over(first, last, prices)
    needed = np.r_[95:101, 195:201]
    np.testing.assert_array_equal(returns_over(first, last, prices[needed], days=DAYS[needed]), everything)
    assert returns_over(first, last, prices[:, 1])[0] == everything[1]


def test_without_sessions_or_windows_there_is_nothing():
    none = np.array([], dtype="datetime64[D]")
    assert np.isnan(returns_over(DAYS[0].item(), DAYS[9].item(), np.empty((0, 2)), days=none)).all()
    empty = build_replays(windows_of(), DAYS, np.ones((len(DAYS), 2)), max_age=MAX_AGE)
    assert empty.returns.shape == (0, 2)
    assert np.isnan(empty.over(windows_of((date(2020, 1, 2), date(2020, 2, 3))))).all()


def test_rows_are_found_by_their_window_and_unknown_ones_are_nan():
    prices = np.arange(1.0, len(DAYS) + 1)[:, None]
    windows = windows_of(*((DAYS[a].item(), DAYS[b].item()) for a, b in ((10, 20), (10, 30), (20, 30))))
    replays = build_replays(windows, DAYS, prices, max_age=0)
    nat = np.full((1, 2), np.datetime64("NaT"), dtype="datetime64[D]")
    asked = np.vstack([windows[2:], nat, windows[:1], windows_of((DAYS[1].item(), DAYS[2].item()))])
    np.testing.assert_array_equal(replays.over(asked)[:, 0], [31 / 21 - 1, NAN, 21 / 11 - 1, NAN])


def test_a_window_is_loaded_once_and_only_when_it_has_ended():
    scenarios = built_in_scenarios().plus(built_in_scenarios())
    found = distinct_windows(scenarios.windows, until=date(2020, 3, 23))
    assert [tuple(window) for window in found.tolist()] == [REPLAYS["crisis_2008"], REPLAYS["covid_2020"]]
    assert distinct_windows(scenarios.windows, until=date(2009, 3, 8)).shape == (0, 2)


KNOWN = {
    REPLAYS["crisis_2008"]: -0.5678,
    REPLAYS["covid_2020"]: -0.3392,
    REPLAYS["drawdown_2022"]: -0.2543,
    Window(date(2000, 3, 24), date(2002, 10, 9)): -0.4915,
}


def test_the_index_fell_as_everybody_knows(shared_data):
    days, _, _, index = read_stocks(shared_data)
    replays = build_replays(
        windows_of(*KNOWN), np.array(days, dtype="datetime64[D]"), index[:, None], max_age=MAX_AGE
    )
    assert replays.returns[:, 0].round(4).tolist() == list(KNOWN.values())


FALLS = {  # the quotients of the closes that the file has at both ends, worked out by hand
    "AAPL": [-0.5048, -0.3067, -0.2368],
    "JPM": [-0.6494, -0.4252, -0.3390],
    "WMT": [0.0740, -0.0246, -0.0824],
    "XOM": [-0.2831, -0.4788, 0.5977],
}


def test_stocks_fell_with_the_index_or_rose_against_it(shared_data):
    days, symbols, prices, _ = read_stocks(shared_data)
    chosen = prices[:, [symbols.index(symbol) for symbol in FALLS]]
    windows = windows_of(*list(KNOWN)[:3])
    replays = build_replays(windows, np.array(days, dtype="datetime64[D]"), chosen, max_age=MAX_AGE)
    assert replays.returns.T.round(4).tolist() == list(FALLS.values())

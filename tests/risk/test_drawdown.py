"""Drawdowns against empyrical, a loop over all pairs of sessions, and published figures."""

import math
from datetime import date

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden.real_prices import read_stocks
from properties.draws import draw, missing_shares, modest, seeds
from risk.oracles import sample_returns
from riskpanel.risk import Reason, max_drawdown, simple_returns

FIELDS = ("depth", "peak", "trough", "n_obs", "reason")


def loop_drawdown(values):
    """Worst loss over all pairs of an earlier and a later end of session, -1 being the start."""
    wealth = [1.0]
    for value in values:
        wealth.append(wealth[-1] * (1 + (0.0 if math.isnan(value) else value)))
    worst = (0.0, -1, -1)
    for low in range(1, len(wealth)):
        for high in range(low):
            loss = wealth[low] / wealth[high] - 1
            if loss < worst[0]:
                worst = (loss, high - 1, low - 1)
    return worst


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_depth_peak_and_trough_equal_a_loop_over_all_pairs_of_sessions(missing):
    returns, _ = sample_returns(51, 120, 10, missing=missing)
    fall = max_drawdown(returns, min_obs=20)
    for column in range(10):
        depth, peak, trough = loop_drawdown(returns[:, column])
        assert fall.depth[column] == pytest.approx(depth, rel=1e-12)
        assert (fall.peak[column], fall.trough[column]) == (peak, trough)
    np.testing.assert_array_equal(fall.n_obs, np.isfinite(returns).sum(axis=0))


def test_depth_equals_empyrical_which_counts_the_start_as_a_peak_too():
    returns, _ = sample_returns(52, 252, 8)
    returns[0] = -0.05
    depth = max_drawdown(returns, min_obs=252).depth
    for column in range(8):
        assert depth[column] == pytest.approx(empyrical.max_drawdown(returns[:, column]), rel=1e-12)


def test_a_loss_from_the_first_row_on_has_its_peak_before_that_row():
    fall = max_drawdown([-0.1, -0.1, 0.05], min_obs=1)
    assert float(fall.depth) == pytest.approx(-0.19)
    assert (fall.peak, fall.trough) == (-1, 1)


def test_a_series_that_never_falls_has_no_drawdown_and_no_rows():
    fall = max_drawdown([0.0, 0.01, np.nan, 0.0], min_obs=3)
    assert (fall.depth, fall.peak, fall.trough, fall.n_obs) == (0.0, -1, -1, 3)
    assert not np.signbit(fall.depth)
    assert fall.reason == Reason.NONE


def test_peak_and_trough_are_the_first_rows_at_their_value_and_so_observed_ones():
    fall = max_drawdown([0.1, np.nan, 0.0, -0.5, np.nan, 0.0, 0.1], min_obs=1)
    assert (fall.peak, fall.trough) == (0, 3)


@pytest.mark.parametrize(("observed", "known"), [(62, False), (63, True)])
def test_missing_sessions_lower_the_count_and_below_the_minimum_there_is_no_number(observed, known):
    returns, _ = sample_returns(53, 100, 1)
    returns[: 100 - observed] = np.nan
    fall = max_drawdown(returns, min_obs=63)
    assert fall.n_obs.tolist() == [observed]
    assert np.isfinite(fall.depth).tolist() == [known]
    assert Reason(int(fall.reason[0])).label == (None if known else "short_history")
    if not known:
        assert (fall.peak[0], fall.trough[0]) == (-1, -1)


def test_a_levered_series_that_loses_everything_stays_there():
    fall = max_drawdown([0.5, -1.2, 3.0, -2.0, 0.5], min_obs=1)
    assert float(fall.depth) == pytest.approx(-1.2)
    assert (fall.peak, fall.trough) == (0, 1)
    gone = max_drawdown([0.1, -1.0, 0.5], min_obs=1)
    assert (gone.depth, gone.trough) == (-1.0, 1)


def test_misuse_raises():
    with pytest.raises(ValueError, match="min_obs must be at least 1"):
        max_drawdown([0.1], min_obs=0)
    with pytest.raises(ValueError, match="infinite"):
        max_drawdown([0.1, np.inf], min_obs=1)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (5, 0)])
def test_empty_tables_keep_the_shape(shape):
    fall = max_drawdown(np.zeros(shape), min_obs=1)
    assert np.shape(fall.depth) == shape[1:]
    assert np.isnan(fall.depth).all()


@modest
@given(seeds, missing_shares)
def test_a_depth_is_between_minus_one_and_zero_and_the_rows_explain_it(seed, missing):
    returns, _ = draw(seed, rows=120, missing=missing)
    fall = max_drawdown(returns, min_obs=1)
    known = np.isfinite(fall.depth)
    assert ((fall.depth[known] <= 0) & (fall.depth[known] > -1)).all()
    for column in np.flatnonzero(known & (fall.depth < 0)):
        between = np.nan_to_num(returns[fall.peak[column] + 1 : fall.trough[column] + 1, column])
        assert np.prod(1 + between) - 1 == pytest.approx(fall.depth[column], rel=1e-10)


@modest
@given(seeds, missing_shares, st.integers(1, 100))
def test_older_or_newer_sessions_can_only_deepen_a_drawdown(seed, missing, more):
    returns, _ = draw(seed, rows=120, missing=missing)
    other, _ = draw(seed + 1, rows=more)
    depth = max_drawdown(returns, min_obs=1).depth
    for longer in (np.vstack([other, returns]), np.vstack([returns, other])):
        deeper = max_drawdown(longer, min_obs=1).depth
        assert (deeper[np.isfinite(depth)] <= depth[np.isfinite(depth)] + 1e-12).all()


@modest
@given(seeds, missing_shares, st.permutations(range(5)))
def test_a_series_has_the_same_drawdown_alone_and_in_any_company_to_the_bit(seed, missing, order):
    returns, _ = draw(seed, rows=120, missing=missing)
    together, shuffled = max_drawdown(returns, min_obs=20), max_drawdown(returns[:, order], min_obs=20)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(together, name)[list(order)])
        alone = [getattr(max_drawdown(returns[:, column], min_obs=20), name) for column in range(5)]
        np.testing.assert_array_equal(alone, getattr(together, name))


@modest
@given(seeds, st.integers(0, 120))
def test_sessions_without_a_return_move_the_rows_and_not_the_depth(seed, row):
    returns, _ = draw(seed, rows=120)
    fall = max_drawdown(returns, min_obs=1)
    gap = max_drawdown(np.insert(returns, row, np.nan, axis=0), min_obs=1)
    np.testing.assert_array_equal(gap.depth, fall.depth)
    np.testing.assert_array_equal(gap.n_obs, fall.n_obs)
    np.testing.assert_array_equal(gap.trough, fall.trough + (fall.trough >= row))


def test_a_negative_one_position_book_falls_when_its_stock_rises():
    rising = np.full(10, 0.01)
    assert max_drawdown(-rising, min_obs=10).depth == pytest.approx(0.99**10 - 1)
    assert max_drawdown(rising, min_obs=10).depth == 0.0


PUBLISHED = [
    ("2007-01-03", "2012-12-31", "2007-10-09", "2009-03-09", -0.5678),
    ("2019-01-02", "2020-12-31", "2020-02-19", "2020-03-23", -0.3392),
    ("1998-01-02", "2006-12-29", "2000-03-24", "2002-10-09", -0.4915),
    ("2021-06-01", "2022-12-28", "2022-01-03", "2022-10-12", -0.2543),
]


@pytest.mark.parametrize(("first", "last", "peak", "trough", "depth"), PUBLISHED)
def test_the_great_falls_of_the_sp_500_have_their_published_dates_and_sizes(
    shared_data, first, last, peak, trough, depth
):
    dates, _, _, index = read_stocks(shared_data)
    rows = [row for row, day in enumerate(dates) if date.fromisoformat(first) <= date.fromisoformat(day)]
    rows = [row for row in rows if dates[row] <= last]
    fall = max_drawdown(simple_returns(index[rows]), min_obs=252)
    days = [dates[row] for row in rows][1:]
    assert float(fall.depth) == pytest.approx(depth, abs=5e-5)
    assert (days[int(fall.peak)], days[int(fall.trough)]) == (peak, trough)


def test_a_ruin_beyond_measure_does_not_overflow():
    wild = np.tile([900.0, -800.0], 300)
    fall = max_drawdown(wild, min_obs=2)
    assert (float(fall.depth), int(fall.trough)) == (-800.0, 1)

"""Value at risk and expected shortfall against a loop over one series at a time."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden.real_prices import read_stocks
from properties.draws import draw, missing_shares, modest, seeds
from risk.oracles import present, sample_returns
from riskpanel.risk import Reason, filtered_tail_risk, simple_returns

FIELDS = ("value_at_risk", "expected_shortfall", "volatility")


def loop_tail(values, *, level=0.95, decay=0.94):
    """Value at risk, shortfall, volatility and count: every volatility from its weighted sum anew."""
    kept = present(values)

    def volatility(past):
        weights = [decay**age for age in range(len(past))]
        squares = math.fsum(w * r * r for w, r in zip(weights, reversed(past), strict=True))
        return math.sqrt(squares / math.fsum(weights))

    scaled = [kept[t] / volatility(kept[:t]) for t in range(21, len(kept)) if any(kept[t - 21 : t])]
    quantile = float(np.quantile(scaled, 1 - level))
    tail = [z for z in scaled if z <= quantile]
    sigma = volatility(kept)
    return -quantile * sigma, -math.fsum(tail) / len(tail) * sigma, sigma, len(scaled)


def labels(tail):
    return [Reason(int(code)).label for code in np.atleast_1d(tail.reason)]


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize(("level", "decay"), [(0.95, 0.94), (0.9, 0.97)])
def test_the_tail_equals_a_loop_that_weighs_the_past_anew_on_every_session(missing, level, decay):
    returns, _ = sample_returns(41, 504, 6, missing=missing)
    returns[-1] = 0.01
    tail = filtered_tail_risk(returns, level=level, decay=decay)
    for column in range(6):
        at_risk, shortfall, sigma, n = loop_tail(returns[:, column], level=level, decay=decay)
        assert tail.value_at_risk[column] == pytest.approx(at_risk, rel=1e-10)
        assert tail.expected_shortfall[column] == pytest.approx(shortfall, rel=1e-10)
        assert tail.volatility[column] == pytest.approx(sigma, rel=1e-12)
        assert tail.n_obs[column] == n
    assert labels(tail) == [None] * 6


def test_a_full_window_has_one_standardised_return_a_session_after_the_first_21():
    returns, _ = sample_returns(42, 504, 2)
    assert filtered_tail_risk(returns).n_obs.tolist() == [483, 483]


def test_a_missing_return_changes_nothing_but_the_count_to_the_bit():
    returns, _ = sample_returns(43, 400, 1)
    holes = np.insert(returns[:, 0], [5, 30, 30, 200, 399], np.nan)
    without, with_holes = filtered_tail_risk(returns[:, 0]), filtered_tail_risk(holes)
    for name in (*FIELDS, "n_obs"):
        assert getattr(without, name) == getattr(with_holes, name)


def test_the_estimate_moves_with_volatility_where_plain_history_does_not():
    rng = np.random.default_rng(44)
    history = rng.normal(0, 0.01, 504)
    calm, wild = history.copy(), history.copy()
    calm[-40:] *= 0.3
    wild[-40:] *= 3.0
    quiet, loud = filtered_tail_risk(calm), filtered_tail_risk(wild)
    assert loud.value_at_risk > 6 * quiet.value_at_risk


def test_normal_returns_have_the_tail_of_the_normal_distribution():
    returns = np.random.default_rng(45).normal(0, 0.01, (4000, 8))
    tail = filtered_tail_risk(returns)
    at_risk = (tail.value_at_risk / tail.volatility).mean()
    shortfall = (tail.expected_shortfall / tail.volatility).mean()
    assert at_risk == pytest.approx(1.70, abs=0.03)  # 1.645, and a little for the error of each volatility
    assert shortfall == pytest.approx(2.18, abs=0.06)  # 2.063


def test_a_series_that_only_gains_has_a_negative_value_at_risk_which_is_shown():
    returns = 0.01 + 0.001 * np.random.default_rng(46).normal(size=300)
    tail = filtered_tail_risk(returns)
    assert tail.value_at_risk < 0
    assert tail.value_at_risk <= tail.expected_shortfall < 0


@pytest.mark.parametrize(("rows", "known"), [(220, False), (221, True)])
def test_two_hundred_standardised_returns_are_needed_by_default(rows, known):
    returns, _ = sample_returns(47, 504, 2)
    returns[: 504 - rows] = np.nan
    tail = filtered_tail_risk(returns)
    assert np.isfinite(tail.value_at_risk).tolist() == [known] * 2
    assert tail.n_obs.tolist() == [rows - 21] * 2
    assert labels(tail) == [None if known else "short_history"] * 2


def test_reasons_tell_short_stale_gap_degenerate_and_unpriced_apart():
    returns, _ = sample_returns(48, 504, 7)
    returns[:400, 0] = np.nan
    returns[-5:, 1] = np.nan
    returns[10:400, 2] = np.nan
    returns[:, 3] = 0.0
    returns[:, 4] = 0.003
    returns[:, 5] = np.nan
    returns[-5:-1, 6] = np.nan
    expected = ["short_history", "stale", "gap", "degenerate", "degenerate", "unpriced", None]
    tail = filtered_tail_risk(returns)
    assert labels(tail) == expected
    for name in FIELDS:
        assert np.isnan(getattr(tail, name)).tolist() == [word is not None for word in expected]


@pytest.mark.parametrize(("first", "lost"), [(0, 80), (200, 80)])
def test_a_return_after_21_that_did_not_move_is_not_standardised(first, lost):
    """Otherwise the first move of a price that was frozen would be thousands of volatilities large."""
    returns, _ = sample_returns(49, 504, 2)
    returns[first : first + 100] = 0.0
    returns[first + 30, 1] = np.nan
    tail = filtered_tail_risk(returns)
    assert tail.n_obs.tolist() == [483 - lost, 482 - lost + 1]
    for column in range(2):
        at_risk, shortfall, _, _ = loop_tail(returns[:, column])
        assert tail.value_at_risk[column] == pytest.approx(at_risk, rel=1e-10)
        assert tail.expected_shortfall[column] == pytest.approx(shortfall, rel=1e-10)
    assert (tail.expected_shortfall < 0.1).all()


@pytest.mark.parametrize(("frozen", "known"), [(20, True), (21, False)])
def test_a_price_that_has_not_moved_for_21_sessions_has_no_tail(frozen, known):
    returns, _ = sample_returns(52, 504, 2)
    returns[-frozen:] = 0.0
    tail = filtered_tail_risk(returns)
    assert labels(tail) == [None if known else "degenerate"] * 2
    assert np.isfinite(tail.volatility).tolist() == [known] * 2


def test_a_series_that_mostly_does_not_move_has_a_value_at_risk_of_0_without_a_sign():
    returns, _ = sample_returns(53, 504, 1)
    returns[np.arange(504) % 21 > 0] = 0.0
    tail = filtered_tail_risk(returns)
    assert tail.value_at_risk == 0.0
    assert not np.signbit(tail.value_at_risk).any()
    assert tail.expected_shortfall > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 0.99}, "expects 2 returns in the tail; at least 5"),
        ({"min_obs": 99}, "expects 4.95 returns in the tail"),
        ({"level": 0.5}, "level must be between"),
        ({"level": 1.0}, "level must be between"),
        ({"level": 5}, "level must be between"),
        ({"decay": 0.0}, "decay must be between"),
        ({"decay": 1.0}, "decay must be between"),
        ({"level": math.nan}, "level must be between"),
    ],
)
def test_levels_that_the_evidence_cannot_support_and_other_misuse_raise(options, message):
    with pytest.raises(ValueError, match=message):
        filtered_tail_risk(np.zeros(300), **options)


def test_a_level_with_exactly_five_returns_in_the_tail_is_accepted():
    returns, _ = sample_returns(50, 504, 1)
    assert filtered_tail_risk(returns, min_obs=100).n_obs == 483
    assert filtered_tail_risk(returns, level=0.9, min_obs=50).n_obs == 483
    assert np.isnan(filtered_tail_risk(returns, level=0.99, min_obs=500).value_at_risk)


def test_infinite_returns_raise():
    with pytest.raises(ValueError, match="infinite"):
        filtered_tail_risk([0.01, np.inf])


@pytest.mark.parametrize("shape", [(0,), (0, 3), (504, 0), (1, 3), (1,)])
def test_empty_tables_and_single_rows_have_no_tail(shape):
    tail = filtered_tail_risk(np.zeros(shape))
    assert np.shape(tail.value_at_risk) == shape[1:]
    assert np.isnan(tail.value_at_risk).all()
    assert (np.asarray(tail.reason) != Reason.NONE).all()


@modest
@given(seeds, missing_shares)
def test_a_shortfall_is_never_below_its_value_at_risk_and_reasons_stand_where_numbers_lack(seed, missing):
    returns, _ = draw(seed, rows=504, missing=missing)
    tail = filtered_tail_risk(np.round(returns, 3))  # rounded returns tie
    known = np.isfinite(tail.value_at_risk)
    assert (tail.expected_shortfall[known] >= tail.value_at_risk[known]).all()
    np.testing.assert_array_equal(tail.reason != Reason.NONE, ~known)
    np.testing.assert_array_equal(np.isfinite(tail.expected_shortfall), known)
    np.testing.assert_array_equal(np.isfinite(tail.volatility), known)


@modest
@given(seeds, st.floats(1e-3, 1e3), missing_shares)
def test_scaling_returns_scales_the_tail(seed, factor, missing):
    returns, _ = draw(seed, rows=504, missing=missing)
    one, scaled = filtered_tail_risk(returns), filtered_tail_risk(factor * returns)
    for name in FIELDS:
        np.testing.assert_allclose(getattr(scaled, name), factor * getattr(one, name), rtol=1e-9)


@modest
@given(seeds, missing_shares, st.permutations(range(5)))
def test_a_series_has_the_same_tail_alone_and_in_any_company_to_the_bit(seed, missing, order):
    returns, _ = draw(seed, rows=260, missing=missing)
    together = filtered_tail_risk(returns)
    shuffled = filtered_tail_risk(returns[:, order])
    for name in (*FIELDS, "n_obs", "reason"):
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(together, name)[list(order)])
    for column in (0, 3):
        alone = filtered_tail_risk(returns[:, column])
        for name in (*FIELDS, "n_obs", "reason"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(together, name)[column])


@modest
@given(seeds, st.integers(0, 503), st.floats(-0.5, 0.5))
def test_a_larger_last_loss_or_gain_never_lowers_the_volatility(seed, row, shock):
    returns, _ = draw(seed, rows=504)
    moved = returns.copy()
    moved[row] = np.where(np.abs(shock) > np.abs(returns[row]), shock, returns[row])
    assert (filtered_tail_risk(moved).volatility >= filtered_tail_risk(returns).volatility).all()


def test_the_inputs_are_left_as_they_were():
    returns, _ = sample_returns(51, 504, 3, missing=0.1)
    before = returns.copy()
    filtered_tail_risk(returns)
    np.testing.assert_array_equal(returns, before)


# The loop of this file on pandas pct_change of the last 504 rows to 2022-12-28.
GOLDEN = {
    "AAPL": (0.0378173862712, 0.0483717979221, 0.0226005743213),
    "JNJ": (0.0132787280132, 0.0182450471128, 0.00792606828373),
    "XOM": (0.0261861119746, 0.0345803452646, 0.0165424322713),
    "SP500": (0.0235442771994, 0.0320663989052, 0.0131623790064),
}


def test_real_tails_of_stocks_and_the_index_are_as_recorded(shared_data):
    _, symbols, stocks, index = read_stocks(shared_data)
    returns = simple_returns(np.c_[stocks, index])[-504:]
    tail = filtered_tail_risk(returns)
    for symbol, recorded in GOLDEN.items():
        column = [*symbols, "SP500"].index(symbol)
        found = (tail.value_at_risk[column], tail.expected_shortfall[column], tail.volatility[column])
        assert found == pytest.approx(recorded, rel=1e-9)
        assert loop_tail(returns[:, column])[:3] == pytest.approx(recorded, rel=1e-9)

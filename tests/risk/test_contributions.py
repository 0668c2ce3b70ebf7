"""Risk contributions against loops, arithmetic, and what must hold for any book."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from golden.real_prices import read_stocks
from properties.draws import draw, draw_book, missing_shares, modest, seeds
from risk.oracles import books, sample_returns
from riskpanel.risk import (
    Reason,
    group_contributions,
    imputed_returns,
    market_beta,
    portfolio_series,
    realized_volatility,
    risk_contributions,
    simple_returns,
)
from riskpanel.risk.matrices import as_weights

FORMS = [np.asarray, sparse.csr_array]
NUMBERS = ("diversification_ratio", "volatility", "n_obs", "reason")


def loop_contributions(returns, book, series):
    """Contributions, ratio and volatility from sums over the sessions that count, written out."""
    rows = [row for row, value in enumerate(series) if not math.isnan(value)]
    n = len(rows)
    mean = math.fsum(series[row] for row in rows) / n
    gaps = {row: series[row] - mean for row in rows}
    variance = math.fsum(gap * gap for gap in gaps.values()) / (n - 1)
    shares, spread = np.zeros(len(book)), 0.0
    for column, weight in enumerate(book):
        if not weight:
            continue
        own = {row: 0.0 if math.isnan(returns[row, column]) else returns[row, column] for row in rows}
        own_mean = math.fsum(own.values()) / n
        covariance = math.fsum((own[row] - own_mean) * gaps[row] for row in rows) / (n - 1)
        shares[column] = weight * covariance / variance
        own_variance = math.fsum((value - own_mean) ** 2 for value in own.values()) / (n - 1)
        spread += abs(weight) * math.sqrt(own_variance)
    return shares, spread / math.sqrt(variance), math.sqrt(252 * variance)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_every_number_equals_a_loop_over_the_sessions_that_count(form, missing):
    returns, market = sample_returns(81, 252, 12, missing=missing)
    beta = np.linspace(-1, 2, 12)
    beta[[2, 9]] = np.nan
    weights = books(82)
    filled = imputed_returns(returns, market=market, beta=beta)
    series = portfolio_series(returns, weights, market=market, beta=beta, min_coverage=0.6).returns
    split = risk_contributions(filled, form(weights), series=series)
    for portfolio, book in enumerate(weights):
        if not book.any():
            continue
        shares, ratio, volatility = loop_contributions(filled, book, series[portfolio])
        np.testing.assert_allclose(split.dense[portfolio], shares, rtol=1e-9, atol=1e-13)
        assert split.diversification_ratio[portfolio] == pytest.approx(ratio, rel=1e-10)
        assert split.volatility[portfolio] == pytest.approx(volatility, rel=1e-10)
        assert split.n_obs[portfolio] == np.isfinite(series[portfolio]).sum()


def test_without_a_series_the_weighted_sum_is_taken_with_missing_returns_left_out():
    returns, _ = sample_returns(83, 252, 12, missing=0.2)
    weights = books(84)
    split = risk_contributions(returns, weights)
    series = np.nan_to_num(returns) @ weights.T
    assert split.n_obs.tolist() == [252] * 8
    for portfolio in (0, 1, 3, 4, 5, 6, 7):
        shares, ratio, _ = loop_contributions(returns, weights[portfolio], series[:, portfolio])
        np.testing.assert_allclose(split.dense[portfolio], shares, rtol=1e-9, atol=1e-13)
        assert split.diversification_ratio[portfolio] == pytest.approx(ratio, rel=1e-10)


def test_contributions_equal_the_textbook_form_from_the_covariance_matrix():
    returns, _ = sample_returns(85, 252, 6)
    weights = np.array([0.3, -0.2, 0.4, 0.1, 0.2, 0.5])
    covariance = np.cov(returns, rowvar=False)
    variance = weights @ covariance @ weights
    split = risk_contributions(returns, weights)
    np.testing.assert_allclose(split.dense, weights * (covariance @ weights) / variance, rtol=1e-10)
    assert split.volatility == pytest.approx(math.sqrt(252 * variance), rel=1e-12)
    ratio = np.abs(weights) @ np.sqrt(np.diagonal(covariance)) / math.sqrt(variance)
    assert split.diversification_ratio == pytest.approx(ratio, rel=1e-12)


def test_a_contribution_is_the_growth_of_volatility_with_the_weight():
    """Euler: w_i times the derivative of sigma by w_i, over sigma; taken here as a difference quotient."""
    returns, _ = sample_returns(86, 252, 4)
    weights = np.array([0.5, 0.3, -0.4, 0.2])
    split = risk_contributions(returns, weights)
    for column in range(4):
        step = np.zeros(4)
        step[column] = 1e-6
        up, down = (risk_contributions(returns, weights + side * step).volatility for side in (1, -1))
        slope = (up - down) / 2e-6
        assert weights[column] * slope / split.volatility == pytest.approx(split.dense[column], abs=1e-8)


def test_the_volatility_is_the_realized_volatility_of_the_same_series():
    returns, market = sample_returns(87, 252, 12, missing=0.3)
    series = portfolio_series(returns, books(88), market=market, beta=np.ones(12), min_coverage=0.7).returns
    split = risk_contributions(
        imputed_returns(returns, market=market, beta=np.ones(12)), books(88), series=series, min_obs=20
    )
    expected = realized_volatility(series.T, window=252, min_obs=20)
    held = np.arange(8) != 2
    np.testing.assert_allclose(split.volatility[held], expected[held], rtol=1e-11)


def test_one_position_carries_everything_and_does_not_diversify():
    returns, _ = sample_returns(89, 252, 3)
    split = risk_contributions(returns, np.array([0.0, -0.7, 0.0]))
    assert split.dense == pytest.approx([0, 1, 0], abs=1e-12)
    assert split.diversification_ratio == pytest.approx(1.0, abs=1e-12)


def test_a_hedge_has_a_negative_contribution():
    _, market = sample_returns(90, 252, 1)
    noise = np.random.default_rng(91).normal(0, 0.01, 252)
    split = risk_contributions(np.c_[market + noise, market], np.array([1.0, -0.5]))
    assert split.dense[1] < 0
    assert split.dense.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [0.5, -0.5], [0.3, -0.3]])
def test_cash_and_a_perfect_hedge_are_degenerate(weights):
    _, market = sample_returns(92, 252, 1)
    split = risk_contributions(np.c_[market, market], np.array(weights))
    assert split.reason == Reason.DEGENERATE
    assert np.isnan([split.volatility, split.diversification_ratio]).all()
    assert np.isnan(split.contributions.data).all()


def test_a_constant_portfolio_is_degenerate_whatever_the_constant():
    flat = np.broadcast_to([0.001, 0.1, 3.0, 1e-9], (252, 4))
    split = risk_contributions(flat, np.eye(4))
    assert split.reason.tolist() == [Reason.DEGENERATE] * 4


def test_an_instrument_without_any_return_has_an_unknown_contribution_and_the_others_sum_to_one():
    returns, _ = sample_returns(93, 252, 3)
    returns[:, 1] = np.nan
    split = risk_contributions(returns, np.array([0.4, 0.3, 0.3]))
    assert np.isnan(split.dense).tolist() == [False, True, False]
    assert np.nansum(split.dense) == pytest.approx(1, abs=1e-12)


def test_an_instrument_without_a_return_on_the_sessions_that_count_is_unknown_too():
    returns, _ = sample_returns(94, 252, 2)
    returns[100:, 1] = np.nan
    series = np.where(np.arange(252) < 100, np.nan, 0.5 * returns[:, 0])
    split = risk_contributions(returns, np.array([0.5, 0.5]), series=series)
    assert split.n_obs == 152
    np.testing.assert_allclose(split.dense, [1.0, np.nan], atol=1e-12)


@pytest.mark.parametrize(("counted", "known"), [(62, False), (63, True)])
def test_sixty_three_sessions_are_needed_by_default(counted, known):
    returns, _ = sample_returns(95, 252, 2)
    series = returns @ [0.5, 0.5]
    series[: 252 - counted] = np.nan
    split = risk_contributions(returns, np.array([0.5, 0.5]), series=series)
    assert (split.n_obs, bool(np.isfinite(split.volatility))) == (counted, known)
    assert Reason(int(split.reason)).label == (None if known else "short_history")
    assert np.isfinite(split.dense).all() == known


def test_a_portfolio_has_the_same_bits_alone_and_among_many_with_and_without_a_series():
    returns, market = sample_returns(96, 252, 60, missing=0.05)
    rng = np.random.default_rng(97)
    weights = np.where(rng.random((400, 60)) < 0.3, rng.normal(0, 0.2, (400, 60)), 0.0)
    weights[1] = 0.0
    filled = imputed_returns(returns, market=market, beta=np.ones(60))
    series = portfolio_series(
        returns, weights, market=market, beta=np.ones(60), min_coverage=0.93
    ).returns.copy()
    for given_series in (None, series):
        together = risk_contributions(filled, weights, series=given_series)
        for portfolio in (0, 1, 7, 200, 399):
            own = None if given_series is None else given_series[portfolio]
            alone = risk_contributions(filled, weights[portfolio], series=own)
            np.testing.assert_array_equal(alone.dense, together.dense[portfolio])
            for name in NUMBERS:
                np.testing.assert_array_equal(getattr(alone, name), getattr(together, name)[portfolio])


def test_more_portfolios_than_fit_in_one_block_are_no_different():
    returns = np.random.default_rng(98).normal(0, 0.01, (100, 5))
    weights = np.random.default_rng(99).normal(0, 1, (40_003, 5))
    together = risk_contributions(returns, weights)
    for portfolio in (0, 39_999, 40_000, 40_002):
        alone = risk_contributions(returns, weights[portfolio])
        np.testing.assert_array_equal(alone.dense, together.dense[portfolio])
    assert np.abs(together.contributions.sums() - 1).max() < 1e-9


def test_groups_add_up_what_they_hold():
    returns, _ = sample_returns(100, 252, 12)
    weights = books(101)
    split = risk_contributions(returns, weights)
    codes = np.array([0, 1, 2, 4] * 3)
    found = group_contributions(split, codes, n_groups=5)
    for portfolio in (0, 1, 3, 4, 5, 6, 7):
        for group in range(5):
            expected = math.fsum(split.dense[portfolio][codes == group])
            assert found[portfolio, group] == pytest.approx(expected, abs=1e-12)
        assert found[portfolio].sum() == pytest.approx(1, abs=1e-9)
    assert np.isnan(found[2]).all()
    np.testing.assert_array_equal(found[[0, 3], 3], [0, 0])
    one = group_contributions(risk_contributions(returns, weights[4]), codes, n_groups=5)
    np.testing.assert_array_equal(one, found[4])


def test_a_group_of_which_only_unknown_positions_are_held_is_unknown():
    returns, _ = sample_returns(102, 252, 4)
    returns[:, [1, 3]] = np.nan
    split = risk_contributions(returns, np.array([0.4, 0.3, 0.3, 0.1]))
    found = group_contributions(split, [0, 1, 2, 2], n_groups=4)
    assert np.isnan(found).tolist() == [False, True, False, False]
    assert np.nansum(found) == pytest.approx(1, abs=1e-12)


def test_a_position_in_several_groups_is_split_by_its_shares():
    returns, _ = sample_returns(105, 252, 12)
    split = risk_contributions(returns, books(106))
    shares = np.random.default_rng(107).dirichlet(np.ones(4), 12)
    found = group_contributions(split, shares, n_groups=4)
    for portfolio in (0, 1, 3, 4, 5, 6, 7):
        for group in range(4):
            parts = zip(split.dense[portfolio].tolist(), shares[:, group].tolist(), strict=True)
            expected = math.fsum(own * share for own, share in parts)
            assert found[portfolio, group] == pytest.approx(expected, abs=1e-12)
    assert np.isnan(found[2]).all()


def test_a_group_that_a_known_position_is_partly_in_is_known():
    returns, _ = sample_returns(108, 252, 3)
    returns[:, 1] = np.nan
    split = risk_contributions(returns, np.array([0.4, 0.3, 0.3]))
    shares = [[0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0]]
    found = group_contributions(split, shares, n_groups=4)
    assert np.isnan(found).tolist() == [False, False, True, False]
    assert np.nansum(found) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([0, 1], r"groups must have shape \(3,\)"),
        ([0, 1, 3], "groups must be 0 to 2"),
        ([0, -1, 1], "groups must be 0 to 2"),
        ([0.0, 1.0, 2.0], "groups must be integers"),
    ],
)
def test_groups_that_do_not_fit_raise(codes, message):
    split = risk_contributions(sample_returns(103, 70, 3)[0], np.array([0.5, 0.2, 0.3]))
    with pytest.raises(ValueError, match=message):
        group_contributions(split, codes, n_groups=3)


def test_misuse_raises():
    returns, _ = sample_returns(104, 252, 3)
    weights = np.array([0.5, 0.2, 0.3])
    with pytest.raises(ValueError, match="min_obs must be at least 2"):
        risk_contributions(returns, weights, min_obs=1)
    with pytest.raises(ValueError, match="do not fit 2 weights"):
        risk_contributions(returns, weights[:2])
    with pytest.raises(ValueError, match=r"series must have shape \(1, 252\)"):
        risk_contributions(returns, weights, series=np.zeros(251))
    with pytest.raises(ValueError, match="series holds an infinite value"):
        risk_contributions(returns, weights, series=np.full(252, np.inf))
    with pytest.raises(ValueError, match="weights must be finite"):
        risk_contributions(returns, np.array([0.5, np.nan, 0.5]))


@pytest.mark.parametrize(
    ("returns", "weights"), [((0, 2), (3, 2)), ((100, 0), (3, 0)), ((100, 2), (0, 2)), ((0, 2), (2,))]
)
def test_empty_tables_keep_the_shape(returns, weights):
    split = risk_contributions(np.zeros(returns), np.ones(weights))
    assert split.volatility.shape == weights[:-1]
    assert split.dense.shape == weights
    assert np.isnan(split.volatility).all()
    codes = np.zeros(weights[-1], dtype=int)
    assert group_contributions(split, codes, n_groups=2).shape == (*weights[:-1], 2)


@modest
@given(seeds, missing_shares)
def test_known_contributions_sum_to_one_and_diversification_never_adds_risk(seed, missing):
    returns, market = draw(seed, rows=120, columns=9, missing=missing)
    weights = draw_book(seed)
    filled = imputed_returns(returns, market=market, beta=np.ones(9))
    series = portfolio_series(returns, weights, market=market, beta=np.ones(9)).returns
    split = risk_contributions(filled, weights, series=series, min_obs=5)
    known = np.isfinite(split.volatility)
    np.testing.assert_allclose(np.nansum(split.dense, axis=1)[known], 1.0, atol=1e-9)
    assert (split.diversification_ratio[known] >= 1 - 1e-12).all()
    np.testing.assert_array_equal(split.reason != Reason.NONE, ~known)


@modest
@given(seeds, st.floats(1e-2, 1e2), st.sampled_from([-1, 1]))
def test_leverage_and_the_unit_of_returns_change_no_contribution(seed, factor, sign):
    returns, _ = draw(seed, rows=120, columns=9)
    weights = draw_book(seed)
    one = risk_contributions(returns, weights)
    for other in (
        risk_contributions(returns, sign * factor * weights),
        risk_contributions(sign * factor * returns, weights),
    ):
        np.testing.assert_allclose(other.dense, one.dense, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(other.diversification_ratio, one.diversification_ratio, rtol=1e-9)
        np.testing.assert_allclose(other.volatility, factor * one.volatility, rtol=1e-9)


@modest
@given(seeds, st.permutations(range(9)))
def test_permuting_instruments_permutes_contributions(seed, order):
    returns, _ = draw(seed, rows=120, columns=9)
    weights = draw_book(seed)
    one, permuted = (
        risk_contributions(returns, weights),
        risk_contributions(returns[:, order], weights[:, order]),
    )
    np.testing.assert_allclose(permuted.dense, one.dense[:, order], rtol=1e-9, atol=1e-12)


@modest
@given(seeds, st.floats(0.05, 0.95))
def test_splitting_a_position_splits_its_contribution_and_changes_no_other(seed, part):
    returns, _ = draw(seed, rows=120, columns=9)
    weights = draw_book(seed)
    halves = np.c_[weights, (1 - part) * weights[:, 0]]
    halves[:, 0] *= part
    one = risk_contributions(returns, weights)
    two = risk_contributions(np.c_[returns, returns[:, 0]], halves)
    np.testing.assert_allclose(two.dense[:, 1:9], one.dense[:, 1:], rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(two.dense[:, 0], part * one.dense[:, 0], rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(two.diversification_ratio, one.diversification_ratio, rtol=1e-10)


def test_sparse_rows_and_dense_weights_give_the_same_and_the_places_are_kept():
    returns, _ = sample_returns(105, 252, 12)
    weights = books(106)
    rows, _ = as_weights(weights)
    split = risk_contributions(returns, rows)
    np.testing.assert_array_equal(split.contributions.columns, rows.columns)
    np.testing.assert_array_equal(split.contributions.starts, rows.starts)
    np.testing.assert_array_equal(split.dense, risk_contributions(returns, weights).dense)


def test_the_inputs_are_left_as_they_were():
    returns, _ = sample_returns(107, 252, 12, missing=0.1)
    weights, series = books(108), np.full((8, 252), 0.01)
    before = returns.copy(), weights.copy()
    risk_contributions(returns, weights, series=series)
    np.testing.assert_array_equal(returns, before[0])
    np.testing.assert_array_equal(weights, before[1])
    np.testing.assert_array_equal(series, 0.01)


def test_imputed_returns_keep_what_is_real_and_fill_the_rest_with_beta_times_market():
    returns, market = sample_returns(109, 60, 5, missing=0.4)
    market[7] = np.nan
    beta = market_beta(returns, market, min_obs=10).beta
    beta[3] = np.nan
    filled = imputed_returns(returns, market=market, beta=beta)
    for row in range(60):
        for column in range(5):
            real = returns[row, column]
            expected = beta[column] * market[row] if math.isnan(real) else real
            np.testing.assert_array_equal(filled[row, column], expected)


@pytest.mark.parametrize(
    ("returns", "market", "beta", "message"),
    [
        (np.zeros(5), np.zeros(5), np.zeros(1), "returns must have shape"),
        (np.zeros((5, 2)), np.zeros(4), np.zeros(2), "market must have shape"),
        (np.zeros((5, 2)), np.zeros(5), np.zeros(3), "beta must have shape"),
        (np.zeros((5, 2)), np.zeros(5), np.array([1.0, np.inf]), "beta must"),
    ],
)
def test_imputation_of_what_does_not_fit_raises(returns, market, beta, message):
    with pytest.raises(ValueError, match=message):
        imputed_returns(returns, market=market, beta=beta)


# pandas: simple returns of the 252 sessions to 2022-12-28.
GOLDEN = {
    "AMD": 0.109889821798,
    "AAPL": 0.0702487211747,
    "JNJ": 0.0228552795979,
    "MRK": 0.0228277403017,
    "RRC": 0.0840660077504,
    "XOM": 0.0443580474185,
}
GOLDEN_VOLATILITY = 0.20364290094
GOLDEN_RATIO = 1.56960163151


def test_real_contributions_of_an_equal_weighted_book_are_as_recorded(shared_data):
    """Recorded from DataFrame.cov of pandas: w (C w) / w'Cw."""
    _, symbols, stocks, _ = read_stocks(shared_data)
    split = risk_contributions(simple_returns(stocks)[-252:], np.full(20, 0.05))
    found = dict(zip(symbols, split.dense, strict=True))
    for symbol, recorded in GOLDEN.items():
        assert found[symbol] == pytest.approx(recorded, rel=1e-9)
    assert split.volatility == pytest.approx(GOLDEN_VOLATILITY, rel=1e-9)
    assert split.diversification_ratio == pytest.approx(GOLDEN_RATIO, rel=1e-9)


def test_real_sectors_of_an_equal_weighted_book_sum_to_one(shared_data):
    _, _, stocks, _ = read_stocks(shared_data)
    split = risk_contributions(simple_returns(stocks)[-252:], np.full(20, 0.05))
    groups = group_contributions(split, np.arange(20) % 4, n_groups=4)
    assert groups.sum() == pytest.approx(1, abs=1e-12)


def test_a_hedge_but_for_rounded_quantities_is_degenerate():
    market = 0.01 * np.random.default_rng(5).standard_normal(252)
    hedged = risk_contributions(np.c_[2 * market, market], np.array([0.5, -1.0 + 1e-9]))
    assert np.isnan(hedged.dense).all()
    assert Reason(int(hedged.reason)) is Reason.DEGENERATE
    loose = risk_contributions(np.c_[2 * market, market], np.array([0.5, -1.0 + 1e-4]))
    assert loose.dense.sum() == pytest.approx(1.0)

"""What must hold for any book: leverage, order, splits, shocks and missing returns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from properties.draws import draw, draw_book, missing_shares, modest, seeds
from riskpanel.risk import (
    concentration,
    market_beta,
    portfolio_returns,
    portfolio_series,
    sector_weights,
    stress,
    weighted_beta,
)


@modest
@given(seeds)
def test_the_weighted_beta_equals_the_direct_one_on_balanced_data(seed):
    returns, market = draw(seed, rows=90, columns=9)
    weights = draw_book(seed)
    own = market_beta(returns, market)
    weighted = weighted_beta(weights, own.beta, r_squared=own.r_squared, n_obs=own.n_obs)
    direct = market_beta(portfolio_returns(returns, weights).T, market)
    np.testing.assert_allclose(weighted.beta, direct.beta, rtol=1e-12, atol=1e-12)
    assert (weighted.coverage >= 1 - 1e-12).all()
    assert ((weighted.r_squared >= 0) & (weighted.r_squared <= 1)).all()


@modest
@given(seeds)
def test_the_imputed_series_equals_the_plain_one_on_full_data(seed):
    returns, market = draw(seed, rows=60, columns=9)
    weights = draw_book(seed)
    series = portfolio_series(returns, weights, market=market, beta=np.ones(9))
    np.testing.assert_array_equal(series.returns, portfolio_returns(returns, weights))
    np.testing.assert_allclose(series.coverage, 1.0, rtol=1e-14)


@modest
@given(seeds, missing_shares)
def test_coverage_of_a_series_is_a_share(seed, missing):
    returns, market = draw(seed, rows=60, columns=9, missing=missing)
    coverage = portfolio_series(returns, draw_book(seed), market=market, beta=np.ones(9)).coverage
    assert ((coverage >= 0) & (coverage <= 1 + 1e-12)).all()


@modest
@given(seeds)
def test_net_sector_weights_and_cash_sum_to_one_for_any_book(seed):
    weights = draw_book(seed)
    codes = np.random.default_rng(seed).integers(0, 12, 9)
    book = sector_weights(weights, codes, n_sectors=12)
    cash = 1 - weights.sum(axis=1)
    np.testing.assert_allclose(book.net.sum(axis=1) + cash, 1.0, atol=1e-13)
    np.testing.assert_allclose(book.gross.sum(axis=1), np.abs(weights).sum(axis=1), atol=1e-13)
    assert (book.long >= 0).all()
    assert (book.short <= 0).all()


@modest
@given(seeds)
def test_concentration_is_bounded(seed):
    weights = draw_book(seed)
    one = concentration(weights)
    held = (weights != 0).sum(axis=1)
    assert (one.effective_num_positions >= 1 - 1e-12).all()
    assert (one.effective_num_positions <= held * (1 + 1e-12)).all()
    assert (one.top_3 <= one.top_10 + 1e-15).all()
    assert (one.top_10 <= 1).all()


@modest
@given(seeds, st.floats(0.01, 0.99))
def test_splitting_a_position_into_two_names_lowers_the_hhi(seed, share):
    book = draw_book(seed, portfolios=1)[0]
    split = np.r_[book, book[0] * share]
    split[0] *= 1 - share
    assert concentration(split).hhi < concentration(book).hhi


@modest
@given(seeds, st.floats(-3, 3))
def test_stress_is_linear_in_the_shock_and_additive_over_positions(seed, factor):
    rng = np.random.default_rng(seed)
    exposures, beta = 1e5 * draw_book(seed), rng.normal(1, 0.5, 9)
    beta[rng.random(9) < 0.2] = np.nan
    beta[0] = 1.0
    shocks = np.array([-0.1, 0.05])
    once = stress(exposures, beta, shocks)
    np.testing.assert_allclose(stress(exposures, beta, factor * shocks).pnl, factor * once.pnl, atol=1e-7)
    np.testing.assert_allclose(stress(factor * exposures, beta, shocks).pnl, factor * once.pnl, atol=1e-7)
    single = np.nan_to_num(exposures[:, None, :] * once.responses).sum(axis=2)
    np.testing.assert_allclose(once.pnl, single, atol=1e-7)

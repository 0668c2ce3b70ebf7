"""Constant-mix series against loops over sessions and positions."""

import math

import numpy as np
import pytest
from scipy import sparse

from risk.oracles import books, sample_returns
from riskpanel.risk import portfolio_returns, portfolio_series

FORMS = [np.asarray, sparse.csr_array]


def loop_series(returns, book, market, beta, least):
    series, real = [], []
    held = [column for column in range(len(book)) if book[column]]
    gross = math.fsum(abs(book[column]) for column in held)
    for row, index in zip(returns.tolist(), market.tolist(), strict=True):
        total, covered = 0.0, 0.0
        for column in held:
            stand_in = beta[column] * index
            if not math.isnan(row[column]):
                total += book[column] * row[column]
                covered += abs(book[column])
            elif not math.isnan(stand_in):
                total += book[column] * stand_in
        share = covered / gross if held else 1.0
        real.append(share)
        series.append(total if share + 1e-12 >= least else math.nan)
    return series, real


@pytest.mark.parametrize("form", FORMS)
def test_portfolio_returns_equal_a_loop_and_are_missing_where_any_held_return_is(form):
    returns, _ = sample_returns(91, 50, 12, missing=0.05)
    weights = books(92)
    series = portfolio_returns(returns, form(weights))
    assert series.shape == (8, 50)
    for portfolio, book in enumerate(weights):
        for session in range(50):
            expected = math.fsum(
                book[column] * returns[session, column] for column in range(12) if book[column]
            )
            np.testing.assert_allclose(series[portfolio, session], expected, rtol=1e-10, atol=1e-16)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("least", [0.5, 0.8])
def test_portfolio_series_and_coverage_equal_a_loop_that_imputes_beta_times_market(form, least):
    returns, market = sample_returns(93, 50, 12, missing=0.3)
    market[[4, 20]] = np.nan
    beta = np.linspace(-1, 2, 12)
    beta[[2, 9]] = np.nan
    weights = books(94)
    series = portfolio_series(returns, form(weights), market=market, beta=beta, min_coverage=least)
    for portfolio, book in enumerate(weights):
        expected, real = loop_series(returns, book, market, beta, least)
        np.testing.assert_allclose(series.returns[portfolio], expected, rtol=1e-10, atol=1e-16)
        np.testing.assert_allclose(series.coverage[portfolio], real, rtol=1e-12)


def test_a_session_with_exactly_half_of_the_book_real_counts_and_less_does_not():
    returns = [[0.01, np.nan], [np.nan, 0.01]]
    half = portfolio_series(returns, [0.3, 0.3], market=[0.02, 0.02], beta=[1.0, 1.0])
    np.testing.assert_allclose(half.returns, [0.009, 0.009])
    less = portfolio_series(returns, [0.29, 0.31], market=[0.02, 0.02], beta=[1.0, 1.0])
    np.testing.assert_allclose(less.returns, [np.nan, 0.3 * 0.0 + 0.29 * 0.02 + 0.31 * 0.01])


def test_an_instrument_without_beta_and_data_is_left_out_and_lowers_coverage():
    series = portfolio_series([[0.01, np.nan]], [0.6, 0.4], market=[0.02], beta=[1.0, np.nan])
    assert series.returns.tolist() == pytest.approx([0.006])
    assert series.coverage.tolist() == pytest.approx([0.6])


def test_cash_has_return_zero_and_a_book_of_cash_alone_is_fully_covered():
    series = portfolio_series([[0.01], [np.nan]], [0.0], market=[0.02, 0.02], beta=[1.0])
    assert series.returns.tolist() == [0.0, 0.0]
    assert series.coverage.tolist() == [1.0, 1.0]
    assert portfolio_returns([[0.01], [np.nan]], [0.0]).tolist() == [0.0, 0.0]


def test_what_is_not_held_may_be_missing():
    assert portfolio_returns([[0.01, np.nan]], [1.0, 0.0]).tolist() == [0.01]


@pytest.mark.parametrize(
    ("returns", "weights", "shape"),
    [
        ((0, 2), (3, 2), (3, 0)),
        ((4, 0), (3, 0), (3, 4)),
        ((4, 2), (0, 2), (0, 4)),
        ((1, 2), (2,), (1,)),
        ((4, 0), (0,), (4,)),
    ],
)
def test_empty_tables_keep_the_shape(returns, weights, shape):
    series, ones = np.zeros(returns), np.ones(weights)
    assert portfolio_returns(series, ones).shape == shape
    imputed = portfolio_series(series, ones, market=np.zeros(returns[0]), beta=np.zeros(returns[1]))
    assert imputed.returns.shape == shape
    assert imputed.coverage.shape == shape


def test_all_missing_is_missing_with_coverage_zero():
    nothing = np.full((5, 2), np.nan)
    series = portfolio_series(nothing, [0.5, 0.5], market=np.zeros(5), beta=[1.0, 1.0])
    assert np.isnan(series.returns).all()
    assert not series.coverage.any()
    assert np.isnan(portfolio_returns(nothing, [0.5, 0.5])).all()


def test_shapes_that_do_not_fit_raise():
    returns = np.zeros((5, 3))
    with pytest.raises(ValueError, match="dimension mismatch"):
        portfolio_returns(returns, [0.5, 0.5])
    with pytest.raises(ValueError, match=r"market must have shape \(5,\)"):
        portfolio_series(returns, [0.5] * 3, market=np.zeros(4), beta=np.ones(3))
    with pytest.raises(ValueError, match=r"beta must have shape \(3,\)"):
        portfolio_series(returns, [0.5] * 3, market=np.zeros(5), beta=np.ones(2))
    with pytest.raises(ValueError, match="weights must be finite"):
        portfolio_returns(returns, [0.5, np.nan, 0.5])
    with pytest.raises(ValueError, match="infinite"):
        portfolio_returns(returns + np.inf, [0.5, 0.2, 0.5])

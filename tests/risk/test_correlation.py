"""Correlations against pandas, numpy and arithmetic."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden.real_prices import read_stocks
from properties.draws import draw, missing_shares, modest, seeds
from risk.oracles import sample_returns
from riskpanel.risk import pairwise_correlation, simple_returns


def frame_correlation(returns, least):
    return pd.DataFrame(returns).corr(min_periods=least).to_numpy()


@pytest.mark.parametrize("missing", [0.0, 0.2, 0.5])
def test_coefficients_equal_pandas_over_the_rows_that_each_pair_has(missing):
    returns, _ = sample_returns(71, 252, 12, missing=missing)
    found = pairwise_correlation(returns)
    np.testing.assert_allclose(found.matrix, frame_correlation(returns, 63), rtol=1e-10, atol=1e-13)
    there = np.isfinite(returns).astype(int)
    np.testing.assert_array_equal(found.n_obs, there.T @ there)


def test_coefficients_equal_numpy_where_nothing_is_missing():
    returns, _ = sample_returns(72, 100, 7)
    expected = np.corrcoef(returns, rowvar=False)
    np.testing.assert_allclose(pairwise_correlation(returns).matrix, expected, rtol=1e-11, atol=1e-14)


def test_pairs_below_the_minimum_are_missing_each_for_itself():
    returns, _ = sample_returns(73, 126, 3)
    returns[:63, 0] = np.nan
    returns[64:, 1] = np.nan
    found = pairwise_correlation(returns)
    assert found.n_obs.tolist() == [[63, 1, 63], [1, 64, 64], [63, 64, 126]]
    known = np.isfinite(found.matrix)
    assert known.tolist() == [[True, False, True], [False, True, True], [True, True, True]]


@pytest.mark.parametrize("constant", [0.0, 0.003, -1e-9, 0.1, 3.0])
def test_a_constant_series_has_no_correlation_not_even_with_itself(constant):
    returns, _ = sample_returns(74, 252, 3)
    returns[:, 1] = constant
    matrix = pairwise_correlation(returns).matrix
    assert np.isnan(matrix[1]).all()
    assert np.isnan(matrix[:, 1]).all()
    assert np.isfinite(matrix[np.ix_([0, 2], [0, 2])]).all()


@pytest.mark.parametrize("constant", [0.0, 0.003, 0.1])
def test_a_series_that_is_constant_where_the_other_exists_has_no_correlation_with_it(constant):
    returns, _ = sample_returns(75, 252, 2)
    returns[:126, 0] = constant
    returns[126:, 1] = np.nan
    matrix = pairwise_correlation(returns).matrix
    assert np.isnan(matrix[0, 1])
    assert (matrix[0, 0], matrix[1, 1]) == (1.0, 1.0)


@pytest.mark.parametrize("factor", [2.0, -0.1, 1e-6])
def test_a_multiple_is_perfectly_correlated_and_never_beyond_one(factor):
    returns, _ = sample_returns(76, 252, 40)
    both = pairwise_correlation(np.c_[returns, factor * returns + 0.001]).matrix
    own = np.diagonal(both[:40, 40:])
    np.testing.assert_allclose(own, math.copysign(1, factor), rtol=1e-9)
    assert (np.abs(both) <= 1).all()


def test_the_mean_is_that_of_the_pairs_that_are_defined():
    returns, _ = sample_returns(77, 252, 5, missing=0.1)
    returns[:, 4] = np.nan
    found = pairwise_correlation(returns)
    pairs = [found.matrix[i, j] for i in range(4) for j in range(i)]
    assert found.mean == pytest.approx(sum(pairs) / 6, rel=1e-12)
    assert np.shape(found.mean) == ()


@pytest.mark.parametrize("names", [0, 1])
def test_without_any_pair_there_is_no_mean(names):
    returns, _ = sample_returns(78, 252, 2)
    assert np.isnan(pairwise_correlation(returns[:, :names]).mean)
    assert np.isnan(pairwise_correlation(np.full((252, 3), np.nan)).mean)


def test_a_batch_gives_each_slice_the_bits_that_it_has_alone():
    returns, _ = sample_returns(79, 252, 40, missing=0.1)
    returns[:, :10] = np.nan_to_num(returns[:, :10])
    batch = np.stack([returns[:, start : start + 10] for start in (0, 5, 10, 30)])
    together = pairwise_correlation(batch)
    assert together.matrix.shape == (4, 10, 10)
    for slice_, values in enumerate(batch):
        alone = pairwise_correlation(values)
        np.testing.assert_array_equal(alone.matrix, together.matrix[slice_])
        np.testing.assert_array_equal(alone.n_obs, together.n_obs[slice_])
        np.testing.assert_array_equal(alone.mean, together.mean[slice_])


def test_a_long_batch_that_is_worked_on_in_parts_is_no_different():
    returns = np.random.default_rng(80).normal(0, 0.01, (1001, 252, 4))
    together = pairwise_correlation(returns).matrix
    for slice_ in (0, 991, 992, 1000):
        np.testing.assert_array_equal(pairwise_correlation(returns[slice_]).matrix, together[slice_])


def test_misuse_raises():
    with pytest.raises(ValueError, match="min_obs must be at least 2"):
        pairwise_correlation(np.zeros((5, 2)), min_obs=1)
    with pytest.raises(ValueError, match="returns must have shape"):
        pairwise_correlation(np.zeros(5))
    with pytest.raises(ValueError, match="infinite"):
        pairwise_correlation(np.full((5, 2), np.inf))


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (0, 5, 3), (2, 0, 3), (2, 5, 0)])
def test_empty_tables_keep_the_shape(shape):
    found = pairwise_correlation(np.zeros(shape))
    assert found.matrix.shape == (*shape[:-2], shape[-1], shape[-1])
    assert np.isnan(found.matrix).all()
    assert not found.n_obs.any()
    assert found.mean.shape == shape[:-2]


@modest
@given(seeds, missing_shares)
def test_a_matrix_is_symmetric_within_one_and_one_on_the_diagonal(seed, missing):
    returns, _ = draw(seed, missing=missing)
    matrix = pairwise_correlation(returns).matrix
    np.testing.assert_array_equal(matrix, matrix.T)
    known = matrix[np.isfinite(matrix)]
    assert ((known >= -1) & (known <= 1)).all()
    own = np.diagonal(matrix)
    assert (own[np.isfinite(own)] == 1.0).all()


@modest
@given(seeds, missing_shares, st.permutations(range(5)))
def test_permuting_series_permutes_the_matrix_to_the_bit(seed, missing, order):
    returns, _ = draw(seed, missing=missing)
    straight, permuted = pairwise_correlation(returns), pairwise_correlation(returns[:, order])
    np.testing.assert_array_equal(permuted.matrix, straight.matrix[np.ix_(order, order)])


@modest
@given(seeds, st.floats(1e-3, 1e3), st.floats(-0.02, 0.02), missing_shares)
def test_scaling_and_shifting_a_series_changes_no_coefficient_and_its_sign_flips_them(
    seed, factor, shift, missing
):
    returns, _ = draw(seed, missing=missing)
    one = pairwise_correlation(returns).matrix
    moved = returns.copy()
    moved[:, 2] = shift - factor * moved[:, 2]
    flipped = one * np.where((np.arange(5) == 2)[:, None] ^ (np.arange(5) == 2), -1.0, 1.0)
    np.testing.assert_allclose(pairwise_correlation(moved).matrix, flipped, atol=1e-9)


@modest
@given(seeds)
def test_a_complete_matrix_is_positive_semi_definite(seed):
    returns, _ = draw(seed)
    assert np.linalg.eigvalsh(pairwise_correlation(returns).matrix).min() > -1e-12


# pandas: simple returns of the 252 sessions to 2022-12-28, DataFrame.corr.
BAC_JPM = 0.898481010803309
MEAN_OF_20 = 0.3756911181186204


def test_real_correlations_equal_pandas_and_banks_go_with_banks(shared_data):
    _, symbols, stocks, _ = read_stocks(shared_data)
    returns = simple_returns(stocks)[-252:]
    found = pairwise_correlation(returns)
    np.testing.assert_allclose(found.matrix, frame_correlation(returns, 63), rtol=1e-10)
    off = np.where(np.eye(20, dtype=bool), -1, found.matrix)
    pair = np.unravel_index(np.argmax(off), off.shape)
    assert {symbols[place] for place in pair} == {"BAC", "JPM"}
    assert found.matrix[pair] == pytest.approx(BAC_JPM, rel=1e-9)
    assert found.mean == pytest.approx(MEAN_OF_20, rel=1e-9)

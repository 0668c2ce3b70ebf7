"""Sparse rows of weights: what is stored is what is held."""

import numpy as np
import pytest
from scipy import sparse

from riskpanel.risk.matrices import SparseRows, as_loadings, as_weights, from_triples

DENSE = np.array([[0.5, 0.0, -0.25], [0.0, 0.0, 0.0], [0.0, 1.0, 1.0]])


@pytest.mark.parametrize(
    "form", [np.asarray, sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix]
)
def test_dense_and_every_sparse_form_become_the_same_rows(form):
    rows, single = as_weights(form(DENSE))
    assert not single
    assert rows.data.tolist() == [0.5, -0.25, 1.0, 1.0]
    assert rows.columns.tolist() == [0, 2, 1, 2]
    assert rows.starts.tolist() == [0, 2, 2, 4]
    assert len(rows) == 3


def test_a_vector_is_a_single_portfolio_and_rows_pass_through():
    rows, single = as_weights(DENSE[0])
    assert single
    assert len(rows) == 1
    again, single = as_weights(rows)
    assert again is rows
    assert not single


def test_rows_know_what_is_held_gross_net_and_shares():
    rows, _ = as_weights(DENSE)
    assert rows.rows.tolist() == [0, 0, 2, 2]
    assert rows.lengths.tolist() == [2, 0, 2]
    assert rows.empty.tolist() == [False, True, False]
    assert rows.gross().tolist() == np.abs(DENSE).sum(axis=1).tolist()
    assert rows.sums().tolist() == DENSE.sum(axis=1).tolist()
    np.testing.assert_allclose(rows.shares().data, [2 / 3, 1 / 3, 0.5, 0.5])


def test_products_and_selections_equal_those_of_the_dense_matrix():
    rows, _ = as_weights(DENSE)
    loadings = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_allclose(rows.times(loadings), DENSE @ loadings)
    np.testing.assert_allclose(rows.select(np.array([2, 0])).times(loadings), DENSE[[2, 0]] @ loadings)


def test_a_stored_zero_is_not_held_and_duplicates_are_summed():
    triples = from_triples(
        np.array([0, 0, 0, 1, 1]),
        np.array([1, 1, 0, 2, 2]),
        np.array([2.0, 3.0, 0.0, 4.0, -4.0]),
        shape=(2, 3),
    )
    assert triples.data.tolist() == [5.0]
    assert triples.columns.tolist() == [1]
    assert triples.empty.tolist() == [False, True]


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0,)])
def test_no_portfolio_and_no_instrument_are_allowed(shape):
    rows, single = as_weights(np.zeros(shape))
    assert single == (len(shape) == 1)
    assert rows.n_columns == shape[-1]
    assert rows.empty.all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_a_weight_that_is_not_finite_raises(bad, form):
    with pytest.raises(ValueError, match="exposures must be finite"):
        as_weights(form(np.array([[1.0, bad]])), "exposures")


def test_rows_that_are_not_finite_raise_too():
    rows = SparseRows(np.array([np.nan]), np.array([0]), np.array([0, 1]), 1)
    with pytest.raises(ValueError, match="weights must be finite"):
        as_weights(rows)


@pytest.mark.parametrize("bad", [np.float64(1.0), np.zeros((2, 2, 2))])
def test_other_axes_raise(bad):
    with pytest.raises(ValueError, match=r"weights must have shape \(P, N\) or \(N,\)"):
        as_weights(bad)


def test_loadings_are_one_number_an_instrument_and_nan_is_unknown():
    rows, _ = as_weights(DENSE)
    assert np.isnan(as_loadings([1, np.nan, 2], "beta", rows)[1])
    with pytest.raises(ValueError, match=r"beta must have shape \(3,\)"):
        as_loadings([1.0, 2.0], "beta", rows)
    with pytest.raises(ValueError, match="beta holds an infinite value"):
        as_loadings([1.0, np.inf, 2.0], "beta", rows)

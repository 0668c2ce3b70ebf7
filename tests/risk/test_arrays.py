"""The way in: shapes, infinities and divisions."""

import numpy as np
import pytest

from riskpanel.risk.arrays import (
    as_columns,
    as_series,
    column_sums,
    divide,
    exceeds_rounding,
    last_rows,
    product_sums,
)


@pytest.mark.parametrize(
    ("given", "columns", "result"),
    [
        ((0,), (0, 1), ()),
        ((4,), (4, 1), ()),
        ((0, 3), (0, 3), (3,)),
        ((4, 0), (4, 0), (0,)),
        ((1, 2), (1, 2), (2,)),
    ],
)
def test_a_series_or_a_matrix_becomes_columns_and_remembers_the_shape_of_one_number_each(
    given, columns, result
):
    values, shape = as_columns(np.zeros(given), "returns")
    assert values.shape == columns
    assert shape == result
    assert values.dtype == np.float64


def test_integers_and_lists_become_float64():
    values, _ = as_columns([[1, 2], [3, 4]], "returns")
    assert values.dtype == np.float64
    assert values.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("bad", [3.0, np.zeros((2, 2, 2))])
def test_a_number_or_a_cube_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=r"prices must have shape \(T,\) or \(T, N\)"):
        as_columns(bad, "prices")


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_an_infinite_value_is_refused_because_missing_is_nan(infinity):
    with pytest.raises(ValueError, match="returns holds an infinite value"):
        as_columns([0.1, infinity], "returns")


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((4, 1)), np.zeros((4, 2))])
def test_a_series_must_have_the_length_of_the_matrix_and_one_axis(bad):
    with pytest.raises(ValueError, match=r"market must have shape \(4,\)"):
        as_series(bad, "market", 4)


def test_the_last_rows_are_the_newest_and_all_when_there_are_fewer():
    rows = np.arange(5.0)[:, None]
    assert last_rows(rows, 2)[:, 0].tolist() == [3.0, 4.0]
    assert len(last_rows(rows, 9)) == 5
    with pytest.raises(ValueError, match="at least 1 session"):
        last_rows(rows, 0)


def test_division_by_zero_is_missing_and_silent():
    result = divide(np.array([1.0, 0.0, np.nan, 6.0]), np.array([0.0, 0.0, 2.0, 3.0]))
    np.testing.assert_array_equal(result, [np.nan, np.nan, np.nan, 2.0])


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 90, 252, 1000])
def test_a_column_has_the_same_sum_to_the_bit_alone_and_among_many(rows: int) -> None:
    columns = np.random.default_rng(11).normal(0, 0.02, (rows, 9))
    among_many = column_sums(columns)
    alone = [column_sums(np.ascontiguousarray(columns[:, [j]])) for j in range(9)]
    pairs = [column_sums(np.ascontiguousarray(columns[:, [j, 0]]))[0] for j in range(9)]
    assert among_many.tolist() == np.ravel(alone).tolist() == pairs


@pytest.mark.parametrize("sessions", [0, 1, 7, 252, 1000])
def test_sums_of_products_equal_a_loop_and_are_the_same_to_the_bit_whatever_else_is_summed(sessions):
    rng = np.random.default_rng(12)
    left, right = rng.normal(0, 0.02, (6, sessions)), rng.normal(0, 0.02, (4, sessions))
    first, second = rng.integers(0, 6, 50), rng.integers(0, 4, 50)
    sums = product_sums((left, first), (right, second))
    for place, (i, j) in enumerate(zip(first, second, strict=True)):
        assert sums[place] == pytest.approx(sum(left[i] * right[j]), rel=1e-9, abs=1e-15)
        alone = product_sums((left[[i]], np.array([0])), (right[[j]], np.array([0])))
        assert alone.tolist() == [sums[place]]
    for chunk in (1, 500, 10**9):
        assert product_sums((left, first), (right, second), chunk=chunk).tolist() == sums.tolist()


def test_squares_of_rounding_errors_do_not_exceed_rounding_and_small_real_ones_do():
    equal = np.full(252, 0.003)
    squares = np.square(equal - equal.sum() / 252).sum()
    assert not exceeds_rounding(np.array([squares, 0.0, np.nan]), 252, 0.003).any()
    moved = np.square(0.003e-9) * 252
    assert exceeds_rounding(np.array([moved]), 252, 0.003).all()

"""Concentration against loops over names."""

import math

import numpy as np
import pytest
from scipy import sparse

from riskpanel.risk import concentration


def loop_concentration(exposures):
    gross = math.fsum(abs(value) for value in exposures)
    shares = sorted((abs(value) / gross for value in exposures if value), reverse=True)
    hhi = 10_000 * math.fsum(share**2 for share in shares)
    return hhi, 10_000 / hhi, math.fsum(shares[:3]), math.fsum(shares[:10])


def books(seed, portfolios, names, held):
    rng = np.random.default_rng(seed)
    exposures = rng.normal(0, 1e5, (portfolios, names))
    exposures[rng.random(exposures.shape) > held] = 0.0
    exposures[np.arange(portfolios), rng.integers(0, names, portfolios)] = 5e4
    return exposures


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_every_number_equals_a_loop_over_names(form):
    exposures = books(71, 40, 30, 0.5)
    measured = concentration(form(exposures))
    expected = np.array([loop_concentration(row) for row in exposures.tolist()])
    for position, name in enumerate(("hhi", "effective_num_positions", "top_3", "top_10")):
        np.testing.assert_allclose(getattr(measured, name), expected[:, position], rtol=1e-12)


def test_the_ten_largest_are_named_largest_first_with_their_shares():
    exposures = books(72, 20, 25, 0.4)
    measured = concentration(exposures)
    for row in range(20):
        order = [
            column for column in np.argsort(-np.abs(exposures[row]), kind="stable") if exposures[row, column]
        ]
        kept = measured.largest[row] >= 0
        assert measured.largest[row][kept].tolist() == order[:10]
        shares = np.abs(exposures[row, order[:10]]) / np.abs(exposures[row]).sum()
        np.testing.assert_allclose(measured.largest_share[row][kept], shares)
        assert np.isnan(measured.largest_share[row][~kept]).all()


@pytest.mark.parametrize("names", [1, 2, 3, 4, 10, 11, 400])
def test_equal_names_have_an_hhi_of_ten_thousand_over_their_number(names):
    measured = concentration(np.full(names, -7.5))
    assert measured.hhi == pytest.approx(10_000 / names, rel=1e-12)
    assert measured.effective_num_positions == pytest.approx(names, rel=1e-12)
    assert measured.top_3 == pytest.approx(min(3 / names, 1))
    assert measured.top_10 == pytest.approx(min(10 / names, 1))
    assert measured.top_3 <= 1
    assert measured.top_10 <= 1


def test_ties_go_to_the_lower_column():
    measured = concentration([1.0, 5.0, -5.0, 1.0])
    assert measured.largest[:4].tolist() == [1, 2, 0, 3]


def test_a_short_counts_by_its_size():
    long, mixed = concentration([3.0, 2.0, 1.0]), concentration([3.0, -2.0, 1.0])
    assert long.hhi == mixed.hhi
    assert long.largest.tolist() == mixed.largest.tolist()


def test_a_portfolio_of_cash_alone_has_no_concentration_and_disturbs_no_other():
    measured = concentration([[1.0, 1.0], [0.0, 0.0], [2.0, 0.0]])
    np.testing.assert_array_equal(measured.hhi, [5_000.0, np.nan, 10_000.0])
    assert np.isnan([measured.top_3[1], measured.top_10[1], measured.effective_num_positions[1]]).all()
    assert (measured.largest[1] == -1).all()


@pytest.mark.parametrize("shape", [(0,), (0, 4), (2, 0)])
def test_no_instrument_or_no_portfolio_gives_missing_numbers_of_the_right_shape(shape):
    measured = concentration(np.zeros(shape))
    assert np.shape(measured.hhi) == shape[:-1]
    assert np.shape(measured.largest) == (*shape[:-1], 10)
    assert np.isnan(measured.hhi).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_exposures_that_are_not_finite_raise(bad):
    with pytest.raises(ValueError, match="exposures must be finite"):
        concentration([1.0, bad])

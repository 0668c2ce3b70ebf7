"""Sector weights and the weighted beta against loops over positions."""

import math

import numpy as np
import pytest
from scipy import sparse

from riskpanel.risk import sector_weights, weighted_beta

FORMS = [np.asarray, sparse.csr_array]


def books(seed):
    rng = np.random.default_rng(seed)
    weights = rng.normal(0.05, 0.2, (20, 15))
    weights[rng.random(weights.shape) > 0.6] = 0.0
    weights[3] = 0.0
    return weights


@pytest.mark.parametrize("form", FORMS)
def test_sector_weights_equal_a_loop_over_positions(form):
    weights = books(81)
    codes = np.random.default_rng(82).integers(0, 11, 15)
    measured = sector_weights(form(weights), codes, n_sectors=12)
    for row, book in enumerate(weights.tolist()):
        for sector in range(12):
            held = [weight for weight, code in zip(book, codes, strict=True) if code == sector]
            long = math.fsum(weight for weight in held if weight > 0)
            short = math.fsum(weight for weight in held if weight < 0)
            assert measured.long[row, sector] == pytest.approx(long, abs=1e-15)
            assert measured.short[row, sector] == pytest.approx(short, abs=1e-15)
            assert measured.net[row, sector] == pytest.approx(long + short, abs=1e-15)
            assert measured.gross[row, sector] == pytest.approx(long - short, abs=1e-15)


def test_a_vector_gives_one_row_and_no_instrument_gives_zeros():
    assert sector_weights([0.5, 0.5], [1, 1], n_sectors=3).net.tolist() == [0.0, 1.0, 0.0]
    assert sector_weights(np.zeros(0), [], n_sectors=3).net.tolist() == [0.0] * 3
    assert sector_weights(np.zeros((0, 2)), [0, 1], n_sectors=3).net.shape == (0, 3)


@pytest.mark.parametrize("code", [-1, 2])
def test_a_sector_code_out_of_range_raises(code):
    with pytest.raises(ValueError, match="sectors must be 0 to 1"):
        sector_weights([0.5, 0.5], [0, code], n_sectors=2)


def test_a_code_for_each_instrument_is_required():
    with pytest.raises(ValueError, match=r"sectors must have shape \(2,\)"):
        sector_weights([0.5, 0.5], [0], n_sectors=2)


@pytest.mark.parametrize("form", FORMS)
def test_the_weighted_beta_equals_a_loop_over_covered_positions(form):
    weights = books(83)
    rng = np.random.default_rng(84)
    beta, fit, pairs = rng.normal(1, 0.5, 15), rng.random(15), rng.integers(30, 90, 15)
    beta[[1, 6, 7]] = np.nan
    measured = weighted_beta(
        form(weights), beta, r_squared=np.where(np.isnan(beta), np.nan, fit), n_obs=pairs
    )
    for row, book in enumerate(weights.tolist()):
        covered = [column for column in range(15) if book[column] and not math.isnan(beta[column])]
        gross = math.fsum(map(abs, book))
        if not gross:
            continue
        reached = math.fsum(abs(book[column]) for column in covered)
        expected = math.fsum(book[column] * beta[column] for column in covered)
        mean_fit = math.fsum(abs(book[column]) * fit[column] for column in covered) / reached
        assert measured.beta[row] == pytest.approx(expected, rel=1e-12)
        assert measured.coverage[row] == pytest.approx(reached / gross, rel=1e-12)
        assert measured.r_squared[row] == pytest.approx(mean_fit, rel=1e-12)
        assert measured.n_obs[row] == min(pairs[covered])


def test_cash_alone_has_beta_zero_fully_covered():
    cash = weighted_beta([0.0, 0.0], [1.0, np.nan], r_squared=[0.5, np.nan], n_obs=[90, 0])
    assert (cash.beta, cash.coverage, cash.n_obs) == (0.0, 1.0, 0)
    assert np.isnan(cash.r_squared)


def test_a_book_that_nothing_is_known_about_has_no_beta():
    unknown = weighted_beta([0.5, 0.5], [np.nan] * 2, r_squared=[np.nan] * 2, n_obs=[0, 0])
    assert np.isnan(unknown.beta)
    assert np.isnan(unknown.r_squared)
    assert (unknown.coverage, unknown.n_obs) == (0.0, 0)


def test_a_hedged_book_has_beta_zero_that_is_a_value():
    hedged = weighted_beta([0.5, -0.5], [1.2, 1.2], r_squared=[0.5, 0.5], n_obs=[90, 90])
    assert (hedged.beta, hedged.coverage) == (0.0, 1.0)


def test_the_evidence_of_a_position_that_is_not_held_or_has_no_beta_does_not_count():
    book = weighted_beta([0.5, 0.5, 0.0], [1.0, np.nan, 1.0], r_squared=[0.4, np.nan, 0.9], n_obs=[80, 3, 31])
    assert book.n_obs == 80
    assert book.r_squared == pytest.approx(0.4)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_no_instrument_or_no_portfolio_keeps_the_shape(shape):
    nothing = np.zeros(shape[-1])
    measured = weighted_beta(np.zeros(shape), nothing, r_squared=nothing, n_obs=nothing)
    assert np.shape(measured.beta) == shape[:-1]
    assert np.shape(measured.n_obs) == shape[:-1]


@pytest.mark.parametrize("argument", ["beta", "r_squared", "n_obs"])
def test_one_number_an_instrument_is_required(argument):
    given = {"beta": [1.0, 1.0], "r_squared": [0.5, 0.5], "n_obs": [90, 90]}
    given[argument] = given[argument][:1]
    with pytest.raises(ValueError, match=rf"{argument} must have shape \(2,\)"):
        weighted_beta([0.5, 0.5], **given)


def test_an_infinite_beta_raises():
    with pytest.raises(ValueError, match="beta holds an infinite value"):
        weighted_beta([0.5, 0.5], [1.0, np.inf], r_squared=[0.5, 0.5], n_obs=[90, 90])


def test_a_mean_of_perfect_fits_is_never_above_one_by_a_rounding():
    weights = np.random.default_rng(85).random((500, 15))
    measured = weighted_beta(weights, np.ones(15), r_squared=np.ones(15), n_obs=np.full(15, 90))
    assert (measured.r_squared <= 1.0).all()
    assert measured.r_squared.tolist() == pytest.approx([1.0] * 500)


@pytest.mark.parametrize("form", FORMS)
def test_sector_weights_of_instruments_in_several_sectors_equal_a_loop(form):
    weights = books(85)
    shares = np.random.default_rng(86).dirichlet(np.ones(5), 15)
    measured = sector_weights(form(weights), shares, n_sectors=5)
    for row, book in enumerate(weights.tolist()):
        for sector in range(5):
            parts = [weight * own[sector] for weight, own in zip(book, shares.tolist(), strict=True)]
            long, short = (math.fsum(p for p in parts if p * sign > 0) for sign in (1, -1))
            assert measured.long[row, sector] == pytest.approx(long, abs=1e-15)
            assert measured.short[row, sector] == pytest.approx(short, abs=1e-15)
            assert measured.net[row, sector] == pytest.approx(long + short, abs=1e-15)
    np.testing.assert_allclose(measured.net.sum(axis=1), weights.sum(axis=1), atol=1e-14)


def test_a_code_is_a_share_of_one_to_the_bit():
    weights, codes = books(87), np.random.default_rng(88).integers(0, 11, 15)
    by_code, by_share = (sector_weights(weights, own, n_sectors=12) for own in (codes, np.eye(12)[codes]))
    for name in ("net", "long", "short", "gross"):
        np.testing.assert_array_equal(getattr(by_share, name), getattr(by_code, name))


@pytest.mark.parametrize(
    ("sectors", "message"),
    [
        ([[0.5, 0.6], [1.0, 0.0]], "sum to 1 at most"),
        ([[-0.5, 0.6], [1.0, 0.0]], "shares from 0"),
        ([[np.nan, 0.6], [1.0, 0.0]], "shares from 0"),
        ([[1.0, 0.0]], r"sectors must have shape \(2,\) or \(2, S\)"),
        ([0.5, 0.5], "sectors must be integers, or shares"),
    ],
)
def test_shares_of_sectors_that_are_none_raise(sectors, message):
    with pytest.raises(ValueError, match=message):
        sector_weights([0.5, 0.5], sectors, n_sectors=2)

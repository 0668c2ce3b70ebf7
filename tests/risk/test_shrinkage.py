"""Shrinkage of betas against the formula written out, and what it must and must not do."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.draws import modest, seeds
from riskpanel.risk import Reason, vasicek_shrinkage

ARRAYS = ("beta", "std_error", "weight", "reason")


def draw_betas(seed, count=40, missing=0.0):
    rng = np.random.default_rng(seed)
    beta, error = rng.normal(1.0, 0.5, count), rng.uniform(0.02, 0.6, count)
    holes = rng.random(count) < missing
    beta[holes] = error[holes] = np.nan
    return beta, error, rng.random(count) < 0.8


def loop_shrinkage(beta, error, universe):
    members = [i for i in range(len(beta)) if universe[i] and not math.isnan(beta[i] + error[i])]
    mean = statistics.fmean(beta[i] for i in members)
    noise = statistics.fmean(error[i] ** 2 for i in members)
    tau_squared = max(statistics.variance(beta[i] for i in members) - noise, 0.01)
    weights = [tau_squared / (tau_squared + e * e) for e in error]
    shrunk = [w * b + (1 - w) * mean for w, b in zip(weights, beta, strict=True)]
    posterior = [math.sqrt(tau_squared * e * e / (tau_squared + e * e)) for e in error]
    return shrunk, posterior, weights, mean, math.sqrt(tau_squared), len(members)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_every_number_equals_the_formula_written_out(missing):
    beta, error, universe = draw_betas(131, missing=missing)
    shrunk = vasicek_shrinkage(beta, error, universe=universe)
    expected, posterior, weights, mean, tau, members = loop_shrinkage(beta, error, universe)
    np.testing.assert_allclose(shrunk.beta, expected, rtol=1e-12)
    np.testing.assert_allclose(shrunk.std_error, posterior, rtol=1e-12)
    np.testing.assert_allclose(shrunk.weight, weights, rtol=1e-12)
    assert (shrunk.mean, shrunk.dispersion) == pytest.approx((mean, tau), rel=1e-12)
    assert shrunk.n_universe == members


def test_true_betas_are_met_better_than_by_the_raw_estimates():
    """Normal prior and normal noise, which is what the formula is the best answer to."""
    rng = np.random.default_rng(132)
    true = rng.normal(1.0, 0.4, 5000)
    error = rng.uniform(0.05, 0.8, 5000)
    raw = true + error * rng.standard_normal(5000)
    shrunk = vasicek_shrinkage(raw, error, universe=np.ones(5000, dtype=bool))
    assert shrunk.dispersion == pytest.approx(0.4, abs=0.02)
    assert np.mean((shrunk.beta - true) ** 2) < 0.5 * np.mean((raw - true) ** 2)
    surprise = (true - shrunk.beta) / shrunk.std_error
    assert np.std(surprise) == pytest.approx(1.0, abs=0.03)
    assert np.polyfit(shrunk.beta, true, 1)[0] == pytest.approx(1.0, abs=0.03)


def test_a_beta_without_error_stays_and_one_of_pure_noise_becomes_the_mean():
    beta, error, universe = draw_betas(133)
    universe[:2] = False
    error[:2] = 0.0, 1e6
    beta[:2] = 3.0
    shrunk = vasicek_shrinkage(beta, error, universe=universe)
    assert (shrunk.beta[0], shrunk.weight[0], shrunk.std_error[0]) == (3.0, 1.0, 0.0)
    assert shrunk.beta[1] == pytest.approx(shrunk.mean, abs=1e-9)
    assert shrunk.std_error[1] == pytest.approx(shrunk.dispersion, rel=1e-9)


def test_those_outside_the_universe_are_shrunk_and_move_nothing():
    beta, error, universe = draw_betas(134)
    one = vasicek_shrinkage(beta, error, universe=universe)
    wild = np.where(universe, beta, 50.0)
    other = vasicek_shrinkage(wild, error, universe=universe)
    assert (other.mean, other.dispersion) == (one.mean, one.dispersion)
    np.testing.assert_array_equal(other.beta[universe], one.beta[universe])
    assert (np.abs(other.beta[~universe] - one.mean) < np.abs(50.0 - one.mean)).all()


def test_a_cross_section_narrower_than_its_noise_keeps_a_dispersion_of_a_tenth():
    shrunk = vasicek_shrinkage(np.full(30, 0.9), np.full(30, 0.3), universe=np.ones(30, dtype=bool))
    assert shrunk.dispersion == pytest.approx(0.1)
    np.testing.assert_allclose(shrunk.weight, 0.01 / (0.01 + 0.09))


@pytest.mark.parametrize(("members", "known"), [(19, False), (20, True)])
def test_a_universe_needs_twenty_members_with_a_beta_by_default(members, known):
    beta, error, _ = draw_betas(135)
    universe = np.arange(40) < members
    beta[39] = np.nan
    shrunk = vasicek_shrinkage(beta, error, universe=universe, reason=np.full(40, Reason.GAP))
    assert np.isfinite(shrunk.beta[:39]).all() == known
    assert np.isnan(shrunk.beta[39])
    assert shrunk.n_universe == members
    labels = {Reason(int(code)).label for code in shrunk.reason[:39]}
    assert labels == {None if known else "small_universe"}
    assert Reason(int(shrunk.reason[39])) == Reason.GAP
    if not known:
        assert all(np.isnan(getattr(shrunk, name)).all() for name in ("beta", "std_error", "weight"))
        assert math.isnan(shrunk.mean)
        assert math.isnan(shrunk.dispersion)


def test_a_missing_estimate_is_not_replaced_by_the_mean_and_says_why():
    beta, error, universe = draw_betas(136)
    beta[0], error[1], beta[2] = np.nan, np.nan, np.nan
    codes = np.zeros(40, dtype=np.int8)
    codes[0] = Reason.STALE
    passed_on = vasicek_shrinkage(beta, error, universe=universe, reason=codes)
    assert np.isnan(passed_on.beta[:3]).all()
    assert passed_on.reason[:3].tolist() == [Reason.STALE, Reason.DEGENERATE, Reason.DEGENERATE]
    plain = vasicek_shrinkage(beta, error, universe=universe)
    assert plain.reason[:3].tolist() == [Reason.DEGENERATE] * 3
    np.testing.assert_array_equal(plain.beta, passed_on.beta)


def test_nothing_at_all_is_a_universe_too_small():
    shrunk = vasicek_shrinkage([], [], universe=np.zeros(0, dtype=bool))
    assert shrunk.beta.shape == (0,)
    assert shrunk.n_universe == 0


@pytest.mark.parametrize(
    ("beta", "error", "universe", "options", "message"),
    [
        (np.ones(3), np.ones(2), np.ones(3, bool), {}, r"one shape \(N,\)"),
        (np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2), bool), {}, r"one shape \(N,\)"),
        (np.ones(3), np.ones(3), np.ones(2, bool), {}, r"one shape \(N,\)"),
        (np.ones(3), np.ones(3), np.arange(3), {}, "universe must be boolean"),
        (np.ones(3), -np.ones(3), np.ones(3, bool), {}, "at least 0"),
        (np.full(3, np.inf), np.ones(3), np.ones(3, bool), {}, "finite"),
        (np.ones(3), np.full(3, np.inf), np.ones(3, bool), {}, "finite"),
        (np.ones(3), np.ones(3), np.ones(3, bool), {"min_universe": 1}, "min_universe must be at least 2"),
        (np.ones(3), np.ones(3), np.ones(3, bool), {"reason": [0]}, r"reason must have shape \(3,\)"),
    ],
)
def test_misuse_raises(beta, error, universe, options, message):
    with pytest.raises(ValueError, match=message):
        vasicek_shrinkage(beta, error, universe=universe, **options)


@modest
@given(seeds, st.sampled_from([0.0, 0.1, 0.4, 1.0]), st.permutations(range(40)))
def test_permuting_instruments_permutes_every_number_to_the_bit(seed, missing, order):
    beta, error, universe = draw_betas(seed, missing=missing)
    order = list(order)
    one = vasicek_shrinkage(beta, error, universe=universe)
    other = vasicek_shrinkage(beta[order], error[order], universe=universe[order])
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(other, name), getattr(one, name)[order])
    np.testing.assert_array_equal([other.mean, other.dispersion], [one.mean, one.dispersion])


@modest
@given(seeds, st.sampled_from([0.0, 0.1, 0.4, 1.0]))
def test_a_shrunk_beta_lies_between_the_estimate_and_the_mean_with_a_smaller_error(seed, missing):
    beta, error, universe = draw_betas(seed, missing=missing)
    shrunk = vasicek_shrinkage(beta, error, universe=universe)
    known = np.isfinite(shrunk.beta)
    np.testing.assert_array_equal(shrunk.reason == Reason.NONE, known)
    low, high = np.minimum(beta, shrunk.mean) - 1e-12, np.maximum(beta, shrunk.mean) + 1e-12
    assert ((shrunk.beta >= low) & (shrunk.beta <= high))[known].all()
    assert (shrunk.std_error <= np.minimum(error, shrunk.dispersion) + 1e-12)[known].all()
    assert ((shrunk.weight > 0) & (shrunk.weight <= 1))[known].all()


@modest
@given(seeds, st.floats(-2, 2))
def test_adding_a_constant_to_all_betas_adds_it_to_the_shrunk_ones(seed, shift):
    beta, error, universe = draw_betas(seed)
    one, moved = (vasicek_shrinkage(b, error, universe=universe) for b in (beta, beta + shift))
    np.testing.assert_allclose(moved.beta, one.beta + shift, atol=1e-10)
    np.testing.assert_allclose(moved.std_error, one.std_error, atol=1e-10)

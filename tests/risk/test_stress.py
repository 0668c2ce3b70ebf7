"""Stress P&L against a loop over positions and scenarios."""

import math

import numpy as np
import pytest
from scipy import sparse

from riskpanel.risk import stress

MARKET = np.array([-0.35, -0.10, 0.10, 0.0, 0.0])
SECTORS = np.full((5, 3), np.nan)
SECTORS[2, 1] = -0.2
SECTORS[3, 0] = -0.2


def books(seed):
    rng = np.random.default_rng(seed)
    exposures = rng.normal(1e4, 5e4, (10, 9))
    exposures[rng.random(exposures.shape) > 0.7] = 0.0
    exposures[4] = 0.0
    beta = rng.normal(1, 0.6, 9)
    beta[[0, 5]] = np.nan
    return exposures, beta, np.array([0, 0, 0, 1, 1, 1, 2, -1, -1])


def loop_move(beta, code, market, sectors):
    if code >= 0 and not math.isnan(sectors[code]):
        return float(sectors[code])
    if code < 0 and not all(map(math.isnan, sectors)):
        return math.nan
    return 0.0 if market == 0 else beta * market


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_pnl_coverage_and_responses_equal_a_loop(form):
    exposures, beta, codes = books(101)
    outcome = stress(form(exposures), beta, MARKET, sector_codes=codes, sector_shocks=SECTORS)
    for scenario in range(5):
        moves = [
            loop_move(b, c, MARKET[scenario], SECTORS[scenario]) for b, c in zip(beta, codes, strict=True)
        ]
        np.testing.assert_allclose(outcome.responses[scenario], moves, rtol=1e-14)
        for portfolio, book in enumerate(exposures.tolist()):
            known = [column for column in range(9) if not math.isnan(moves[column])]
            gross = math.fsum(map(abs, book))
            reached = math.fsum(abs(book[column]) for column in known)
            share = reached / gross if gross else 1.0
            expected = math.fsum(book[column] * moves[column] for column in known) if share else math.nan
            np.testing.assert_allclose(outcome.pnl[portfolio, scenario], expected, rtol=1e-10, atol=1e-9)
            np.testing.assert_allclose(outcome.coverage[portfolio, scenario], share, rtol=1e-12)


def test_without_sector_shocks_the_response_is_beta_times_the_market():
    outcome = stress([100.0, -50.0], [1.5, 0.5], [-0.1, 0.2])
    assert outcome.pnl.tolist() == pytest.approx([-12.5, 25.0])
    np.testing.assert_allclose(outcome.responses, [[-0.15, -0.05], [0.3, 0.1]])


def test_a_position_without_a_beta_is_left_out_of_the_pnl_and_of_the_coverage():
    outcome = stress([60.0, 40.0], [1.0, np.nan], [-0.1])
    assert outcome.pnl.tolist() == pytest.approx([-6.0])
    assert outcome.coverage.tolist() == pytest.approx([0.6])


def test_nothing_known_is_missing_but_cash_alone_loses_nothing():
    outcome = stress([[60.0], [0.0]], [np.nan], [-0.1])
    np.testing.assert_array_equal(outcome.pnl, [[np.nan], [0.0]])
    np.testing.assert_array_equal(outcome.coverage, [[0.0], [1.0]])


def test_a_sector_shock_needs_no_beta_and_replaces_the_markets():
    outcome = stress(
        [100.0, 100.0], [np.nan, 2.0], [-0.1], sector_codes=[0, 1], sector_shocks=[[-0.3, np.nan]]
    )
    assert outcome.pnl.tolist() == pytest.approx([-50.0])
    assert outcome.coverage.tolist() == [1.0]


def test_an_unclassified_instrument_is_unknown_in_a_sector_scenario_only():
    outcome = stress(
        [100.0, 100.0], [1.0, 1.0], [-0.1, 0.0], sector_codes=[0, -1], sector_shocks=[[np.nan], [-0.2]]
    )
    assert outcome.pnl.tolist() == pytest.approx([-20.0, -20.0])
    assert outcome.coverage.tolist() == [1.0, 0.5]


@pytest.mark.parametrize(("exposures", "scenarios"), [((0,), 2), ((0, 3), 2), ((2, 0), 1), ((2, 3), 0)])
def test_no_portfolio_instrument_or_scenario_keeps_the_shape(exposures, scenarios):
    outcome = stress(np.ones(exposures), np.ones(exposures[-1]), np.full(scenarios, -0.1))
    assert outcome.pnl.shape == (*exposures[:-1], scenarios)
    assert outcome.coverage.shape == (*exposures[:-1], scenarios)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loadings": [1.0]}, r"loadings must have shape \(2,\)"),
        ({"loadings": [1.0, np.inf]}, "loadings holds an infinite value"),
        ({"shocks": [np.nan]}, "shocks must be finite"),
        ({"shocks": [-np.inf]}, "shocks must be finite"),
        ({"shocks": [[-0.1], [0.1]]}, r"shocks must be finite with shape \(S,\)"),
        ({"sector_codes": [0, 1]}, "go together"),
        ({"sector_shocks": [[0.1]]}, "go together"),
        ({"sector_codes": [0, 1], "sector_shocks": [[0.1]]}, "every code below K"),
        ({"sector_codes": [0, 1], "sector_shocks": [0.1, 0.1]}, "sector_shocks must have shape"),
        ({"sector_codes": [0, 1], "sector_shocks": [[0.1, 0.1]] * 2}, "sector_shocks must have shape"),
    ],
)
def test_misuse_raises(options, message):
    given = {"loadings": [1.0, 1.0], "shocks": [-0.1], **options}
    with pytest.raises(ValueError, match=message):
        stress([1.0, 1.0], given.pop("loadings"), given.pop("shocks"), **given)

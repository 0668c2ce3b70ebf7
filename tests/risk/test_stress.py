"""Stress P&L against a loop over positions and scenarios."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from riskpanel.risk import replay_responses, scenario_pnl, shock_responses, stress

NAN = np.nan
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
    outcome = stress(form(exposures), beta, MARKET, sectors=codes, sector_shocks=SECTORS)
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
    outcome = stress([100.0, 100.0], [np.nan, 2.0], [-0.1], sectors=[0, 1], sector_shocks=[[-0.3, np.nan]])
    assert outcome.pnl.tolist() == pytest.approx([-50.0])
    assert outcome.coverage.tolist() == [1.0]


def test_an_unclassified_instrument_is_unknown_in_a_sector_scenario_only():
    outcome = stress(
        [100.0, 100.0], [1.0, 1.0], [-0.1, 0.0], sectors=[0, -1], sector_shocks=[[np.nan], [-0.2]]
    )
    assert outcome.pnl.tolist() == pytest.approx([-20.0, -20.0])
    assert outcome.coverage.tolist() == [1.0, 0.5]


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_instruments_in_several_sectors_equal_a_loop(form):
    exposures, beta, _ = books(102)
    shares = np.random.default_rng(103).dirichlet(np.ones(4), 9)[:, :3]  # the fourth is unclassified
    shares[[1, 5]] = [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    outcome = stress(form(exposures), beta, MARKET, sectors=shares, sector_shocks=SECTORS)
    for scenario, shocks in enumerate(SECTORS.tolist()):
        moves, covered = [], []
        for own, parts in zip(beta.tolist(), shares.tolist(), strict=True):
            by_market = 0.0 if MARKET[scenario] == 0 else own * MARKET[scenario]
            if all(map(math.isnan, shocks)):
                moves.append(by_market)
            else:
                parted = [
                    part * (by_market if math.isnan(shock) else shock)
                    for part, shock in zip(parts, shocks, strict=True)
                    if part
                ]
                moves.append(math.fsum(parted) if parted else math.nan)
            share = 1.0 if all(map(math.isnan, shocks)) else sum(parts)
            covered.append(0.0 if math.isnan(moves[-1]) else share)
        np.testing.assert_allclose(outcome.responses[scenario], moves, rtol=1e-13, atol=1e-15)
        for portfolio, book in enumerate(exposures.tolist()):
            gross = math.fsum(map(abs, book))
            reached = math.fsum(abs(size) * share for size, share in zip(book, covered, strict=True))
            expected = math.fsum(
                size * move for size, move in zip(book, moves, strict=True) if not math.isnan(move)
            )
            coverage = reached / gross if gross else 1.0
            np.testing.assert_allclose(outcome.coverage[portfolio, scenario], coverage, rtol=1e-12)
            pnl = expected if coverage else math.nan
            np.testing.assert_allclose(outcome.pnl[portfolio, scenario], pnl, rtol=1e-10, atol=1e-9)


def test_a_fund_moves_by_its_sectors_and_its_unclassified_part_is_not_covered():
    moved = shock_responses(
        [2.0, np.nan], [-0.1], sectors=[[0.5, 0.3], [1.0, 0.0]], sector_shocks=[[-0.4, NAN]]
    )
    np.testing.assert_allclose(moved.responses, [[0.5 * -0.4 + 0.3 * 2.0 * -0.1, -0.4]])
    np.testing.assert_allclose(moved.covered, [[0.8, 1.0]])
    still = shock_responses([np.nan], [0.0], sectors=[[0.5, 0.3]], sector_shocks=[[-0.4, NAN]])
    np.testing.assert_allclose(still.responses, [[-0.2]])  # at a market that stays the beta does not matter
    unknown = shock_responses([np.nan], [-0.1], sectors=[[0.5, 0.3]], sector_shocks=[[-0.4, NAN]])
    assert np.isnan(unknown.responses).all()
    assert unknown.covered.tolist() == [[0.0]]


def test_a_code_is_a_share_of_one_in_a_scenario_to_the_bit():
    exposures, beta, codes = books(103)
    shares = np.vstack([np.eye(3), np.zeros(3)])[codes]
    by_code, by_share = (
        stress(exposures, beta, MARKET, sectors=s, sector_shocks=SECTORS) for s in (codes, shares)
    )
    for name in ("pnl", "coverage", "proxied", "responses"):
        np.testing.assert_array_equal(getattr(by_share, name), getattr(by_code, name))


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
        ({"sectors": [0, 1]}, "go together"),
        ({"sector_shocks": [[0.1]]}, "go together"),
        ({"sectors": [0, 1], "sector_shocks": [[0.1]]}, "sectors must be -1 to 0"),
        ({"sectors": [0, 1], "sector_shocks": [0.1, 0.1]}, "sector_shocks must have shape"),
        ({"sectors": [0, 1], "sector_shocks": [[0.1, 0.1]] * 2}, "sector_shocks must have shape"),
        ({"sectors": [0, 1], "sector_shocks": [[0.1, -np.inf]]}, "sector_shocks holds an infinite"),
        ({"sectors": [[0.9, 0.2]] * 2, "sector_shocks": [[0.1, 0.1]]}, "sum to 1 at most"),
        ({"sectors": [[0.9], [0.2]], "sector_shocks": [[0.1, 0.1]]}, "sectors must have shape"),
        ({"sectors": [0], "sector_shocks": [[0.1, 0.1]]}, r"sectors must have shape \(2,\)"),
    ],
)
def test_misuse_raises(options, message):
    given = {"loadings": [1.0, 1.0], "shocks": [-0.1], **options}
    with pytest.raises(ValueError, match=message):
        stress([1.0, 1.0], given.pop("loadings"), given.pop("shocks"), **given)


# ---------------------------------------------------------------- replays


def replayed(seed, count=9, windows=4):
    """Random own returns, betas and index returns, each missing somewhere."""
    rng = np.random.default_rng(seed)
    actual = np.expm1(rng.normal(-0.3, 0.5, (windows, count)))
    actual[rng.random(actual.shape) < 0.3] = np.nan
    beta = rng.normal(1, 0.6, count)
    beta[rng.random(count) < 0.2] = np.nan
    index = np.expm1(rng.normal(-0.3, 0.3, windows))
    index[rng.random(windows) < 0.2] = np.nan
    return actual, beta, index


@pytest.mark.parametrize("seed", range(5))
def test_a_replay_is_the_own_return_or_beta_times_the_index_or_unknown_position_by_position(seed):
    actual, beta, index = replayed(seed)
    replay = replay_responses(actual, beta, index)
    for window in range(len(index)):
        for column in range(len(beta)):
            own, proxy = float(actual[window, column]), float(beta[column]) * float(index[window])
            wanted = proxy if math.isnan(own) else own
            np.testing.assert_equal(replay.responses[window, column], wanted)
            stands_in = math.isnan(own) and not math.isnan(proxy)
            assert bool(replay.proxied[window, column]) is stands_in


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_the_proxied_share_equals_a_loop_over_what_is_held(form):
    exposures, _, _ = books(102)
    actual, beta, index = replayed(3)
    replay = replay_responses(actual, beta, index)
    outcome = scenario_pnl(form(exposures), replay.responses, proxied=replay.proxied)
    for window in range(len(index)):
        for portfolio, book in enumerate(exposures.tolist()):
            gross = math.fsum(map(abs, book))
            stands_in = math.fsum(abs(book[i]) for i in range(9) if replay.proxied[window, i])
            share = stands_in / gross if gross else 0.0
            np.testing.assert_allclose(outcome.proxied[portfolio, window], share, atol=1e-14)
            assert outcome.proxied[portfolio, window] <= outcome.coverage[portfolio, window] + 1e-14


def test_the_index_replays_itself():
    replay = replay_responses([[-0.5678, np.nan]], [1.0, 2.0], [-0.5678])
    assert replay.responses.tolist() == [[-0.5678, -1.1356]]
    assert replay.proxied.tolist() == [[False, True]]


def test_a_flat_index_says_nothing_about_an_instrument_without_a_beta():
    assert np.isnan(replay_responses([[np.nan]], [np.nan], [0.0]).responses).all()


def test_a_share_of_everything_is_exactly_one():
    exposures = np.random.default_rng(7).normal(0, 1e5, (200, 30))
    outcome = scenario_pnl(exposures, np.full((1, 30), 0.1), proxied=np.ones((1, 30)))
    assert set(outcome.coverage[:, 0].tolist()) == set(outcome.proxied[:, 0].tolist()) == {1.0}


def test_a_mark_on_an_unknown_response_is_no_proxy():
    outcome = scenario_pnl([60.0, 40.0], [[-0.1, np.nan]], proxied=[[False, True]])
    assert (outcome.coverage.tolist(), outcome.proxied.tolist()) == ([0.6], [0.0])


def test_shocks_have_no_proxies_and_cash_alone_none_either():
    outcome = stress([[60.0, 40.0], [0.0, 0.0]], [1.0, np.nan], [-0.1])
    assert outcome.proxied.tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_response_is_the_same_alone_and_among_many(count):
    actual, beta, index = replayed(8)
    chosen = slice(0, count)
    some = replay_responses(actual[:, chosen], beta[chosen], index)
    np.testing.assert_array_equal(some.responses, replay_responses(actual, beta, index).responses[:, chosen])
    np.testing.assert_array_equal(
        shock_responses(beta[chosen], index[:1] * 0 - 0.1).responses,
        shock_responses(beta, [-0.1]).responses[:, chosen],
    )


def test_a_portfolio_has_the_same_bits_alone_and_among_many():
    exposures, _, _ = books(104)
    replay = replay_responses(*replayed(4))
    together = scenario_pnl(exposures, replay.responses, proxied=replay.proxied)
    for row, book in enumerate(exposures):
        alone = scenario_pnl(book, replay.responses, proxied=replay.proxied)
        for name in ("pnl", "coverage", "proxied"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(together, name)[row])
        one = scenario_pnl(book, replay.responses[:1], proxied=replay.proxied[:1])
        np.testing.assert_array_equal(one.pnl, alone.pnl[:1])


seeds = st.integers(0, 2**31 - 1)
scales = st.floats(-3, 3).filter(lambda scale: scale == 0 or abs(scale) > 1e-6)


@given(seeds, scales)
def test_the_pnl_of_shocks_is_linear_in_the_shock(seed, scale):
    rng = np.random.default_rng(seed)
    exposures, beta, codes = books(seed)
    market, sectors = (
        rng.normal(0, 0.2, 5),
        np.where(rng.random((5, 3)) < 0.4, rng.normal(0, 0.2, (5, 3)), NAN),
    )
    beta = np.nan_to_num(beta, nan=0.7)  # at a shock of 0 an unknown beta becomes a known response
    once = stress(exposures, beta, market, sectors=codes, sector_shocks=sectors)
    scaled = stress(exposures, beta, scale * market, sectors=codes, sector_shocks=scale * sectors)
    np.testing.assert_allclose(scaled.pnl, scale * once.pnl, rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(scaled.coverage, once.coverage)


@given(seeds, st.floats(0.01, 1.0))
def test_the_pnl_of_a_replay_is_linear_in_the_returns_of_its_window(seed, scale):
    exposures, _, _ = books(seed)
    actual, beta, index = replayed(seed)
    once, scaled = (
        replay_responses(actual, beta, index),
        replay_responses(scale * actual, beta, scale * index),
    )
    before = scenario_pnl(exposures, once.responses, proxied=once.proxied)
    after = scenario_pnl(exposures, scaled.responses, proxied=scaled.proxied)
    np.testing.assert_allclose(after.pnl, scale * before.pnl, rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(after.proxied, before.proxied)


@given(seeds)
def test_the_pnl_adds_up_over_positions_and_over_the_parts_of_a_split_book(seed):
    rng = np.random.default_rng(seed)
    exposures, beta, codes = books(seed)
    replay = replay_responses(*replayed(seed))
    shocked = shock_responses(beta, MARKET, sectors=codes, sector_shocks=SECTORS)
    moves = np.vstack([replay.responses, shocked.responses])
    whole = np.nan_to_num(scenario_pnl(exposures, moves).pnl)
    positions = [np.nan_to_num(scenario_pnl(np.diag(book), moves).pnl).sum(axis=0) for book in exposures]
    np.testing.assert_allclose(positions, whole, rtol=1e-9, atol=1e-6)
    taken = np.where(rng.random(exposures.shape) < 0.5, exposures, 0.3 * exposures)
    parts = [np.nan_to_num(scenario_pnl(part, moves).pnl) for part in (taken, exposures - taken)]
    np.testing.assert_allclose(parts[0] + parts[1], whole, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(
    ("actual", "loadings", "index", "message"),
    [
        ([[0.1]], [1.0, 1.0], [0.1], r"actual must have shape \(S, 2\)"),
        ([[0.1, 0.1]], [1.0, 1.0], [0.1, 0.1], "index_returns"),
        ([0.1, 0.1], [1.0, 1.0], [0.1], "actual must have shape"),
        ([[0.1, 0.1]], [[1.0, 1.0]], [0.1], r"loadings must have shape \(N,\)"),
        ([[0.1, 0.1]], [1.0, np.inf], [0.1], "loadings holds an infinite"),
        ([[0.1, np.inf]], [1.0, 1.0], [0.1], "finite and at least -1"),
        ([[0.1, -1.01]], [1.0, 1.0], [0.1], "finite and at least -1"),
        ([[0.1, 0.1]], [1.0, 1.0], [-1.5], "finite and at least -1"),
        ([[0.1, 0.1]], [1.0, 1.0], [-np.inf], "finite and at least -1"),
    ],
)
def test_misuse_of_a_replay_raises(actual, loadings, index, message):
    with pytest.raises(ValueError, match=message):
        replay_responses(actual, loadings, index)


@pytest.mark.parametrize(
    ("responses", "proxied", "message"),
    [
        ([0.1, 0.1], None, r"responses must have shape \(S, 2\)"),
        ([[0.1]], None, r"responses must have shape \(S, 2\)"),
        ([[0.1, np.inf]], None, "responses holds an infinite"),
        ([[0.1, 0.1]], [[True]], r"proxied must have shape \(1, 2\)"),
    ],
)
def test_misuse_of_the_sum_raises(responses, proxied, message):
    with pytest.raises(ValueError, match=message):
        scenario_pnl([1.0, 1.0], responses, proxied=proxied)

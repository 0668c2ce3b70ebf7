"""The regressors of the log-HAR and the state of the market."""

import numpy as np
import pytest
from arch.univariate import HARX

from risk.forecast_variants import sample_evidence
from risk.oracles import loop_centred_logs, loop_market, loop_mean, sample_returns
from riskpanel.risk import har_components, market_state
from riskpanel.risk.har import log_components, saturated, window_mean

WINDOWS = (1, 5, 21, 63)


def universe(seed, rows=300, columns=40, *, missing=0.0):
    """Returns and variances of a universe; ``missing`` of all but the last session."""
    return sample_evidence(seed, rows, columns, missing=missing)


def numbers(returns, variances):
    """The three numbers of a state as an array."""
    measured = market_state(returns, variances)
    assert list(measured.stress) == [1, 5]
    return np.array([*measured.stress.values(), measured.move])


def test_the_means_are_the_regressors_of_arch_one_session_ahead():
    """HARX regresses y(t) on means of y over the 1, 5 and 22 rows before t: ours on the rows up to t - 1."""
    returns, _ = sample_returns(101, 80, 1)
    squares = 1e4 * np.square(returns)
    model = HARX(squares[:, 0], lags=[1, 5, 22], rescale=False)
    model.fit(disp="off")  # it builds the regressors when it fits
    for session in range(22, 80):
        ours = [window_mean(squares[:session], window, min_obs=window)[0] for window in (1, 5, 22)]
        np.testing.assert_allclose(model.regressors[session], [1.0, *ours], rtol=1e-12)


def test_the_means_of_squares_are_the_components_that_a_page_shows():
    returns, _ = sample_returns(102, 300, 6, missing=0.1)
    shown = har_components(returns)
    for window, volatility in ((1, shown.daily), (5, shown.weekly), (21, shown.monthly)):
        np.testing.assert_allclose(
            np.sqrt(252 * window_mean(np.square(returns), window)), volatility, rtol=1e-14
        )


@pytest.mark.parametrize(("rows", "missing"), [(300, 0.0), (300, 0.2), (70, 0.1), (40, 0.0)])
def test_every_component_equals_a_loop(rows, missing):
    _, variances = universe(103, rows, 25, missing=missing)
    parts = log_components(variances, WINDOWS)
    for column, own in enumerate(variances.T.tolist()):
        level = loop_mean(own, window=252, min_obs=63)
        assert parts.level[column] == pytest.approx(np.log(level), rel=1e-13, nan_ok=True)
        logs = loop_centred_logs(own, WINDOWS)
        for window in WINDOWS:
            mean = loop_mean(own, window=window)
            assert parts.means[window][column] == pytest.approx(mean, rel=1e-13, nan_ok=True)
            assert parts.recent[window][column] == pytest.approx(logs[window], abs=1e-13, nan_ok=True)


@pytest.mark.parametrize(("window", "least"), [(1, 1), (5, 4), (21, 16), (63, 48)])
def test_a_mean_needs_three_quarters_of_its_window(window, least):
    values = np.full((63, 2), np.nan)
    values[63 - least :, 0] = 1.0
    values[63 - least + 1 :, 1] = 1.0
    assert np.isfinite(window_mean(values, window)).tolist() == [True, False]


def test_a_window_without_movement_is_floored_and_a_year_without_is_missing():
    variances = np.full((252, 2), 1e-4)
    variances[-5:, 0] = 0.0
    variances[:, 1] = 0.0
    parts = log_components(variances, WINDOWS)
    assert parts.recent[1][0] == parts.recent[5][0] == np.log(0.02)
    assert np.isnan([parts.level[1], *(parts.recent[window][1] for window in WINDOWS)]).all()


def test_the_bend_is_the_identity_at_first_and_flat_from_ln_4():
    x = np.linspace(-3.9, 1.6, 1001)
    bent = saturated(x)
    assert (np.diff(bent) >= -1e-15).all()
    assert (bent <= x).all()
    np.testing.assert_array_equal(saturated(np.array([0.0, np.nan])), [0.0, np.nan])
    np.testing.assert_allclose(saturated(np.array([1e-6])), 1e-6, rtol=1e-6)
    np.testing.assert_allclose(bent[x >= np.log(4)], np.log(4) / 2, rtol=1e-15)


@pytest.mark.parametrize(("rows", "missing"), [(300, 0.0), (300, 0.15), (100, 0.05)])
def test_the_state_equals_a_loop(rows, missing):
    returns, variances = universe(104, rows, 60, missing=missing)
    stress, move, n = loop_market(returns.T.tolist(), variances.T.tolist())
    measured = market_state(returns, variances)
    assert measured.known
    assert measured.n_instruments == n
    assert measured.stress == pytest.approx(stress, abs=1e-13)
    assert measured.move == pytest.approx(move, abs=1e-13)


def test_the_state_has_no_unit_and_each_instrument_may_have_its_own():
    returns, variances = universe(105, missing=0.05)
    sizes = 10.0 ** np.linspace(-4, 4, 40)
    one = numbers(returns, variances)
    np.testing.assert_allclose(numbers(sizes * returns, sizes**2 * variances), one, atol=1e-12)
    np.testing.assert_allclose(numbers(returns, sizes * variances), one, atol=1e-12)


def test_turning_every_return_round_turns_the_move_and_nothing_else():
    returns, variances = universe(115, missing=0.05)
    straight, turned = market_state(returns, variances), market_state(-returns, variances)
    assert (turned.move, turned.stress) == (-straight.move, straight.stress)


def test_the_order_of_instruments_changes_no_bit():
    returns, variances = universe(106, columns=70, missing=0.1)
    rng = np.random.default_rng(106)
    for _ in range(20):
        order = rng.permutation(70)
        assert market_state(returns[:, order], variances[:, order]) == market_state(returns, variances)


def test_the_memory_layout_changes_no_bit():
    returns, variances = universe(107)
    assert market_state(np.asfortranarray(returns), variances[::-1][::-1]) == market_state(returns, variances)


def test_an_instrument_without_a_price_changes_nothing():
    wide = universe(108, missing=0.05)
    wider = (np.insert(values, [0, 7, 40], np.nan, axis=1) for values in wide)
    assert market_state(*wider) == market_state(*wide)


def test_an_instrument_that_lacks_one_component_is_left_out_of_all():
    returns, variances = universe(109)
    without = (np.delete(values, [3, 8, 9, 10, 11], axis=1) for values in (returns, variances))
    expected = market_state(*without)
    variances[-1, 3] = np.nan  # no last session
    variances[:-62, 8] = np.nan  # no level
    variances[:, 9] = 0.0  # a level of zero
    returns[-3:-1, 10] = np.nan  # three returns of the last five
    returns[:, 11] = 0.0  # no volatility to measure a move by
    assert market_state(returns, variances) == expected
    assert expected.n_instruments == 35


def test_twins_of_every_instrument_leave_the_state_where_it_was():
    returns, variances = universe(110)
    doubled = numbers(np.c_[returns, returns], np.c_[variances, variances])
    np.testing.assert_allclose(doubled, numbers(returns, variances), rtol=1e-13)


@pytest.mark.parametrize(("columns", "known"), [(19, False), (20, True)])
def test_twenty_instruments_are_needed_by_default(columns, known):
    measured = market_state(*universe(111, columns=columns))
    assert measured.known == known
    assert np.isfinite([measured.move, *measured.stress.values()]).tolist() == [known] * 3
    assert measured.n_instruments == columns


def test_instruments_that_lack_a_component_do_not_count_towards_the_fewest():
    returns, variances = universe(112, columns=20)
    variances[-1, 4] = np.nan
    assert not market_state(returns, variances).known
    assert market_state(returns, variances).n_instruments == 19
    assert market_state(returns, variances, min_instruments=19).known


@pytest.mark.parametrize("wild", [0.0, 1e-12, 1e6, 1e12])
@pytest.mark.parametrize(("window", "least"), [(1, 1), (5, 4)])
def test_one_wild_instrument_moves_the_stress_by_no_more_than_its_bounded_share(window, least, wild):
    """Its ratio is at least 0.02, and at most that of a year's variance in the fewest sessions."""
    returns, calm = np.tile([[0.01] * 40, [-0.01] * 40], (126, 1)), np.full((252, 40), 1e-4)
    disturbed = calm.copy()
    disturbed[-window:, 5] *= wild
    measured = market_state(returns, disturbed).stress[window]
    lowest, highest = 2 * np.log((39 + np.sqrt(0.02)) / 40), 2 * np.log((39 + np.sqrt(252 / least)) / 40)
    assert lowest - 1e-12 <= measured <= highest + 1e-12
    assert abs(measured) > 0.03


@pytest.mark.parametrize("wild", [-1e6, -1.0, 1.0, 1e6])
def test_one_wild_instrument_moves_the_move_by_no_more_than_its_bounded_share(wild):
    """A week's move is at most 5 times its mean square's root, and that at most 252 / 4 of a year's."""
    returns, variances = universe(116, 252)
    before = market_state(returns, variances).move
    disturbed = returns.copy()
    disturbed[-5:, 5] = wild
    moved = abs(market_state(disturbed, variances).move - before)
    assert moved <= 2 * np.sqrt(5 * 252 / 4) / 40
    assert moved > 0.01


def test_a_mean_of_variances_would_follow_the_wild_instrument_and_the_state_does_not():
    returns, variances = universe(113)
    wild = variances.copy()
    wild[-1, 5] = 100.0
    assert wild[-1].mean() > 1000 * variances[-1].mean()
    assert np.abs(numbers(returns, wild) - numbers(returns, variances)).max() < 1.0


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_only_the_last_252_sessions_matter(missing):
    returns, variances = universe(114, 252, columns=70, missing=missing)
    longer = (np.vstack([np.full((100, 70), 3.0), values]) for values in (returns, variances))
    before = market_state(returns, variances)
    assert market_state(*longer) == before
    variances[0] *= 50
    returns[0] += 0.1
    after = market_state(returns, variances)
    assert (after.stress[1], after.stress[5]) < (before.stress[1], before.stress[5])
    assert after.move != before.move


def test_a_state_sees_no_session_after_its_own():
    returns, variances = universe(117, 320)
    before = market_state(returns[:300], variances[:300])
    returns[300:] *= 9
    variances[300:] *= 81
    assert market_state(returns[:300], variances[:300]) == before
    assert market_state(returns, variances) != before


def test_a_calm_universe_is_at_zero_a_stirred_one_above_and_a_fallen_one_has_moved_down():
    returns, calm = np.tile([[0.01] * 20, [-0.01] * 20], (126, 1)), np.full((252, 20), 1e-4)
    assert market_state(returns, calm).stress == pytest.approx({1: 0.0, 5: 0.0}, abs=1e-14)
    stirred = calm.copy()
    stirred[-1:] *= 3
    stress = market_state(returns, stirred).stress
    assert stress[1] > stress[5] > 0
    returns[-5:] = -0.01
    # Every return has one size, so five falls are 5 / sqrt(5) standard moves.
    assert market_state(returns, calm).move == pytest.approx(-np.sqrt(5), rel=1e-12)


@pytest.mark.parametrize("shape", [(0, 30), (1, 30), (300, 0), (300,)])
def test_too_little_evidence_is_an_unknown_state_without_a_warning(shape):
    measured = market_state(np.full(shape, 0.01), np.full(shape, 1e-4))
    assert not measured.known
    assert np.isnan([measured.move, *measured.stress.values()]).all()
    assert measured.n_instruments == (1 if shape == (300,) else 0)


def test_misuse_of_the_state_is_refused():
    returns, variances = universe(118)
    with pytest.raises(ValueError, match="min_instruments must be at least 1"):
        market_state(returns, variances, min_instruments=0)
    with pytest.raises(ValueError, match="must not be negative"):
        market_state(returns, -variances)
    with pytest.raises(ValueError, match="infinite"):
        market_state(returns, np.full_like(variances, np.inf))
    with pytest.raises(ValueError, match="must have the shape of returns"):
        market_state(returns, variances[1:])

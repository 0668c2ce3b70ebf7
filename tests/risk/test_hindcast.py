"""R squared of realized volatility on the model's own hindcasts."""

import math

import numpy as np
import pytest
import statsmodels.api as sm

from risk.forecast_variants import STIRRED, UNKNOWN, VARIANTS, needed, sample_evidence
from risk.oracles import loop_mean_square, sample_returns
from riskpanel.risk import MarketState, Method, Reason, expected_volatility, hindcast_r_squared

every_variant = pytest.mark.parametrize("name", list(VARIANTS))


def reasons(fit):
    return [Reason(int(code)).label for code in np.atleast_1d(fit.reason)]


def breathing(seed, rows, columns, *, missing=0.0):
    """Returns whose volatility wanders slowly, so that there is something to foresee."""
    rng = np.random.default_rng(seed)
    level = np.exp(np.cumsum(rng.normal(0, 0.06, (rows, columns)), axis=0) - 4.5)
    returns = level * rng.standard_normal((rows, columns))
    returns[rng.random((rows, columns)) < missing] = np.nan
    return returns


def sample_markets(seed, rows):
    """A state for each origin, by sessions before the last row."""
    rng = np.random.default_rng(seed)
    draws = {back: rng.normal(0, 0.4, 3).tolist() for back in range(21, rows, 21)}
    return {back: MarketState({1: day, 5: week}, move, 50) for back, (day, week, move) in draws.items()}


def options_for(name, variances, markets):
    """Keyword arguments of the fit that a variant needs."""
    chosen = needed(name, variances)
    return {
        "coefficients": chosen["coefficients"],
        "variances": chosen["variances"],
        "markets": markets if chosen["market"] else None,
    }


def loop_hindcasts(name, returns, variances, markets):
    """Each hindcast of one series, made by the forecast itself on the rows up to the origin: newest first."""
    hindcasts = []
    for back in range(21, len(returns), 21):
        seen = slice(0, len(returns) - back)
        forecast = expected_volatility(returns[seen], **needed(name, variances[seen], markets[back]))
        fallback = forecast.method == Method.EWMA_FALLBACK
        hindcasts.append(math.nan if fallback else math.sqrt(forecast.variance))
    return np.array(hindcasts)


def loop_outcomes(returns):
    """Root mean square of the 21 returns that follow each origin: newest first."""
    last = [len(returns) - back for back in range(21, len(returns), 21)]
    return np.sqrt([loop_mean_square(returns[row : row + 21].tolist(), window=21) for row in last])


def fit_of(hindcasts, outcomes):
    """R squared of OLS with a constant, and the pairs that it used."""
    fit = sm.OLS(outcomes, sm.add_constant(hindcasts), missing="drop").fit()
    return fit.rsquared, fit.nobs


@every_variant
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_r_squared_equals_statsmodels_on_forecasts_made_one_by_one(name, missing):
    returns = breathing(121, 1000, 6, missing=missing)
    variances = sample_evidence(122, 1000, 6)[1] * 30 * np.nan_to_num(np.abs(returns), nan=0.01)
    markets = sample_markets(123, 1000)
    measured = hindcast_r_squared(returns, **options_for(name, variances, markets))
    for column in range(6):
        own = returns[:, column]
        hindcasts = loop_hindcasts(name, own, variances[:, column], markets)
        r_squared, n = fit_of(hindcasts, loop_outcomes(own))
        assert measured.n_obs[column] == n
        assert measured.r_squared[column] == pytest.approx(r_squared, rel=1e-10)
    assert (measured.n_obs > 20).all()


@pytest.mark.parametrize(
    ("rows", "pairs"), [(83, 0), (84, 1), (104, 1), (105, 2), (63 + 21 * 12, 12), (2520, 117)]
)
def test_outcomes_do_not_overlap_and_each_hindcast_has_a_level(rows, pairs):
    """One pair every 21 sessions, from the first origin that 63 returns precede."""
    assert hindcast_r_squared(breathing(124, rows, 1)).n_obs.tolist() == [pairs]


def test_each_return_is_in_one_outcome_at_most():
    """A return blown up in the newest outcome moves that pair alone, wherever it stands in it."""
    returns = breathing(125, 504, 1)[:, 0]
    hindcasts = loop_hindcasts("trial_close", returns, returns, dict.fromkeys(range(505), STIRRED))
    outcomes = loop_outcomes(returns)
    for place in (-21, -10, -1):
        changed = returns.copy()
        changed[place] = 0.4
        moved = outcomes.copy()
        moved[0] = np.sqrt(np.mean(np.square(changed[-21:])))
        expected, _ = fit_of(hindcasts, moved)
        measured = hindcast_r_squared(changed, coefficients=VARIANTS["trial_close"])
        assert measured.r_squared == pytest.approx(expected, rel=1e-10)
    earlier = returns.copy()
    earlier[-22] = 0.4
    assert loop_outcomes(earlier)[0] == outcomes[0]
    assert loop_outcomes(earlier)[1] != outcomes[1]


@every_variant
def test_a_hindcast_does_not_see_its_own_outcome(name):
    """After the newest origin everything is changed: the fit is that of the old hindcasts on the outcome."""
    returns = breathing(126, 700, 1)[:, 0]
    variances = sample_evidence(127, 700, 1)[1][:, 0]
    markets = sample_markets(128, 700)
    hindcasts = loop_hindcasts(name, returns, variances, markets)
    outcomes = loop_outcomes(returns)
    later, later_variances = returns.copy(), variances.copy()
    later[-21:] = 9 * later[-21:] - 0.02
    later_variances[-21:] *= 1e4
    outcomes[0] = np.sqrt(np.mean(np.square(later[-21:])))
    measured = hindcast_r_squared(later, **options_for(name, later_variances, markets))
    assert measured.r_squared == pytest.approx(fit_of(hindcasts, outcomes)[0], rel=1e-10)


def test_volatility_that_nobody_can_foresee_is_not_foreseen():
    """Months drawn loud or calm by a coin: knowing the outcome explains them, the past does not."""
    rng = np.random.default_rng(129)
    loudness = np.where(rng.random((200, 20)) < 0.5, 0.004, 0.03).repeat(21, axis=0)
    returns = loudness * rng.standard_normal((4200, 20))
    blind = hindcast_r_squared(returns).r_squared
    assert blind.max() < 0.1
    ends = range(252, 4201, 21)
    seeing = np.array([expected_volatility(returns[:end]).volatility for end in ends])
    outcomes = np.array([np.sqrt(np.mean(np.square(returns[end - 21 : end]), axis=0)) for end in ends])
    assert min(fit_of(seeing[:, j], outcomes[:, j])[0] for j in range(20)) > 0.5


def test_volatility_that_wanders_slowly_is_foreseen_in_part():
    r_squared = hindcast_r_squared(breathing(130, 2520, 20)).r_squared
    assert r_squared.min() > 0.2
    assert r_squared.max() < 0.98


@pytest.mark.parametrize(("min_obs", "known"), [(21, True), (22, False)])
def test_fewer_hindcasts_than_asked_for_give_no_number_but_their_count(min_obs, known):
    fit = hindcast_r_squared(breathing(131, 504, 3), min_obs=min_obs)
    assert np.isfinite(fit.r_squared).tolist() == [known] * 3
    assert fit.n_obs.tolist() == [21] * 3
    assert reasons(fit) == [None if known else "short_history"] * 3


@pytest.mark.parametrize(("rows", "known"), [(63 + 12 * 21 - 1, False), (63 + 12 * 21, True)])
def test_twelve_hindcasts_are_needed_by_default(rows, known):
    assert np.isfinite(hindcast_r_squared(breathing(132, rows, 2)).r_squared).tolist() == [known] * 2


def test_missing_returns_cost_the_pairs_that_they_make_impossible():
    returns = breathing(133, 504, 4)
    returns[-6:, 0] = np.nan  # the newest outcome has 15 of 21
    returns[-5:, 1] = np.nan  # 16 of 21 are three quarters
    returns[-23:-21, 2] = np.nan  # the newest origin has 3 of its last 5, the outcome before is whole enough
    returns[:200, 3] = np.nan  # the ten oldest origins lack 63 returns before them
    assert hindcast_r_squared(returns).n_obs.tolist() == [20, 21, 20, 11]


def test_a_series_that_stopped_or_is_young_says_so():
    returns = breathing(148, 504, 2)
    returns[200:, 0] = np.nan
    returns[:300, 1] = np.nan
    assert reasons(hindcast_r_squared(returns)) == ["stale", "short_history"]
    young_and_still = hindcast_r_squared(np.zeros((100, 1)))
    assert reasons(young_and_still) == ["short_history"]


def test_a_hole_in_one_series_costs_no_other_a_pair():
    returns = breathing(134, 504, 3)
    before = hindcast_r_squared(returns)
    returns[100:400, 1] = np.nan
    after = hindcast_r_squared(returns)
    np.testing.assert_array_equal(after.r_squared[[0, 2]], before.r_squared[[0, 2]])
    assert after.n_obs.tolist() == [21, after.n_obs[1], 21]
    assert after.n_obs[1] < 12
    assert np.isnan(after.r_squared[1])
    assert reasons(after) == [None, "gap", None]


@pytest.mark.parametrize("size", [1e-9, 0.01, 0.07, 3.0])
def test_volatility_that_never_varies_has_no_fit(size):
    """Neither side varies, and what rounding leaves of it is no evidence."""
    returns = np.tile([size, -size], 500)[:, None] * np.array([1.0, -1.0, 0.3])
    fit = hindcast_r_squared(returns)
    assert np.isnan(fit.r_squared).all()
    assert (fit.n_obs == 44).all()
    assert set(reasons(fit)) == {"degenerate"}


def test_outcomes_that_vary_after_hindcasts_that_do_not_have_no_fit():
    """Ranges that stand still while the closes move: a line through one abscissa explains nothing."""
    returns = breathing(135, 1000, 2)
    fit = hindcast_r_squared(
        returns, coefficients=VARIANTS["trial_range"], variances=np.full((1000, 2), 1e-4)
    )
    assert np.isnan(fit.r_squared).all()
    assert (fit.n_obs == 44).all()
    assert set(reasons(fit)) == {"degenerate"}


@pytest.mark.parametrize(("value", "reason"), [(0.0, "degenerate"), (np.nan, "unpriced")])
def test_series_without_movement_or_prices_have_no_hindcast(value, reason):
    fit = hindcast_r_squared(np.full((504, 2), value))
    assert reasons(fit) == [reason] * 2
    assert np.isnan(fit.r_squared).all()
    assert fit.n_obs.tolist() == [0, 0]


@every_variant
def test_a_series_has_the_same_fit_alone_and_among_many(name):
    returns = breathing(136, 700, 5, missing=0.05)
    variances = sample_evidence(137, 700, 5, missing=0.02)[1]
    markets = sample_markets(138, 700)
    together = hindcast_r_squared(returns, **options_for(name, variances, markets))
    for column in range(5):
        for shaped in (returns[:, column], returns[:, [column]]):
            own = variances[:, column].reshape(shaped.shape)
            alone = hindcast_r_squared(shaped, **options_for(name, own, markets))
            assert alone.r_squared.shape == alone.n_obs.shape == shaped.shape[1:]
            np.testing.assert_array_equal(np.ravel(alone.r_squared), together.r_squared[[column]])
            np.testing.assert_array_equal(np.ravel(alone.n_obs), together.n_obs[[column]])


def test_the_level_of_ranges_is_not_seen():
    """So a level measured up to now, laid over the past, tells a hindcast nothing."""
    returns, variances = breathing(149, 700, 3), sample_evidence(150, 700, 3)[1]
    one, scaled = (
        hindcast_r_squared(returns, coefficients=VARIANTS["trial_range"], variances=factor * variances)
        for factor in (1.0, 2.7)
    )
    np.testing.assert_allclose(scaled.r_squared, one.r_squared, rtol=1e-10)


@pytest.mark.parametrize("factor", [1e-6, -0.5, 40.0])
def test_the_fit_has_no_unit(factor):
    returns = breathing(139, 700, 5, missing=0.05)
    one, scaled = hindcast_r_squared(returns), hindcast_r_squared(factor * returns)
    np.testing.assert_allclose(scaled.r_squared, one.r_squared, rtol=1e-9)
    np.testing.assert_array_equal(scaled.n_obs, one.n_obs)


def test_older_history_adds_a_pair_every_21_sessions_and_changes_none():
    returns = breathing(140, 1200, 1)[:, 0]
    known = dict.fromkeys(range(1201), STIRRED)
    hindcasts = loop_hindcasts("trial_close", returns, returns, known)
    outcomes = loop_outcomes(returns)
    for rows in (700, 720, 721, 1200):
        measured = hindcast_r_squared(returns[-rows:], coefficients=VARIANTS["trial_close"])
        # Origins with 252 sessions before them in both tables; the few below that have a shorter level.
        own = loop_hindcasts("trial_close", returns[-rows:], returns, known)
        whole = (rows - 252) // 21
        np.testing.assert_array_equal(own[:whole], hindcasts[:whole])
        r_squared, n = fit_of(own, outcomes[: len(own)])
        assert (measured.r_squared, measured.n_obs) == (pytest.approx(r_squared, rel=1e-10), n)
        assert n == (rows - 63) // 21


def test_each_origin_takes_the_state_of_its_own_session():
    returns, markets = breathing(141, 700, 2), sample_markets(142, 700)
    options = options_for("trial_close_market", returns, markets)
    before = hindcast_r_squared(returns, **options).r_squared
    for back in (21, 42, 315):
        moved = hindcast_r_squared(returns, **options | {"markets": markets | {back: STIRRED}}).r_squared
        assert (moved != before).all()
    unused = markets | {5: STIRRED, 22: STIRRED}
    np.testing.assert_array_equal(
        hindcast_r_squared(returns, **options | {"markets": unused}).r_squared, before
    )


def test_an_origin_with_an_unknown_state_gives_no_pair():
    returns, markets = breathing(143, 700, 2), sample_markets(144, 700)
    holed = markets | {42: UNKNOWN, 84: UNKNOWN}
    options = options_for("trial_close_market", returns, markets)
    whole = hindcast_r_squared(returns, **options).n_obs
    assert (hindcast_r_squared(returns, **options | {"markets": holed}).n_obs == whole - 2).all()


@pytest.mark.parametrize("shape", [(0,), (0, 3), (1, 3), (21, 3), (504, 0)])
def test_tables_without_an_origin_have_no_fit_and_the_right_shape(shape):
    fit = hindcast_r_squared(np.full(shape, 0.01))
    assert fit.r_squared.shape == fit.n_obs.shape == shape[1:]
    assert np.isnan(fit.r_squared).all()
    assert not fit.n_obs.any()


def test_misuse_of_the_fit_is_refused():
    returns, variances = sample_returns(145, 504, 2)[0], np.full((504, 2), 1e-4)
    with pytest.raises(ValueError, match="min_obs must be at least 3"):
        hindcast_r_squared(returns, min_obs=2)
    with pytest.raises(ValueError, match="a range model needs variances"):
        hindcast_r_squared(returns, coefficients=VARIANTS["trial_range"])
    with pytest.raises(ValueError, match="must not be negative"):
        hindcast_r_squared(returns, coefficients=VARIANTS["trial_range"], variances=-variances)
    with pytest.raises(ValueError, match="must have the shape of returns"):
        hindcast_r_squared(returns, coefficients=VARIANTS["trial_range"], variances=variances[1:])
    with pytest.raises(ValueError, match="infinite"):
        hindcast_r_squared(np.full(504, np.inf))


@pytest.mark.parametrize("left_out", [21, 210, 483])
def test_a_market_model_is_refused_where_the_state_of_an_origin_is_not_given(left_out):
    returns, markets = breathing(146, 504, 2), sample_markets(147, 504)
    del markets[left_out]
    for given in (None, {}, markets):
        with pytest.raises(ValueError, match="the state of the market"):
            hindcast_r_squared(returns, coefficients=VARIANTS["trial_close_market"], markets=given)

"""Every public function, and what must happen to its answer when the question changes in a known way.

A function stands in one of three tables: SERIES answers instrument by instrument, BOOKS portfolio by
portfolio, CROSSES with one answer for all instruments together. Each relation below tests a whole table.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import riskpanel.risk as rk
from properties.draws import few, missing_shares, seeds
from properties.worlds import IN_UNIVERSE, NAMES, ROWS, draw_world

# A power of two scales a float without rounding it, so that what ties before ties after.
scales = st.sampled_from([2.0**power for power in range(-10, 11)])
signs = st.sampled_from([1.0, -1.0])

# What becomes of a field when instruments move c times as much.
SAME, SIGNED, SIZE, SQUARE = (lambda c: 1.0), (lambda c: c), abs, (lambda c: c * c)
COUNTS = {
    *("n_obs", "reason", "method", "clamped", "direction", "proxied", "covered", "n_groups", "n_instruments"),
}


@dataclass(frozen=True)
class Series:
    """A function of instruments one by one; its last axis is theirs.

    ``scale`` says what a factor does to each field (counts and codes stay), None where nothing simple does;
    ``mirrored`` whether that holds for negative factors; ``shift`` what adding a constant to all returns
    leaves alone; ``windowed`` whether rows older than those given change nothing, and ``exact`` whether to
    the bit; ``left_out`` whether blank sessions are as good as sessions that never were; ``plain`` whether
    it takes a single series as (T,); ``coupled`` whether an instrument's answer depends on the universe;
    ``unit`` whether it reads prices; ``dated`` whether it has an answer for each session, from what was
    known then; ``paired`` are the tables of which a session needs each; ``places`` are row numbers;
    ``never`` are fields without a number.
    """

    call: Callable
    scale: Mapping[str, Callable] | None = None
    mirrored: bool = True
    shift: tuple[str, ...] = ()
    windowed: bool = True
    exact: bool = True
    left_out: bool = False
    plain: bool = True
    coupled: bool = False
    unit: bool = False
    dated: bool = False
    paired: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


BETA = {"beta": SIGNED, "alpha": SIGNED, "std_error": SIZE, "r_squared": SAME, "p_value": SAME}
FORECAST = {"variance": SQUARE, "volatility": SIZE, "low": SIZE, "high": SIZE}
WINDOW = {"window": ROWS, "min_obs": 20}
# One less: a night needs the close before it, which the first of 400 sessions lacks.
NIGHTS = {"window": ROWS - 1, "min_obs": 20}


def forecasts(w):
    """By the models that need no state of the market: that would couple the instruments."""
    return [
        rk.expected_volatility(w.returns, coefficients=model, variances=w.variances)
        for model in rk.INSTRUMENT_MODELS
        if not model.needs_market
    ]


SERIES = {
    "absence_reasons": Series(
        lambda w: rk.absence_reasons(
            w.returns, np.isnan(rk.mean_square(w.returns, window=21)), window=21, min_obs=16
        ),
        scale={"value": SAME},
        windowed=False,
        plain=False,
    ),
    "beta_interval": Series(
        lambda w: rk.beta_interval(w.loadings, w.errors, n_obs=w.counts),
        scale={"low": SIGNED, "high": SIGNED},
        mirrored=False,
    ),
    "ewma_market_beta": Series(
        lambda w: rk.ewma_market_beta(w.returns, w.market), scale=BETA, windowed=False, never=("alpha",)
    ),
    "expected_volatility": Series(lambda w: rk.expected_volatility(w.returns), scale=FORECAST),
    "filtered_tail_risk": Series(
        lambda w: rk.filtered_tail_risk(w.returns, min_obs=100),
        scale={"value_at_risk": SIGNED, "expected_shortfall": SIGNED, "volatility": SIGNED},
        mirrored=False,
        windowed=False,
        left_out=True,
    ),
    "garman_klass_volatility": Series(
        lambda w: rk.garman_klass_volatility(w.bars, **WINDOW),
        scale={"value": SIZE},
        left_out=True,
        unit=True,
    ),
    "har_components": Series(
        lambda w: rk.har_components(w.returns), scale={"daily": SIZE, "weekly": SIZE, "monthly": SIZE}
    ),
    "hindcast_r_squared": Series(
        lambda w: rk.hindcast_r_squared(w.returns), scale={"r_squared": SAME}, windowed=False
    ),
    "imputed_returns": Series(
        lambda w: rk.imputed_returns(w.returns, market=w.market, beta=w.loadings),
        scale={"value": SIGNED},
        dated=True,
        plain=False,
    ),
    "market_beta": Series(
        lambda w: rk.market_beta(w.returns, w.market),
        scale=BETA,
        shift=("beta", "std_error", "r_squared", "p_value"),
        windowed=False,
        left_out=True,
        paired=("returns", "market"),
    ),
    "market_beta_hac": Series(
        lambda w: rk.market_beta_hac(w.returns, w.market),
        scale=BETA,
        shift=("beta", "std_error", "r_squared", "p_value"),
        windowed=False,
    ),
    "max_drawdown": Series(
        lambda w: rk.max_drawdown(w.returns, min_obs=20),
        windowed=False,
        left_out=True,
        places=("peak", "trough"),
    ),
    "mean_square": Series(
        lambda w: rk.mean_square(w.returns, **WINDOW), scale={"value": SQUARE}, left_out=True
    ),
    "pairwise_correlation": Series(
        lambda w: rk.pairwise_correlation(np.c_[w.returns, w.market], min_obs=20).matrix[-1, :-1],
        scale={"value": np.sign},
        shift=("value",),
        windowed=False,
        left_out=True,
        paired=("returns", "market"),
        plain=False,
    ),
    "parkinson_variance": Series(
        lambda w: rk.parkinson_variance(w.bars), scale={"value": SQUARE}, unit=True, dated=True
    ),
    "parkinson_volatility": Series(
        lambda w: rk.parkinson_volatility(w.bars, **WINDOW), scale={"value": SIZE}, left_out=True, unit=True
    ),
    "preferred_forecast": Series(lambda w: rk.preferred_forecast(forecasts(w)), scale=FORECAST, plain=False),
    "qlike": Series(
        lambda w: rk.qlike(rk.realized_variance_after(w.returns), w.variances), scale={"value": SAME}
    ),
    "range_scale": Series(
        lambda w: rk.range_scale(w.returns, w.variances, universe=w.universe, window=ROWS),
        scale={"scale": SAME, "ratio": SAME},
        left_out=True,
        paired=("returns", "variances"),
        coupled=True,
    ),
    "realized_variance_after": Series(
        lambda w: rk.realized_variance_after(w.returns), scale={"value": SQUARE}
    ),
    "realized_volatility": Series(
        lambda w: rk.realized_volatility(w.returns, **WINDOW),
        scale={"value": SIZE},
        shift=("value",),
        left_out=True,
    ),
    "replay_responses": Series(
        lambda w: rk.replay_responses(w.replayed, w.loadings, w.shocks),
        scale={"responses": SIGNED},
        plain=False,
    ),
    "rogers_satchell_volatility": Series(
        lambda w: rk.rogers_satchell_volatility(w.bars, **WINDOW),
        scale={"value": SIZE},
        left_out=True,
        unit=True,
    ),
    "rolling_market_beta": Series(
        lambda w: rk.rolling_market_beta(w.returns, w.market, window=21, min_obs=10),
        scale=BETA,
        shift=("beta", "std_error", "r_squared", "p_value"),
        exact=False,
        dated=True,
    ),
    "rolling_realized_volatility": Series(
        lambda w: rk.rolling_realized_volatility(w.returns, window=21, min_obs=15),
        scale={"value": SIZE},
        shift=("value",),
        dated=True,
    ),
    "session_variance": Series(
        lambda w: rk.session_variance(w.bars), scale={"value": SQUARE}, unit=True, dated=True
    ),
    "shock_responses": Series(
        lambda w: rk.shock_responses(w.loadings, w.shocks), scale={"responses": SIGNED}, plain=False
    ),
    "simple_returns": Series(lambda w: rk.simple_returns(w.bars.close), unit=True, dated=True),
    "tracking_error": Series(
        lambda w: rk.tracking_error(w.returns, w.market, min_obs=20),
        windowed=False,
        left_out=True,
        paired=("returns", "market"),
    ),
    # Not scaled: that betas differ by at least 0.1 is a statement about betas, not about their unit.
    "vasicek_shrinkage": Series(
        lambda w: rk.vasicek_shrinkage(w.loadings, w.errors, universe=w.universe, min_universe=2),
        plain=False,
        coupled=True,
    ),
    "volatility_percentile": Series(
        lambda w: rk.volatility_percentile(w.returns), scale={"percentile": SAME}
    ),
    "volatility_trend": Series(
        lambda w: rk.volatility_trend(w.returns), scale={"strength": SAME, "log_ratio": SAME}
    ),
    "yang_zhang_volatility": Series(
        lambda w: rk.yang_zhang_volatility(w.bars, **NIGHTS), scale={"value": SIZE}, unit=True
    ),
}


@dataclass(frozen=True)
class Books:
    """A function of portfolios one by one; its first axis is theirs.

    ``leverage`` says what a factor on all weights does to each field; ``split`` which fields do not see that
    a position is two positions in twins; ``blank`` which are NaN when nothing is known of any instrument
    (0 for the others); ``by_name`` have the instruments along their last axis; ``dated``, ``never`` as above.
    """

    call: Callable
    leverage: Mapping[str, Callable]
    split: tuple[str, ...] = ()
    blank: tuple[str, ...] | None = None
    by_name: tuple[str, ...] = ()
    dated: bool = False
    never: tuple[str, ...] = ()


def contributions(w):
    """With the sessions counted as `portfolio_series` counts them."""
    series = rk.portfolio_series(w.returns, w.weights, market=w.market, beta=w.loadings).returns
    return rk.risk_contributions(w.returns, w.weights, series=series, min_obs=20)


SHARES = {"contributions": SAME, "diversification_ratio": SAME, "volatility": SIZE}
PNL = {"pnl": SIGNED, "coverage": SAME, "proxied": SAME}

BOOKS = {
    "concentration": Books(
        lambda w: without(rk.concentration(w.weights), "largest"),
        leverage=dict.fromkeys(("hhi", "effective_num_positions", "top_3", "top_10", "largest_share"), SAME),
        never=("largest_share",),  # of fewer than ten names
    ),
    "group_contributions": Books(
        lambda w: rk.group_contributions(contributions(w), w.codes, n_groups=4),
        leverage={"value": SAME},
        split=("value",),
        blank=("value",),
    ),
    "portfolio_returns": Books(
        lambda w: rk.portfolio_returns(w.returns, w.weights),
        leverage={"value": SIGNED},
        split=("value",),
        blank=("value",),
        dated=True,
    ),
    "portfolio_series": Books(
        lambda w: rk.portfolio_series(w.returns, w.weights, market=w.market, beta=w.loadings),
        leverage={"returns": SIGNED, "coverage": SAME},
        split=("returns", "coverage"),
        blank=("returns",),
        dated=True,
    ),
    "risk_contributions": Books(
        contributions,
        leverage=SHARES,
        split=("diversification_ratio", "volatility"),
        blank=("diversification_ratio", "volatility"),
        by_name=("contributions",),
    ),
    "scenario_pnl": Books(
        lambda w: without(
            rk.scenario_pnl(w.weights, w.replayed, proxied=np.abs(w.replayed) > 1e-5), "responses"
        ),
        leverage=PNL,
        split=tuple(PNL),
        blank=("pnl",),
    ),
    "sector_weights": Books(
        lambda w: rk.sector_weights(w.weights, w.codes, n_sectors=4),
        leverage={"net": SIGNED, "long": SIGNED, "short": SIGNED, "gross": SIGNED},
        split=("net", "long", "short", "gross"),
    ),
    "stress": Books(
        lambda w: without(rk.stress(w.weights, w.loadings, w.shocks), "responses"),
        leverage=PNL,
        split=tuple(PNL),
        blank=("pnl",),
    ),
    "weighted_beta": Books(
        lambda w: rk.weighted_beta(w.weights, w.loadings, r_squared=w.errors, n_obs=w.counts),
        leverage={"beta": SIGNED, "coverage": SAME, "r_squared": SAME},
        split=("beta", "coverage", "r_squared", "n_obs"),
        blank=("beta", "r_squared"),
    ),
}


@dataclass(frozen=True)
class Crosses:
    """A function with one answer for all instruments; ``twice`` are fields that count each of them."""

    call: Callable
    scale: Mapping[str, Callable]
    twice: tuple[str, ...]


CROSSES = {
    "market_state": Crosses(
        lambda w: rk.market_state(w.returns, w.variances, min_instruments=1),
        scale={"stress": SAME, "move": np.sign},
        twice=("n_instruments",),
    ),
    # The returns of a session happened together: giving every instrument twice is no new evidence.
    "mean_difference": Crosses(
        lambda w: rk.mean_difference(
            w.returns.ravel(), np.repeat(np.arange(len(w.returns)), w.returns.shape[1])
        ),
        scale={"mean": SIGNED, "std_error": SIZE, "t_statistic": np.sign, "p_value": SAME},
        twice=("n_obs",),
    ),
}


def without(outcome, *names):
    return {name: values for name, values in fields(outcome).items() if name not in names}


def fields(outcome):
    """Arrays of an answer by name."""
    if isinstance(outcome, Mapping):
        return {name: np.asarray(values) for name, values in outcome.items()}
    if not dataclasses.is_dataclass(outcome):
        return {"value": np.asarray(outcome)}
    named = {item.name: getattr(outcome, item.name) for item in dataclasses.fields(outcome)}
    if isinstance(outcome, rk.RiskContributions):
        named["contributions"] = outcome.dense
    if isinstance(outcome, rk.MarketState):
        named["stress"] = list(outcome.stress.values())
    return {name: np.asarray(values) for name, values in named.items()}


def of_instruments(outcome, names=NAMES):
    """Fields whose last axis is that of the instruments."""
    return {name: values for name, values in fields(outcome).items() if values.shape[-1:] == (names,)}


def every(table, **traits):
    """Parametrize a test with the cases that have all the traits."""
    chosen = {
        name: case
        for name, case in table.items()
        if all(bool(getattr(case, t, False)) == v for t, v in traits.items())
    }
    return pytest.mark.parametrize("case", list(chosen.values()), ids=list(chosen))


def assert_close(measured, expected, *, rtol=1e-9, atol=1e-14, skip=()):
    assert set(measured) == set(expected)
    for name in set(expected) - set(skip):
        np.testing.assert_allclose(measured[name], expected[name], rtol=rtol, atol=atol, err_msg=name)


def assert_same_bits(measured, expected, *, skip=()):
    assert set(measured) == set(expected)
    for name in set(expected) - set(skip):
        np.testing.assert_array_equal(measured[name], expected[name], err_msg=name)


def assert_scaled(measured, expected, effects, factor):
    """Each field times what its effect makes of the factor; counts and codes as they were."""
    assert set(effects) | COUNTS >= set(expected)
    for name, values in expected.items():
        effect = effects.get(name, SAME)(factor)
        wanted = values if effect == 1.0 else effect * values
        np.testing.assert_allclose(measured[name], wanted, rtol=1e-9, atol=1e-14, err_msg=name)


def test_every_public_function_stands_in_exactly_one_table():
    public = [name for name in rk.__all__ if name.islower() and callable(getattr(rk, name))]
    assert sorted([*SERIES, *BOOKS, *CROSSES]) == sorted(public)


@every(SERIES | BOOKS | CROSSES)
def test_a_world_without_holes_has_a_number_in_every_field(case):
    """Otherwise the relations below might compare nothing with nothing."""
    for name, values in fields(case.call(draw_world(4))).items():
        if name not in getattr(case, "never", ()):
            assert np.isfinite(values).mean() > (0.5 if values.ndim == 2 else 0.99), name


# ---------------------------------------------------------------- instruments


@every(SERIES)
@few
@given(seeds, missing_shares, st.permutations(range(NAMES)))
def test_the_order_of_instruments_changes_no_bit(case, seed, missing, order):
    world = draw_world(seed, missing=missing)
    straight, permuted = of_instruments(case.call(world)), of_instruments(case.call(world.columns(order)))
    assert_same_bits(permuted, {name: values[..., order] for name, values in straight.items()})


@every(SERIES)
@few
@given(seeds, missing_shares)
def test_an_instrument_given_twice_gets_the_same_answer_and_disturbs_no_other(case, seed, missing):
    world = draw_world(seed, missing=missing)
    before = of_instruments(case.call(world))
    after = of_instruments(case.call(world.with_another(0)), NAMES + 1)
    picks = [*range(NAMES), 0]
    assert_same_bits(after, {name: values[..., picks] for name, values in before.items()})


@every(SERIES, coupled=False)
@few
@given(seeds, missing_shares, st.integers(0, NAMES - 1))
def test_an_instrument_alone_has_the_bits_that_it_has_among_many(case, seed, missing, pick):
    world = draw_world(seed, missing=missing)
    many = of_instruments(case.call(world))
    alone = of_instruments(case.call(world.columns([pick])), 1)
    assert_same_bits(alone, {name: values[..., [pick]] for name, values in many.items()})


@every(SERIES, coupled=False, plain=True)
@few
@given(seeds, missing_shares, st.integers(0, NAMES - 1))
def test_a_plain_series_gives_plain_numbers_with_the_bits_of_its_column(case, seed, missing, pick):
    world = draw_world(seed, missing=missing)
    many = of_instruments(case.call(world))
    plain = fields(case.call(world.series(pick)))
    assert_same_bits(plain, {name: values[..., pick] for name, values in many.items()})


@every(SERIES)
@few
@given(seeds, missing_shares, st.integers(IN_UNIVERSE, NAMES - 1))
def test_an_instrument_of_which_nothing_is_known_has_no_number_and_disturbs_no_other(
    case, seed, missing, pick
):
    world = draw_world(seed, missing=missing)
    before, after = (of_instruments(case.call(w)) for w in (world, world.without(pick)))
    others = [other for other in range(NAMES) if other != pick]
    for name, values in after.items():
        np.testing.assert_array_equal(values[..., others], before[name][..., others], err_msg=name)
        if values.dtype == np.float64 and name not in COUNTS:
            assert np.isnan(values[..., pick]).all(), name
    assert (after.get("n_obs", np.zeros(NAMES))[..., pick] == 0).all()
    assert (after.get("reason", np.ones(NAMES))[..., pick] != rk.Reason.NONE).all()


@every(SERIES)
@few
@given(seeds, missing_shares, st.integers(IN_UNIVERSE, NAMES - 1), st.sampled_from([0.0, 1e-9, 0.001, -0.02]))
def test_an_instrument_that_never_changes_has_no_infinite_number_and_disturbs_no_other(
    case, seed, missing, pick, constant
):
    world = draw_world(seed, missing=missing)
    before, after = (of_instruments(case.call(w)) for w in (world, world.still(pick, constant)))
    others = [other for other in range(NAMES) if other != pick]
    for name, values in after.items():
        np.testing.assert_array_equal(values[..., others], before[name][..., others], err_msg=name)
        assert not np.isinf(values[..., pick]).any(), name


@every(SERIES)
@few
@given(seeds, missing_shares, st.integers(1, 60))
def test_blank_sessions_before_a_history_change_no_number(case, seed, missing, older):
    world = draw_world(seed, missing=missing)
    blank = draw_world(seed, rows=older).sessions(lambda table: np.full_like(table, np.nan))
    before, after = (of_instruments(case.call(w)) for w in (world, world.after(blank)))
    assert_close({name: newest(values, before) for name, values in after.items()}, before, skip=case.places)


def newest(values, like):
    """As many of the newest rows as there were before, where a field has rows."""
    rows = {table.shape[0] for table in like.values() if table.ndim == 2}
    return values[-rows.pop() :] if values.ndim == 2 and rows else values


@every(SERIES, windowed=True)
@few
@given(seeds, missing_shares, st.integers(1, 60))
def test_older_sessions_change_nothing_of_what_looks_at_a_window(case, seed, missing, older):
    world, past = draw_world(seed, missing=missing), draw_world(seed + 1, rows=older).scaled(8.0)
    before, after = (of_instruments(case.call(w)) for w in (world, world.after(past)))
    full = slice(21, None)  # where a rolling window was full before

    def rows(answer):
        return {name: newest(v, before)[full] if v.ndim == 2 else v for name, v in answer.items()}

    # The reason is skipped: whether a series stopped or never began is told by its older rows.
    if case.exact:
        assert_same_bits(rows(after), rows(before), skip=("reason",))
    else:
        assert_close(rows(after), rows(before), skip=("reason",), atol=1e-12)


@every(SERIES | BOOKS, dated=True)
@few
@given(seeds, missing_shares, st.integers(1, 60))
def test_later_sessions_change_no_bit_of_what_stands_before_them(case, seed, missing, later):
    world = draw_world(seed, missing=missing)
    whole, known_then = (fields(case.call(w)) for w in (world, world.sessions(lambda table: table[:-later])))
    before = slice(None, -later)
    if isinstance(case, Series):
        assert_same_bits(known_then, {name: values[before] for name, values in whole.items()})
    else:
        assert_same_bits(known_then, {name: values[:, before] for name, values in whole.items()})


@every(SERIES, left_out=True)
@few
@given(seeds, st.floats(0.05, 0.6))
def test_blank_sessions_are_as_good_as_sessions_that_never_were(case, seed, share):
    world = draw_world(seed)
    gone = np.random.default_rng(seed).random(ROWS) < share
    blank = world.sessions(lambda table: np.where(gone.reshape(-1, *[1] * (table.ndim - 1)), np.nan, table))
    shorter = world.sessions(lambda table: table[~gone])
    assert_close(of_instruments(case.call(blank)), of_instruments(case.call(shorter)), skip=case.places)


@every(SERIES, paired=True)
@few
@given(seeds, st.floats(0.05, 0.6))
def test_a_session_of_which_one_side_is_blank_is_no_pair(case, seed, share):
    world = draw_world(seed)
    side = np.random.default_rng(seed).random(ROWS)
    one, other = (getattr(world, name).copy() for name in case.paired)
    one[side < share / 2], other[(side >= share / 2) & (side < share)] = np.nan, np.nan
    holed = dataclasses.replace(world, **dict(zip(case.paired, (one, other), strict=True)))
    shorter = world.sessions(lambda table: table[side >= share])
    assert_close(of_instruments(case.call(holed)), of_instruments(case.call(shorter)))


SCALED = {name: case for name, case in SERIES.items() if case.scale is not None}


@every(SCALED)
@few
@given(seeds, missing_shares, scales, signs)
def test_an_instrument_that_moves_more_scales_each_field_as_its_unit_says(case, seed, missing, size, sign):
    world = draw_world(seed, missing=missing)
    factor = size * sign if case.mirrored else size
    before, after = (of_instruments(case.call(w)) for w in (world, world.scaled(factor)))
    assert_scaled(after, before, case.scale, factor)


@every(SERIES, shift=True)
@few
@given(seeds, missing_shares, st.floats(-0.05, 0.05))
def test_a_constant_added_to_all_returns_moves_nothing_that_is_centred(case, seed, missing, shift):
    world = draw_world(seed, missing=missing)
    moved = dataclasses.replace(world, returns=world.returns + shift)
    before, after = (of_instruments(case.call(w)) for w in (world, moved))
    for name in case.shift:
        np.testing.assert_allclose(after[name], before[name], rtol=1e-7, atol=1e-11, err_msg=name)


@every(SERIES, unit=True)
@few
@given(seeds, missing_shares, st.floats(1e-3, 1e3))
def test_the_currency_of_prices_is_not_seen(case, seed, missing, unit):
    world = draw_world(seed, missing=missing)
    prices = {name: unit * getattr(world.bars, name) for name in ("open", "high", "low", "close")}
    dearer = dataclasses.replace(world, bars=rk.Bars(**prices))
    assert_close(fields(case.call(dearer)), fields(case.call(world)), rtol=1e-8, atol=1e-13)


@every(SERIES)
@few
@given(seeds, st.floats(0, 1), st.integers(1, ROWS))
def test_a_reason_stands_exactly_where_the_number_is_missing(case, seed, missing, rows):
    world = draw_world(seed, missing=missing).sessions(lambda table: table[ROWS - rows :])
    answer = fields(case.call(world))
    if "reason" in answer:
        number = next(values for values in answer.values() if values.dtype == np.float64)
        np.testing.assert_array_equal(answer["reason"] != rk.Reason.NONE, np.isnan(number))


@every(SERIES)
@pytest.mark.parametrize("rows", [1, 2, 22])
def test_a_young_history_raises_nothing_and_warns_of_nothing(case, rows):
    for values in of_instruments(case.call(draw_world(5, rows=rows))).values():
        assert values.shape[-1] == NAMES


# ---------------------------------------------------------------- portfolios


@every(BOOKS)
@few
@given(seeds, missing_shares, st.integers(0, 3))
def test_a_portfolio_alone_has_the_bits_that_it_has_among_many(case, seed, missing, row):
    world = draw_world(seed, missing=missing)
    many, alone = fields(case.call(world)), fields(case.call(world.book(row)))
    assert_same_bits(alone, {name: values[row] for name, values in many.items()})


@every(BOOKS)
@few
@given(seeds, missing_shares)
def test_an_instrument_that_nobody_holds_changes_no_bit(case, seed, missing):
    world = draw_world(seed, missing=missing)
    wider = world.with_another(0).without(NAMES)
    before, after = fields(case.call(world)), fields(case.call(wider))
    for name in case.by_name:
        after[name] = after[name][..., :NAMES]
    assert_same_bits(after, before)


@every(BOOKS)
@few
@given(seeds, missing_shares, st.permutations(range(NAMES)))
def test_the_order_of_positions_changes_no_number(case, seed, missing, order):
    world = draw_world(seed, missing=missing)
    before, after = fields(case.call(world)), fields(case.call(world.columns(order)))
    for name in case.by_name:
        before[name] = before[name][..., order]
    assert_close(after, before, rtol=1e-9, atol=1e-12)


@every(BOOKS)
@few
@given(seeds, missing_shares, scales)
def test_leverage_scales_each_field_as_its_unit_says(case, seed, missing, factor):
    world = draw_world(seed, missing=missing)
    levered = dataclasses.replace(world, weights=factor * world.weights)
    assert_scaled(fields(case.call(levered)), fields(case.call(world)), case.leverage, factor)


@every(BOOKS, split=True)
@few
@given(seeds, missing_shares, st.floats(0.01, 0.99))
def test_a_position_split_between_twins_is_one_position(case, seed, missing, share):
    world = draw_world(seed, missing=missing)
    twins = world.with_another(0)
    weights = twins.weights.copy()
    weights[:, -1] = share * weights[:, 0]
    weights[:, 0] -= weights[:, -1]
    before = fields(case.call(world))
    after = fields(case.call(dataclasses.replace(twins, weights=weights)))
    for name in case.by_name:
        after[name][..., 0] += after[name][..., -1]
        after[name] = after[name][..., :-1]
    for name in (*case.split, *case.by_name):
        np.testing.assert_allclose(after[name], before[name], rtol=1e-9, atol=1e-12, err_msg=name)


KNOWING = {name: case for name, case in BOOKS.items() if case.blank is not None}


@every(KNOWING)
def test_a_book_of_which_nothing_is_known_has_no_number_and_covers_nothing(case):
    outcome = fields(case.call(draw_world(6).without(slice(None))))
    for name, values in outcome.items():
        if name in case.blank:
            assert np.isnan(values).all(), name
        elif name == "reason":
            assert (values != rk.Reason.NONE).all()
        elif name not in case.by_name:
            assert (values == 0).all(), name


# ---------------------------------------------------------------- all instruments together


@every(CROSSES)
@few
@given(seeds, missing_shares, st.permutations(range(NAMES)))
def test_the_order_of_a_cross_section_changes_no_number(case, seed, missing, order):
    world = draw_world(seed, missing=missing)
    assert_close(fields(case.call(world.columns(order))), fields(case.call(world)), atol=1e-12)


@every(CROSSES)
@few
@given(seeds, missing_shares)
def test_a_cross_section_given_twice_is_no_new_evidence(case, seed, missing):
    world = draw_world(seed, missing=missing)
    once, doubled = fields(case.call(world)), fields(case.call(world.columns([*range(NAMES), *range(NAMES)])))
    for name in case.twice:
        assert doubled[name] == 2 * once[name]
    assert_close(doubled, once, atol=1e-12, skip=case.twice)


@every(CROSSES)
@few
@given(seeds, missing_shares, st.integers(0, NAMES - 1))
def test_an_instrument_of_which_nothing_is_known_is_not_in_the_cross_section(case, seed, missing, pick):
    world = draw_world(seed, missing=missing)
    others = [other for other in range(NAMES) if other != pick]
    assert_close(fields(case.call(world.without(pick))), fields(case.call(world.columns(others))), atol=1e-12)


@every(CROSSES)
@few
@given(seeds, missing_shares, scales, signs)
def test_a_cross_section_that_moves_more_scales_each_field_as_its_unit_says(case, seed, missing, size, sign):
    world = draw_world(seed, missing=missing)
    before, after = fields(case.call(world)), fields(case.call(world.scaled(size * sign)))
    assert_scaled(after, before, case.scale, size * sign)


@every(CROSSES)
def test_a_cross_section_of_which_nothing_is_known_has_no_number(case):
    for name, values in fields(case.call(draw_world(7).without(slice(None)))).items():
        assert np.isnan(values).all() if values.dtype == np.float64 else values == 0, name

"""The numbers of instruments: which model forecasts each, and what ranges and the universe may change."""

import math
from functools import cache

import numpy as np
import pytest

from builders import draw_ranges, panel_of, random_prices
from risk.oracles import loop_forecast, loop_market, loop_mean_square
from risk.test_range_variance import loop_scale
from riskpanel.book.instruments import build_instrument_metrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.risk import INSTRUMENT_MODELS, Method, Reason

NAN, ROWS, POLICY = np.nan, 560, RiskPolicy()
MANY = tuple(f"S{n:02}" for n in range(23))  # with the index, a universe
FEW = MANY[:3]


def prices_of(symbols, seed=61):
    return random_prices(seed, ROWS, symbols)


def ranges_of(prices, symbols):
    return {symbol: draw_ranges(int(place), prices[symbol]) for place, symbol in enumerate(symbols)}


@cache
def world(symbols=MANY, ranged=()):
    """A panel of the index and symbols, of which those in ``ranged`` have open, high and low."""
    prices = prices_of(symbols)
    ranges = ranges_of(prices, ranged) if ranged else None
    return panel_of(prices, ranges=ranges)


@cache
def metrics_of(panel_key, *, row=ROWS - 1):
    return build_instrument_metrics(world(*panel_key), POLICY, row, market_indices=["SPY"])


def words(metrics):
    return [Method(int(code)).label for code in metrics.volatility.forecast.method]


def best_model(*, ranges, universe, universe_ranges):
    """The first of the models that has all it needs."""
    for model in INSTRUMENT_MODELS:
        has_market = universe_ranges if model.needs_market_ranges else universe
        if (ranges or not model.uses_ranges) and (has_market or not model.needs_market):
            return model
    raise AssertionError("the last model needs nothing")


WORLDS = [
    ((FEW, ()), False, False),
    ((FEW, ("SPY", *FEW)), False, False),
    ((FEW, ("S01",)), False, False),
    ((MANY, ()), True, False),
    ((MANY, ("S01", "S05")), True, False),
    ((MANY, ("SPY", *MANY)), True, True),
    ((MANY, MANY[:21]), True, True),
]


@pytest.mark.parametrize(("key", "universe", "universe_ranges"), WORLDS)
def test_each_instrument_is_forecast_by_the_best_model_that_its_evidence_allows(
    key, universe, universe_ranges
):
    panel, (_, ranged) = world(*key), key
    assert words(metrics_of(key)) == [
        best_model(ranges=s in ranged, universe=universe, universe_ranges=universe_ranges).method.label
        for s in panel.symbols
    ]


def test_the_worlds_meet_every_model():
    seen = {word for key, *_ in WORLDS for word in words(metrics_of(key))}
    assert seen == {model.method.label for model in INSTRUMENT_MODELS}


@pytest.mark.parametrize(("key", "universe", "universe_ranges"), WORLDS[2:])
def test_every_forecast_is_what_a_calculation_by_hand_gives(key, universe, universe_ranges):
    panel, (_, ranged), metrics = world(*key), key, metrics_of(key)
    returns, levelled, _ = evidence_by_hand(panel, ranged)
    forecast = metrics.volatility.forecast
    state = market_by_hand(panel, ROWS - 1)
    for column, symbol in enumerate(panel.symbols):
        model = best_model(ranges=symbol in ranged, universe=universe, universe_ranges=universe_ranges)
        wanted = loop_forecast(
            returns[:, column].tolist(),
            model,
            variances=levelled[:, column].tolist() if model.uses_ranges else None,
            market=state["ranges" if model.needs_market_ranges else "closes"],
        )
        numbers = (forecast.variance, forecast.volatility, forecast.low, forecast.high)
        np.testing.assert_allclose([part[column] for part in numbers], wanted, rtol=1e-9, err_msg=symbol)


def evidence_by_hand(panel, ranged):
    """Returns, levelled variances and spans of sessions (T, N) by plain loops over the traded prices."""
    ranges = ranges_of(prices_of(tuple(s for s in panel.symbols if s != "SPY")), ranged)
    returns, variances, spans = (np.full(panel.close.shape, NAN) for _ in range(3))
    for column, symbol in enumerate(panel.symbols):
        close = panel.close[:, column].tolist()
        for t in range(1, ROWS):
            returns[t, column] = close[t] / close[t - 1] - 1
        for t in range(ROWS if symbol in ranges else 0):
            opened, high, low = ranges[symbol][:, t]
            spans[t, column] = math.log(high / low) ** 2 / (4 * math.log(2))
            night = math.log(opened / close[t - 1]) if t else NAN
            variances[t, column] = night**2 + spans[t, column]
    recent = variances[-504:]
    if not ranged:
        return returns, recent, spans
    scale, _ = loop_scale(returns[-504:], recent, range(len(panel.symbols)))
    return returns, recent * np.array(scale), spans


def market_by_hand(panel, row):
    """State of the universe at a row, from closes and from ranges, as a stress and a move each.

    Nothing older than the 504 sessions of the policy is seen, whatever the panel holds.
    """
    year = slice(max(row - 251, ROWS - 504), row + 1)
    own = panel.returns[year].T.tolist()
    squares = np.square(panel.returns[year]).T.tolist()
    by = (("closes", squares), ("ranges", panel.spans[year].T.tolist()))
    return {name: loop_market(own, variances)[:2] for name, variances in by}


@pytest.mark.parametrize("key", [WORLDS[4][0], WORLDS[5][0]])
def test_hindcasts_are_of_the_model_that_forecasts_and_know_nothing_later(key):
    panel, metrics = world(*key), metrics_of(key)
    model = (
        INSTRUMENT_MODELS[0]
        if len(key[1]) > 2
        else best_model(ranges=True, universe=True, universe_ranges=False)
    )
    column = panel.column("S01")
    assert metrics.volatility.forecast.method[column] == model.method
    returns, levelled, _ = evidence_by_hand(panel, key[1])
    own, spread = returns[-504:, column].tolist(), levelled[-504:, column].tolist()
    pairs = []
    for ago in range(21, 504, 21):
        state = market_by_hand(panel, ROWS - 1 - ago)["ranges" if model.needs_market_ranges else "closes"]
        variance, *_ = loop_forecast(
            own[:-ago],
            model,
            variances=spread[:-ago] if model.uses_ranges else None,
            market=state if model.needs_market else None,
        )
        outcome = loop_mean_square(own[: 504 - ago + 21], window=21)
        pairs.append((math.sqrt(variance), math.sqrt(outcome)))
    known = [pair for pair in pairs if not math.isnan(pair[0])]
    assert metrics.hindcasts.n_obs[column] == len(known) >= 12
    wanted = np.corrcoef(np.array(known).T)[0, 1] ** 2
    assert metrics.hindcasts.r_squared[column] == pytest.approx(wanted, rel=1e-8)


def test_an_instrument_without_a_forecast_has_no_hindcasts_for_the_same_reason():
    prices = random_prices(91, 600, "ABC")
    prices["A"][-10:] = math.nan
    prices["B"] = np.full(600, 50.0)
    prices["C"][: 600 - 100] = math.nan
    panel = panel_of(prices)
    metrics = build_instrument_metrics(panel, POLICY, 599, market_indices=["SPY"])
    labels = [Reason(int(metrics.hindcasts.reason[panel.column(symbol)])).label for symbol in "ABC"]
    assert labels == ["stale", "degenerate", "short_history"]


def test_only_tracked_instruments_are_hindcast_and_everything_else_is_the_same():
    panel, key = world(MANY, ("S01", "S05")), (MANY, ("S01", "S05"))
    tracked = np.isin(panel.symbols, ["S01", "S02"])
    some = build_instrument_metrics(panel, POLICY, ROWS - 1, market_indices=["SPY"], tracked=tracked)
    whole = metrics_of(key)
    np.testing.assert_array_equal(np.isfinite(some.hindcasts.r_squared), tracked)
    np.testing.assert_array_equal(some.hindcasts.r_squared[tracked], whole.hindcasts.r_squared[tracked])
    assert_equal_metrics(some, whole, hindcasts=False)


def assert_equal_metrics(one, other, columns=slice(None), *, hindcasts=True, betas=True, rtol=0.0):
    """Forecasts, betas and fits of two calculations, column by column."""
    pairs = [
        (getattr(one.volatility.forecast, name), getattr(other.volatility.forecast, name))
        for name in ("variance", "volatility", "low", "high", "method", "clamped", "n_obs", "reason")
    ]
    pairs += [
        (getattr(one.volatility, name), getattr(other.volatility, name))
        for name in ("realized_21d", "realized_63d", "n_obs")
    ]
    methods = ("ols", "hac", "shrunk") if betas else ("ols", "hac")
    pairs += [
        (getattr(getattr(one.betas["SPY"], method), name), getattr(getattr(other.betas["SPY"], method), name))
        for method in methods
        for name in ("beta", "std_error", "r_squared", "n_obs", "reason")
    ]
    if hindcasts:
        pairs += [(one.hindcasts.r_squared, other.hindcasts.r_squared)]
    for first, second in pairs:
        np.testing.assert_allclose(first[columns], second[columns], rtol=rtol, atol=0)


@pytest.mark.parametrize("key", [WORLDS[4][0], WORLDS[5][0]])
def test_sessions_older_than_the_look_back_change_nothing(key):
    """A night loads one session more than the look-back, a backfill any number."""
    prices = {s: world(*key).close[:, world(*key).column(s)] for s in world(*key).symbols}
    rows = POLICY.return_sessions + 1
    traded = {s: values[:, -rows:] for s, values in ranges_of(prices, key[1]).items()}
    short = panel_of({s: values[-rows:] for s, values in prices.items()}, ranges=traded)
    assert_equal_metrics(
        build_instrument_metrics(short, POLICY, rows - 1, market_indices=["SPY"]), metrics_of(key)
    )


def test_later_prices_change_nothing_with_a_universe_and_ranges():
    key = (MANY, ("SPY", *MANY))
    panel, row = world(*key), ROWS - 20
    prices = {s: panel.close[:, panel.column(s)].copy() for s in panel.symbols}
    traded = ranges_of(prices, key[1])
    for place, symbol in enumerate(panel.symbols):
        prices[symbol][row + 1 :] *= 1.0 + 0.01 * place  # the first later session jumps, each by its own
        traded[symbol][:, row + 1 :] *= 3.0
    later = panel_of(prices, ranges=traded)
    then = build_instrument_metrics(later, POLICY, row, market_indices=["SPY"])
    assert_equal_metrics(then, metrics_of(key, row=row))
    now = build_instrument_metrics(later, POLICY, ROWS - 1, market_indices=["SPY"])
    assert (now.volatility.realized_21d != metrics_of(key).volatility.realized_21d).any()


def test_a_split_in_the_traded_prices_changes_nothing():
    key = (MANY, ("SPY", *MANY))
    prices = prices_of(MANY)
    close, traded = dict(prices), ranges_of(prices, key[1])
    factor = np.where(np.arange(ROWS) < ROWS - 40, 3.0, 1.0)
    for symbol in ("S03", "S09"):
        close[symbol], traded[symbol] = prices[symbol] * factor, traded[symbol] * factor
    split = panel_of(prices, close=close, ranges=traded)
    metrics = build_instrument_metrics(split, POLICY, ROWS - 1, market_indices=["SPY"])
    assert_equal_metrics(metrics, metrics_of(key), rtol=1e-10)


def without_open(traded, last):
    traded[0, last] = NAN


def zero_open(traded, last):
    traded[0, last] = 0.0


def crossed(traded, last):
    traded[[1, 2], last] = traded[[2, 1], last]


def below_the_close(traded, last):
    traded[1, last] = 0.9 * traded[2, last]
    traded[2, last] = 0.8 * traded[2, last]
    traded[0, last] = traded[1, last]


@pytest.mark.parametrize("spoil", [without_open, zero_open, crossed, below_the_close])
def test_sessions_whose_prices_contradict_themselves_leave_an_instrument_to_its_closes(spoil):
    prices = prices_of(MANY)
    traded = ranges_of(prices, ("SPY", *MANY))
    spoil(traded["S07"], slice(ROWS - 3, ROWS))
    panel = panel_of(prices, ranges=traded)
    column = panel.column("S07")
    assert np.isnan(panel.variances[-3:, column]).all()
    metrics = build_instrument_metrics(panel, POLICY, ROWS - 1, market_indices=["SPY"])
    from_closes = best_model(ranges=False, universe=True, universe_ranges=True)
    assert metrics.volatility.forecast.method[column] == from_closes.method
    wanted = loop_forecast(
        panel.returns[:, column].tolist(), from_closes, market=market_by_hand(panel, ROWS - 1)["closes"]
    )
    np.testing.assert_allclose(metrics.volatility.forecast.variance[column], wanted[0], rtol=1e-9)
    others = np.arange(len(panel.symbols)) != column
    whole = metrics_of((MANY, ("SPY", *MANY)))
    np.testing.assert_array_equal(
        metrics.volatility.forecast.method[others], whole.volatility.forecast.method[others]
    )
    np.testing.assert_array_equal(metrics.betas["SPY"].shrunk.beta, whole.betas["SPY"].shrunk.beta)


def test_one_spoiled_session_of_many_is_left_out_and_ranges_still_serve():
    prices = prices_of(MANY)
    traded = ranges_of(prices, ("SPY", *MANY))
    crossed(traded["S07"], slice(ROWS - 30, ROWS - 29))
    panel = panel_of(prices, ranges=traded)
    metrics = build_instrument_metrics(panel, POLICY, ROWS - 1, market_indices=["SPY"])
    assert metrics.volatility.forecast.method[panel.column("S07")] == INSTRUMENT_MODELS[0].method


def test_strangers_change_only_what_depends_on_the_universe():
    """Below twenty nobody knows the market; with twenty, shrunk betas and forecasts do, and nothing else."""
    few, many = world(FEW), world(MANY)
    shared = [many.column(symbol) for symbol in few.symbols]
    prices = {s: many.close[:, many.column(s)] for s in few.symbols}
    alone = build_instrument_metrics(panel_of(prices), POLICY, ROWS - 1, market_indices=["SPY"])
    among = metrics_of((MANY, ()))
    for name in ("beta", "std_error", "r_squared", "p_value", "n_obs"):
        for method in ("ols", "hac"):
            np.testing.assert_array_equal(
                getattr(getattr(alone.betas["SPY"], method), name),
                getattr(getattr(among.betas["SPY"], method), name)[shared],
            )
    for name in ("realized_21d", "realized_63d", "n_obs"):
        np.testing.assert_array_equal(
            getattr(alone.volatility, name), getattr(among.volatility, name)[shared]
        )
    shrunk = alone.betas["SPY"].shrunk
    assert np.isnan(shrunk.beta).all()
    assert set(shrunk.reason) == {Reason.SMALL_UNIVERSE}
    assert np.isfinite(among.betas["SPY"].shrunk.beta).all()
    assert (alone.volatility.forecast.method != among.volatility.forecast.method[shared]).all()


def test_a_beta_is_shrunk_towards_the_mean_of_all_that_have_one_held_or_not():
    shrunk, raw = (
        metrics_of((MANY, ())).betas["SPY"].shrunk.beta,
        metrics_of((MANY, ())).betas["SPY"].ols.beta,
    )
    assert np.std(shrunk) < np.std(raw)
    assert shrunk[world(MANY).column("SPY")] == pytest.approx(1.0, abs=1e-12)  # known without error

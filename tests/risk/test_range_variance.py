"""Session variances and their scale against loops, and what shrinking must keep."""

import math

import numpy as np
import pytest

from risk.brownian import simulate_bars
from riskpanel.risk import Bars, Reason, range_scale, session_variance


def sample_levels(seed, *, rows=504, columns=6, missing=0.0):
    """Returns, and proxies of their variance whose levels are off by 0.6 to 1.6, column by column."""
    rng = np.random.default_rng(seed)
    variance = np.square(0.01 * np.exp(rng.normal(0, 0.4, (rows, columns))))
    returns = np.sqrt(variance) * rng.standard_t(5, (rows, columns)) * math.sqrt(3 / 5)
    proxies = variance * np.linspace(0.6, 1.6, columns) * rng.gamma(4, 1 / 4, (rows, columns))
    for table in (returns, proxies):
        table[rng.random(table.shape) < missing] = np.nan
    return returns, proxies


def loop_scale(returns, proxies, members, *, window=504, prior=252, least=63):
    """Scale of each column by plain sums, the universe's log ratio weighted by sessions."""
    logs, counts = [], []
    for own, level in zip(returns[-window:].T, proxies[-window:].T, strict=True):
        pairs = [(r, s) for r, s in zip(own, level, strict=True) if not math.isnan(r + s)]
        counts.append(len(pairs))
        total = math.fsum(r * r for r, _ in pairs) / math.fsum(s for _, s in pairs) if pairs else math.nan
        logs.append(math.log(total) if len(pairs) >= least else math.nan)
    known = [j for j in members if not math.isnan(logs[j])]
    bounded = {j: min(max(logs[j], math.log(0.4)), math.log(3)) for j in known}
    universe = math.fsum(counts[j] * bounded[j] for j in known) / sum(counts[j] for j in known)
    shrunk = [math.exp((n * q + prior * universe) / (n + prior)) for n, q in zip(counts, logs, strict=True)]
    return [min(max(value, 0.4), 3.0) if not math.isnan(value) else value for value in shrunk], counts


def test_a_session_variance_is_the_night_squared_and_the_range_of_the_session():
    bars = simulate_bars(1, sessions=30, columns=4, night=0.3)
    measured = session_variance(bars)
    assert np.isnan(measured[0]).all()
    for t in range(1, 30):
        for j in range(4):
            night = math.log(bars.open[t, j] / bars.close[t - 1, j])
            span = math.log(bars.high[t, j] / bars.low[t, j])
            assert measured[t, j] == pytest.approx(night**2 + span**2 / (4 * math.log(2)), rel=1e-10)


def test_the_level_of_a_continuous_price_is_its_variance():
    measured = session_variance(simulate_bars(2, sessions=64, columns=2000, night=0.4))
    assert np.mean(measured[1:]) == pytest.approx(0.2**2 / 252, rel=0.01)


@pytest.mark.parametrize(("name", "lost"), [("open", [5]), ("high", [5]), ("low", [5]), ("close", [6])])
def test_each_missing_price_costs_the_sessions_that_need_it(name, lost):
    bars = simulate_bars(3, sessions=10, columns=1)
    prices = {column: getattr(bars, column).copy() for column in ("open", "high", "low", "close")}
    prices[name][5] = np.nan
    measured = session_variance(Bars(**prices))[:, 0]
    assert np.flatnonzero(np.isnan(measured)).tolist() == [0, *lost]


def test_a_session_that_contradicts_itself_has_no_variance_and_opens_no_night():
    bars = simulate_bars(4, sessions=10, columns=1)
    close = bars.close.copy()
    close[5] = bars.low[5] * 0.98
    measured = session_variance(Bars(bars.open, bars.high, bars.low, close))[:, 0]
    assert np.flatnonzero(np.isnan(measured)).tolist() == [0, 5, 6]


def test_session_variances_of_a_series_have_its_shape_and_the_bits_of_its_column():
    bars = simulate_bars(5, sessions=20, columns=3)
    alone = Bars(bars.open[:, 1], bars.high[:, 1], bars.low[:, 1], bars.close[:, 1])
    np.testing.assert_array_equal(session_variance(alone), session_variance(bars)[:, 1])
    nothing = np.empty((0, 3))
    assert session_variance(Bars(nothing, nothing, nothing, nothing)).shape == (0, 3)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("rows", [700, 504, 130])
def test_the_scale_equals_a_loop_over_its_formula(missing, rows):
    returns, proxies = sample_levels(6, rows=rows, missing=missing)
    returns[:-60, 2] = np.nan
    member = np.array([True, True, True, False, True, False])
    measured = range_scale(returns, proxies, universe=member)
    scale, counts = loop_scale(returns, proxies, np.flatnonzero(member).tolist())
    np.testing.assert_allclose(measured.scale, scale, rtol=1e-12)
    assert measured.n_obs.tolist() == counts
    assert np.isnan(measured.scale).tolist() == [False, False, True, False, False, False]
    assert Reason(int(measured.reason[2])) is Reason.SHORT_HISTORY


def test_the_ratio_is_the_symbols_own_and_the_scale_lies_between_it_and_the_universe():
    returns, proxies = sample_levels(7)
    found = range_scale(returns, proxies)
    own = np.square(returns).mean(axis=0) / proxies.mean(axis=0)
    np.testing.assert_allclose(found.ratio, own, rtol=1e-12)
    universe = np.exp(np.log(own).mean())
    np.testing.assert_allclose(found.scale, own ** (2 / 3) * universe ** (1 / 3), rtol=1e-12)


def test_without_a_prior_the_scaled_proxies_have_the_level_of_squared_returns_exactly():
    returns, proxies = sample_levels(8, missing=0.1)
    found = range_scale(returns, proxies, prior_obs=0)
    both = np.isfinite(returns) & np.isfinite(proxies)
    scaled = np.where(both, proxies * found.scale, 0.0).sum(axis=0)
    np.testing.assert_allclose(scaled, np.where(both, returns**2, 0.0).sum(axis=0), rtol=1e-12)


def test_a_symbol_outside_the_universe_is_scaled_and_changes_no_other():
    returns, proxies = sample_levels(9)
    member = np.array([True] * 5 + [False])
    wild = returns.copy()
    wild[:, 5] *= 30
    calm, shaken = (range_scale(r, proxies, universe=member) for r in (returns, wild))
    np.testing.assert_array_equal(shaken.scale[:5], calm.scale[:5])
    assert shaken.scale[5] == 3.0
    np.testing.assert_allclose(shaken.ratio[5], 900 * calm.ratio[5], rtol=1e-12)


def test_one_broken_symbol_moves_a_universe_of_forty_by_less_than_four_percent():
    returns, proxies = sample_levels(10, columns=40)
    broken = returns.copy()
    broken[100, 0] = -0.98
    before, after = range_scale(returns, proxies).scale, range_scale(broken, proxies).scale
    assert np.abs(after[1:] / before[1:] - 1).max() < 0.04
    pooled = np.square(broken).sum() / np.square(returns).sum()
    assert pooled > 1.3  # what a ratio of pooled sums would have made of it


def test_a_member_with_a_hopeless_ratio_counts_in_the_universe_as_one_at_the_bound():
    returns, proxies = sample_levels(16)
    hopeless, bounded = proxies.copy(), proxies.copy()
    hopeless[:, 0] *= 1e6
    ratio = range_scale(returns, proxies).ratio[0]
    bounded[:, 0] *= ratio / 0.4
    np.testing.assert_allclose(
        range_scale(returns, hopeless).scale[1:], range_scale(returns, bounded).scale[1:], rtol=1e-12
    )


def test_the_order_of_the_universe_changes_no_bit():
    returns, proxies = sample_levels(15, columns=60)
    straight = range_scale(returns, proxies)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(60)
        permuted = range_scale(returns[:, order], proxies[:, order])
        np.testing.assert_array_equal(permuted.scale, straight.scale[order])


def test_nothing_to_shrink_towards_means_no_scale():
    returns, proxies = sample_levels(11, columns=3)
    found = range_scale(returns, proxies, universe=np.zeros(3, dtype=bool))
    assert np.isnan(found.scale).all()
    assert np.isfinite(found.ratio).all()
    assert found.reason.tolist() == [Reason.DEGENERATE] * 3


@pytest.mark.parametrize("which", ["returns", "variances"])
def test_a_series_that_never_moves_has_no_ratio(which):
    returns, proxies = sample_levels(12, columns=3)
    (returns if which == "returns" else proxies)[:, 1] = 0.0
    found = range_scale(returns, proxies)
    assert np.isnan(found.scale).tolist() == [False, True, False]
    assert found.reason[1] == Reason.DEGENERATE
    assert found.n_obs[1] == 504


@pytest.mark.parametrize(("rows", "known"), [(62, False), (63, True)])
def test_a_scale_needs_63_sessions_with_both(rows, known):
    returns, proxies = sample_levels(13)
    proxies[: 504 - rows, 0] = np.nan
    found = range_scale(returns, proxies)
    assert np.isfinite(found.scale[0]) == known
    assert found.n_obs[0] == rows


def test_a_single_series_is_its_own_universe():
    returns, proxies = sample_levels(14, columns=1)
    found = range_scale(returns[:, 0], proxies[:, 0])
    assert found.scale.shape == ()
    assert found.scale == pytest.approx(float(found.ratio), rel=1e-14)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (504, 0), (1,)])
def test_empty_tables_have_no_scale(shape):
    found = range_scale(np.zeros(shape), np.zeros(shape))
    assert found.scale.shape == shape[1:]
    assert np.isnan(found.scale).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variances": np.zeros((9, 2))}, r"variances must have the shape \(10, 2\)"),
        ({"variances": np.full((10, 2), -1e-9)}, "must not be negative"),
        ({"variances": np.full((10, 2), np.inf)}, "variances holds an infinite value"),
        ({"universe": [True]}, r"universe must be boolean with shape \(2,\)"),
        ({"universe": [0, 1]}, "universe must be boolean"),
        ({"bounds": (0.0, 1.0)}, "bounds must be above 0"),
        ({"bounds": (2.0, 1.0)}, "bounds must be above 0 and in order"),
        ({"window": 62}, "do not fit together"),
        ({"min_obs": 0}, "do not fit together"),
        ({"prior_obs": -1}, "do not fit together"),
    ],
)
def test_misuse_raises(changes, message):
    arguments = {"returns": np.zeros((10, 2)), "variances": np.zeros((10, 2))} | changes
    with pytest.raises(ValueError, match=message):
        range_scale(arguments.pop("returns"), arguments.pop("variances"), **arguments)

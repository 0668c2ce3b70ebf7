"""Volatility trend: the last 21 sessions against the 42 before."""

import numpy as np
import pytest
from scipy import stats

from risk.oracles import loop_kurtosis, loop_trend, sample_returns
from riskpanel.risk import Direction, Reason, volatility_trend


def label(trend):
    return Direction(int(trend.direction)).label


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_direction_strength_and_ratio_equal_a_loop(missing):
    returns, _ = sample_returns(51, 300, 40, missing=missing)
    returns[-21:] *= np.linspace(0.5, 2.0, 40)
    trend = volatility_trend(returns)
    expected = [loop_trend(column) for column in returns.T.tolist()]
    assert [Direction(int(code)).label for code in trend.direction] == [
        direction for direction, _, _ in expected
    ]
    np.testing.assert_allclose(
        trend.strength, [strength for _, strength, _ in expected], rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(trend.log_ratio, [ratio for _, _, ratio in expected], rtol=1e-10)
    assert {"increasing", "decreasing", "stable"} <= {direction for direction, _, _ in expected}


def test_the_kurtosis_of_the_oracle_is_scipys_without_bias_correction():
    returns, _ = sample_returns(52, 252, 1)
    expected = stats.kurtosis(returns[:, 0], fisher=False, bias=True)
    assert loop_kurtosis(returns[:, 0].tolist()) == pytest.approx(expected, rel=1e-12)


def test_turning_the_last_21_sessions_up_is_increasing_and_down_is_decreasing():
    returns, _ = sample_returns(53, 300, 1)
    base = returns[:, 0] / np.abs(returns[:, 0]) * 0.01
    louder, softer = base.copy(), base.copy()
    louder[-21:] *= 3
    softer[-21:] /= 3
    assert [label(volatility_trend(series)) for series in (base, louder, softer)] == [
        "stable",
        "increasing",
        "decreasing",
    ]


def test_session_22_belongs_to_the_earlier_window_and_session_64_to_neither():
    signs = np.tile([1.0, -1.0], 150) * 0.01
    recent, earlier, older = signs.copy(), signs.copy(), signs.copy()
    recent[-21] *= 2
    earlier[-22] *= 2
    older[-64] *= 2
    ratios = [float(volatility_trend(series).log_ratio) for series in (recent, earlier, older)]
    assert ratios[0] == pytest.approx(0.5 * np.log(24 / 21))
    assert ratios[1] == pytest.approx(-0.5 * np.log(45 / 42))
    assert ratios[2] == pytest.approx(0.0, abs=1e-12)


def test_a_change_needs_both_evidence_and_size():
    returns = np.tile([0.01, -0.01], 126)
    returns[-21:] *= 1.3
    assert label(volatility_trend(returns)) == "increasing"
    assert label(volatility_trend(returns, min_change=0.31)) == "stable"
    assert label(volatility_trend(returns, min_z=9.0)) == "stable"


@pytest.mark.parametrize(("there", "known"), [(16, True), (15, False)])
def test_three_quarters_of_the_last_21_sessions_must_be_there(there, known):
    returns, _ = sample_returns(54, 300, 1)
    returns[-21 : -21 + (21 - there)] = np.nan
    trend = volatility_trend(returns)
    assert np.isfinite(trend.strength).all() == known
    assert Reason(int(trend.reason[0])).label == (None if known else "gap")


@pytest.mark.parametrize(("there", "known"), [(32, True), (31, False)])
def test_three_quarters_of_the_42_sessions_before_must_be_there(there, known):
    returns, _ = sample_returns(55, 21 + there, 1)
    trend = volatility_trend(returns)
    assert np.isfinite(trend.strength).all() == known
    assert Reason(int(trend.reason[0])).label == (None if known else "short_history")


def test_only_the_last_252_sessions_are_used():
    returns, _ = sample_returns(56, 252, 3)
    older = np.vstack([np.full((50, 3), 9.0), returns])
    for name in ("direction", "strength", "log_ratio", "n_obs"):
        np.testing.assert_array_equal(
            getattr(volatility_trend(older), name), getattr(volatility_trend(returns), name)
        )
    assert volatility_trend(older).n_obs.tolist() == [252] * 3


def test_a_constant_return_is_degenerate_not_stable():
    flat = np.broadcast_to(np.r_[0.0, np.random.default_rng(57).normal(0, 0.02, 200)], (300, 201))
    trend = volatility_trend(flat)
    assert (trend.direction == Direction.UNKNOWN).all()
    assert np.isnan(trend.strength).all()
    assert (trend.reason == Reason.DEGENERATE).all()


@pytest.mark.parametrize("still", [slice(-21, None), slice(-63, -21)])
def test_a_window_without_movement_is_degenerate(still):
    returns, _ = sample_returns(58, 300, 1)
    returns[still] = 0.0
    trend = volatility_trend(returns)
    assert trend.direction.tolist() == [Direction.UNKNOWN]
    assert trend.reason.tolist() == [Reason.DEGENERATE]


def test_a_stopped_series_is_stale():
    returns, _ = sample_returns(59, 300, 1)
    returns[-6:] = np.nan
    assert volatility_trend(returns).reason.tolist() == [Reason.STALE]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (300, 0), (1,), (21, 2), (22, 2)])
def test_empty_and_short_tables_are_unknown_and_keep_their_shape(shape):
    trend = volatility_trend(np.zeros(shape))
    assert np.shape(trend.direction) == shape[1:]
    assert (np.asarray(trend.direction) == Direction.UNKNOWN).all()
    assert np.isnan(trend.strength).all()


def test_all_missing_is_unpriced_without_a_warning():
    trend = volatility_trend(np.full((300, 2), np.nan))
    assert trend.reason.tolist() == [Reason.UNPRICED] * 2


def test_infinite_returns_raise():
    with pytest.raises(ValueError, match="infinite"):
        volatility_trend([0.0, np.inf])


def test_the_labels_are_the_words_of_the_tables():
    assert [direction.label for direction in Direction] == [None, "decreasing", "stable", "increasing"]

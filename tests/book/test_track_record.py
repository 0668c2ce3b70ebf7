"""Which forecasts are scored, what followed them, and the sums of their losses."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import Book, Lot, day, holdings_of, panel_of, random_prices
from properties.draws import modest, seeds
from riskpanel.book.forecast_scores import StoredForecasts
from riskpanel.book.mix_outcomes import StoredBooks, mix_outcomes
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.track_record import (
    Unscored,
    build_track_record,
    choose_origins,
    instrument_outcomes,
    outcomes_of,
)

ROWS = 150


# ---------------------------------------------------------------- which forecasts


def loop_origins(column, last_row):
    """Rows from the newest forecast that is over, each the newest at least 21 rows before the other."""
    chosen = []
    for row in range(len(column) - 1, -1, -1):
        over = row + 21 <= last_row
        if column[row] and over and (not chosen or chosen[-1] - row >= 21):
            chosen.append(row)
    return chosen


@modest
@given(seeds, st.sampled_from([0.03, 0.2, 0.9, 1.0]), st.integers(0, 119))
def test_the_chosen_forecasts_equal_a_loop(seed, share, last_row):
    present = np.random.default_rng(seed).random((120, 6)) < share
    chosen = choose_origins(present, last_row=last_row)
    for column in range(6):
        expected = sorted(loop_origins(present[:, column].tolist(), last_row))
        assert np.flatnonzero(chosen[:, column]).tolist() == expected


def test_of_a_forecast_every_session_each_21st_is_chosen_from_the_newest_that_is_over():
    chosen = choose_origins(np.ones((100, 1), dtype=bool), last_row=99)
    assert np.flatnonzero(chosen).tolist() == [15, 36, 57, 78]


def test_a_forecast_of_the_last_21_sessions_is_open():
    present = np.zeros((60, 2), dtype=bool)
    present[38, 0] = present[39, 1] = True
    assert choose_origins(present, last_row=59).any(axis=0).tolist() == [True, False]
    assert not choose_origins(present, last_row=10).any()


def test_a_series_that_ended_is_counted_back_from_its_own_newest_forecast():
    present = np.ones((100, 2), dtype=bool)
    present[51:, 1] = False
    chosen = choose_origins(present, last_row=99)
    assert np.flatnonzero(chosen[:, 1]).tolist() == [8, 29, 50]


# ---------------------------------------------------------------- what followed instruments


def forecasts_at(rows, series, seed=7, **columns):
    """Forecasts with drawn numbers at places (row, series)."""
    rng, count = np.random.default_rng(seed), len(rows)
    drawn = {
        "variance": rng.uniform(0.01, 0.2, count),
        "volatility": rng.uniform(0.1, 0.4, count),
        "low": rng.uniform(0.05, 0.15, count),
        "high": rng.uniform(0.15, 0.5, count),
        "rolling": rng.uniform(0.1, 0.4, count),
        "method": rng.integers(0, 2, count),
        "in_time": rng.random(count) < 0.5,
        "methods": ("one", "other"),
    }
    return StoredForecasts(
        rows=np.array(rows, dtype=np.int64), series=np.array(series, dtype=np.int64), **(drawn | columns)
    )


@pytest.fixture
def panel():
    prices = random_prices(31, ROWS, "ABC")
    prices["B"][100::3] = np.nan
    prices["C"][60:] = 42.0
    return panel_of(prices)


def loop_outcome(returns, row):
    kept = [value for value in returns[row + 1 : row + 22] if not math.isnan(value)]
    return 252 * math.fsum(value**2 for value in kept) / len(kept) if len(kept) >= 16 else math.nan


def test_what_followed_an_instrument_is_measured_from_its_returns_after_the_forecast(panel):
    forecasts = forecasts_at([20, 90, 110, 40, 80, 20], [0, 0, 1, 1, 2, 2])
    outcomes = instrument_outcomes(forecasts, panel, annualization=252)
    expected = [
        loop_outcome(panel.returns[:, s].tolist(), r) for r, s in ((20, 0), (90, 0), (40, 1), (20, 2))
    ]
    np.testing.assert_allclose(outcomes.variance[[0, 1, 3, 5]], expected, rtol=1e-13)
    assert np.isnan(outcomes.variance[[2, 4]]).all()
    labels = [Unscored(code).label for code in outcomes.reasons]
    assert labels == [None, None, "prices_missing", None, "no_movement", None]


def test_a_price_that_moves_by_rounding_dust_stands_still():
    outcomes = outcomes_of(np.array([1e-13, 1e-11, 0.0, np.nan]))
    labels = [Unscored(code).label for code in outcomes.reasons]
    assert labels == ["no_movement", None, "no_movement", "prices_missing"]
    assert np.isnan(outcomes.variance).tolist() == [True, False, True, True]


# ---------------------------------------------------------------- what followed portfolios


def books_of(holdings, panel, forecasts):
    """What the snapshots of the forecasts' days stored, added up lot by lot."""
    stored = []
    for row, portfolio in zip(forecasts.rows.tolist(), forecasts.series.tolist(), strict=True):
        values = {}
        for lot in np.flatnonzero(holdings.lot_portfolio == portfolio).tolist():
            entry, leave = holdings.lot_entry[lot], holdings.lot_exit[lot]
            today = panel.sessions[row]
            if (np.isnat(entry) or entry <= today) and (np.isnat(leave) or leave > today):
                symbol = int(holdings.lot_symbol[lot])
                values[symbol] = (
                    values.get(symbol, 0.0) + holdings.lot_quantity[lot] * panel.close[row, symbol]
                )
        stored.append(
            (holdings.cash[portfolio], sum(map(abs, values.values())), sum(values.values()), values)
        )
    return (
        StoredBooks(
            cash=np.array([s[0] for s in stored]),
            gross=np.array([round(s[1], 4) for s in stored]),
            net=np.array([round(s[2], 4) for s in stored]),
            positions=np.array([len(s[3]) for s in stored]),
        ),
        stored,
    )


@pytest.fixture
def whole():
    return panel_of(random_prices(33, ROWS, "ABC"))


def books(panel, *later):
    """Three books; ``later`` lots of the first."""
    return [
        Book("long", (Lot("A", 3.0), Lot("B", 2.0), *later), cash=120.0),
        Book("short", (Lot("A", 5.0), Lot("C", -2.0)), cash=-50.0),
        Book("traded", (Lot("A", 4.0, exit=day(panel, 60)), Lot("C", 1.0, entry=day(panel, 55))), cash=9.0),
    ]


@pytest.fixture
def holdings(whole):
    return holdings_of(whole, books(whole))


def test_what_followed_a_portfolio_is_the_mix_of_that_day_and_not_the_later_book(whole, holdings):
    forecasts = forecasts_at([30, 51, 51, 30, 51, 72], [0, 0, 1, 2, 2, 2])
    stored, parts = books_of(holdings, whole, forecasts)
    outcomes = mix_outcomes(holdings, whole, RiskPolicy(), forecasts=forecasts, books=stored)
    for at, (row, (cash, _, net, values)) in enumerate(zip(forecasts.rows.tolist(), parts, strict=True)):
        mixed = [
            sum(value * whole.returns[t, symbol] for symbol, value in values.items()) / (cash + net)
            for t in range(row + 1, row + 22)
        ]
        assert outcomes.variance[at] == pytest.approx(252 * math.fsum(r**2 for r in mixed) / 21, rel=1e-11)
    assert outcomes.reasons.tolist() == [0] * 6
    # Only A was held on row 51, although it was sold on row 60 and C was bought on row 55.
    assert list(parts[4][3]) == [whole.column("A")]


def test_nothing_after_the_21_sessions_and_no_later_lot_changes_what_followed(whole, holdings):
    forecasts = forecasts_at([51, 51, 51], [0, 1, 2])
    stored, _ = books_of(holdings, whole, forecasts)
    before = mix_outcomes(holdings, whole, RiskPolicy(), forecasts=forecasts, books=stored)
    later = whole.returns.copy()
    later[73:] *= 3
    bought = holdings_of(whole, books(whole, Lot("C", 40.0, entry=day(whole, 52))))
    changed = mix_outcomes(
        replace(bought, cash=holdings.cash + 1000),  # cash has no history: the snapshot's is taken
        replace(whole, returns=later),
        RiskPolicy(),
        forecasts=forecasts,
        books=stored,
    )
    np.testing.assert_array_equal(changed.variance, before.variance)
    later[72] *= 3
    changed = mix_outcomes(
        bought, replace(whole, returns=later), RiskPolicy(), forecasts=forecasts, books=stored
    )
    assert (changed.variance > before.variance).all()


def test_lots_that_no_longer_give_the_stored_exposure_leave_the_forecast_without_a_score(whole, holdings):
    forecasts = forecasts_at([30, 30, 30], [0, 1, 2])
    stored, _ = books_of(holdings, whole, forecasts)
    more = replace(holdings, lot_quantity=holdings.lot_quantity * np.where(holdings.lot_portfolio == 1, 2, 1))
    outcomes = mix_outcomes(more, whole, RiskPolicy(), forecasts=forecasts, books=stored)
    assert [Unscored(code).label for code in outcomes.reasons] == [None, "holdings_changed", None]
    assert np.isnan(outcomes.variance).tolist() == [False, True, False]
    none_left = replace(holdings, lot_quantity=holdings.lot_quantity * (holdings.lot_portfolio != 1))
    outcomes = mix_outcomes(none_left, whole, RiskPolicy(), forecasts=forecasts, books=stored)
    # Without its lots the second is a debt of 50, which has no value at all.
    assert [Unscored(code).label for code in outcomes.reasons] == [None, "unvalued", None]


def test_a_portfolio_with_a_position_that_lost_its_prices_cannot_be_valued(whole, holdings):
    forecasts = forecasts_at([30, 30], [0, 1])
    stored, _ = books_of(holdings, whole, forecasts)
    close = whole.close.copy()
    close[:, whole.column("C")] = np.nan
    outcomes = mix_outcomes(
        holdings, replace(whole, close=close), RiskPolicy(), forecasts=forecasts, books=stored
    )
    assert [Unscored(code).label for code in outcomes.reasons] == [None, "unvalued"]


@pytest.mark.parametrize(("missing", "label"), [(5, None), (6, "prices_missing")])
def test_a_session_counts_only_when_every_position_has_a_return(whole, holdings, missing, label):
    forecasts = forecasts_at([30, 30], [0, 1])
    stored, _ = books_of(holdings, whole, forecasts)
    returns = whole.returns.copy()
    returns[31 : 31 + missing, whole.column("B")] = np.nan
    outcomes = mix_outcomes(
        holdings, replace(whole, returns=returns), RiskPolicy(), forecasts=forecasts, books=stored
    )
    assert [Unscored(code).label for code in outcomes.reasons] == [label, None]
    rest = mix_outcomes(holdings, whole, RiskPolicy(), forecasts=forecasts, books=stored)
    assert outcomes.variance[1] == rest.variance[1]


# ---------------------------------------------------------------- the sums


def loop_score(lines):
    """Counts and means of lines (realized, variance, volatility, low, high, rolling, in time)."""
    pairs = [
        (rv / h - math.log(rv / h) - 1, rv / old**2 - math.log(rv / old**2) - 1)
        for rv, h, _, _, _, old, _ in lines
        if not math.isnan(old) and old > 0
    ]
    banded = [low <= math.sqrt(rv) <= high for rv, _, _, low, high, _, _ in lines if not math.isnan(low)]
    realized = [math.sqrt(line[0]) for line in lines]
    return {
        "scored": len(lines),
        "in_time": sum(line[6] for line in lines),
        "compared": len(pairs),
        "banded": len(banded),
        "qlike_model": sum(p[0] for p in pairs) / len(pairs) if pairs else None,
        "qlike_rolling": sum(p[1] for p in pairs) / len(pairs) if pairs else None,
        "volatility_bias": sum(line[2] for line in lines) / sum(realized) - 1 if lines else None,
        "variance_bias": sum(line[1] for line in lines) / sum(line[0] for line in lines) - 1
        if lines
        else None,
        "band_coverage": sum(banded) / len(banded) if banded else None,
    }


def drawn_record(seed=11):
    """A record of forecasts of five series over seven periods, with every kind of gap, and its parts."""
    rng = np.random.default_rng(seed)
    present = np.zeros((170, 6), dtype=bool)
    present[2:, :4] = True
    present[5:120:11, 4] = True
    chosen = choose_origins(present, last_row=169)
    series, rows = np.nonzero(chosen.T)
    forecasts = forecasts_at(rows, series, seed)
    count = len(forecasts)
    forecasts = replace(
        forecasts,
        low=np.where(rng.random(count) < 0.2, np.nan, forecasts.low),
        rolling=np.where(rng.random(count) < 0.2, rng.choice([np.nan, 0.0], count), forecasts.rolling),
    )
    variance = np.where(rng.random(count) < 0.15, np.nan, rng.gamma(2.0, 0.03, count))
    variance[series == 3] = np.nan
    outcomes = outcomes_of(variance)
    sessions = np.arange("2020-01-01", "2020-06-19", dtype="datetime64[D]")
    record = build_track_record(
        forecasts, outcomes, present, last_row=169, names=list("uvwxyz"), sessions=sessions
    )
    return record, forecasts, variance, sessions


def lines_of(forecasts, variance, where):
    columns = (
        variance, forecasts.variance, forecasts.volatility, forecasts.low, forecasts.high, forecasts.rolling,
        forecasts.in_time,
    )  # fmt: skip
    kept = where & np.isfinite(variance)
    return list(zip(*(column[kept].tolist() for column in columns), strict=True))


def assert_scored(score, lines):
    for name, expected in loop_score(lines).items():
        actual = getattr(score, name)
        assert actual == (expected if expected is None else pytest.approx(expected, rel=1e-12)), name


def test_scores_of_all_of_each_series_and_of_each_method_equal_a_loop():
    record, forecasts, variance, sessions = drawn_record()
    assert_scored(record.pooled, lines_of(forecasts, variance, np.ones(len(forecasts), dtype=bool)))
    assert [score.name for score in record.series] == list("uvwxy")
    for at, score in enumerate(record.series):
        assert_scored(score, lines_of(forecasts, variance, forecasts.series == at))
    assert [score.name for score in record.methods] == ["one", "other"]
    for at, score in enumerate(record.methods):
        assert_scored(score, lines_of(forecasts, variance, forecasts.method == at))
    scored = forecasts.rows[np.isfinite(variance)]
    assert (record.pooled.first, record.pooled.last) == (
        sessions[scored.min()].item(), sessions[scored.max()].item()
    )  # fmt: skip
    assert (record.series[3].first, record.series[3].last, record.series[3].qlike_model) == (None, None, None)


def test_every_stored_forecast_is_scored_unscored_overlapping_or_open():
    record, forecasts, variance, _ = drawn_record()
    unscored = sum(group.count for group in record.unscored)
    assert unscored == np.isnan(variance).sum() > 0
    assert record.pooled.scored + unscored + record.overlapping + record.open == record.stored
    assert record.open == 4 * 21
    (group,) = record.unscored
    assert group.reason == "prices_missing"
    assert set(group.names) == {"uvwxyz"[at] for at in forecasts.series[np.isnan(variance)]}


def test_series_count_as_better_where_the_loss_of_the_model_is_lower():
    record, *_ = drawn_record()
    pairs = [(s.qlike_model, s.qlike_rolling) for s in record.series if s.compared]
    assert (record.better, record.comparable) == (sum(a < b for a, b in pairs), 4)


def test_the_comparison_takes_the_forecasts_of_a_period_as_one_piece_of_evidence():
    record, forecasts, variance, _ = drawn_record()
    losses = {}
    for at, (rv, h, old) in enumerate(zip(variance, forecasts.variance, forecasts.rolling, strict=True)):
        if math.isfinite(rv) and old > 0:
            period = (forecasts.rows.max() - forecasts.rows[at]) // 21
            difference = (rv / h - math.log(rv / h)) - (rv / old**2 - math.log(rv / old**2))
            losses.setdefault(period, []).append(difference)
    n, periods = sum(map(len, losses.values())), len(losses)
    mean = sum(map(sum, losses.values())) / n
    squares = sum(sum(d - mean for d in own) ** 2 for own in losses.values())
    t = mean / math.sqrt(periods / (periods - 1) * squares) * n
    comparison = record.comparison
    assert comparison.periods == periods > 5
    assert (comparison.difference, comparison.t_statistic) == pytest.approx((mean, t), rel=1e-11)
    assert 0 < comparison.p_value < 1


def test_a_record_without_any_chosen_forecast_has_counts_alone():
    present = np.zeros((50, 2), dtype=bool)
    present[40:, 0] = True
    forecasts = forecasts_at([], [], methods=())
    record = build_track_record(
        forecasts,
        outcomes_of(np.array([])),
        present,
        last_row=49,
        names=["a", "b"],
        sessions=np.arange("2020-01-01", "2020-02-20", dtype="datetime64[D]"),
    )
    assert (record.stored, record.open, record.overlapping, record.pooled.scored) == (10, 10, 0, 0)
    assert (record.pooled.qlike_model, record.pooled.band_coverage, record.pooled.first) == (None, None, None)
    assert (record.comparison.difference, record.comparison.periods) == (None, 0)
    assert record.series == record.methods == record.unscored == ()

"""The track record from stored rows: against plain loops, without look-ahead, in few statements."""

import math
from datetime import date

import numpy as np
import pytest
import sqlalchemy as sa

from builders import Book, Lot, day, fill_books, fill_prices, fill_store, panel_of, random_prices, table_rows
from nightly.nights import TODAY, night, ticking
from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import InputError
from riskpanel.nightly.evaluation import evaluate_forecasts
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.schema import instrument_volatility, market_data_cache, portfolio_snapshots
from store.test_night import counted

ROWS = 200
NIGHTS = (-64, -44, -43, -23, -22, -21, -1)  # rows: scored are -64, -43 and -22


def evaluate(store, *, first=None, last=None, **options):
    policy = options.pop("policy", RiskPolicy())
    return evaluate_forecasts(store, policy, first=first, last=last, today=options.pop("today", TODAY))


@pytest.fixture
def panel():
    """An index and four stocks: C lost its prices 30 sessions ago, D stands still since 25."""
    prices = random_prices(81, ROWS, "ABCD")
    prices["C"][ROWS - 30 :] = np.nan
    prices["D"][ROWS - 25 :] = prices["D"][ROWS - 25]
    return panel_of(prices)


@pytest.fixture
def books(panel):
    return [
        Book("long", (Lot("A", 10.0), Lot("B", 5.5)), cash=250.25),
        Book(
            "traded",
            (Lot("A", 5.0), Lot("B", 9.0, day(panel, -60), day(panel, -20)), Lot("D", -2.0, day(panel, -35))),
            cash=900.0,
        ),
        Book("stopped", (Lot("A", 1.0), Lot("C", 2.0))),
        Book("cash", cash=10.0),
    ]


@pytest.fixture
def filled(store, panel, books, now):
    """A store with a few nights."""
    fill_store(store, panel, books, now=now)
    for row in NIGHTS:
        night(store, day(panel, row), clock=ticking())
    return store


# ---------------------------------------------------------------- the oracle: loops over the same rows


class Loops:
    """Scores from the rows of the tables, one forecast after the other."""

    def __init__(self, store, panel):
        self.days = panel.sessions.tolist()
        self.close, self.adjusted = {}, {}
        for row in table_rows(store, "market_data_cache"):
            self.close[row["symbol"], row["date"]] = row["close"]
            self.adjusted[row["symbol"], row["date"]] = row["adj_close"]
        self.lots = table_rows(store, "positions")
        self.names = {row["id"]: row["name"] for row in table_rows(store, "portfolios")}

    def instrument_scores(self, store):
        stored = {}
        for row in table_rows(store, "instrument_volatility"):
            if row["expected_variance"] is not None:
                numbers = [
                    row[f"{name}"]
                    for name in ("expected_variance", "expected_vol_21d", "expected_vol_low",
                                 "expected_vol_high", "realized_vol_21d")
                ]  # fmt: skip
                stored.setdefault(row["symbol"], {})[row["calculation_date"]] = (
                    numbers,
                    {row["symbol"]: 1.0},
                )
        return {name: self.score(own) for name, own in stored.items()}

    def portfolio_scores(self, store):
        stored = {}
        for row in table_rows(store, "portfolio_snapshots"):
            if row["expected_variance"] is not None:
                numbers = [
                    row[name]
                    for name in ("expected_variance", "expected_volatility_21d", "expected_volatility_low",
                                 "expected_volatility_high", "realized_volatility_21d")
                ]  # fmt: skip
                mix = self.mix(row["portfolio_id"], row["snapshot_date"], float(row["cash_value"]))
                stored.setdefault(self.names[row["portfolio_id"]], {})[row["snapshot_date"]] = (numbers, mix)
        return {name: self.score(own) for name, own in stored.items()}

    def mix(self, portfolio, on, cash):
        values = {}
        for lot in self.lots:
            begun = lot["entry_date"] is None or lot["entry_date"] <= on
            over = lot["exit_date"] is not None and lot["exit_date"] <= on
            if lot["portfolio_id"] == portfolio and begun and not over:
                back = [d for d in self.days[: self.days.index(on) + 1] if (lot["symbol"], d) in self.close]
                units = float(lot["quantity"]) * (1 if lot["position_type"] == "LONG" else -1)
                value = units * self.close[lot["symbol"], back[-1]]
                values[lot["symbol"]] = values.get(lot["symbol"], 0.0) + value
        nav = cash + sum(values.values())
        return {symbol: value / nav for symbol, value in values.items()}

    def after(self, on, mix):
        """Annualised variance of a mix over the 21 sessions after a day; None below 16 returns."""
        at, kept = self.days.index(on), []
        for before, today in zip(self.days[at : at + 21], self.days[at + 1 : at + 22], strict=True):
            pairs = [(self.adjusted.get((s, before)), self.adjusted.get((s, today))) for s in mix]
            if None not in [price for pair in pairs for price in pair]:
                kept.append(
                    sum(w * (new / old - 1) for w, (old, new) in zip(mix.values(), pairs, strict=True))
                )
        return 252 * math.fsum(r**2 for r in kept) / len(kept) if len(kept) >= 16 else None

    def score(self, own):
        """Scored and unscored forecasts, mean losses, and the band of one series."""
        origins = []
        for on in sorted(own, reverse=True):
            row = self.days.index(on)
            if row + 21 < len(self.days) and (not origins or self.days.index(origins[-1]) - row >= 21):
                origins.append(on)
        models, rollings, inside, unscored = [], [], [], 0
        for on in origins:
            (h, _, low, high, rolling), mix = own[on]
            realized = self.after(on, mix)
            if not realized or realized < 1e-12:
                unscored += 1
                continue
            models.append(realized / h - math.log(realized / h) - 1)
            rollings.append(realized / rolling**2 - math.log(realized / rolling**2) - 1)
            inside.append(low <= math.sqrt(realized) <= high)
        return {
            "origins": origins,
            "unscored": unscored,
            "scored": len(models),
            "qlike_model": sum(models) / len(models) if models else None,
            "qlike_rolling": sum(rollings) / len(models) if models else None,
            "band_coverage": sum(inside) / len(models) if models else None,
        }


def assert_equal_scores(record, expected):
    assert {score.name for score in record.series} == {
        name for name, own in expected.items() if own["origins"]
    }
    for score in record.series:
        own = expected[score.name]
        for name in ("scored", "qlike_model", "qlike_rolling", "band_coverage"):
            wanted = own[name]
            assert getattr(score, name) == (wanted if wanted is None else pytest.approx(wanted, rel=1e-9)), (
                score.name,
                name,
            )
    assert sum(group.count for group in record.unscored) == sum(own["unscored"] for own in expected.values())


# ---------------------------------------------------------------- the scores


def test_scores_equal_plain_loops_over_the_stored_rows(filled, panel):
    found, loops = evaluate(filled), Loops(filled, panel)
    instruments, portfolios = loops.instrument_scores(filled), loops.portfolio_scores(filled)
    assert_equal_scores(found.instruments, instruments)
    assert_equal_scores(found.portfolios, portfolios)
    assert [instruments[name]["scored"] for name in ("A", "SPY")] == [3, 3]
    assert sum(own["scored"] for own in portfolios.values()) >= 6
    assert (found.prices_until, found.first, found.last) == (day(panel), day(panel, NIGHTS[0]), day(panel))


def test_what_cannot_be_scored_is_counted_with_its_reason_and_its_series(filled):
    found = evaluate(filled)
    reasons = {group.reason: group.names for group in found.instruments.unscored}
    assert reasons == {"prices_missing": ("C",), "no_movement": ("D",)}
    reasons = {group.reason: group.names for group in found.portfolios.unscored}
    assert reasons == {"prices_missing": ("stopped",)}
    for record in (found.instruments, found.portfolios):
        chosen = record.pooled.scored + sum(group.count for group in record.unscored)
        assert record.stored == chosen + record.overlapping + record.open


def test_a_forecast_of_the_last_21_sessions_is_open_and_the_one_before_is_scored(filled, panel):
    found = evaluate(filled, first=day(panel, -21))
    assert (
        found.instruments.open == found.instruments.stored > found.portfolios.open == found.portfolios.stored
    )
    assert found.instruments.series == found.portfolios.series == ()
    assert found.first_due == sessions_between(day(panel), date(2025, 3, 1))[1].item()
    found = evaluate(filled, first=day(panel, -22))
    scored = {score.name: score for score in found.instruments.series if score.scored}
    assert (scored["A"].first, scored["A"].last) == (day(panel, -22), day(panel, -22))


def test_prices_after_the_21_sessions_change_nothing(filled, panel):
    before = evaluate(filled, last=day(panel, -43))
    assert before.instruments.pooled.scored > 3
    assert before.instruments.pooled.last == day(panel, -43)
    table = market_data_cache
    with filled.begin() as conn:
        wild = sa.case((table.c.symbol == "A", 3.0), else_=0.5)
        conn.execute(
            sa.update(table)
            .where(table.c.date > day(panel, -22))
            .values(close=table.c.close * wild, adj_close=table.c.adj_close * wild)
        )
    assert evaluate(filled, last=day(panel, -43)) == before
    assert evaluate(filled) != before
    with filled.begin() as conn:
        conn.execute(
            sa.update(table).where(table.c.date == day(panel, -22)).values(adj_close=table.c.adj_close * 2)
        )
    after = evaluate(filled, last=day(panel, -43))
    assert after.instruments.pooled.qlike_model != before.instruments.pooled.qlike_model


def test_prices_of_days_after_today_are_not_looked_at(filled, panel):
    found = evaluate(filled, today=day(panel, -10))
    assert found.prices_until == day(panel, -10)
    assert found.instruments.pooled.last == day(panel, -43)  # of those stored, the newest up to -31


def test_a_later_trade_changes_no_score_and_a_rewritten_lot_takes_it_away(filled, panel, now):
    before = evaluate(filled)
    fill_books(filled, [Book("long", (Lot("B", 500.0, day(panel, -3)),), cash=99999.0)], now=now)
    assert evaluate(filled) == before
    fill_books(filled, [Book("long", (Lot("B", 500.0),), cash=250.25)], now=now)
    after = evaluate(filled)
    assert "long" in {group.reason: group.names for group in after.portfolios.unscored}["holdings_changed"]
    assert after.instruments == before.instruments
    scores = {score.name: score.scored for score in after.portfolios.series}
    assert scores["long"] == 0
    assert scores["traded"] == {score.name: score.scored for score in before.portfolios.series}["traded"]


def test_a_portfolio_that_lost_the_prices_it_was_valued_with_is_named(filled, panel):
    with filled.begin() as conn:
        conn.execute(sa.delete(market_data_cache).where(market_data_cache.c.symbol == "B"))
    found = evaluate(filled)
    reasons = {group.reason: group.names for group in found.portfolios.unscored}
    assert "long" in reasons["unvalued"]
    assert "B" in {group.reason: group.names for group in found.instruments.unscored}["prices_missing"]


def test_an_instrument_that_nobody_holds_any_more_keeps_its_record(filled):
    before = evaluate(filled).instruments
    with filled.begin() as conn:
        conn.execute(sa.text("DELETE FROM positions WHERE symbol = 'B'"))
    assert evaluate(filled).instruments == before


def test_a_forecast_counts_as_in_time_when_it_was_stored_by_the_next_session(filled, panel, now):
    assert evaluate(filled).instruments.pooled.in_time == 0  # all were computed in June 2025
    table, on = instrument_volatility, day(panel, -22)
    for stored, in_time in ((day(panel, -21), 1), (day(panel, -20), 0)):
        moment = now.replace(year=stored.year, month=stored.month, day=stored.day, hour=23)
        with filled.begin() as conn:
            own = (table.c.symbol == "A") & (table.c.calculation_date == on)
            conn.execute(sa.update(table).where(own).values(updated_at=moment))
        found = evaluate(filled).instruments
        assert found.pooled.in_time == in_time
        assert {score.name: score.in_time for score in found.series}["A"] == in_time


def test_methods_are_words_that_scores_are_shown_for(filled, panel):
    table = instrument_volatility
    with filled.begin() as conn:
        conn.execute(
            sa.update(table)
            .where(table.c.calculation_date == day(panel, -22))
            .values(expected_vol_method="new")
        )
    methods = {score.name: score.scored for score in evaluate(filled).instruments.methods}
    assert methods["new"] > 0
    assert len(methods) == 2


def test_reading_writes_nothing_and_takes_as_many_statements_for_many_series_as_for_few(filled, panel, now):
    before = table_rows(filled, "portfolio_snapshots")
    with counted(filled) as few:
        evaluate(filled)
    many = [Book(f"book {n}", (Lot("A", 1.0 + n), Lot("B", 2.0)), cash=100.0) for n in range(40)]
    fill_books(filled, many, now=now)
    assert table_rows(filled, "portfolio_snapshots") == before
    night(filled, day(panel, -40))
    with counted(filled) as more:
        found = evaluate(filled)
    assert len(found.portfolios.series) > 40
    assert len(few) == len(more) < 25


# ---------------------------------------------------------------- what is refused


def test_without_forecasts_or_prices_there_is_nothing_to_evaluate(store, panel, books, now):
    with pytest.raises(InputError, match="no forecast is stored") as told:
        evaluate(store)
    assert "riskpanel run" in told.value.hint
    fill_store(store, panel, books, now=now)
    night(store, day(panel))
    with store.begin() as conn:
        conn.execute(sa.delete(market_data_cache))
    with pytest.raises(InputError, match="no prices are stored"):
        evaluate(store)


def test_a_range_without_forecasts_is_answered_with_the_days_that_have_some(filled, panel):
    with pytest.raises(InputError, match="no forecast is stored from 2025-05-01 up to 2025-05-02") as told:
        evaluate(filled, first=date(2025, 5, 1), last=date(2025, 5, 2))
    assert told.value.hint == f"stored forecasts go from {day(panel, NIGHTS[0])} to {day(panel)}"
    with pytest.raises(InputError, match="the range is empty: 2025-05-02 is after 2025-05-01"):
        evaluate(filled, first=date(2025, 5, 2), last=date(2025, 5, 1))


def test_forecasts_that_were_annualised_otherwise_are_refused(filled):
    with pytest.raises(InputError, match="annualised with 252 sessions, the policy has 365") as told:
        evaluate(filled, policy=RiskPolicy(annualization=365))
    assert "RISKPANEL_POLICY__ANNUALIZATION" in told.value.hint


def test_prices_that_end_before_the_first_forecast_leave_everything_open(filled, panel):
    found = evaluate(filled, today=day(panel, -150))
    assert found.prices_until == day(panel, -150)
    assert (found.instruments.open, found.portfolios.open) == (
        found.instruments.stored,
        found.portfolios.stored,
    )


def test_snapshots_without_a_forecast_are_not_counted(filled, panel):
    found = evaluate(filled)
    with filled.read() as conn:
        rows = conn.execute(
            sa.select(sa.func.count(), sa.func.count(portfolio_snapshots.c.expected_variance))
        ).one()
    assert found.portfolios.stored == rows[1] < rows[0]
    assert "cash" not in {score.name for score in found.portfolios.series}


def test_adjusted_prices_measure_what_followed_and_raw_ones_the_weights(store, now):
    prices = random_prices(82, 150, "AB")
    halved = np.where(np.arange(150) < 120, 2.0, 1.0)  # a split of A, in the middle of what followed
    split = panel_of(prices, close={"A": halved * prices["A"]})
    lots = (Lot("A", 4.0, None, day(split, 120)), Lot("A", 8.0, day(split, 120)), Lot("B", 3.0))
    fill_store(store, split, [Book("split", lots)], now=now)
    for row in (107, 128):
        night(store, day(split, row))
    found, loops = evaluate(store), Loops(store, split)
    assert found.portfolios.pooled.scored == 2
    assert_equal_scores(found.portfolios, loops.portfolio_scores(store))
    fill_prices(store, panel_of(prices), now=now)  # as if nothing had been split: other weights than stored
    reasons = {group.reason for group in evaluate(store).portfolios.unscored}
    assert reasons == {"holdings_changed"}

"""Computed numbers into rows: the part that no run shows by itself."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
import sqlalchemy as sa

from builders import INPUTS, Book, Lot, day, fill_store, panel_of, random_prices, snapshots_of, table_rows
from nightly.nights import night
from riskpanel.book.findings import Failure
from riskpanel.book.instruments import build_instrument_metrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.store.instrument_results import save_instruments
from riskpanel.store.results import save_snapshots
from riskpanel.store.runs import RunStart, save_run_start

METHODS = ("OLS_SIMPLE", "OLS_HAC", "EWMA_VASICEK")
BOOKS = [
    Book("one", (Lot("A", 3.0), Lot("B", -1.5)), cash=70.0),
    Book("two", (Lot("B", 1.0), Lot("X", 0.5)), index="A"),
    Book("cash", cash=0.33335),
    Book("steady", (Lot("A", 1.0),)),
]


@pytest.fixture
def panel():
    prices = random_prices(61, 60, "ABX")
    prices["X"][:55] = np.nan
    return panel_of(prices)


@pytest.fixture
def filled(store, panel, now):
    ids = fill_store(store, panel, BOOKS, {"A": "Energy"}, now=now)
    with store.begin() as conn:
        start = RunStart("run", day(panel), day(panel), "local", "1", RiskPolicy(), INPUTS, now)
        run_id = save_run_start(conn, start)
    return store, run_id, [ids[book.name] for book in BOOKS]


def test_snapshots_are_counted_when_written_and_not_written_twice(filled, panel, now):
    store, run_id, ids = filled
    snapshots = snapshots_of(panel, BOOKS, {"A": "Energy"}, ids=ids)
    with store.begin() as conn:
        assert save_snapshots(conn, snapshots, run_id=run_id, now=now) == 4 * (1 + 18)
    before = table_rows(store, "portfolio_snapshots"), table_rows(store, "stress_test_results")
    with store.begin() as conn:
        assert save_snapshots(conn, snapshots, run_id=run_id, now=now + timedelta(days=1)) == 0
    assert (table_rows(store, "portfolio_snapshots"), table_rows(store, "stress_test_results")) == before


def test_missing_numbers_are_null_and_no_zero_is_negative(filled, panel, now):
    store, run_id, ids = filled
    snapshots = snapshots_of(panel, BOOKS, ids=ids)
    with store.begin() as conn:
        save_snapshots(conn, snapshots, run_id=run_id, now=now)
    cash = {row["portfolio_id"]: row for row in table_rows(store, "portfolio_snapshots")}[ids[2]]
    for column in (
        "hhi",
        "effective_num_positions",
        "top_3_concentration",
        "volatility_trend",
        "expected_volatility_clamped",
        "value_at_risk_95",
        "value_at_risk_95_amount",
        "expected_shortfall_95_amount",
        "max_drawdown",
        "diversification_ratio",
        "risk_contributions",
        "correlation",
        "average_correlation",
    ):
        assert cash[column] is None
    assert (cash["leverage"], cash["structure_observations"], cash["structure_coverage"]) == (0.0, 60, 1.0)
    assert cash["market_beta_weighted"] == 0.0
    assert (cash["net_asset_value"], cash["short_value"]) == (Decimal("0.3334"), Decimal("0.0000"))
    assert not cash["short_value"].is_signed()
    assert (cash["top_3_positions"], cash["positions_count"]) == ([], 0)
    with store.read() as conn:
        nulls = sa.text("SELECT count(*) FROM portfolio_snapshots WHERE hhi IS NULL")
        assert conn.execute(nulls).scalar_one() == 1


def test_what_failed_or_holds_nothing_is_removed_for_that_date_alone(filled, panel, now):
    store, run_id, ids = filled
    for row in (-2, -1):
        with store.begin() as conn:
            save_snapshots(conn, snapshots_of(panel, BOOKS, row=row, ids=ids), run_id=run_id, now=now)
    worse = [BOOKS[0], Book("two", BOOKS[1].lots, -1e6, "A"), Book("cash"), BOOKS[3]]
    snapshots = snapshots_of(panel, worse, ids=ids)
    assert snapshots.skipped == (ids[2],)
    assert [type(failure) for failure in snapshots.failures] == [Failure]
    with store.begin() as conn:
        assert save_snapshots(conn, snapshots, run_id=run_id, now=now) == 2 * (1 + 18)
    kept = {(row["portfolio_id"], row["snapshot_date"]) for row in table_rows(store, "portfolio_snapshots")}
    yesterday, today = day(panel, -2), day(panel)
    assert kept == {(each, yesterday) for each in ids} | {(ids[0], today), (ids[3], today)}
    stress = {(row["portfolio_id"], row["snapshot_date"]) for row in table_rows(store, "stress_test_results")}
    assert stress == kept


def test_blocks_of_several_indices_return_to_the_order_of_the_portfolios(filled, panel, now):
    store, run_id, ids = filled
    with store.begin() as conn:
        save_snapshots(conn, snapshots_of(panel, BOOKS, ids=ids), run_id=run_id, now=now)
    rows = {row["portfolio_id"]: row for row in table_rows(store, "portfolio_snapshots")}
    assert [rows[i]["market_index"] for i in ids] == ["SPY", "A", "SPY", "SPY"]
    for book, portfolio_id in zip(BOOKS, ids, strict=True):
        alone = snapshots_of(panel, [book], ids=[portfolio_id]).blocks[0]
        assert rows[portfolio_id]["market_beta_weighted"] == pytest.approx(alone.weighted.beta[0], rel=1e-12)


def test_instruments_are_saved_once_for_each_index_and_window(filled, panel, now):
    store, _, _ = filled
    policy = RiskPolicy()
    metrics = build_instrument_metrics(panel, policy, 59, market_indices=["A", "SPY"])
    tracked = np.ones(len(panel.symbols), dtype=bool)
    written = []
    for policy in (RiskPolicy(), RiskPolicy(), RiskPolicy(beta_window=82)):
        with store.begin() as conn:
            written.append(
                save_instruments(
                    conn, panel.symbols, metrics, tracked=tracked, as_of=day(panel), policy=policy, now=now
                )
            )
    assert written == [2 * 3 * 4 + 4, 0, 2 * 2 * 4]
    rows = table_rows(store, "instrument_market_betas")
    assert {(r["market_index"], r["method"], r["window_days"]) for r in rows} == {
        (index, method, window)
        for index in ("A", "SPY")
        for method, window in (
            ("OLS_SIMPLE", 90),
            ("OLS_SIMPLE", 82),
            ("OLS_HAC", 90),
            ("OLS_HAC", 82),
            ("EWMA_VASICEK", 504),
        )
    }
    volatility = {row["symbol"]: row for row in table_rows(store, "instrument_volatility")}
    own = metrics.volatility
    for column, symbol in enumerate(panel.symbols):
        for name, numbers in (
            ("realized_vol_21d", own.realized_21d),
            ("expected_vol_21d", own.forecast.volatility),
            ("expected_variance", own.forecast.variance),
            ("vol_daily", own.components.daily),
            ("vol_monthly", own.components.monthly),
            ("vol_trend_strength", own.trend.strength),
            ("vol_percentile", own.percentile.percentile),
        ):
            number = float(numbers[column])
            assert volatility[symbol][name] == (None if np.isnan(number) else number), (symbol, name)
    assert volatility["X"]["reasons"] == {
        "realized_21d": "short_history",
        "realized_63d": "short_history",
        "expected": "short_history",
        "monthly": "short_history",
        "trend": "short_history",
        "percentile": "short_history",
        "model_r_squared": "short_history",
    }


def test_positions_show_every_method_of_their_instrument_while_they_are_held(store, panel, now):
    today = day(panel)
    lots = (Lot("A", 1.0), Lot("A", 2.0, entry=day(panel, -2)), Lot("B", 1.0, exit=today))
    ids = fill_store(store, panel, [Book("p", lots), Book("q", (Lot("A", 1.0),), index="B")], now=now)
    night(store, day(panel, -3), today)
    betas = {
        (r["symbol"], r["calc_date"], r["market_index"], r["method"]): (r["beta"], r["reason"])
        for r in table_rows(store, "instrument_market_betas")
    }
    with store.read() as conn:
        views = {
            name: conn.execute(sa.text(f"SELECT * FROM {name}")).mappings().all()
            for name in ("position_market_betas", "position_volatility")
        }
    shown = [row for row in views["position_market_betas"] if row["portfolio_id"] == ids["p"]]
    assert len(shown) == 3 * (3 + 2 + 2)
    assert Counter(row["method"] for row in shown) == dict.fromkeys(METHODS, 7)
    days = {str(day(panel, -n)): day(panel, -n) for n in (1, 2, 3)}
    for row in shown:
        key = row["symbol"], days[str(row["calc_date"])], "SPY", row["method"]
        assert (row["beta"], row["reason"]) == betas[key]
    assert len([row for row in views["position_volatility"] if row["portfolio_id"] == ids["p"]]) == 7
    others = [row for row in views["position_market_betas"] if row["portfolio_id"] == ids["q"]]
    assert [row["market_index"] for row in others] == ["B"] * 3 * 3

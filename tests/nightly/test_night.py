"""Runs and backfills: what is saved, what a rerun changes, what a past session may know."""

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from builders import (
    RESULT_TABLES,
    STAMPS,
    Book,
    Lot,
    columns_of,
    day,
    fill_books,
    fill_prices,
    fill_store,
    panel_of,
    random_prices,
    result_rows,
    snapshots_of,
    table_rows,
)
from nightly.nights import SECTORS, TODAY, books, market, night, ticking
from riskpanel.book.benchmark import BenchmarkWeights
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError
from riskpanel.nightly import night as night_module
from riskpanel.nightly.run import latest_session
from riskpanel.store.benchmarks import save_benchmark
from riskpanel.store.schema import benchmarks_sector_weights, market_data_cache, metadata, portfolios
from riskpanel.version import __version__

MONEY = {
    "net_asset_value",
    "cash_value",
    "long_value",
    "short_value",
    "gross_exposure",
    "net_exposure",
    "daily_pnl",
    "value_at_risk_95_amount",
    "expected_shortfall_95_amount",
}


@pytest.fixture
def panel():
    return market()


@pytest.fixture
def filled(store, panel, now):
    fill_store(store, panel, books(panel), SECTORS, now=now)
    return store


def snapshot_rows(store, on=None):
    """Stored snapshots by portfolio name, of one session."""
    names = {row["id"]: row["name"] for row in table_rows(store, "portfolios")}
    rows = table_rows(store, "portfolio_snapshots")
    return {names[row["portfolio_id"]]: row for row in rows if on in (None, row["snapshot_date"])}


# ---------------------------------------------------------------- what is saved


def test_a_run_saves_exactly_the_numbers_of_the_calculation(filled, panel):
    report = night(filled, day(panel))
    expected = columns_of(snapshots_of(panel, books(panel), SECTORS))
    stored = snapshot_rows(filled)
    assert stored.keys() == expected.keys()
    assert (report.snapshots, report.portfolios, report.sessions) == (7, 7, 1)
    assert report.complete
    for name, numbers in expected.items():
        for column, number in numbers.items():
            actual = stored[name][column]
            if column in MONEY and number is not None:
                assert float(actual) == pytest.approx(number, abs=0.5001e-4), (name, column)
            else:
                assert actual == number, (name, column)


def test_a_run_saves_sectors_and_largest_positions_as_documents_without_nan(filled, panel):
    night(filled, day(panel))
    snapshots = snapshots_of(panel, books(panel), SECTORS)
    stored = snapshot_rows(filled)
    for row, name in enumerate(snapshots.holdings.names):
        document = stored[name]["sector_exposure"]
        assert set(document) == {*GICS_SECTORS, "Unclassified", "Cash"}
        assert sum(part["portfolio"] for part in document.values()) == pytest.approx(1.0, abs=1e-12)
        weights = [document[sector]["portfolio"] for sector in (*GICS_SECTORS, "Unclassified")]
        assert weights == snapshots.sectors.net[row].tolist()
        for part in document.values():
            assert part["portfolio"] == pytest.approx(part["long"] + part["short"], abs=1e-15)
            assert part["gross"] == pytest.approx(part["long"] - part["short"], abs=1e-15)
        top = stored[name]["top_10_positions"]
        assert stored[name]["top_3_positions"] == top[:3]
        assert [position["share"] for position in top] == sorted((p["share"] for p in top), reverse=True)
        json.dumps([document, top, stored[name]["data_quality"]], allow_nan=False)
    assert [p["symbol"] for p in stored["long/short"]["top_10_positions"]][-1] == "E"
    assert stored["cash"]["top_10_positions"] == []


def test_differences_to_the_benchmark_sum_to_zero_and_are_missing_without_one(filled, panel):
    night(filled, day(panel))
    stored = snapshot_rows(filled)
    for name, row in stored.items():
        diffs = [part["diff"] for part in row["sector_exposure"].values()]
        if name == "against A":
            assert diffs == [None] * 13
            assert row["sector_benchmark_date"] is row["sector_benchmark_source"] is None
        else:
            assert sum(diffs) == pytest.approx(0.0, abs=1e-12)
            assert row["sector_benchmark_date"] == date(2024, 12, 6)
            assert row["sector_benchmark_source"].startswith("packaged")
    assert stored["index"]["sector_exposure"]["Energy"]["diff"] == pytest.approx(1 - 0.0326, abs=1e-4)
    assert stored["index"]["sector_exposure"]["Utilities"]["diff"] == pytest.approx(-0.0235, abs=1e-4)


def test_the_index_held_alone_is_stored_with_beta_one_and_r_squared_one(filled, panel):
    night(filled, day(panel))
    row = snapshot_rows(filled)["index"]
    assert row["market_beta_weighted"] == row["market_beta_direct"] == 1.0
    assert row["market_beta_r_squared"] == row["market_beta_direct_r_squared"] == 1.0
    own = {
        row["method"]: row
        for row in table_rows(filled, "instrument_market_betas")
        if row["symbol"] == row["market_index"] == "SPY"
    }
    assert own.keys() == {"OLS_SIMPLE", "OLS_HAC", "EWMA_VASICEK"}
    for method in ("OLS_SIMPLE", "OLS_HAC"):
        row = own[method]
        assert (row["beta"], row["r_squared"], row["alpha"], row["p_value"]) == (1.0, 1.0, 0.0, 0.0)
    assert (own["EWMA_VASICEK"]["beta"], own["EWMA_VASICEK"]["reason"]) == (None, "small_universe")


def test_tiny_p_values_survive_and_missing_numbers_are_null_with_a_reason(store, now):
    rng = np.random.default_rng(7)
    prices = random_prices(72, 120, "AX")
    spy = np.diff(prices["SPY"], prepend=prices["SPY"][0]) / np.r_[1.0, prices["SPY"][:-1]]
    prices["A"] = 50 * np.cumprod(1 + 0.9 * spy + 0.01 * rng.standard_normal(120))
    prices["X"][:110] = np.nan
    panel = panel_of(prices)
    fill_store(store, panel, [Book("p", (Lot("A", 5.0), Lot("X", 1.0)))], now=now)
    night(store, day(panel))
    rows = table_rows(store, "instrument_market_betas")
    betas = {row["symbol"]: row for row in rows if row["method"] == "OLS_SIMPLE"}
    assert 0 < betas["A"]["p_value"] < 1e-6
    assert betas["A"]["p_value"] != round(betas["A"]["p_value"], 9)
    assert [betas["X"][n] for n in ("beta", "alpha", "r_squared", "std_error", "p_value")] == [None] * 5
    assert (betas["X"]["observations"], betas["X"]["reason"]) == (9, "short_history")
    assert betas["A"]["reason"] is None
    volatility = {row["symbol"]: row for row in table_rows(store, "instrument_volatility")}
    assert volatility["X"]["realized_vol_21d"] is volatility["X"]["vol_trend"] is None
    assert volatility["X"]["reasons"]["expected"] == "short_history"
    assert volatility["A"]["reasons"] == {"percentile": "short_history", "model_r_squared": "short_history"}
    with store.read() as conn:
        for name in RESULT_TABLES:
            table = sa.text(f"SELECT * FROM {name}")
            for row in conn.execute(table):
                assert not any(isinstance(cell, float) and np.isnan(cell) for cell in row)


def test_stress_is_stored_by_scenario_and_in_parts_of_the_net_asset_value(filled, panel):
    night(filled, day(panel))
    rows = list(table_rows(filled, "stress_test_results"))
    assert len(rows) == 7 * 18
    ids = {row["name"]: row["id"] for row in table_rows(filled, "portfolios")}
    nav = float(snapshot_rows(filled)["index"]["net_asset_value"])
    mine = {row["scenario"]: row for row in rows if row["portfolio_id"] == ids["index"]}
    assert mine["market_down_10"]["pnl_pct"] == pytest.approx(-0.1)
    assert float(mine["market_down_10"]["pnl"]) == pytest.approx(-0.1 * nav, abs=1e-4)
    assert mine["energy_down_20"]["pnl_pct"] == pytest.approx(-0.2)
    assert (mine["market_up_20"]["kind"], mine["market_up_20"]["shock"]) == ("market", 0.2)
    cash = {row["scenario"]: row for row in rows if row["portfolio_id"] == ids["cash"]}
    assert {(row["pnl_pct"], row["coverage"]) for row in cash.values()} == {(0.0, 1.0)}


def test_only_the_asked_portfolios_are_computed(filled, panel):
    ids = {row["name"]: row["id"] for row in table_rows(filled, "portfolios")}
    report = night(filled, day(panel), portfolio_ids=(ids["cash"], ids["long"]))
    assert report.portfolios == 2
    assert snapshot_rows(filled).keys() == {"cash", "long"}


def test_a_portfolio_that_holds_nothing_is_skipped_and_loses_what_it_had(filled, panel, now):
    night(filled, day(panel))
    assert "cash" in snapshot_rows(filled)
    fill_books(filled, [Book("cash", cash=0.0)], now=now)
    report = night(filled, day(panel))
    assert report.complete
    assert report.snapshots == 6
    assert report.empty == ("cash",)
    assert "cash" not in snapshot_rows(filled)


# ---------------------------------------------------------------- rerun


def test_running_again_writes_nothing_and_leaves_every_table_as_it_was(filled, panel):
    first = night(filled, day(panel, -3), day(panel))
    assert (first.sessions, first.snapshots) == (3, 21)
    assert first.rows_written == sum(len(rows) for rows in result_rows(filled).values())
    before = result_rows(filled)
    again = night(filled, day(panel, -3), day(panel), clock=ticking(TODAY_LATER))
    assert (again.snapshots, again.rows_written) == (21, 0)
    assert result_rows(filled) == before
    assert [run["status"] for run in table_rows(filled, "batch_runs")] == ["succeeded", "succeeded"]


TODAY_LATER = ticking()() + timedelta(days=40)


def test_a_changed_price_rewrites_only_what_depends_on_it(filled, panel):
    night(filled, day(panel))
    before = {name: row["updated_at"] for name, row in snapshot_rows(filled).items()}
    with filled.begin() as conn:
        table = market_data_cache
        conn.execute(
            sa.update(table)
            .where(table.c.symbol == "C", table.c.date == day(panel, -4))
            .values(adj_close=table.c.adj_close * 1.05)
        )
    report = night(filled, day(panel), clock=ticking(TODAY_LATER))
    after = {name: row["updated_at"] for name, row in snapshot_rows(filled).items()}
    assert {name for name in after if after[name] != before[name]} == {"long/short", "traded"}
    assert report.rows_written > 0


@pytest.mark.parametrize("shard", [1, 2, 3])
def test_small_shards_save_the_same_rows(filled, panel, monkeypatch, shard):
    night(filled, day(panel, -2), day(panel))
    whole = result_rows(filled)
    monkeypatch.setattr(night_module, "SHARD", shard)
    assert night(filled, day(panel, -2), day(panel)).rows_written == 0
    assert result_rows(filled) == whole


def test_a_portfolio_alone_gives_the_rows_that_it_gives_among_many(filled, panel):
    night(filled, day(panel))
    whole = result_rows(filled)
    with filled.read() as conn:
        ids = conn.execute(sa.select(metadata.tables["portfolios"].c.id)).scalars().all()
    for portfolio_id in ids:
        assert night(filled, day(panel), portfolio_ids=(portfolio_id,)).rows_written == 0
    assert result_rows(filled) == whole


# ---------------------------------------------------------------- point in time


def test_a_backfill_gives_what_a_run_on_the_day_gave(store, panel, now):
    on = day(panel, -6)
    early = [
        book for book in books(panel) if book.name != "traded"
    ]  # its lots of later days are added afterwards
    fill_store(
        store, panel, [*early, Book("traded", (Lot("A", 5.0), Lot("C", 2.0)))], SECTORS, now=now, until=on
    )
    night(store, on, today=on)
    before = result_rows(store, without=STAMPS)

    fill_prices(store, panel, now=now)
    later = Book("traded", (Lot("B", 9.0, day(panel, -3), day(panel, -1)),))
    fill_books(store, [later, Book("long", (Lot("E", 3.0, day(panel, -5)),), cash=250.25)], now=now)
    with store.begin() as conn:
        weights = np.eye(11)[2]
        later_weights = BenchmarkWeights("SP500", on + timedelta(days=1), weights, "later", "m", "gics")
        save_benchmark(conn, later_weights, now=now)
    night(store, day(panel, -12), day(panel), clock=ticking(TODAY_LATER))
    after = result_rows(store, without=STAMPS)
    dated = {"instrument_market_betas": "calc_date", "instrument_volatility": "calculation_date"}
    for name, rows in before.items():
        column = dated.get(name, "snapshot_date")
        assert [row for row in after[name] if row[column] == on] == rows, name
    assert len({row["snapshot_date"] for row in after["portfolio_snapshots"]}) == 12


def test_a_backfill_of_many_sessions_gives_what_each_session_alone_gives(filled, panel):
    night(filled, day(panel, -4), day(panel))
    together = result_rows(filled)
    for row in (-4, -3, -2, -1):
        assert night(filled, day(panel, row)).rows_written == 0
    assert result_rows(filled) == together


def test_a_lot_that_ended_long_ago_asks_for_no_price(store, panel, now):
    ended = Lot("GONE", 5.0, date(2019, 1, 2), date(2020, 1, 2))
    fill_store(store, panel, [Book("p", (Lot("A", 1.0), ended))], now=now)
    report = night(store, day(panel))
    assert report.unpriced == ()
    assert report.complete


# ---------------------------------------------------------------- the index


def test_an_index_without_prices_leaves_the_betas_null_and_is_named(store, panel, now):
    mine = [Book("p", (Lot("A", 1.0), Lot("B", 2.0)), index="NOPE"), Book("q", (Lot("A", 1.0),))]
    fill_store(store, panel, mine, SECTORS, now=now)
    with store.begin() as conn:
        conn.execute(sa.update(portfolios).where(portfolios.c.name == "p").values(market_index="NOPE"))
    report = night(store, day(panel))
    assert report.unpriced == ("NOPE",)
    assert not report.complete
    assert report.snapshots == 2
    rows = snapshot_rows(store)
    assert rows["p"]["market_beta_weighted"] is rows["p"]["market_beta_direct"] is None
    assert rows["p"]["realized_volatility_21d"] is not None
    assert rows["q"]["market_beta_weighted"] is not None
    reasons = {f["metric"]: f["reason"] for f in rows["p"]["data_quality"] if f["kind"] == "missing"}
    assert reasons["market_beta_weighted"] == reasons["market_beta_direct"] == "market_index_unpriced"
    (run,) = table_rows(store, "batch_runs")
    assert run["status"] == "partial"


# ---------------------------------------------------------------- the record of the run


def test_the_run_is_recorded_with_what_made_it(filled, panel):
    policy = RiskPolicy(beta_window=82)
    report = night(filled, day(panel, -2), day(panel), policy=policy)
    (run,) = table_rows(filled, "batch_runs")
    assert (run["id"], run["kind"], run["status"]) == (report.run_id, "backfill", "succeeded")
    assert (run["as_of_from"], run["as_of_to"]) == (day(panel, -2), day(panel))
    assert (run["engine"], run["version"]) == ("local", __version__)
    assert RiskPolicy.model_validate(run["policy"]) == policy
    assert run["policy_fingerprint"] == policy.fingerprint
    assert (run["portfolios_count"], run["instruments_count"], run["snapshots_count"]) == (7, 6, 14)
    assert (run["failures"], run["error"]) == ([], None)
    assert len(run["inputs_hash"]) == 64
    assert run["finished_at"] > run["started_at"]
    assert run["duration_seconds"] == (run["finished_at"] - run["started_at"]).total_seconds()
    assert {row["run_id"] for row in table_rows(filled, "portfolio_snapshots")} == {run["id"]}
    assert table_rows(filled, "run_locks") == []
    windows = {(row["method"], row["window_days"]) for row in table_rows(filled, "instrument_market_betas")}
    assert windows == {("OLS_SIMPLE", 82), ("OLS_HAC", 82), ("EWMA_VASICEK", 504)}


def inputs_hash(store, on, **options):
    night(store, on, **options)
    return table_rows(store, "batch_runs")[-1]["inputs_hash"]


def test_equal_inputs_have_equal_hashes_and_one_changed_price_another(filled, panel):
    on = day(panel)
    first = inputs_hash(filled, on)
    assert inputs_hash(filled, on) == first

    def change(column, factor):
        with filled.begin() as conn:
            mine = (market_data_cache.c.symbol == "B") & (market_data_cache.c.date == day(panel, -9))
            conn.execute(
                sa.update(market_data_cache)
                .where(mine)
                .values({column: market_data_cache.c[column] * factor})
            )
        return inputs_hash(filled, on)

    assert change("volume", 1.0) == first
    assert len({first, change("adj_close", 1.001), change("close", 1.001)}) == 3


def test_the_hash_tells_holdings_cash_and_benchmarks_apart(filled, panel, now):
    hashes = [inputs_hash(filled, day(panel))]
    fill_books(filled, [Book("cash", cash=5001.0)], now=now)
    hashes.append(inputs_hash(filled, day(panel)))
    fill_books(filled, [Book("cash", (Lot("A", 1.0),), cash=5001.0)], now=now)
    hashes.append(inputs_hash(filled, day(panel)))
    with filled.begin() as conn:
        weights = BenchmarkWeights("SP500", date(2020, 1, 2), np.full(11, 1 / 11), "s", "m", "gics")
        save_benchmark(conn, weights, now=now)
    hashes.append(inputs_hash(filled, day(panel)))
    assert len(set(hashes)) == 4


def test_the_hash_does_not_depend_on_how_the_database_orders_rows(filled, panel, now):
    first = inputs_hash(filled, day(panel))
    table = benchmarks_sector_weights
    for value in (0.5, None):  # an update moves a row to the end of a PostgreSQL table
        with filled.begin() as conn:
            oldest = table.c.asof_date == date(2023, 5, 5)
            number = table.c.num_constituents
            conn.execute(sa.update(table).where(oldest).values({number: None if value is None else 503}))
    assert inputs_hash(filled, day(panel)) == first


# ---------------------------------------------------------------- requests that cannot be met


def untouched(store):
    return hashlib.sha256(
        repr([table_rows(store, n) for n in (*RESULT_TABLES, "batch_runs", "run_locks")]).encode()
    ).hexdigest()


@pytest.mark.parametrize(
    ("first", "last", "what", "hint"),
    [
        ("2025-07-01", None, "the as-of date is in the future: 2025-07-01", "today is 2025-06-30"),
        ("2024-12-30", "2025-07-01", "the as-of date is in the future: 2025-07-01", "today is 2025-06-30"),
        (
            "2024-12-28",
            None,
            "not a session of the exchange: 2024-12-28 (Saturday)",
            "the session before it is 2024-12-27",
        ),
        (
            "2024-12-25",
            None,
            "not a session of the exchange: 2024-12-25 (Wednesday)",
            "the session before it is 2024-12-24",
        ),
        ("2024-12-28", "2024-12-29", "no session of the exchange from 2024-12-28 to 2024-12-29", ""),
        ("2024-12-31", "2024-12-30", "the range is empty: 2024-12-31 is after 2024-12-30", "earlier date"),
        ("2025-01-02", None, "no prices for 2025-01-02", "stored prices go from 2023-10-23 to 2024-12-31"),
        ("2024-12-30", "2025-06-27", "no prices for 2025-06-27", "to 2024-12-31"),
        ("2015-01-05", None, "no prices for 2015-01-05", "stored prices go from 2023-10-23"),
        ("2015-01-05", "2024-12-31", "no prices for 2015-01-05", "stored prices go from 2023-10-23"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_with_the_reason(filled, first, last, what, hint):
    before = untouched(filled)
    with pytest.raises(InputError) as caught:
        night(filled, date.fromisoformat(first), date.fromisoformat(last) if last else None)
    assert caught.value.what == what
    assert hint in caught.value.hint
    assert untouched(filled) == before


def test_without_any_price_the_hint_says_how_to_import_some(store, now):
    fill_books(store, [Book("p", (Lot("A", 1.0),))], now=now)
    for ask in (lambda: night(store, date(2024, 12, 31)), lambda: latest_session(store, TODAY)):
        with pytest.raises(InputError, match="no prices are stored") as caught:
            ask()
        assert "riskpanel import prices" in caught.value.hint
    assert table_rows(store, "batch_runs") == table_rows(store, "run_locks") == []


def test_without_any_portfolio_the_run_is_refused_and_leaves_no_trace(store, panel, now):
    fill_prices(store, panel, now=now)
    for ids in (None, (17,)):
        with pytest.raises(InputError, match="there is no portfolio") as caught:
            night(store, day(panel), portfolio_ids=ids)
        assert "riskpanel import positions" in caught.value.hint
    assert table_rows(store, "batch_runs") == table_rows(store, "run_locks") == []


def test_the_latest_session_is_the_newest_with_a_price_up_to_today(filled, panel):
    assert latest_session(filled, TODAY) == day(panel)
    assert latest_session(filled, day(panel, -4)) == day(panel, -4)
    assert latest_session(filled, date(2024, 12, 25)) == date(2024, 12, 24)


def test_a_first_session_of_all_has_what_can_be_known(filled, panel):
    report = night(filled, day(panel, 0), portfolio_ids=None)
    assert not report.complete  # "E" and what holds it: listed later
    rows = snapshot_rows(filled)
    assert {"long", "levered", "index", "cash"} <= rows.keys()
    assert rows["long"]["market_beta_weighted"] is rows["long"]["daily_pnl"] is None


def test_progress_is_told_before_each_session_and_at_the_end(filled, panel):
    seen = []
    night(filled, day(panel, -3), day(panel), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_report_can_be_compared(filled, panel):
    one, two = night(filled, day(panel)), night(filled, day(panel))
    assert replace(two, run_id=one.run_id, rows_written=one.rows_written) == one

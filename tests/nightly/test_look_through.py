"""Funds counted by what they hold, from the tables to the tables."""

from datetime import date

import numpy as np
import pytest

from builders import Book, Lot, day, fill_store, parts_of, result_rows, snapshots_of, table_rows
from nightly.nights import SECTORS, books, market, night
from riskpanel.book.imports import InstrumentRow
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.book.stress_on_demand import build_stress_on_demand
from riskpanel.store.complete import load_complete
from riskpanel.store.funds import save_fund_components
from riskpanel.store.instruments import save_instruments

OLD, NEW = date(2024, 3, 1), date(2024, 12, 30)
PARTS = {"Energy": 0.25, "B": 0.25, "IN": 0.5}
FUNDS = {"SPY": {OLD: PARTS}, "IN": {OLD: {"Utilities": 0.75, "ABROAD": 0.25}}}
OWN = {symbol: sector for symbol, sector in SECTORS.items() if symbol != "SPY"}


@pytest.fixture
def panel():
    return market()


def own_books(panel):
    return [*books(panel), Book("short", (Lot("A", 20.0), Lot("SPY", -3.0), Lot("C", 1.0)), cash=500.0)]


@pytest.fixture
def filled(store, panel, now):
    """The books of the nights and one more; SPY is an ETF that holds a fund that nobody holds."""
    ids = fill_store(store, panel, own_books(panel), OWN, now=now)
    with store.begin() as conn:
        etf = InstrumentRow(0, "SPY", None, "etf", None, None, None)
        save_instruments(conn, [etf], source="test", now=now)
    save(store, now, FUNDS)
    return store, ids


def save(store, now, funds):
    with store.begin() as conn:
        for symbol, dated in funds.items():
            for when, weights in dated.items():
                save_fund_components(
                    conn, symbol, when, parts_of(weights), data_source="a file", taxonomy="gics", now=now
                )


def stored(store):
    names = {row["id"]: row["name"] for row in table_rows(store, "portfolios")}
    return {names[row["portfolio_id"]]: row for row in table_rows(store, "portfolio_snapshots")}


def inputs_hash(store, on, **options):
    night(store, on, **options)
    return table_rows(store, "batch_runs")[-1]["inputs_hash"]


def test_a_night_saves_the_sectors_of_the_calculation_and_what_it_looked_through(filled, panel):
    store, _ = filled
    night(store, day(panel))
    expected = snapshots_of(panel, own_books(panel), OWN, funds=FUNDS, etfs=("SPY",))
    rows = stored(store)
    for row, name in enumerate(expected.holdings.names):
        document = rows[name]["sector_exposure"]
        weights = [document[sector]["portfolio"] for sector in (*GICS_SECTORS, "Unclassified")]
        assert weights == expected.sectors.net[row].tolist()
        assert rows[name]["sector_coverage"] == expected.sector_coverage[row]
    held = {name: row["sector_look_through"] for name, row in rows.items()}
    assert {name for name, funds in held.items() if funds} == {"levered", "index", "short"}
    assert held["long"] == held["cash"] == []
    assert held["index"] == [
        {
            "symbol": "SPY",
            "asof_date": "2024-03-01",
            "share": 1.0,
            "coverage": 0.875,
            "sectors": {"Energy": 0.25, "Financials": 0.25, "Utilities": 0.375},
        }
    ]
    assert rows["index"]["sector_coverage"] == 0.875
    assert rows["index"]["sector_exposure"]["Unclassified"]["portfolio"] == pytest.approx(0.125)


def test_a_short_fund_is_short_its_sectors(filled, panel):
    store, _ = filled
    night(store, day(panel))
    row = stored(store)["short"]
    weight = row["top_10_positions"][[p["symbol"] for p in row["top_10_positions"]].index("SPY")]["weight"]
    assert weight < 0
    document = row["sector_exposure"]
    assert document["Financials"]["portfolio"] == document["Financials"]["short"] == pytest.approx(weight / 4)
    assert document["Energy"]["short"] == pytest.approx(weight / 4)
    assert document["Energy"]["long"] > 0
    assert document["Unclassified"]["short"] == pytest.approx(weight / 8)
    (fund,) = row["sector_look_through"]
    assert fund["share"] == pytest.approx(-weight / row["leverage"])


def test_a_rerun_and_the_same_parts_again_write_nothing(filled, panel, now):
    store, _ = filled
    night(store, day(panel))
    before = result_rows(store)
    save(store, now, FUNDS)
    assert night(store, day(panel)).rows_written == 0
    assert result_rows(store) == before


def test_without_look_through_the_rows_are_those_without_funds(filled, panel, store):
    night(store, day(panel), policy=RiskPolicy(look_through=False))
    off = stored(store)
    assert all(row["sector_look_through"] == [] for row in off.values())
    assert off["index"]["sector_exposure"]["Unclassified"]["portfolio"] == 1.0
    assert off["index"]["sector_coverage"] == 0.0
    night(store, day(panel))
    assert stored(store)["index"]["sector_coverage"] == 0.875


def test_a_backfill_gives_each_session_what_it_knew_as_the_run_of_the_day_does(filled, panel, now):
    store, _ = filled
    save(store, now, {"SPY": {NEW: {"Energy": 1.0}}, "B": {date(2030, 1, 2): {"Energy": 1.0}}})
    night(store, day(panel, -4), day(panel))
    backfilled = table_rows(store, "portfolio_snapshots")
    dates = {
        row["snapshot_date"]: row["sector_look_through"][0]["asof_date"]
        for row in backfilled
        if row["sector_look_through"]
    }
    assert dates == {
        when: str(NEW if when >= NEW else OLD) for when in (day(panel, row) for row in range(-4, 0))
    }
    for row in range(-4, 0):
        assert night(store, day(panel, row)).rows_written == 0


def test_parts_of_a_later_day_are_said_to_be(filled, panel, now):
    store, ids = filled
    save(store, now, {"E": {date(2030, 1, 2): {"Energy": 1.0}}})
    night(store, day(panel))
    with store.read() as conn:
        page = load_complete(conn, ids["long/short"], user_id=1)
    told = [one for one in page.data_quality.findings if one.reason == "fund_weights_after_as_of"]
    assert [(one.metric, one.kind, one.symbols) for one in told] == [("sector_exposure", "flag", ("E",))]


def test_the_hash_of_the_inputs_tells_the_parts_of_funds_apart(filled, panel, now):
    store, _ = filled
    on = day(panel)
    hashes = [inputs_hash(store, on)]
    assert inputs_hash(store, on) == hashes[0]
    save(store, now, {"IN": {OLD: {"Utilities": 0.75, "ABROAD": 0.125}}})
    hashes.append(inputs_hash(store, on))
    save(store, now, {"SPY": {NEW: {"Energy": 1.0}}})
    hashes.append(inputs_hash(store, on))
    described = InstrumentRow(0, "ABROAD", None, None, "Energy", None, "gics")
    with store.begin() as conn:
        save_instruments(conn, [described], source="test", now=now)
    hashes.append(inputs_hash(store, on))
    assert len(set(hashes)) == 4


@pytest.mark.parametrize(
    ("scenario", "market_move", "sectors"),
    [
        ("market_down_20", -0.2, {}),
        ("energy_down_20", 0.0, {"Energy": -0.2}),
        ("utilities_down_20", 0.0, {"Utilities": -0.2}),
    ],
)
def test_a_move_on_demand_does_to_funds_what_the_night_stored(filled, panel, scenario, market_move, sectors):
    store, ids = filled
    night(store, day(panel))
    for name in ("levered", "index", "short", "long"):
        with store.read() as conn:
            page = load_complete(conn, ids[name], user_id=1)
        (wanted,) = (one for one in page.stress if one.scenario == scenario)
        funds = {one["symbol"]: one["sectors"] for one in page.snapshot["sector_look_through"] or ()}
        found = build_stress_on_demand(
            page.holdings,
            nav=float(page.snapshot["net_asset_value"]),
            market=market_move,
            sectors=sectors,
            funds=funds,
        )
        assert found.pnl == pytest.approx(float(wanted.pnl), abs=1e-4)
        assert found.coverage == pytest.approx(wanted.coverage, abs=1e-9)
        parts = {own.symbol: own for own in found.positions}
        if sectors and "SPY" in parts:
            assert parts["SPY"].coverage == 0.875
            (share,) = (funds["SPY"][sector] for sector in sectors)
            assert parts["SPY"].move == pytest.approx(-0.2 * share)
        assert np.isfinite(found.pnl)

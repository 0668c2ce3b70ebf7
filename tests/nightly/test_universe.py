"""Nights over a market with instruments that nobody holds, and with open, high and low."""

import json
from datetime import timedelta

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
    draw_ranges,
    fill_prices,
    fill_store,
    panel_of,
    random_prices,
    ranges_of,
    result_rows,
    snapshots_of,
    table_rows,
)
from nightly.nights import night, ticking
from riskpanel.risk import INSTRUMENT_MODELS, PORTFOLIO_MODELS
from riskpanel.store.schema import market_data_cache

ROWS, HELD = 540, ("A", "B", "N", "Y")
STRANGERS = tuple(f"U{n:02}" for n in range(24))
SECTORS = {"A": "Energy", "B": "Utilities"}
LATER = ticking()() + timedelta(days=40)


def prices(rows=ROWS):
    """Two stocks, one of them with a gap, a new one, a young one, and the strangers."""
    grown = random_prices(91, rows, (*HELD, *STRANGERS))
    grown["B"][-100:-95] = np.nan
    grown["N"][:-12] = np.nan
    grown["Y"][:-45] = np.nan  # enough for a raw beta, too little for a shrunk one
    return grown


def books():
    return [
        Book("both", (Lot("A", 10.0), Lot("B", -2.0)), cash=250.25),
        Book("one", (Lot("A", 3.0),)),
        Book("mixed", (Lot("A", 2.0), Lot("B", 3.0), Lot("Y", 1.0)), cash=10.0),
        Book("new", (Lot("N", 3.0),), cash=40.0),
        Book("cash", cash=5000.0),
    ]


def world(*, ranged=True):
    """A panel, and the traded ranges that it was made of."""
    grown = prices()
    traded = {symbol: draw_ranges(place, grown[symbol]) for place, symbol in enumerate(grown)}
    panel = panel_of(grown, ranges=traded if ranged else None)
    return panel, ranges_of(traded, panel.symbols, ROWS) if ranged else None


def snapshot_rows(store):
    names = {row["id"]: row["name"] for row in table_rows(store, "portfolios")}
    return {names[row["portfolio_id"]]: row for row in table_rows(store, "portfolio_snapshots")}


def fill(store, now, *, ranged=True, until=None):
    panel, ranges = world(ranged=ranged)
    ids = fill_store(store, panel, books(), SECTORS, now=now, until=until, ranges=ranges)
    return panel, ranges, ids


def test_instruments_that_nobody_holds_are_used_and_nothing_is_stored_of_them(store, now):
    panel, _, _ = fill(store, now)
    report = night(store, day(panel))
    assert (report.instruments, report.complete) == (5, True)
    for name in ("instrument_market_betas", "instrument_volatility"):
        assert {row["symbol"] for row in table_rows(store, name)} == {*HELD, "SPY"}
    adjusted = {
        row["symbol"]: row["beta"]
        for row in table_rows(store, "instrument_market_betas")
        if row["method"] == "EWMA_VASICEK"
    }
    assert adjusted["A"] is not None
    assert snapshot_rows(store)["one"]["market_beta_adjusted"] == pytest.approx(adjusted["A"], rel=1e-12)


@pytest.mark.parametrize("ranged", [True, False])
def test_the_model_of_a_forecast_is_chosen_by_what_is_stored_and_recorded(store, now, ranged):
    panel, _, _ = fill(store, now, ranged=ranged)
    night(store, day(panel))
    instrument = next(m for m in INSTRUMENT_MODELS if ranged or not (m.uses_ranges or m.needs_market_ranges))
    portfolio = next(m for m in PORTFOLIO_MODELS if ranged or not m.needs_market_ranges)
    methods = {r["symbol"]: r["expected_vol_method"] for r in table_rows(store, "instrument_volatility")}
    others = {"N": None, "Y": "ewma_fallback"}
    assert methods == dict.fromkeys(("A", "B", "SPY"), instrument.method.label) | others
    shown = {name: row["expected_volatility_method"] for name, row in snapshot_rows(store).items()}
    assert (shown["both"], shown["one"]) == (portfolio.method.label,) * 2
    assert shown["new"] is shown["cash"] is None


def test_a_run_saves_exactly_what_the_calculation_gives(store, now):
    panel, _, _ = fill(store, now)
    night(store, day(panel))
    expected, stored = columns_of(snapshots_of(panel, books(), SECTORS)), snapshot_rows(store)
    assert stored.keys() == expected.keys()
    for name, numbers in expected.items():
        for column, number in numbers.items():
            actual = stored[name][column]
            if hasattr(actual, "as_tuple"):  # money, to four digits
                assert float(actual) == pytest.approx(number, abs=0.5001e-4), (name, column)
            else:
                assert actual == number, (name, column)
    assert stored["both"]["risk_contributions"].keys() == {"A", "B"}
    assert sum(stored["both"]["risk_contributions"].values()) == pytest.approx(1.0, abs=1e-12)
    assert stored["both"]["correlation"]["symbols"] == ["A", "B"]
    mixed = stored["mixed"]
    assert mixed["market_beta_adjusted_coverage"] < mixed["market_beta_coverage"] == pytest.approx(1.0)
    assert len(set(mixed["correlation"]["observations"])) > 1
    assert None in mixed["correlation"]["coefficients"]


def test_risk_contributions_by_sector_sum_to_one_and_cash_has_none(store, now):
    panel, _, _ = fill(store, now)
    night(store, day(panel))
    stored = snapshot_rows(store)
    for name in ("both", "one"):
        shares = {s: part["risk_contribution"] for s, part in stored[name]["sector_exposure"].items()}
        assert sum(shares.values()) == pytest.approx(1.0, abs=1e-12)
        assert shares["Cash"] == 0.0
        assert shares["Energy"] == stored[name]["risk_contributions"]["A"]
    for name in ("new", "cash"):
        parts = stored[name]["sector_exposure"].values()
        assert {part["risk_contribution"] for part in parts} == {None}


def test_missing_numbers_are_null_and_documents_hold_no_nan(store, now):
    panel, _, _ = fill(store, now)
    night(store, day(panel))
    stored = snapshot_rows(store)
    for name in ("new", "cash"):
        for column in (
            "value_at_risk_95",
            "value_at_risk_95_amount",
            "expected_shortfall_95",
            "expected_shortfall_95_amount",
            "diversification_ratio",
            "risk_contributions",
            "correlation",
            "average_correlation",
            "expected_volatility_clamped",
        ):
            assert stored[name][column] is None, (name, column)
    assert stored["cash"]["max_drawdown"] == 0.0
    assert stored["new"]["max_drawdown"] is stored["new"]["market_beta_adjusted"] is None
    assert (stored["cash"]["market_beta_adjusted"], stored["cash"]["leverage"]) == (0.0, 0.0)
    assert (stored["new"]["tail_observations"], stored["new"]["max_drawdown_observations"]) == (0, 11)
    with store.read() as conn:
        for column in ("risk_contributions", "correlation"):  # NULL, and not a JSON null
            nulls = sa.text(f"SELECT count(*) FROM portfolio_snapshots WHERE {column} IS NULL")
            assert conn.execute(nulls).scalar_one() == (2 if column == "risk_contributions" else 3)
        for name in RESULT_TABLES:
            for row in conn.execute(sa.text(f"SELECT * FROM {name}")):
                json.dumps([cell for cell in row if isinstance(cell, float | dict | list)], allow_nan=False)
                assert not [cell for cell in row if isinstance(cell, str) and "NaN" in cell]


def test_running_again_writes_nothing(store, now):
    panel, _, _ = fill(store, now)
    night(store, day(panel, -2), day(panel))
    before = result_rows(store)
    assert night(store, day(panel, -2), day(panel), clock=ticking(LATER)).rows_written == 0
    assert result_rows(store) == before


def test_a_backfill_gives_what_a_run_on_the_day_gave_with_a_universe_and_ranges(store, now):
    panel, _ = world()
    on = day(panel, -6)
    panel, ranges, _ = fill(store, now, until=on)
    night(store, on, today=on)
    before = result_rows(store, without=STAMPS)
    assert snapshot_rows(store)["both"]["expected_volatility_method"] == PORTFOLIO_MODELS[0].method.label
    fill_prices(store, panel, now=now, ranges=ranges)
    night(store, day(panel, -9), day(panel), clock=ticking(LATER))
    after = result_rows(store, without=STAMPS)
    dated = {"instrument_market_betas": "calc_date", "instrument_volatility": "calculation_date"}
    for name, rows in before.items():
        column = dated.get(name, "snapshot_date")
        assert [row for row in after[name] if row[column] == on] == rows, name


def test_a_portfolio_alone_gives_the_rows_that_it_gives_among_many(store, now):
    panel, _, ids = fill(store, now)
    night(store, day(panel))
    whole = result_rows(store)
    for portfolio_id in ids.values():
        assert night(store, day(panel), portfolio_ids=(portfolio_id,)).rows_written == 0
    assert result_rows(store) == whole


def test_the_hash_of_inputs_sees_every_price_that_counts(store, now):
    """The high of a session counts for the universe even where the close before it is missing."""
    panel, _, _ = fill(store, now)
    table = market_data_cache

    def inputs_hash():
        night(store, day(panel))
        return table_rows(store, "batch_runs")[-1]["inputs_hash"]

    def of(row):
        return (table.c.symbol == STRANGERS[0]) & (table.c.date == day(panel, row))

    with store.begin() as conn:
        conn.execute(sa.delete(table).where(of(-10)))
    hashes = [inputs_hash(), inputs_hash()]
    with store.begin() as conn:
        conn.execute(sa.update(table).where(of(-9)).values(high=table.c.high * 1.02))
    hashes.append(inputs_hash())
    assert hashes[0] == hashes[1] != hashes[2]

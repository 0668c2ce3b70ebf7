"""What funds hold: stored by date, replaced whole, and read for a range in one statement."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from builders import parts_of, table_rows
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError
from riskpanel.store.funds import load_fund_components, save_fund_components
from riskpanel.store.schema import fund_components
from store.test_night import counted

OLD, MIDDLE, NEW = date(2024, 3, 1), date(2024, 6, 3), date(2024, 9, 2)
SPY = {"Information Technology": 0.35, "Financials": 0.13, "BRK-B": 0.02}


def save(store, now, symbol, when, weights):
    with store.begin() as conn:
        return save_fund_components(
            conn, symbol, when, parts_of(weights), data_source="a file", taxonomy="gics", now=now
        )


def load(store, symbols, first, last=None):
    """Parts that count on the days of a range, as (fund, day, part, weight)."""
    with store.read() as conn:
        found = load_fund_components(conn, symbols, first=first, last=last or first)
    assert found.nodes[: len(symbols)] == symbols
    names = [
        GICS_SECTORS[sector] if sector >= 0 else found.nodes[part]
        for sector, part in zip(found.sectors, found.parts, strict=True)
    ]
    funds = [found.nodes[fund] for fund in found.funds]
    return list(zip(funds, found.dates.tolist(), names, found.weights.tolist(), strict=True))


def test_parts_come_back_digit_for_digit(store, now):
    assert save(store, now, "SPY", OLD, SPY) == 3
    assert sorted(load(store, ("A", "SPY"), OLD)) == sorted(("SPY", OLD, name, w) for name, w in SPY.items())
    (row, *_) = table_rows(store, "fund_components")
    assert (row["data_source"], row["taxonomy"]) == ("a file", "gics")


def test_saving_the_same_parts_again_writes_nothing(store, now):
    save(store, now, "SPY", OLD, SPY)
    before = table_rows(store, "fund_components")
    assert save(store, now + timedelta(days=1), "SPY", OLD, SPY) == 0
    assert table_rows(store, "fund_components") == before


def test_the_parts_of_a_day_are_replaced_whole_and_those_of_other_days_stay(store, now):
    save(store, now, "SPY", OLD, SPY)
    save(store, now, "SPY", NEW, SPY)
    save(store, now, "QQQ", NEW, SPY)
    changed = {"Information Technology": 0.36, "Financials": 0.13, "Energy": 0.03}
    assert save(store, now, "SPY", NEW, changed) == 3  # one changed, one inserted, one removed
    assert len(load(store, ("SPY",), OLD)) == 6  # of SPY then, and of QQQ from the first day it has
    assert {name: w for fund, _, name, w in load(store, ("SPY",), NEW) if fund == "SPY"} == changed
    assert {name: w for fund, _, name, w in load(store, ("SPY",), NEW) if fund == "QQQ"} == SPY


def test_parts_that_cannot_be_are_refused_and_nothing_is_written(store, now):
    save(store, now, "SPY", OLD, SPY)
    with pytest.raises(InputError, match="sum to more than 1"):
        save(store, now, "SPY", OLD, {"Energy": 0.9, "A": 0.2})
    assert len(table_rows(store, "fund_components")) == 3


@pytest.mark.parametrize(("kind", "weight"), [("country", 0.5), ("sector", 1.5), ("sector", -0.5)])
def test_the_database_itself_refuses_what_is_no_part(store, now, kind, weight):
    row = {"symbol": "SPY", "asof_date": OLD, "kind": kind, "name": "Energy", "weight": weight}
    facts = {"data_source": "x", "taxonomy": "gics", "created_at": now, "updated_at": now}
    with pytest.raises(sa.exc.IntegrityError), store.begin() as conn:
        conn.execute(sa.insert(fund_components).values(row | facts))


def test_a_range_has_what_counts_on_one_of_its_days_and_no_more(store, now):
    for when, weight in ((OLD, 0.1), (MIDDLE, 0.2), (NEW, 0.3)):
        save(store, now, "SPY", when, {"Energy": weight})
    save(store, now, "YOUNG", NEW, {"Energy": 1.0})

    def days(symbol, first, last):
        return [when for fund, when, _, _ in load(store, ("SPY",), first, last) if fund == symbol]

    assert days("SPY", MIDDLE, MIDDLE) == [MIDDLE]
    assert days("SPY", date(2024, 5, 1), date(2024, 7, 1)) == [OLD, MIDDLE]
    assert days("SPY", date(2024, 5, 1), NEW) == [OLD, MIDDLE, NEW]
    assert days("SPY", date(2025, 5, 1), date(2025, 6, 1)) == [NEW]
    assert days("SPY", date(2020, 5, 1), date(2020, 6, 1)) == [OLD]  # nothing is older
    assert days("SPY", date(2020, 5, 1), MIDDLE) == [OLD, MIDDLE]
    assert days("YOUNG", OLD, MIDDLE) == [NEW]


def test_many_funds_cost_as_many_statements_as_one(store, now):
    save(store, now, "SPY", OLD, SPY)
    for number in range(20):
        save(store, now, f"F{number}", OLD, SPY | {"SPY": 0.5})
    with counted(store) as statements, store.read() as conn:
        found = load_fund_components(conn, ("A", "SPY"), first=OLD, last=NEW)
    assert len(found.weights) == 3 + 20 * 4
    assert len(statements) <= 2  # one, and the beginning of a transaction


def test_nothing_stored_is_nothing_loaded(store):
    assert load(store, ("A", "SPY"), OLD) == []

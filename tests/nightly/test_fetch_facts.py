"""Facts of instruments from sources: filled where nothing is known, told where they are odd."""

from datetime import date

import pytest

from builders import Book, Lot, fill_books, table_rows
from nightly.test_fetch import NOW, TODAY
from riskpanel.book.imports import InstrumentRow
from riskpanel.nightly.fetch_facts import fetch_facts
from riskpanel.sources.chain import Chain
from riskpanel.sources.protocol import LabelledWeights, Profile
from riskpanel.store.instruments import save_instruments
from sources.recorded import Recorded

APPLE = Profile("AAPL", "Apple Inc.", "equity", "Technology", "Consumer Electronics", "USD")
SPY = Profile("SPY", "SPDR S&P 500 ETF", "etf", None, None, "USD")


def facts(store, *sources, symbols):
    return fetch_facts(
        store, Chain(sources), symbols, today=TODAY, now=NOW, progress=lambda done, total: None
    )


def instruments(store):
    return {row["symbol"]: row for row in table_rows(store, "instruments")}


def fund(*weights, asof=None):
    return LabelledWeights(weights, asof, "float_cap")


def parts(store):
    return {(row["symbol"], row["name"]): row["weight"] for row in table_rows(store, "fund_components")}


def test_an_unknown_instrument_is_described_and_its_sector_mapped(store):
    report = facts(store, Recorded("fmp", {}, profiles={"AAPL": APPLE}), symbols=["AAPL"])
    assert (report.described, report.funds, report.warnings) == (1, 0, ())
    row = instruments(store)["AAPL"]
    told = ("name", "asset_class", "sector", "taxonomy", "industry", "currency", "source")
    assert [row[name] for name in told] == [
        "Apple Inc.",
        "equity",
        "Information Technology",
        "mapped",
        "Consumer Electronics",
        "USD",
        "fmp",
    ]
    before = table_rows(store, "instruments")
    again = facts(store, Recorded("fmp", {}, profiles={"AAPL": APPLE}), symbols=["AAPL"])
    assert (again.described, table_rows(store, "instruments")) == (0, before)


def test_what_a_person_has_said_stays(store):
    own = InstrumentRow(1, "AAPL", "My Apple", "equity", "Consumer Staples", None, "gics")
    with store.begin() as conn:
        save_instruments(conn, [own], source="file", now=NOW)
    facts(store, Recorded("fmp", {}, profiles={"AAPL": APPLE}), symbols=["AAPL"])
    row = instruments(store)["AAPL"]
    assert (row["name"], row["sector"], row["taxonomy"]) == ("My Apple", "Consumer Staples", "gics")
    assert (row["industry"], row["currency"], row["source"]) == ("Consumer Electronics", "USD", "file")


def test_the_labels_of_ones_own_files_keep_their_taxonomy(store):
    own = Profile("AAPL", "Apple", "equity", "Information Technology", None, "USD")
    facts(store, Recorded("files", {}, profiles={"AAPL": own}), symbols=["AAPL"])
    assert instruments(store)["AAPL"]["taxonomy"] == "gics"


def test_an_unknown_sector_is_told_and_left_unclassified(store):
    odd = Profile("ROCK", "Rock", "equity", "Space Mining", None, "USD")
    report = facts(store, Recorded("fmp", {}, profiles={"ROCK": odd}), symbols=["ROCK"])
    assert report.warnings == ("unknown sector 'Space Mining' of ROCK from fmp, left Unclassified",)
    assert instruments(store)["ROCK"]["sector"] is None


def test_a_symbol_that_no_source_knows_changes_nothing(store):
    report = facts(store, Recorded("fmp", {}), symbols=["NOPE"])
    assert (report.described, report.warnings, table_rows(store, "instruments")) == (0, (), [])


def test_an_instrument_in_another_currency_than_its_portfolio_is_told(store, now):
    fill_books(store, [Book("long", (Lot("SAP", 1.0),), cash=5.0)], now=now)
    sap = Profile("SAP", "SAP SE", "equity", "Technology", None, "EUR")
    report = facts(store, Recorded("fmp", {}, profiles={"SAP": sap}), symbols=["SAP"])
    assert report.warnings == (
        "SAP is quoted in EUR and held in a portfolio of USD: it is valued as if the two were one",
    )


def test_a_fund_gets_its_sectors_and_what_has_none_stays_out(store):
    weights = fund(("Technology", 0.6), ("realestate", 0.3), ("Cash & Others", 0.1))
    source = Recorded("fmp", {}, profiles={"SPY": SPY}, funds={"SPY": weights})
    report = facts(store, source, symbols=["SPY"])
    assert (report.described, report.funds, report.warnings) == (1, 1, ())
    assert parts(store) == {("SPY", "Information Technology"): 0.6, ("SPY", "Real Estate"): 0.3}
    (day,) = {row["asof_date"] for row in table_rows(store, "fund_components")}
    assert day == TODAY  # a session
    assert facts(store, source, symbols=["SPY"]).funds == 0  # fresh enough


def test_a_date_of_the_source_is_kept_and_old_weights_are_asked_for_again(store):
    old = fund(("Technology", 1.0), asof=date(2022, 10, 3))
    facts(store, Recorded("fmp", {}, profiles={"SPY": SPY}, funds={"SPY": old}), symbols=["SPY"])
    new = fund(("Technology", 0.5), ("Energy", 0.5), asof=date(2022, 12, 27))
    report = facts(store, Recorded("fmp", {}, funds={"SPY": new}), symbols=["SPY"])
    assert report.funds == 1
    days = [row["asof_date"] for row in table_rows(store, "fund_components")]
    assert sorted(days) == [date(2022, 10, 3), date(2022, 12, 27), date(2022, 12, 27)]


def test_published_weights_may_sum_to_a_little_more_than_one(store):
    weights = fund(("Technology", 0.604), ("Energy", 0.4))
    facts(store, Recorded("fmp", {}, profiles={"SPY": SPY}, funds={"SPY": weights}), symbols=["SPY"])
    assert sum(parts(store).values()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        (fund(("Technology", 0.9), ("Energy", 0.9)), "they sum to 1.8000"),
        (fund(("Technology", 0.0)), "they sum to 0.0000"),
        (fund(("Cash & Others", 1.0)), "no sector in them is known"),
        (fund(("Technology", 1.2), ("Energy", -0.2)), "Energy"),
    ],
)
def test_weights_that_cannot_be_are_told_and_not_saved(store, weights, reason):
    source = Recorded("fmp", {}, profiles={"SPY": SPY}, funds={"SPY": weights})
    report = facts(store, source, symbols=["SPY"])
    (warning,) = report.warnings
    assert warning.startswith("sector weights of SPY from fmp are not used: ")
    assert reason in warning
    assert (report.funds, parts(store)) == (0, {})


def test_an_unknown_label_of_a_fund_is_told_and_its_share_left_out(store):
    weights = fund(("Technology", 0.7), ("Space Mining", 0.3))
    source = Recorded("fmp", {}, profiles={"SPY": SPY}, funds={"SPY": weights})
    report = facts(store, source, symbols=["SPY"])
    assert report.warnings == ("unknown sector 'Space Mining' in SPY from fmp, left Unclassified",)
    assert parts(store) == {("SPY", "Information Technology"): 0.7}

"""Holdings files of funds, and that a fund then counts by them."""

from datetime import date

import pytest

from builders import table_rows
from riskpanel.errors import InputError
from riskpanel.nightly.ingest_funds import import_fund
from sources.test_fund_files import ISHARES, SPDR

TOTAL = 50_000_000.50 + 30_000_000 + 19_700_000 + 400_000 - 100_000
PARTS = {
    "Communication Services": 30_000_000 / TOTAL,
    "Financials": 19_700_000 / TOTAL,
    "Information Technology": 50_000_000.50 / TOTAL,
}


@pytest.fixture
def holdings(tmp_path):
    def write(text):
        path = tmp_path / "holdings.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def parts(store):
    return {row["name"]: row["weight"] for row in table_rows(store, "fund_components")}


def test_a_fund_is_stored_by_the_sectors_of_its_holdings(store, holdings, now):
    report = import_fund(store, "ivv", holdings(ISHARES), now=now)
    assert (report.symbol, report.asof_date, report.written) == ("IVV", date(2026, 9, 1), 3)
    assert parts(store) == pytest.approx(PARTS, abs=1e-12)
    assert report.unclassified == pytest.approx(0.003)
    (row,) = table_rows(store, "instruments")
    assert (row["symbol"], row["asset_class"], row["name"]) == ("IVV", "etf", "iShares Core S&P 500 ETF")
    assert import_fund(store, "IVV", holdings(ISHARES), now=now).written == 0


def test_a_newer_file_is_another_date_and_the_older_one_stays(store, holdings, now):
    import_fund(store, "SPY", holdings(SPDR), now=now)
    import_fund(store, "SPY", holdings(SPDR.replace("02-Sep-2026", "03-Sep-2026")), now=now)
    days = {row["asof_date"] for row in table_rows(store, "fund_components")}
    assert days == {date(2026, 9, 2), date(2026, 9, 3)}


def test_a_dry_run_writes_nothing(store, holdings, now):
    report = import_fund(store, "IVV", holdings(ISHARES), now=now, dry_run=True)
    assert report.written == 3
    assert table_rows(store, "fund_components") == table_rows(store, "instruments") == []


def test_an_unknown_sector_is_told_and_stays_unclassified(store, holdings, now):
    report = import_fund(store, "IVV", holdings(ISHARES.replace("Communication", "Space Mining")), now=now)
    assert report.warnings == ("unknown sector 'Space Mining', 30.0% of the fund, left Unclassified",)
    assert report.unclassified == pytest.approx(0.303)


@pytest.mark.parametrize("text", ["hello\n", "symbol,quantity\nAAPL,1\n"])
def test_another_file_is_refused_and_nothing_is_written(store, holdings, now, text):
    with pytest.raises(InputError):
        import_fund(store, "IVV", holdings(text), now=now)
    assert table_rows(store, "fund_components") == []

from datetime import date

import pytest

from riskpanel.book.benchmark_build import build_from_holdings
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError
from riskpanel.sources.files import Upload
from riskpanel.sources.fund_files import read_fund_holdings

ISHARES = """\
\ufeffiShares Core S&P 500 ETF
Fund Holdings as of,"Sep 01, 2026"
Inception Date,"May 15, 2000"
Shares Outstanding,"1,234,000.00"
Stock,"-"
Bond,"-"
Cash,"-"
Other,"-"
\u00a0
Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,Price,Accrual Date
"NVDA","NVIDIA CORP","Information Technology","Equity","50,000,000.50","50.00","1,000.50","1.00","1.0","-"
"GOOGL","ALPHABET INC CLASS A","Communication","Equity","30,000,000.00","30.00","1.00","1.00","1.0","-"
"BRKB","BERKSHIRE HATHAWAY INC CLASS B","Financials","Equity","19,700,000.00","19.70","1","1.00","1","-"
"XTSLA","BLK CSH FND","Cash and/or Derivatives","Money Market","400,000","0.40","1","1","1","-"
"USD","USD CASH","Cash and/or Derivatives","Cash","-100,000.00","-0.10","-1.00","-1.00","100.00","-"
"ESU6","S&P500 EMINI SEP 26","Cash and/or Derivatives","Futures","0.00","0.00","10,000.00","1.00","1.0","-"
"-","ESCROW LINE","Energy","Equity","0.00","0.00","0.00","1.00","0.00","-"
\u00a0
"The content contained herein is owned or licensed by its provider, and is protected by law."
"Holdings subject to change."
"""
SPDR = """\
Fund Name:,SPDR® S&P 500® ETF Trust,,,,,,
Ticker Symbol:,SPY,,,,,,
Holdings:,As of 02-Sep-2026,,,,,,
,,,,,,,
Name,Ticker,Identifier,SEDOL,Weight,Sector,Shares Held,Local Currency
NVIDIA CORP,NVDA,67066G104,2379504,60.123456,Information Technology,1.000,USD
BERKSHIRE HATHAWAY INC CL B,BRK.B,084670702,2073390,39.7,Financials,2.000,USD
SOME RIGHT,-,ABC,-,1.2E-05,-,1.000,USD
US DOLLAR,-,CASH_USD,-,0.176532,Unassigned,1.000,USD
,,,,,,,
"Past performance is not a reliable indicator, and so on.",,,,,,,
Holdings are subject to change.,,,,,,,
"""


@pytest.fixture
def read(tmp_path):
    def read(text, name="whatever.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_fund_holdings(path)

    return read


def details(caught):
    return list(caught.value.details)


def test_an_ishares_file_is_read_from_its_mark_to_its_footer(read):
    holdings = read(ISHARES)
    assert (holdings.fund, holdings.asof_date) == ("iShares Core S&P 500 ETF", date(2026, 9, 1))
    assert len(holdings.rows) == 7
    first, alphabet, berkshire, _, cash, future, escrow = holdings.rows
    assert (first.symbol, first.name, first.sector, first.asset_class) == (
        "NVDA",
        "NVIDIA CORP",
        "Information Technology",
        "Equity",
    )
    assert (first.weight, first.market_value) == (0.5, 50_000_000.5)
    assert alphabet.sector == "Communication Services"  # it abbreviates this one name of GICS
    assert berkshire.symbol == "BRKB"
    assert (cash.weight, cash.market_value, cash.asset_class) == (-0.001, -100_000.0, "Cash")
    assert (future.weight, future.market_value) == (0.0, 0.0)
    assert (escrow.symbol, escrow.name) == (None, "ESCROW LINE")


def test_the_weights_of_an_ishares_file_are_gics_by_value(read):
    built = build_from_holdings(read(ISHARES), {}, code="SP500", source="s").benchmark
    assert built.taxonomy == "gics"
    expected = {"Information Technology": 50_000_000.5, "Communication Services": 3e7, "Financials": 1.97e7}
    for sector, value in expected.items():
        weight = built.weights[GICS_SECTORS.index(sector)]
        assert weight == pytest.approx(value / 99_700_000.5, abs=1e-15)
    assert sum(built.counts) == 3


def test_the_older_name_of_the_quantity_column_changes_nothing(read):
    assert read(ISHARES.replace("Quantity", "Shares")) == read(ISHARES)


def test_a_spdr_file_is_read(read):
    holdings = read(SPDR)
    assert (holdings.fund, holdings.asof_date) == ("SPDR® S&P 500® ETF Trust", date(2026, 9, 2))
    assert [row.symbol for row in holdings.rows] == ["NVDA", "BRK-B", None, None]
    assert [row.sector for row in holdings.rows] == [
        "Information Technology",
        "Financials",
        None,
        "Unassigned",
    ]
    assert holdings.rows[0].weight == pytest.approx(0.60123456, abs=1e-15)
    assert holdings.rows[2].weight == pytest.approx(1.2e-7, abs=1e-20)
    assert {row.market_value for row in holdings.rows} == {None}
    assert {row.asset_class for row in holdings.rows} == {None}


def test_the_date_may_share_a_cell_with_its_name(read):
    text = SPDR.replace("Holdings:,As of 02-Sep-2026", "Holdings: As of 02-Sep-2026,")
    assert read(text).asof_date == date(2026, 9, 2)


def test_whose_file_it_is_shows_in_its_content_and_not_in_its_name(read):
    assert read(SPDR, "IVV_holdings.csv").fund.startswith("SPDR")
    assert read(ISHARES, "holdings-daily-us-en-spy.xlsx").fund.startswith("iShares")


@pytest.mark.parametrize("text", [ISHARES, SPDR])
def test_line_ends_and_separators_of_other_programs_are_read(read, text):
    wanted = read(text)
    assert read(text.replace("\n", "\r\n")) == wanted
    assert read(text.replace("\n", "\r")) == wanted
    assert read_fund_holdings(Upload("sent.csv", text.encode())) == wanted


def test_semicolons_separate_too(read):
    assert read(SPDR.replace(",", ";")).rows == read(SPDR).rows


@pytest.mark.parametrize("dash", ["-", "--"])
def test_a_file_without_holdings_has_a_dash_for_a_date(read, dash):
    with pytest.raises(InputError, match=f"no holdings: .*whatever.csv .their date is '{dash}'"):
        read(ISHARES.replace("Sep 01, 2026", dash))


@pytest.mark.parametrize(
    ("text", "old", "new", "reason"),
    [
        (ISHARES, "Sep 01, 2026", "Sep 31, 2026", "date of the holdings cannot be read: 'Sep 31 2026'"),
        (ISHARES, "Sep 01, 2026", "09/01/2026", "date of the holdings cannot be read: '09/01/2026'"),
        (SPDR, "02-Sep-2026", "02-Sem-2026", "date of the holdings cannot be read: '02-Sem-2026'"),
        (ISHARES, "Fund Holdings as of", "Fund Holdings", "no date of the holdings"),
        (SPDR, "As of 02-Sep-2026", "today", "no date of the holdings"),
        (ISHARES, "Ticker,Name,Sector", "Ticker,Name,Branch", "no table of fund holdings"),
        (SPDR, "SEDOL", "Number", "no table of fund holdings"),
        (SPDR, "SPDR® S&P 500® ETF Trust", "\x1b[2J", "no name of the fund"),
    ],
)
def test_what_is_missing_is_named(read, text, old, new, reason):
    assert old in text
    with pytest.raises(InputError, match=reason):
        read(text.replace(old, new))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"\xef\xbb\xbf", "no table of fund holdings"),
        (b"PK\x03\x04xl/workbook.xml", "an Excel workbook, not CSV"),
        (b"  <!doctype html><p>Log in", "a web page, not a table"),
        ("Fund Name:,SPDR® S&P".encode("cp1252"), "not UTF-8 text"),
        (b"date,AAPL\n2026-09-01,1\n", "no table of fund holdings"),
        (b"x" * 300_000, "no table of fund holdings"),
    ],
)
def test_what_is_no_such_file_is_refused(read, content, reason):
    with pytest.raises(InputError, match=reason):
        read(content)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_fund_holdings(tmp_path / "gone.csv")


def test_every_bad_cell_is_reported_with_its_line(read):
    text = ISHARES.replace('"30.00"', '"thirty"').replace('"19,700,000.00"', '"19,70,0"')
    text = text.replace('"USD","USD CASH"', '"U?D","USD CASH"').replace('"ESU6"', '"ESU6","extra"')
    with pytest.raises(InputError, match="bad cells in the holdings") as caught:
        read(text)
    assert details(caught) == [
        "whatever.csv: line 12, Weight (%): not a number: 'thirty'",
        "whatever.csv: line 13, Market Value: not a number: '19,70,0'",
        "whatever.csv: line 15, Ticker: not a symbol: 'U?D'",
        "whatever.csv: line 16, row: 11 cells where the header has 10",
    ]


@pytest.mark.parametrize("empty", ["", "-", "--"])
def test_a_row_with_neither_weight_nor_value_is_bad(read, empty):
    with pytest.raises(InputError) as caught:
        read(SPDR.replace("39.7", empty))
    assert details(caught) == ["whatever.csv: line 7, Weight: empty"]


@pytest.mark.parametrize(("text", "line"), [(ISHARES, 13), (SPDR, 8)])
def test_an_empty_line_amid_the_table_does_not_cut_it_in_silence(read, text, line):
    lines = text.split("\n")
    with pytest.raises(InputError) as caught:
        read("\n".join([*lines[: line - 1], "", *lines[line - 1 :]]))
    assert details(caught)[0] == (
        f"whatever.csv: line {line + 1}, row: stands below an empty line, which ends the table"
    )


def test_a_download_that_stopped_early_is_refused(read):
    lines = ISHARES.split("\n")
    with pytest.raises(InputError, match=r"the weights sum to 80\.00%, not to 100 %"):
        read("\n".join(lines[:12]))
    with pytest.raises(InputError, match="bad cells") as caught:
        read("\n".join(lines[:12]) + '\n"BRKB","BERKSHIRE HAT"')
    assert details(caught) == ["whatever.csv: line 13, row: 2 cells where the header has 10"]


@pytest.mark.parametrize(
    ("weight", "fits"), [("40.6", True), ("38.8", True), ("41.0", False), ("38.5", False)]
)
def test_weights_may_miss_the_whole_by_one_percent(read, weight, fits):
    text = SPDR.replace("39.7", weight)
    if fits:
        assert len(read(text).rows) == 4
    else:
        with pytest.raises(InputError, match="not to 100 %"):
            read(text)


def test_fractions_in_the_place_of_percents_are_refused(read):
    text = SPDR.replace("60.123456", "0.60123456").replace("39.7", "0.397").replace("0.176532", "0.00176532")
    with pytest.raises(InputError, match=r"the weights sum to 1\.00%"):
        read(text)


@pytest.mark.parametrize("text", [ISHARES, SPDR])
def test_a_header_without_holdings_is_refused(read, text):
    lines = text.split("\n")
    header = next(n for n, line in enumerate(lines) if "Ticker," in line)
    with pytest.raises(InputError, match="no holdings"):
        read("\n".join(lines[: header + 1]) + "\n")


def test_broken_quotes_are_named_with_their_line(read):
    with pytest.raises(InputError, match=r"whatever.csv: broken quoting: row starting at line 11"):
        read(ISHARES.replace('"NVIDIA CORP"', '"NVIDIA "CORP"'))


def test_broken_quotes_below_the_table_hurt_nobody(read):
    assert read(SPDR.replace('"Past performance', '"Past "performance')) == read(SPDR)

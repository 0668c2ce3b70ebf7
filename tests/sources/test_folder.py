import gzip
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest

from riskpanel.errors import InputError
from riskpanel.sources.folder import Folder
from riskpanel.sources.protocol import (
    HISTORY,
    NotThereError,
    Profile,
    Source,
    SourceClosedError,
    SourceFailedError,
)

TODAY = date(2023, 1, 3)
FIRST, LAST = date(2022, 12, 1), date(2022, 12, 30)
LONG = "date,symbol,close,adj_close,open,high,low,volume\n"


@pytest.fixture
def source(tmp_path):
    def source(**files: str) -> Source:
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return Folder(tmp_path, today=TODAY)

    return source


def told(source, symbol, error=SourceFailedError):
    with pytest.raises(error) as caught:
        source.history(symbol, FIRST, LAST)
    return caught.value


def test_long_rows_are_a_history_without_splits(source):
    found = source(
        a=LONG + "2022-12-28,aapl,126.04,125.67,129.67,131.03,125.87,85438400\n2022-12-27,AAPL,130,129,,,,0"
    )
    assert found.name == "files"
    history = found.history("AAPL", FIRST, LAST)
    assert history.schema == pl.Schema(HISTORY)
    assert history.rows() == [
        (date(2022, 12, 27), None, None, None, 130.0, 129.0, 0.0, None),
        (date(2022, 12, 28), 129.67, 131.03, 125.87, 126.04, 125.67, 85438400.0, None),
    ]


def test_csv_gzipped_csv_and_parquet_wide_and_long_are_one(source, tmp_path):
    (tmp_path / "b.csv.gz").write_bytes(
        gzip.compress(b"Date,MSFT,brk.b\n2022-12-27,1.5,\n2022-12-28,1.6,300\n")
    )
    pl.DataFrame({"date": [date(2022, 12, 28)], "^GSPC": [3783.2]}).write_parquet(tmp_path / "c.PARQUET")
    (tmp_path / "README.md").write_text("not prices")
    (tmp_path / ".hidden.csv").write_text("not prices")
    (tmp_path / "archive.csv").mkdir()
    found = source(a="date,symbol,close\n2022-12-28,AAPL,126.04\n")
    closes = {s: found.history(s, FIRST, LAST)["close"].to_list() for s in ("AAPL", "MSFT", "BRK-B", "^GSPC")}
    assert closes == {"AAPL": [126.04], "MSFT": [1.5, 1.6], "BRK-B": [300.0], "^GSPC": [3783.2]}


def test_both_ends_of_the_range_are_included(source):
    found = source(a="date,A\n2022-12-27,1\n2022-12-28,2\n2022-12-29,3\n2022-12-30,4\n")
    history = found.history("A", date(2022, 12, 28), date(2022, 12, 29))
    assert history["close"].to_list() == [2.0, 3.0]


def test_a_symbol_that_no_file_has_is_no_data(source):
    found = source(a="date,A\n2022-12-28,2\n")
    assert "ZZZ" in told(found, "ZZZ", NotThereError).what
    with pytest.raises(NotThereError, match="A from 2021-01-04 to 2021-01-05"):
        found.history("A", date(2021, 1, 4), date(2021, 1, 5))


def test_a_folder_without_price_files_has_no_data(source):
    assert "no price file has A" in told(source(instruments="symbol\nA\n"), "A", NotThereError).what


def test_a_folder_that_does_not_exist_is_an_error_of_the_input(tmp_path):
    with pytest.raises(InputError, match=r"no such folder: .*prices"):
        Folder(tmp_path / "prices", today=TODAY)
    (tmp_path / "a.csv").write_text("date,A\n")
    with pytest.raises(InputError, match="no such folder"):
        Folder(tmp_path / "a.csv", today=TODAY)


def test_a_bad_row_refuses_its_symbol_and_no_other(source):
    rows = ["2022-12-27,A,1", "2022-12-28,a,abc", "2022-12-29,A,-1", "2022-12-27,B,2"]
    found = source(prices="date,symbol,close\n" + "\n".join(rows))
    error = told(found, "A")
    assert error.what == (
        "bad rows in the files for A: prices.csv: line 3, close: not a number: 'abc'; "
        "prices.csv: line 4, close: must be above 0, not -1.0"
    )
    assert error.hint
    assert found.history("B", FIRST, LAST)["close"].to_list() == [2.0]


def test_only_the_first_few_bad_rows_are_told(source):
    error = told(source(a="date,A\n" + "".join(f"2022-12-{day},x\n" for day in (19, 20, 21, 22, 23))), "A")
    assert error.what.count("line") == 3
    assert error.what.endswith("; and 2 more")
    assert len(error.details) == 5


def test_a_row_of_nobody_may_be_of_anybody(source):
    wide = source(a="date,A,B\n2022-12-24,1,2\n2022-12-28,1,2\n")
    assert "2022-12-24 is a Saturday" in told(wide, "A").what
    assert "2022-12-24 is a Saturday" in told(wide, "B").what


def test_a_row_without_a_symbol_may_be_of_anybody(source):
    found = source(a="date,symbol,close\n2022-12-28,,1\n2022-12-28,A,1\n")
    assert "line 2, symbol: no symbol" in told(found, "A").what


def test_the_same_session_in_two_files_is_refused(source):
    found = source(a="date,A,B\n2022-12-28,1,5\n", b="date,A\n2022-12-28,2\n")
    assert "the same symbol and date" in told(found, "A").what
    assert found.history("B", FIRST, LAST)["close"].to_list() == [5.0]


@pytest.mark.parametrize("text", ["", "symbol,close\nA,1\n", "<html></html>", "date,A\n2022-12-28\n"])
def test_a_file_that_is_no_table_of_prices_closes_the_source(source, text):
    found = source(a="date,A\n2022-12-28,1\n", b=text)
    error = told(found, "A", SourceClosedError)
    assert "b.csv" in error.what


def test_a_folder_that_has_gone_closes_the_source(source, tmp_path):
    found = source(a="date,A\n2022-12-28,1\n")
    shutil.rmtree(tmp_path)
    assert "cannot be read" in told(found, "A", SourceClosedError).what


def test_files_are_read_at_the_first_question_and_once_for_all_threads(source, tmp_path):
    symbols = [f"S{number}" for number in range(20)]
    found = source()
    (tmp_path / "a.csv").write_text(f"date,{','.join(symbols)}\n2022-12-28{',1' * len(symbols)}\n")
    with ThreadPoolExecutor(8) as pool:
        heights = list(pool.map(lambda symbol: found.history(symbol, FIRST, LAST).height, symbols))
    shutil.rmtree(tmp_path)
    assert heights == [1] * 20
    assert found.history("S7", FIRST, LAST).height == 1


def test_profiles_come_from_the_instruments_file(source):
    found = source(
        instruments="Symbol,Name,Asset Class,Sector,Industry\n"
        "AAPL,Apple Inc.,Equity,Technology,Consumer Electronics\nspy,SPDR,etf,,\n"
    )
    assert found.profile("AAPL") == Profile(
        "AAPL", "Apple Inc.", "equity", "Information Technology", "Consumer Electronics", None
    )
    assert found.profile("SPY") == Profile("SPY", "SPDR", "etf", None, None, None)
    with pytest.raises(NotThereError, match=r"no instruments\.csv has ZZZ"):
        found.profile("ZZZ")


def test_without_an_instruments_file_there_are_no_profiles(source):
    with pytest.raises(NotThereError):
        source(a="date,A\n2022-12-28,1\n").profile("A")


def test_a_bad_instrument_refuses_what_it_may_be_of(source):
    found = source(instruments="symbol,name\nA,Alpha\n,Nobody\nB,Beta\nB,Beta again\n")
    assert found.profile("A").name == "Alpha"
    with pytest.raises(SourceFailedError, match=r"instruments\.csv: line 5, symbol: B is already on line 4"):
        found.profile("B")
    with pytest.raises(SourceFailedError, match=r"instruments\.csv: line 3, symbol: empty"):
        found.profile("C")


def test_an_instruments_file_without_symbols_closes_the_source_for_profiles_only(source):
    found = source(instruments="name\nAlpha\n", a="date,A\n2022-12-28,1\n")
    with pytest.raises(SourceClosedError, match="no symbol column"):
        found.profile("A")
    assert found.history("A", FIRST, LAST).height == 1


def test_files_have_no_sector_weights_and_no_members(source):
    with pytest.raises(NotThereError):
        source().fund_sectors("SPY")
    with pytest.raises(NotThereError):
        source().index_members()

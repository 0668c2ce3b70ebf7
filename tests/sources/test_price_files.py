from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from riskpanel.errors import InputError
from riskpanel.sources.calendar import sessions_between
from riskpanel.sources.price_files import QUOTE_COLUMNS, WHOLE_LINE, read_prices
from shared_files import shared_data

__all__ = ["shared_data"]

TODAY = date(2023, 1, 3)
LONG = "date,symbol,close,adj_close,open,high,low,volume\n"


@pytest.fixture
def read(tmp_path):
    def read(*texts):
        paths = [tmp_path / f"f{number}.csv" for number in range(1, len(texts) + 1)]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        return read_prices(paths, today=TODAY)

    return read


def faults(found):
    return [str(bad) for bad in found.bad]


def closes(found):
    return {
        (row["symbol"], row["date"].isoformat()): row["close"] for row in found.frame.iter_rows(named=True)
    }


def test_wide_cells_are_closes_and_adjusted_closes_and_empty_ones_no_rows(read):
    found = read("Date,AAPL,brk.b\n2022-12-27,1.5,\n2022-12-28,1.6,300\n")
    assert tuple(found.frame.columns) == QUOTE_COLUMNS
    assert found.frame.rows() == [
        ("AAPL", date(2022, 12, 27), None, None, None, 1.5, 1.5, None),
        ("AAPL", date(2022, 12, 28), None, None, None, 1.6, 1.6, None),
        ("BRK-B", date(2022, 12, 28), None, None, None, 300.0, 300.0, None),
    ]
    assert found.bad == ()
    assert found.warnings == ()


def test_long_rows_keep_every_field(read):
    found = read(LONG + "2022-12-28,aapl,126.04,125.67,129.67,131.03,125.87,85438400\n")
    assert found.frame.rows() == [
        ("AAPL", date(2022, 12, 28), 129.67, 131.03, 125.87, 126.04, 125.67, 85438400.0)
    ]


def test_other_vendors_column_names_are_known(read):
    found = read("Ticker,Timestamp,Adjusted_Close,CLOSE\nA,2022-12-28,9,10\n")
    assert found.frame.select("symbol", "close", "adj_close").rows() == [("A", 10.0, 9.0)]


def test_without_adjusted_closes_the_close_serves(read):
    found = read("date,symbol,close\n2022-12-28,A,10\n")
    assert found.frame["adj_close"].to_list() == [10.0]


def test_a_symbol_without_any_adjusted_close_uses_closes_but_a_partial_one_is_an_error(read):
    rows = ["2022-12-27,A,10,", "2022-12-28,A,11,", "2022-12-27,B,10,9", "2022-12-28,B,11,"]
    found = read("\n".join(["date,symbol,close,adj_close", *rows]))
    assert closes(found) == {("A", "2022-12-27"): 10, ("A", "2022-12-28"): 11, ("B", "2022-12-27"): 10}
    assert faults(found) == ["f1.csv: line 5, adj_close: empty, but other rows of B have one"]


def test_unknown_columns_and_rows_without_a_close_are_warned_about(read):
    found = read("date,symbol,close,dividend\n2022-12-28,A,10,0\n2022-12-28,B,,0\n")
    assert closes(found) == {("A", "2022-12-28"): 10}
    assert found.warnings == (
        "f1.csv: columns not used: dividend",
        "f1.csv: rows without a close, left out: 1",
    )


@pytest.mark.parametrize(
    "written",
    [
        "2022-12-28",
        "2022-12-28 00:00:00",
        "2022-12-28T00:00:00.000",
        "2022-12-28 00:00:00-05:00",
        "2022-12-28T00:00Z",
    ],
)
def test_iso_dates_are_read_with_or_without_a_midnight(read, written):
    assert closes(read(f"date,A\n{written},1\n")) == {("A", "2022-12-28"): 1}


@pytest.mark.parametrize(
    "stamp",
    [
        date(2022, 12, 28),
        datetime(2022, 12, 28),  # noqa: DTZ001
        datetime(2022, 12, 28, tzinfo=ZoneInfo("America/New_York")),
    ],
)
def test_typed_dates_are_read(tmp_path, stamp):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"date": [stamp], "A": [1.5]}).write_parquet(path)
    assert closes(read_prices([path], today=TODAY)) == {("A", "2022-12-28"): 1.5}


def test_a_typed_nan_is_missing(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"date": [date(2022, 12, 28)], "A": [np.nan], "B": [1.0]}).write_parquet(path)
    found = read_prices([path], today=TODAY)
    assert closes(found) == {("B", "2022-12-28"): 1.0}
    assert found.bad == ()


def test_high_and_low_may_cross_by_the_rounding_of_float32(tmp_path):
    path = tmp_path / "a.parquet"
    price = np.float32(45.4)
    columns = {"date": [date(2022, 12, 28)], "symbol": ["A"], "close": [45.4], "high": [float(price)]}
    low = float(np.nextafter(price, np.float32(99)))
    pl.DataFrame({**columns, "low": [low]}).write_parquet(path)
    assert read_prices([path], today=TODAY).bad == ()


BAD_LONG_ROWS = {
    "a US date": (
        "12/28/2022,A,1,1,,,,",
        "date: not a date: '12/28/2022' (write YYYY-MM-DD, as in 2022-12-28)",
    ),
    "a day that does not exist": ("2022-02-30,A,1,1,,,,", "date: not a date: '2022-02-30'"),
    "a time of day": ("2022-12-28 16:00:00,A,1,1,,,,", "date: not a date: '2022-12-28 16:00:00'"),
    "no date": (",A,1,1,,,,", "date: no date"),
    "a Saturday": ("2022-12-24,A,1,1,,,,", "date: 2022-12-24 is a Saturday; not an XNYS session"),
    "a holiday": ("2022-12-26,A,1,1,,,,", "date: 2022-12-26 is an exchange holiday; not an XNYS session"),
    "tomorrow": ("2023-01-04,A,1,1,,,,", "date: 2023-01-04 is in the future"),
    "a far future": ("9999-12-31,A,1,1,,,,", "date: 9999-12-31 is in the future"),
    "before the calendar": ("1949-06-01,A,1,1,,,,", "date: 1949-06-01 is before 1950-01-01"),
    "no symbol": ("2022-12-28,,1,1,,,,", "symbol: no symbol"),
    "a bad symbol": ("2022-12-28,A B!,1,1,,,,", "symbol: not a symbol: 'A B!'"),
    "a word": ("2022-12-28,A,abc,1,,,,", "close: not a number: 'abc'"),
    "a decimal comma": ('2022-12-28,A,"1,5",1,,,,', "close: not a number: '1,5'"),
    "a dollar": ("2022-12-28,A,$15,1,,,,", "close: not a number: '$15'"),
    "infinity": ("2022-12-28,A,inf,1,,,,", "close: not a finite number: inf"),
    "a written NaN": ("2022-12-28,A,1,nan,,,,", "adj_close: not a finite number: NaN"),
    "zero": ("2022-12-28,A,0,1,,,,", "close: must be above 0, not 0.0"),
    "a negative price": ("2022-12-28,A,-5,1,,,,", "close: must be above 0, not -5.0"),
    "a zero open": ("2022-12-28,A,1,1,0,,,", "open: must be above 0, not 0.0"),
    "a negative adjusted close": ("2022-12-28,A,1,-1,,,,", "adj_close: must be above 0, not -1.0"),
    "high below low": ("2022-12-28,A,10,10,,9,11,", "high: high 9.0 is below low 11.0"),
    "a negative volume": ("2022-12-28,A,1,1,,,,-7", "volume: must not be negative: -7.0"),
}


@pytest.mark.parametrize("case", BAD_LONG_ROWS)
def test_a_bad_row_is_named_by_line_column_and_reason_and_the_good_ones_stay(read, case):
    row, reason = BAD_LONG_ROWS[case]
    found = read(LONG + "2022-12-28,GOOD,1,1,,,,\n" + row + "\n2022-12-29,GOOD,1,1,,,,\n")
    assert len(found.bad) == 1
    assert faults(found)[0].startswith(f"f1.csv: line 3, {reason}")
    assert closes(found) == {("GOOD", "2022-12-28"): 1, ("GOOD", "2022-12-29"): 1}


def test_a_row_lists_everything_that_is_wrong_with_its_numbers(read):
    found = read(LONG + "2022-12-28,A,0,1,-1,9,11,-7\n")
    assert {bad.error.column for bad in found.bad} == {"close", "open", "high", "volume"}


def test_a_bad_line_of_a_wide_file_is_one_error_and_a_bad_cell_names_its_column(read):
    found = read(
        "date,A,B\n2022-12-24,1,2\n12/27/2022,1,2\n2022-12-27,1,2\n2022-12-28,x,2\n2022-12-29,1,-2\n"
    )
    assert faults(found) == [
        "f1.csv: line 2, date: 2022-12-24 is a Saturday; not an XNYS session",
        "f1.csv: line 3, date: not a date: '12/27/2022' (write YYYY-MM-DD, as in 2022-12-28)",
        "f1.csv: line 5, A: not a number: 'x'",
        "f1.csv: line 6, B: must be above 0, not -2.0",
    ]
    assert [bad.symbol for bad in found.bad] == [WHOLE_LINE, WHOLE_LINE, "A", "B"]
    assert found.bad[0].cells == (("date", "2022-12-24"), ("A", "1"), ("B", "2"))
    assert found.bad[2].cells == (("date", "2022-12-28"), ("A", "x"))
    assert closes(found) == {
        ("A", "2022-12-27"): 1,
        ("B", "2022-12-27"): 2,
        ("B", "2022-12-28"): 2,
        ("A", "2022-12-29"): 1,
    }


def test_a_holiday_line_without_prices_is_no_error(read):
    found = read("date,A\n2022-12-26,\n2022-12-27,1\n")
    assert found.bad == ()
    assert closes(found) == {("A", "2022-12-27"): 1}


def test_both_columns_of_one_symbol_are_refused(read):
    found = read("date,BRK.B,A,brk/b\n2022-12-27,1,2,3\n")
    assert faults(found) == [
        "f1.csv: line 1, BRK.B: the same symbol as column brk/b",
        "f1.csv: line 1, brk/b: the same symbol as column BRK.B",
    ]
    assert closes(found) == {("A", "2022-12-27"): 2}


def test_a_column_that_is_no_symbol_is_refused(read):
    found = read("date,A,Close price!\n2022-12-27,2,3\n")
    assert faults(found) == ["f1.csv: line 1, Close price!: not a symbol: 'Close price!'"]


def test_repeated_rows_name_each_other_and_none_is_trusted(read):
    found = read(
        "date,symbol,close\n2022-12-27,BRK.B,1\n2022-12-28,A,1\n2022-12-27,brk-b,1\n2022-12-27,BRK/B,2\n"
    )
    reason = "the same symbol and date (BRK-B 2022-12-27) as f1.csv line"
    assert faults(found) == [
        f"f1.csv: line 2, date: {reason} 4",
        f"f1.csv: line 4, date: {reason} 2",
        f"f1.csv: line 5, date: {reason} 2",
    ]
    assert closes(found) == {("A", "2022-12-28"): 1}


def test_repeated_lines_of_a_wide_file_are_found(read):
    found = read("date,A\n2022-12-27,1\n2022-12-27 00:00:00,1\n")
    assert [bad.error.line for bad in found.bad] == [2, 3]
    assert found.frame.is_empty()


def test_duplicates_are_found_across_the_files_of_one_command(read):
    found = read("date,A\n2022-12-27,1\n2022-12-28,1\n", "date,symbol,close\n2022-12-28,a,1\n")
    reason = "the same symbol and date (A 2022-12-28) as"
    assert faults(found) == [
        f"f1.csv: line 3, A: {reason} f2.csv line 2",
        f"f2.csv: line 2, date: {reason} f1.csv line 3",
    ]


def test_the_order_of_files_does_not_matter(tmp_path):
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("date,A\n2022-12-27,1\n2022-12-28,1\n")
    second.write_text("date,symbol,close\n2022-12-29,B,1\n")
    one = read_prices([first, second], today=TODAY)
    other = read_prices([second, first], today=TODAY)
    assert one.frame.equals(other.frame)


def test_a_file_named_twice_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("date,A\n2022-12-27,1\n")
    with pytest.raises(InputError, match="named twice"):
        read_prices([path, tmp_path / "." / "a.csv"], today=TODAY)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("day,A,B", "no date column"),
        ("date,symbol,price", "no close column"),
        ("date,open,high,low,close", "prices without a symbol"),
        ("date,timestamp,A", "two columns for date"),
        ("date,symbol,ticker", "two columns for symbol"),
        ("date,symbol,close,adj_close,adjusted_close", "two columns for adj_close"),
    ],
)
def test_a_header_that_cannot_be_understood_is_refused(read, header, reason):
    with pytest.raises(InputError, match=reason):
        read(header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")


def test_a_wide_file_may_have_symbols_that_look_like_fields(read):
    found = read("date,LOW,OPEN,DAY,LINE\n2022-12-27,1,2,3,4\n")
    assert sorted(found.frame["symbol"].to_list()) == ["DAY", "LINE", "LOW", "OPEN"]


def test_a_file_without_any_good_row_gives_an_empty_frame(read):
    found = read("date,A\n2022-12-24,1\n")
    assert found.frame.is_empty()
    assert tuple(found.frame.columns) == QUOTE_COLUMNS


@pytest.mark.parametrize(
    ("name", "rows", "symbols"),
    [
        ("skfolio_sp500_dataset.csv.gz", 166_260, 20),
        ("skfolio_sp500_index.csv.gz", 8_313, 1),
        ("pypfopt_spy_prices_1993_2024.csv.gz", 8_017, 1),
        ("pooksoft_ohlcv_adj_40_largecaps_2005_2021.parquet", 157_644, None),
        ("sp500_ohlc_1999_2021.parquet", 2_392_382, 502),
    ],
)
def test_real_files_are_clean(shared_data, name, rows, symbols):
    found = read_prices([shared_data / name], today=date(2025, 1, 2))
    assert found.bad == ()
    assert found.frame.height == rows
    assert symbols is None or found.frame["symbol"].n_unique() == symbols


@pytest.mark.parametrize(("rows", "told"), [(20, True), (19, False)])
def test_the_same_series_under_several_symbols_is_told(tmp_path, rows, told):
    days = sessions_between(date(2022, 1, 3), date(2022, 3, 1))[:rows]
    lines = [f"{day},{10 + n},{10 + n},{10 + n + n % 2},7,7" for n, day in enumerate(days)]
    path = tmp_path / "prices.csv"
    path.write_text("\n".join(["date,A,B,C,FLAT,STILL", *lines]) + "\n")
    found = read_prices([path], today=date(2023, 1, 2))
    assert found.warnings == (("the same prices under A, B",) if told else ())

import gzip
from datetime import date

import polars as pl
import pytest

from riskpanel.errors import InputError
from riskpanel.sources.delimited import LINE
from riskpanel.sources.files import fold, read_table


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def rows(path):
    return read_table(path).frame.rows()


def test_cells_are_trimmed_text_and_empty_ones_are_none(write):
    table = read_table(write("a.csv", " Symbol , Close\n AAPL ,1.50\nXOM, \n"))
    assert table.columns == ("Symbol", "Close")
    assert table.frame.rows() == [(2, "AAPL", "1.50"), (3, "XOM", None)]
    assert not table.typed


def test_blank_lines_are_skipped_without_upsetting_line_numbers(write):
    assert rows(write("a.csv", "\na,b\n\n1,2\n , \n\n3,4\n\n")) == [(4, "1", "2"), (7, "3", "4")]


def test_blank_lines_are_skipped_where_cells_are_quoted_too(write):
    assert rows(write("a.csv", 'a,b\n\n"1",2\n , \n3,4')) == [(3, "1", "2"), (5, "3", "4")]


def test_quoted_cells_hold_separators_quotes_and_line_breaks(write):
    text = 'a,b\n"x, ""y""",1\n"two\nlines",2\nlast,3\n'
    assert rows(write("a.csv", text)) == [(2, 'x, "y"', "1"), (3, "two\nlines", "2"), (5, "last", "3")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(write, ending):
    assert rows(write("a.csv", ending.join(["a,b", "1,2", "3,4"]))) == [(2, "1", "2"), (3, "3", "4")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_the_one_of_the_header(write, separator):
    text = f"a{separator}b{separator}c\n1{separator}2{separator}3\n"
    assert rows(write("a.csv", text)) == [(2, "1", "2", "3")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_with_a_byte_order_mark_is_read(write, encoding):
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    content = mark + "name,b\nJosé 東京,2\n".encode(encoding)
    table = read_table(write("a.csv", content))
    assert table.columns == ("name", "b")
    assert table.frame.rows() == [(2, "José 東京", "2")]


def test_gzip_and_parquet_hold_the_same_as_plain_text(write, tmp_path):
    text = "a,b\n1,2\n"
    assert rows(write("a.csv.gz", gzip.compress(text.encode()))) == rows(write("a.csv", text))
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": [date(2022, 12, 28)], "b": [2.5]}).write_parquet(path)
    table = read_table(path)
    assert table.typed
    assert table.frame.rows() == [(1, date(2022, 12, 28), 2.5)]
    assert table.frame.columns == [LINE, "a", "b"]


def test_the_suffix_may_be_upper_case(write):
    assert rows(write("A.CSV", "a,b\n1,2\n")) == [(2, "1", "2")]


def test_a_column_may_be_called_line(write):
    assert rows(write("a.csv", "date,LINE\nx,1\n")) == [(2, "x", "1")]


def test_header_names_fold_case_blanks_and_hyphens():
    assert {fold(name) for name in ("Adj Close", "adj_close", " ADJ-CLOSE ")} == {"adj_close"}


BAD_FILES = {
    "an empty file": ("a.csv", b"", "empty file"),
    "nothing but blanks": ("a.csv", b"\n \n\n", "empty file"),
    "a header only": ("a.csv", b"a,b\n", "no rows below the header"),
    "a quoted header only": ("a.csv", b'"a","b"\n', "no rows below the header"),
    "a repeated column": ("a.csv", b"Close,a,close\n1,2,3\n", "column named twice: close"),
    "an unnamed column": ("a.csv", b",a\n1,2\n", "column 1 has no name"),
    "a control character in the header": ("a.csv", b"a,b\x07\n1,2\n", "column 2 has a control character"),
    "a short row": ("a.csv", b"a,b\n1\n", "rows of the wrong length"),
    "a long row": ("a.csv", b"a,b\n1,2,3\n", "rows of the wrong length"),
    "a web page": ("a.csv", b"\n<!DOCTYPE html><html><body>Log in</body></html>", "a web page, not a table"),
    "another web page": ("a.csv", b"<html>\n", "a web page, not a table"),
    "an unknown suffix": ("a.xlsx", b"PK", "unknown kind of file"),
    "a broken gzip": ("a.csv.gz", b"not gzip", "not a gzip file"),
    "a cut gzip": ("a.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99)[:-9], "not a gzip file"),
    "a broken parquet": ("a.parquet", b"PAR1 nothing", "not a Parquet file"),
    "an open quote": ("a.csv", b'a,b\n1,"2\n', "broken quoting"),
    "text after a quote": ("a.csv", b'a,b\n1,"2"3\n', "broken quoting"),
    "a zero byte": ("a.csv", b"a,b\n1,\x00\n", "a zero byte at line 2"),
    "half of UTF-16": ("a.csv", b"\xff\xfea\x00,", "not UTF-8 text"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_is_no_table_is_refused_by_name(write, case):
    name, content, reason = BAD_FILES[case]
    with pytest.raises(InputError, match=reason) as caught:
        read_table(write(name, content))
    assert name in caught.value.what


def test_another_encoding_is_refused_with_the_byte_and_its_line(write):
    with pytest.raises(InputError, match=r"not UTF-8 text: .*a\.csv \(byte 0xe9 at line 7\)") as caught:
        read_table(write("a.csv", b"a,b\n" + b"1,2\n" * 5 + b"caf\xe9,2\n"))
    assert caught.value.hint == "save it as CSV UTF-8"


def test_every_ragged_row_is_listed_with_its_line(write):
    with pytest.raises(InputError) as caught:
        read_table(write("a.csv", "a,b\n1\n\n1,2\n1,2,3\n"))
    assert caught.value.details == (
        "a.csv: line 2: 1 cells where the header has 2",
        "a.csv: line 5: 3 cells where the header has 2",
    )


def test_a_missing_file_and_a_directory_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no such file: .*gone\.csv") as caught:
        read_table(tmp_path / "gone.csv")
    assert caught.value.hint.startswith("check its name and its folder")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"a directory, not a file: .*folder\.csv"):
        read_table(tmp_path / "folder.csv")


def test_a_parquet_file_without_rows_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": []}).write_parquet(path)
    with pytest.raises(InputError, match="no rows"):
        read_table(path)


def test_many_quoted_rows_keep_their_lines(write):
    count = 45_000
    table = read_table(write("a.csv", 'a,b\n"' + '1",2\n"'.join([""] * count) + '1",2\n'))
    assert table.frame.height == count
    assert table.frame[LINE].to_list() == list(range(2, count + 2))

import pytest

from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError
from riskpanel.sources.instrument_files import read_instruments
from shared_files import shared_data

__all__ = ["shared_data"]


@pytest.fixture
def file(tmp_path):
    def file(text):
        path = tmp_path / "f.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return file


def test_a_row_has_every_field(file):
    (row,) = read_instruments(
        file("symbol,name,asset_class,sector,industry\nbrk.b,Berkshire,Equity,Financial Services,Insurance\n")
    ).rows
    assert (row.symbol, row.name, row.asset_class, row.industry) == (
        "BRK-B",
        "Berkshire",
        "equity",
        "Insurance",
    )
    assert (row.sector, row.taxonomy) == ("Financials", "mapped")


def test_unknown_sectors_are_listed_and_leave_the_instrument_unclassified(file):
    parsed = read_instruments(file("symbol,sector\nA,Space Mining\nB,Space Mining\nC,Energy\nD,\n"))
    assert parsed.warnings == ("unknown sector 'Space Mining', left Unclassified: A, B",)
    assert [row.sector for row in parsed.rows] == [None, None, "Energy", None]
    assert parsed.errors == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("symbol,name\nA,x\na,y\n", "line 3, symbol: A is already on line 2"),
        ("symbol,name\n,x\n", "line 2, symbol: empty"),
        ("symbol,name\nA?,x\n", "line 2, symbol: not a symbol: 'A?'"),
        ("symbol,name\nA," + "x" * 201 + "\n", "line 2, name: longer than 200 characters"),
    ],
)
def test_bad_rows_are_named(file, text, reason):
    (error,) = read_instruments(file(text)).errors
    assert str(error).startswith(reason)


def test_a_file_without_symbols_is_refused(file):
    with pytest.raises(InputError, match="no symbol column"):
        read_instruments(file("name\nx\n"))


def test_the_published_constituents_file_is_read_as_it_is(shared_data):
    parsed = read_instruments(shared_data / "sp500_constituents_gics_2026-08.csv")
    assert parsed.errors == ()
    assert parsed.warnings == ()
    assert len(parsed.rows) == 503
    assert {row.sector for row in parsed.rows} == set(GICS_SECTORS)
    assert {row.asset_class for row in parsed.rows} == {"equity"}
    assert all(row.industry and row.name and row.taxonomy == "gics" for row in parsed.rows)

"""Files that nobody means well: huge, deep, of another kind, and answers that stay small all the same."""

import gzip
import io
import zipfile
from itertools import product

import pytest

from api.conftest import NOW
from api.hostile import API, ONE_DATABASE, refused
from builders import table_rows
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.schema import metadata

POSITIONS, SCENARIOS = f"{API}/imports/positions?portfolio=p", f"{API}/imports/scenarios"
CSV, TOML = {"content-type": "text/csv"}, {"content-type": "application/toml"}
FEW = 100_000  # bytes of an answer that a person can read


@pytest.fixture
def door(client, store):
    """A client of a database that has the local administrator alone."""
    with store.begin() as conn:
        ensure_local_user(conn, now=NOW)
    return client


def zipped(name, content):
    """A zip with one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, content)
    return archive.getvalue()


HEADER = b"symbol,quantity\n"
TABLES = {
    "a million commas": b"," * 1_000_000 + b"\n",
    "a million columns": b"symbol,quantity" + b",x" * 1_000_000 + b"\nA,1\n",
    "200,000 columns of all names": ",".join(f"c{n}" for n in range(200_000)).encode() + b"\nA,1\n",
    "ragged rows": HEADER + b"A,1,2\n" * 500_000,
    "a cell of 4 MB for a symbol": HEADER + b"A" * 4_000_000 + b",1\n",
    "a cell of 4 MB for a number": HEADER + b"A," + b"1" * 4_000_000 + b"\n",
    "a cell of 4 MB of control characters": b"symbol,quantity,portfolio\nA,1," + b"\x01" * 4_000_000 + b"\n",
    "a cell of 4 MB for a word": b"symbol,quantity,position_type\nA,1," + b"x" * 4_000_000 + b"\n",
    "a cell of 4 MB for a date": b"symbol,quantity,entry_date\nA,1," + b"x" * 4_000_000 + b"\n",
    "two columns of one name of 2 MB": b"symbol," + b"z" * 2_000_000 + b"," + b"z" * 2_000_000 + b"\nA,1,2\n",
    "50,001 rows": HEADER + b"".join(b"S%d,1\n" % n for n in range(50_001)),
    "50,000 bad rows": HEADER + b"A,x\n" * 50_000,
    "an unclosed quote": HEADER + b'"A,1\n' * 100,
    "an unclosed quote of 4 MB": HEADER + b'"' + b"A,1\n" * 1_000_000,
    "quotes alone": b'"' * 5_000_000,
    "gzip": gzip.compress(HEADER + b"A,1\n"),
    "a bomb of gzip": gzip.compress(b"A" * 50_000_000),
    "a zip": zipped("positions.csv", HEADER + b"A,1\n"),
    "a beginning of Parquet": b"PAR1" + b"\x00" * 1_000,
    "half of UTF-16": b"\xff\xfe\x00",
    "a lone surrogate in UTF-16": b"\xff\xfe\x00\xd8A\x00",
    "a surrogate in UTF-8": HEADER + b"\xed\xa0\x80,1\n",
    "Latin-1": HEADER + b"\xe9,1\n",
    "a web page": b"<!DOCTYPE html><html><body>sign in</body></html>",
    "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "a page after blanks": b"\n \n<html>",
    "newlines alone": b"\n" * 5_000_000,
    "returns alone": b"\r" * 5_000_000,
    "blanks and commas": b" , \n" * 1_000_000,
    "nothing": b"",
    "a mark alone": b"\xef\xbb\xbf",
    "a zero byte": HEADER + b"\x00,1\n",
    "a header alone": HEADER,
    "a name from right to left": HEADER + "\u202eA,1\n".encode(),
    "not a number": HEADER + b"A,NaN\n",
    "infinity": HEADER + b"A,Infinity\n",
    "1e400": HEADER + b"A,1e400\n",
    "1e308": HEADER + b"A,1e308\n",
    "a formula": HEADER + b"=HYPERLINK(1),1\n",
    "statements": HEADER + b"'; DROP TABLE users;--,1\n",
    "a fullwidth digit and a hex one": HEADER + "A,0x１\n".encode(),
    "a day that is none": b"symbol,quantity,entry_date\nA,1,2024-02-30\n",
}


@ONE_DATABASE
@pytest.mark.parametrize("name", TABLES)
def test_a_hostile_table_is_refused_in_few_words_and_changes_nothing(door, store, name):
    before = {table: table_rows(store, table) for table in metadata.tables}
    for query in ("", "&dry_run=true"):
        answer = door.post(POSITIONS + query, content=TABLES[name], headers=CSV)
        if answer.status_code == 200 and query:
            assert answer.json()["bad"]
        else:
            assert len(refused(answer, 422)["errors"]) <= 1_000
        assert len(answer.content) < FEW
    assert {table: table_rows(store, table) for table in metadata.tables} == before


@ONE_DATABASE
@pytest.mark.parametrize("kind", ["portfolios", "instruments"])
@pytest.mark.parametrize(
    "name", ["a million columns", "an unclosed quote of 4 MB", "gzip", "a web page", "nothing"]
)
def test_the_other_tables_are_refused_alike(door, kind, name):
    answer = door.post(f"{API}/imports/{kind}", content=TABLES[name], headers=CSV)
    refused(answer, 422)
    assert len(answer.content) < FEW


@ONE_DATABASE
def test_many_columns_that_are_not_used_are_named_in_few_words(door):
    wide = (
        b"symbol,quantity," + b",".join(b"c%d" % n for n in range(40_000)) + b"\nA,1" + b"," * 40_000 + b"\n"
    )
    for table in (wide, HEADER.strip() + b"," + b"z" * 4_000_000 + b"\nA,1,2\n"):
        answer = door.post(POSITIONS + "&dry_run=true", content=table, headers=CSV)
        assert answer.status_code in {200, 422}
        assert len(answer.content) < FEW


@ONE_DATABASE
def test_a_file_of_utf_16_is_read_as_the_text_that_it_is(door):
    answer = door.post(
        POSITIONS + "&dry_run=true", content="symbol,quantity\nA,1\n".encode("utf-16"), headers=CSV
    )
    assert answer.status_code == 200
    assert [one["added"] for one in answer.json()["portfolios"]] == [1]


DOCUMENTS = {
    "lists in lists": b"a=" + b"[" * 100_000 + b"]" * 100_000,
    "tables in tables": b"a=" + b"{a=" * 100_000 + b"1" + b"}" * 100_000,
    "lists within a move": b"[scenarios.a]\nmarket=" + b"[" * 300 + b"]" * 300,
    "a million tables": b"[[a]]\n" * 800_000,
    "50,000 bad scenarios": b"".join(b"[scenarios.a%d]\nmarket=-2\n" % n for n in range(50_000)),
    "a huge whole number": b"[scenarios.a]\nmarket=" + b"1" * 100_000,
    "a whole number of 4,000 digits": b"[scenarios.a]\nmarket=" + b"1" * 4_000,
    "a whole number of 400 digits": b"[scenarios.a]\nmarket=" + b"1" * 400,
    "a huge number in hexadecimal": b"[scenarios.a]\nmarket=0x" + b"f" * 100_000,
    "a huge number in twos": b"[scenarios.a]\nmarket=0b1" + b"0" * 2_000,
    "a huge number of a sector": b"[scenarios.a.sectors]\nEnergy=0x" + b"f" * 4_000,
    "a million underscores": b"a=1" + b"_1" * 1_000_000,
    "infinity": b"[scenarios.a]\nmarket=inf",
    "not a number": b"[scenarios.a]\nmarket=-nan",
    "1e400": b"[scenarios.a]\nmarket=1e400",
    "a switch": b"[scenarios.a]\nmarket=true",
    "the end of time": b"[scenarios.a]\nfrom=9999-12-31\nto=9999-12-31",
    "the beginning of time": b"[scenarios.a]\nfrom=0001-01-01\nto=0001-01-02",
    "no day": b"[scenarios.a]\nfrom=2020-02-31\nto=2020-03-01",
    "a time": b"[scenarios.a]\nfrom=2020-02-19T00:00:00Z\nto=2020-03-23",
    "a day of 5 MB": b'[scenarios.a]\nfrom="' + b"9" * 5_000_000 + b'"\nto="2020-03-23"',
    "a sector of 4 MB": b'[scenarios.a.sectors]\n"' + b"9" * 4_000_000 + b'"=1',
    "a name of 4 MB": b'[scenarios."' + b"9" * 4_000_000 + b'"]\nmarket=1',
    "a key of 4 MB": b"a" * 4_000_000 + b"=1",
    "a zero in a name": b'[scenarios."a\\u0000"]\nmarket=-0.1',
    "a table": HEADER + b"A,1\n",
    "Latin-1": b"[scenarios.\xe9]\nmarket=-0.1",
    "a zip": zipped("a", b"b"),
    "nothing": b"",
    "newlines alone": b"\n" * 5_000_000,
    "a built-in name": b'[scenarios."Covid 2020"]\nmarket=-0.1',
}


@ONE_DATABASE
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_scenario_file_is_refused_in_few_words_and_changes_nothing(door, store, name):
    answer = door.post(SCENARIOS, content=DOCUMENTS[name], headers=TOML)
    assert len(refused(answer, 409, 422)["errors"]) <= 1_000
    assert len(answer.content) < 2 * FEW
    assert table_rows(store, "scenarios") == []


def test_a_control_character_in_a_description_is_refused_on_both_databases(door, store):
    for escaped in (b"\\u0000", b"\\u001b[31m", b"\\u202e"):
        content = b'[scenarios.a]\nmarket=-0.1\ndescription="x' + escaped + b'y"'
        refused(door.post(SCENARIOS, content=content, headers=TOML), 422)
    assert table_rows(store, "scenarios") == []


DEEP = {
    "lists": b"a=" + b"[" * 1_000 + b"]" * 1_000,
    "tables": b"a=" + b"{a=" * 1_000 + b"1" + b"}" * 1_000,
    "a dotted key": b".".join([b"a"] * 1_000) + b"=1",
    "a dotted key of scenarios": b"scenarios." + b".".join([b"a"] * 1_000) + b"=1",
    "quoted parts of a key": b".".join([b'"a"'] * 1_000) + b"=1",
    "parts of a key with blanks": b" . ".join([b"a"] * 1_000) + b"=1",
    "a dotted name of a table": b"[" + b".".join([b"a"] * 1_000) + b"]",
    "a dotted key in a table": b"a={" + b".".join([b"a"] * 1_000) + b"=1}",
}


@ONE_DATABASE
@pytest.mark.parametrize("name", DEEP)
def test_a_deep_scenario_file_is_refused_before_it_is_read(door, name):
    # The reader takes steps by the square of the parts of a dotted key: 5 MB of them would take it hours.
    answer = door.post(SCENARIOS, content=DEEP[name], headers=TOML)
    assert refused(answer, 422)["detail"].startswith("nested too deeply: scenarios.toml")


@ONE_DATABASE
def test_the_name_of_a_file_is_no_path_and_no_control_character(door):
    for name in ("../../etc/passwd", "a/b", "a\\b", "", "a\x00", "a\nb", "x" * 201, "\x1b[31m"):
        query = {"portfolio": "p", "name": name}
        told = refused(door.post(POSITIONS, params=query, content=HEADER + b"A,1\n", headers=CSV), 422)
        assert told["errors"][0]["location"] == "query.name"


@ONE_DATABASE
def test_an_absurd_balance_of_a_file_is_refused(door):
    texts = ("NaN", "Infinity", "1e308", "1e400", "9" * 5_000, "0.00001", "-" + "9" * 17, "x", "")
    for name, text in product(("cash", "equity"), texts):
        query = {"portfolio": "p", name: text}
        answer = door.post(POSITIONS, params=query, content=HEADER + b"A,1\n", headers=CSV)
        assert refused(answer, 422)["errors"][0]["location"] == f"query.{name}"


@ONE_DATABASE
def test_a_file_may_be_called_anything_but_is_read_as_what_it_is_sent_for(door):
    for media_type in ("text/csv", "application/octet-stream", "application/vnd.ms-excel", "text/plain", ""):
        headers = {"content-type": media_type}
        answer = door.post(POSITIONS + "&dry_run=true", content=HEADER + b"A,1\n", headers=headers)
        assert answer.status_code in {200, 415, 422}
    refused(door.post(POSITIONS, content=b'["A"]', headers={"content-type": "application/json"}), 415, 422)

"""Pages: each row once and in order whatever is inserted meanwhile, and only cursors of one's own."""

import base64
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from fastapi.exceptions import RequestValidationError
from hypothesis import given

from api.conftest import NOW
from api.listed import lots_of, one_page, problem, walk
from builders import Book, Lot, day, fill_books
from riskpanel.api.paging import KeyId, KeyText, Listing
from riskpanel.store.schema import batch_runs, instruments, portfolio_snapshots

LISTS = ("portfolios", "positions", "snapshots", "betas", "volatility", "instruments", "benchmarks", "runs")
GROWING = ("portfolios", "positions", "snapshots", "instruments", "runs")
LISTING = Listing("tests", tuple[KeyText, date, KeyId])


@pytest.fixture
def paths(store, api_world):
    """The address of each list."""
    own, lot = f"/portfolios/{api_world['p']}", f"/positions/{lots_of(store, api_world['p'])['A']}"
    return {
        "positions": f"{own}/positions",
        "snapshots": f"{own}/snapshots",
        "betas": f"{lot}/betas",
        "volatility": f"{lot}/volatility",
    } | {name: f"/{name}" for name in ("portfolios", "instruments", "benchmarks", "runs")}


@pytest.fixture
def insert(store, api_world, panel):
    """Insert rows before and after all that are there, by list: each turn further out."""

    def books(*added):
        fill_books(store, added, now=NOW)

    def copies(table, column, *values):
        with store.begin() as conn:
            row = conn.execute(sa.select(table).limit(1)).mappings().one()
            conn.execute(sa.insert(table), [{**row, column: value} for value in values])

    def days(turn):
        return day(panel) - timedelta(days=100 + turn), day(panel) + timedelta(days=1 + turn)

    ways = {
        "portfolios": lambda turn: books(Book(f"  {99 - turn}"), Book(f"zz {turn + 10}")),
        "positions": lambda turn: books(Book("p", (Lot("B", 1.0 + turn),))),
        "snapshots": lambda turn: copies(portfolio_snapshots, "snapshot_date", *days(turn)),
        "instruments": lambda turn: copies(instruments, "symbol", f"0{99 - turn}", f"ZZ{turn + 10}"),
        "runs": lambda turn: copies(batch_runs, "id", 1_000 + turn),
    }
    return lambda name, turn: ways[name](turn)


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("name", GROWING)
def test_each_row_is_visited_once_and_in_order_while_others_are_inserted(client, paths, insert, name, limit):
    for turn in range(3):
        insert(name, turn)
    before = walk(client, paths[name], limit=500)
    assert len(before) >= 4
    seen, cursor = [], None
    for turn in range(10, 60):
        page = one_page(client, paths[name], limit=limit, cursor=cursor)
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None or len(seen) > 30:  # rows that come after those seen are part of the list
            break
        insert(name, turn)
    assert [item for item in seen if item in before] == before
    texts = [str(item) for item in seen]
    assert len(texts) == len(set(texts))
    now = walk(client, paths[name], limit=500)
    assert [item for item in now if item in seen] == seen


@pytest.mark.parametrize("name", LISTS)
def test_the_pages_are_the_list_whatever_their_length(client, paths, name):
    whole = one_page(client, paths[name], limit=500)
    assert whole["next_cursor"] is None
    assert whole["items"]
    for limit in (1, 2, len(whole["items"])):
        assert walk(client, paths[name], limit=limit) == whole["items"]


def _text(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


BAD = {
    "empty": "",
    "words": "next please",
    "not ascii": "é",
    "padded": _text(b"runs:[1]") + "==",
    "no list": _text(b"[1]"),
    "no key": _text(b"runs:"),
    "spaces": _text(b"runs:[ 1 ]"),
    "wrong type": _text(b'runs:["1"]'),
    "float": _text(b"runs:[1.0]"),
    "too large": _text(b"runs:[9223372036854775808]"),
    "two": _text(b"runs:[1,2]"),
    "none": _text(b"runs:[]"),
    "null": _text(b"runs:[null]"),
    "bytes": _text(b"runs:\xff"),
    "nul": _text(b'portfolios:["\\u0000"]'),
    "surrogate": _text(b'portfolios:["\\ud800"]'),
    "no such day": _text(b'snapshots:["2024-02-30"]'),
    "seconds": _text(b"snapshots:[1704067200]"),
    "endless": "A" * 3_000,
}


@pytest.mark.parametrize("cursor", BAD.values(), ids=BAD)
def test_a_cursor_that_no_list_answered_is_refused_by_all(client, paths, cursor):
    for name in LISTS:
        (fault,) = problem(client, paths[name], 422, cursor=cursor)["errors"]
        assert fault["location"] == "query.cursor"


def test_a_cursor_of_another_list_is_refused(client, paths):
    cursors = {name: one_page(client, paths[name], limit=1)["next_cursor"] for name in LISTS}
    for name, cursor in cursors.items():
        for other in LISTS:
            if cursor is not None and other != name:
                (fault,) = problem(client, paths[other], 422, cursor=cursor)["errors"]
                assert fault["location"] == "query.cursor"
    assert len([cursor for cursor in cursors.values() if cursor]) >= 6


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200)


@given(TEXTS, st.dates(), st.integers(-(2**63), 2**63 - 1))
def test_a_key_comes_back_from_its_cursor(name, on, number):
    cursor = LISTING.encode((name, on, number))
    assert LISTING.decode(cursor) == (name, on, number)
    assert len(cursor) <= 2_000
    assert cursor.isascii()
    with pytest.raises(RequestValidationError):
        Listing("others", tuple[KeyText, date, KeyId]).decode(cursor)


@given(st.text(max_size=60) | st.binary(max_size=60).map(_text))
def test_any_other_text_is_refused_and_nothing_else_happens(text):
    with pytest.raises(RequestValidationError):
        LISTING.decode(text)


@given(TEXTS, st.dates(), st.data())
def test_a_cursor_with_a_changed_letter_is_refused_or_another_key(name, on, data):
    cursor = LISTING.encode((name, on, 7))
    at = data.draw(st.integers(0, len(cursor) - 1))
    changed = cursor[:at] + data.draw(st.sampled_from("AQgwZz09_-~ ")) + cursor[at + 1 :]
    try:
        key = LISTING.decode(changed)
    except RequestValidationError:
        return
    assert LISTING.encode(key) == changed

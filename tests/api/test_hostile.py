"""Bodies that nobody means well: too large, too deep, absurd numbers, odd text, other media types."""

import json
import math
from collections.abc import Iterator
from decimal import Context, Decimal
from itertools import product

import pytest
import sqlalchemy as sa

from api.accounts_world import PASSWORD, World
from api.conftest import NOW
from api.described import (
    JSON_BODIES,
    OPERATIONS,
    body_schema,
    body_with,
    fields_of,
    named,
    smallest_body,
)
from api.hostile import API, JSON, ONE_DATABASE, at_ids, refused
from builders import day, table_rows
from nightly.nights import night
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.schema import metadata

MOST, MOST_OF_A_FILE = 2**20, 5 * 2**20
LITERALS = ("1e308", "-1e308", "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" + "0" * 4_000,
            "1" + "0" * 5_000, "0.1" + "0" * 58 + "1", "1e-320", "-0.0", "99999999999999999", "0.0000000001",
            "-99999999999999999.5", "9223372036854775808", "1e17", "true", "[]", "{}", '"NaN"', '"-Infinity"',
            '"sNaN"', '"1e400"', '"0x10"', '"1e999999999"', '""', '"\\u0000"',
            '"' + "9" * 100_000 + '"')  # fmt: skip
TEXTS = ("\x00", "a\x00b", "\u202egnp.exe", "\U0001f600" * 10, "e" + "\u0301" * 300, "\ufeff",
         "\x1b[31m", "\uffff", "' OR '1'='1", "'; DROP TABLE users;--", '" OR 1=1 --',
         "%' UNION SELECT name FROM users--", "../../etc/passwd", "${jndi:ldap://x}", "{{7*7}}",
         "<script>alert(1)</script>", "=HYPERLINK(1)", "x" * 100_000, " ", "\r\nset-cookie: a=b", "\u2028",
         "\ufdfa" * 50)  # fmt: skip


@pytest.fixture
def door(client, store):
    """A client of a database that has the local administrator alone."""
    with store.begin() as conn:
        ensure_local_user(conn, now=NOW)
    return client


@pytest.fixture
def world(client, api_world, store):
    """Portfolios, lots, a scenario and a further user; what is asked for has ids 1."""
    made = client.post(f"{API}/scenarios", json={"name": "mine", "market": -0.1})
    assert made.status_code == 201
    assert client.post(f"{API}/users", json={"name": "other"}).status_code == 201
    return client


def send(client, key, body, **headers):
    """Send a body as it is."""
    content = body if isinstance(body, bytes) else body.encode()
    return client.request(key[0], at_ids(key[1]), content=content, headers=JSON | headers)


def with_literal(key, path, literal):
    """The smallest body with a literal in a field, which need not be JSON of our own writing."""
    return json.dumps(body_with(key, path, "MARK")).replace('"MARK"', literal)


def chunks(size: int) -> Iterator[bytes]:
    """A body that does not say how long it is."""
    yield b'{"name": "'
    for _ in range(size // 65_536 + 1):
        yield b"x" * 65_536


@ONE_DATABASE
@pytest.mark.parametrize("key", JSON_BODIES, ids=named)
def test_a_body_of_more_than_a_mebibyte_is_too_large_whether_or_not_it_says_so(door, key):
    for body in (b" " * (MOST + 1), chunks(MOST)):
        answer = door.request(key[0], at_ids(key[1]), content=body, headers=JSON)
        assert refused(answer, 413)["detail"] == "the body is too large"


@ONE_DATABASE
@pytest.mark.parametrize("kind", ["positions", "portfolios", "instruments", "scenarios"])
def test_a_file_may_have_five_mebibytes_and_not_a_byte_more(door, kind):
    path = f"{API}/imports/{kind}"
    headers = {"content-type": "application/toml" if kind == "scenarios" else "text/csv"}
    assert door.post(path, content=b"\n" * MOST_OF_A_FILE, headers=headers).status_code == 422
    for body in (b"\n" * (MOST_OF_A_FILE + 1), chunks(MOST_OF_A_FILE)):
        assert (
            refused(door.post(path, content=body, headers=headers), 413)["detail"] == "the body is too large"
        )


@ONE_DATABASE
def test_a_body_that_is_too_large_is_no_failure_of_the_server(door, caplog):
    assert door.post(f"{API}/portfolios", content=b" " * (MOST + 1), headers=JSON).status_code == 413
    assert door.post(f"{API}/portfolios", content=chunks(MOST), headers=JSON).status_code == 413
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@ONE_DATABASE
def test_a_body_where_none_is_wanted_is_not_kept(door):
    for method, path in (("GET", "/portfolios"), ("DELETE", "/portfolios/1"), ("POST", "/nowhere")):
        answer = door.request(method, API + path, content=b" " * (MOST + 1))
        assert answer.status_code in {200, 404, 413}


DEEP = {
    "lists": b"[" * 100_000 + b"]" * 100_000,
    "objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "never closed": b"[" * 500_000,
    "in a field": b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "below the limit of the parser": b'{"name":' * 900 + b"1" + b"}" * 900,
}


@ONE_DATABASE
@pytest.mark.parametrize("key", JSON_BODIES, ids=named)
def test_deep_json_is_refused(door, key):
    for body in DEEP.values():
        refused(send(door, key, body), 400, 409, 422)


BROKEN = (b"", b"null", b'"x"', b"1", b"[]", b"{", b'{"a":1', b"\xff\xfe\x00", b'{"name":"\xff"}',
          b"{}{}", b"NaN", b"\xef\xbb\xbf", b"<xml/>", b"a=b&c=d", b"\x00",
          b'{"\\ud800":1}', b'{"name":"\\ud800"}')  # fmt: skip


@ONE_DATABASE
@pytest.mark.parametrize("key", JSON_BODIES, ids=named)
def test_a_body_that_is_no_object_is_refused(door, key):
    for body in BROKEN:
        refused(send(door, key, body), 400, 409, 422)


@ONE_DATABASE
def test_a_field_of_a_million_characters_or_a_hundred_thousand_fields_are_refused_in_few_words(door):
    client = door
    long_name = send(client, ("POST", f"{API}/portfolios"), json.dumps({"name": "x" * 1_000_000}))
    assert len(refused(long_name, 422)["detail"]) < 200
    many = send(client, ("POST", f"{API}/portfolios"), json.dumps(dict.fromkeys(map(str, range(60_000)), 1)))
    assert len(refused(many, 422)["errors"]) <= 1_000
    assert len(many.content) < 100_000
    long_key = send(client, ("POST", f"{API}/portfolios"), json.dumps({"x" * 1_000_000: 1}))
    refused(long_key, 422)
    assert len(long_key.content) < 10_000


NUMBERS = fields_of({"number", "integer"})


def test_every_kind_of_number_is_among_them():
    lots, balances = "quantity multiplier entry_price exit_price", "cash_balance equity_balance"
    names = f"{lots} {balances} market Energy portfolio_id days"
    assert {path.rsplit(".", 1)[-1] for _, path in NUMBERS} == set(names.split())


def test_no_absurd_number_is_a_bug_or_is_stored_as_what_is_no_number(world, store, panel):
    failed = {
        f"{named(key)} {path} {literal[:30]}": answer.status_code
        for key, path in NUMBERS
        for literal in LITERALS
        if (answer := send(world, key, with_literal(key, path, literal))).status_code >= 500
    }
    assert failed == {}
    stored = [value for name in metadata.tables for row in table_rows(store, name) for value in row.values()]
    numbers = [value for value in stored if isinstance(value, (float, Decimal))]
    assert numbers
    assert [value for value in numbers if not math.isfinite(value)] == []


ODD = ("1e308", "NaN", "Infinity", "9" * 5_000, "-1", "0", "1.0", "\u0663", "\x00", "2024-02-30", "'", "",
       "0001-01-01", "9999-12-31", "\U0001f600", "1 OR 1=1", "a" * 5_000)  # fmt: skip


def test_no_absurd_query_is_a_bug(world):
    for key in (key for key in OPERATIONS if key[0] == "GET"):
        asked = [p["name"] for p in OPERATIONS[key].get("parameters", ()) if p["in"] == "query"]
        for name, text in product(asked, ODD):
            answer = world.get(at_ids(key[1]), params={name: text})
            assert answer.status_code == 200 or refused(answer, 404, 409, 422)
        refused(world.get(at_ids(key[1]), params={"made up": "1"}), 404, 422)


EXACT = (
    "123456789012345",
    "1234567890.12345",
    "0.0000000001",
    '"0.0000000001"',
    '"1234567890.12345"',
)
LONG = ("1e17", '"99999999999999999"', "9007199254740993", "9007199254740993.5", "123456789012345678.9",
        '"9007199254740993.5"', '"12345678901234567.0000000001"')  # fmt: skip


@pytest.mark.parametrize("literal", EXACT + LONG)
def test_a_number_is_stored_exactly_or_refused_and_never_rounded(world, store, dialect, literal):
    key = ("POST", f"{API}/portfolios/{{portfolio_id}}/positions")
    made = send(world, key, f'{{"symbol":"A","quantity":{literal}}}')
    if made.status_code == 422 and literal in LONG:
        return
    assert made.status_code == 201, made.text
    (own,) = [row for row in table_rows(store, "positions") if row["id"] == made.json()["id"]]
    wanted = Decimal(json.loads(literal, parse_float=str, parse_int=str))
    if dialect == "sqlite" and literal in LONG:  # which holds 15 digits exactly
        wanted = Decimal(repr(float(wanted))).quantize(Decimal("1e-10"), context=Context(prec=60))
    assert own["quantity"] == wanted


def test_what_was_taken_can_be_computed_and_answered(world, store, panel):
    huge = {"symbol": "A", "quantity": "99999999999999999", "multiplier": "99999999999999999"}
    made = world.post(f"{API}/portfolios", json={"name": "huge", "positions": [huge]})
    report = night(store, day(panel))
    failed = {failure.name for failure in report.failures}
    assert failed == set() or made.status_code == 422
    for line in world.get(f"{API}/portfolios").json()["items"]:
        json.loads(world.get(f"{API}/data/portfolio/{line['id']}/complete").text, parse_constant=pytest.fail)


def test_an_equity_that_no_cash_can_make_up_for_is_refused(world):
    huge = {"symbol": "A", "quantity": "99999999999999999", "multiplier": "99999999999999999"}
    body = {"name": "huge", "equity_balance": 1, "positions": [huge]}
    refused(world.post(f"{API}/portfolios", json=body), 422)


WORDS = fields_of({"string"})


def test_no_odd_text_is_a_bug(world, store):
    failed = {
        f"{named(key)} {path} {text[:20]!r}": answer.status_code
        for key, path in WORDS
        for text in TEXTS
        if (answer := send(world, key, json.dumps(body_with(key, path, text)))).status_code >= 500
    }
    assert failed == {}
    with store.read() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM users")).scalar_one() >= 2


@ONE_DATABASE
def test_no_odd_text_at_the_door_is_a_bug(store):
    asking = World(store).client()
    bodies = [
        *({"name": text, "password": "x"} for text in TEXTS[:14]),
        *({"link": text or "x", "password": PASSWORD, "name": "n"} for text in TEXTS[:3]),
    ]
    for body in bodies:
        path = "setup" if "link" in body else "login"
        assert asking.post(f"{API}/auth/{path}", json=body).status_code in {401, 422, 429}


SHAPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/csv",
          "", "x/y", "application/xml", "application/json, text/plain")  # fmt: skip


@ONE_DATABASE
def test_json_that_is_called_something_else_changes_nothing(world, store):
    before = {name: table_rows(store, name) for name in metadata.tables}
    for key, shape in product(JSON_BODIES, SHAPES):
        answer = send(world, key, json.dumps(smallest_body(body_schema(key))), **{"content-type": shape})
        refused(answer, 400, 409, 415, 422)
    assert {name: table_rows(store, name) for name in metadata.tables} == before


def test_a_file_in_a_form_is_no_file(world):
    answer = world.post(f"{API}/imports/positions", files={"file": ("p.csv", b"symbol,quantity\nA,1\n")})
    refused(answer, 400, 415, 422)


def test_what_is_wrong_with_a_secret_is_told_without_it(store):
    world = World(store)
    asking, secret = world.client(), "kept to myself and " + "long " * 300
    for body in (
        {"name": "a", "password": secret},
        {"name": "a", "password": [secret]},
        {"name": secret, "password": "x"},
        {"name": "a", "password": "x", "more": secret},
        {"link": secret, "password": secret},
        {"link": "x", "password": "riskpanel kept to myself", "name": "a"},
    ):
        path = "setup" if "link" in body else "login"
        answer = asking.post(f"{API}/auth/{path}", json=body)
        refused(answer, 401, 422)
        assert "kept to myself" not in answer.text


@ONE_DATABASE
@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/portfolios?limit=1&limit=2", "query.limit"),
        ("/portfolios?limit=1&Limit=2", "query.Limit"),
        ("/portfolios?nothing", "query.nothing"),
        ("/portfolios?limit[]=1", "query.limit[]"),
        ("/portfolios/1/exports/snapshots?from=2025-01-02&to=2025-01-01", "query"),
        ("/portfolios/1/exports/snapshots?from=1", "query.from"),
        ("/run-requests?cursor=AAAA", "query.cursor"),
        ("/health/live?x=1", "query.x"),
        ("/metrics?x=1", "query.x"),
    ],
)
def test_a_query_is_refused_where_it_is_wrong(door, path, location):
    told = refused(door.get(API + path), 422)
    assert told["errors"][0]["location"] == location


def test_a_cursor_with_a_key_that_no_column_holds_is_refused(world):
    made_up = "YmV0YXM6WyIyMDI0LTAxLTAxIiwiT0xTX1NJTVBMRSIsOTIyMzM3MjAzNjg1NDc3NTgwN10"
    assert world.get(f"{API}/positions/1/betas", params={"cursor": made_up}).status_code in {200, 422}


def test_what_looks_like_a_formula_leaves_as_text(world):
    for formula in ("=cmd|'/c calc'!A1", "+1", "-1", "@SUM(1)", "=1+1"):
        assert world.put(f"{API}/instruments/A", json={"name": formula}).status_code == 200
        answer = world.get(f"{API}/portfolios/1/exports/holdings")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment")
        (line,) = [line for line in answer.text.splitlines() if line.startswith("A,")]
        assert line.startswith(f"A,'{formula},")


def test_statements_in_text_are_text(world, store):
    name = "'); DROP TABLE portfolios;--"
    assert world.post(f"{API}/portfolios", json={"name": name}).status_code == 201
    assert name in [row["name"] for row in table_rows(store, "portfolios")]
    assert world.get(f"{API}/benchmarks/SP500' OR '1'='1").status_code == 404


def test_every_body_has_a_field_that_odd_values_were_tried_in():
    plain = ("PATCH", f"{API}/users/{{user_id}}")  # nothing but booleans
    assert {own for own, _ in WORDS} | {own for own, _ in NUMBERS} == set(JSON_BODIES) - {plain}

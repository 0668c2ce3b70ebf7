"""Schemathesis over the whole description: whatever is sent, the answer is one that the description has.

Each operation is asked by what fits its description, at ids that exist and at others, and by what does not
fit, over a database of its own, in one process: the same requests in every run. Events are followed too: the
only run request there is has ended, so that the stream ends.
"""

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime

import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.conftest import NOW, app_over
from api.described import DOCUMENT, JSON_BODIES, OPERATIONS, body_schema, named, smallest_body
from builders import Book, Lot, day, fill_store, panel_of, random_prices
from nightly.nights import night
from riskpanel.api.access import CSRF_HEADER, open_accounts
from riskpanel.api.accounts.keys import csrf_key, hash_key
from riskpanel.api.accounts.policy import AccountPolicy
from riskpanel.api.accounts.users import invite_user, issue_token
from riskpanel.api.cookies import COOKIE
from riskpanel.nightly.definitions import DefinitionsEditor
from riskpanel.store.database import open_store
from riskpanel.store.login_sessions import save_login_session
from riskpanel.store.portfolios import load_local_user
from riskpanel.store.schema import run_requests

SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPEN = {key for key, operation in OPERATIONS.items() if "security" not in operation}
ACCOUNTS = [key for key, operation in OPERATIONS.items() if "accounts" in operation["tags"]]
EXISTING = {"symbol": "A", "code": "SP500"}  # of ids all are 1
FILES = {
    "/api/v1/imports/positions": "portfolio,symbol,quantity\np,A,1\n",
    "/api/v1/imports/portfolios": "name\nq\n",
    "/api/v1/imports/instruments": "symbol,sector\nA,Energy\n",
    "/api/v1/imports/scenarios": "[scenarios.q]\nmarket = -0.1\n",
}
COSTLY = {("POST", "/api/v1/auth/login"), ("POST", "/api/v1/auth/setup")}  # a password hash each
NEVER_DONE = {  # at ids 1, by the local administrator without accounts
    *((method, path) for method, path in ACCOUNTS if path.startswith(("/api/v1/auth", "/api/v1/tokens"))),
    ("POST", "/api/v1/users/{user_id}/setup-link"),
} - {("GET", "/api/v1/auth/session")}
READY = ("GET", "/api/v1/health/ready")
FRESH = datetime(2025, 1, 2, 21, tzinfo=UTC)  # a session after the newest snapshot
LOGIN_KEY = "of a browser that is signed in"


@schemathesis.serializer("application/toml")
def send_toml(_, file):
    """A file of scenarios is sent as it is."""
    return getattr(file, "data", str(file).encode(errors="replace"))


@pytest.fixture(scope="module")
def filled(_sqlite_template, tmp_path_factory):
    """A database in which every id 1 exists, and a browser is signed in."""
    path = tmp_path_factory.mktemp("fuzzed") / "filled.sqlite3"
    shutil.copy(_sqlite_template, path)
    prices = panel_of(random_prices(66, 140, "AB"))
    with open_store(f"sqlite:///{path}") as store:
        books = [Book("p", (Lot("A", 3.0), Lot("B", -2.0)), cash=100.0)]
        fill_store(store, prices, books, {"A": "Energy"}, now=NOW)
        with store.read() as conn:
            user = load_local_user(conn)
        DefinitionsEditor(store, lambda: NOW).save_scenario(user, None, "mine", {"market": -0.1})
        invite_user(store, "other", is_admin=False, policy=AccountPolicy(), now=NOW)
        later = NOW.replace(year=2026)
        issue_token(store, user, "program", scopes=("read",), now=NOW, expires_at=later)
        night(store, day(prices, -2), day(prices))
        with store.begin() as conn:
            ended = {"status": "succeeded", "run_id": 1, "finished_at": NOW, "sessions_total": 1}
            conn.execute(sa.update(run_requests).values(ended))
            save_login_session(conn, hash_key(LOGIN_KEY), user_id=user, now=FRESH, expires_at=later)
    with closing(sqlite3.connect(path)) as connection:  # so that one file is all of it
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def copied(filled, tmp_path):
    """A copy of that database."""
    path = tmp_path / "copy.sqlite3"
    shutil.copy(filled, path)
    with open_store(f"sqlite:///{path}") as store:
        yield store


def ways_of(key):
    """Ways to ask an operation."""
    operation, told = SCHEMA[key[1]][key[0]], OPERATIONS[key]
    ids = {p["name"]: EXISTING.get(p["name"], 1) for p in told.get("parameters", ()) if p["in"] == "path"}
    fixed = {"path_parameters": ids, "query": {}}
    yield operation.as_strategy()
    if ("parameters" in told and key != READY) or "requestBody" in told:
        yield operation.as_strategy(GenerationMode.NEGATIVE)
    if key in JSON_BODIES:
        body = smallest_body(body_schema(key))
        moving = {"market": -0.1} if "scenarios" in key[1] else {}
        yield operation.as_strategy(**fixed, body=body | moving)
        yield operation.as_strategy(path_parameters=ids)
    elif key[1] in FILES:
        yield operation.as_strategy(**fixed, body=FILES[key[1]])
    elif ids:
        yield operation.as_strategy(**fixed)


def asked(key, app, examples, *, headers=None, cookies=None):
    """Ask an operation in all ways; return how often there was which status."""
    seen = Counter()
    SCHEMA.app = app  # that there is one makes it ask in this process
    most = 1 if key in COSTLY else examples
    for way in ways_of(key):

        @settings(max_examples=most, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=way)
        def ask(case):
            if headers:  # in place of credentials that were made up
                case.headers, case.cookies = headers, cookies
            answer = case.call(base_url="http://127.0.0.1", app=app)
            seen[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        ask()
    return seen


def test_schemathesis_finds_every_operation_of_the_description():
    found = {(one.ok().method.upper(), one.ok().path) for one in SCHEMA.get_all_operations()}
    assert found == OPERATIONS.keys()


@pytest.mark.parametrize("key", OPERATIONS, ids=named)
def test_the_local_administrator_is_answered_as_described(key, copied):
    seen = asked(key, app_over(copied, FRESH), 12)
    assert seen.total() >= 1
    assert (min(seen) < 300) is (key not in NEVER_DONE), dict(seen)


@pytest.mark.parametrize("key", OPERATIONS, ids=named)
def test_nobody_is_answered_as_described_and_told_nothing(key, copied):
    seen = asked(key, app_over(copied, FRESH, accounts=open_accounts(required=True)), 4)
    assert seen.total() >= 1
    if key not in OPEN:
        assert min(seen) >= 400
        assert seen[401] > 0


@pytest.mark.parametrize("key", ACCOUNTS, ids=named)
def test_a_signed_in_administrator_is_answered_as_described(key, copied):
    signed_in = {"headers": {CSRF_HEADER: csrf_key(LOGIN_KEY)}, "cookies": {COOKIE: LOGIN_KEY}}
    seen = asked(key, app_over(copied, FRESH, accounts=open_accounts(required=True)), 8, **signed_in)
    assert seen.total() >= 1
    assert key in OPEN or seen[401] < seen.total()

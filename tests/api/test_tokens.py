"""Tokens of programs: what each may, until when, and who makes them."""

from datetime import timedelta

import pytest

from api.accounts_world import ANOTHER, API, PASSWORD, World, alike, log_in, who
from api.conftest import app_over
from builders import table_rows

OPEN = {"/auth/session", "/auth/login", "/auth/setup", "/health/live", "/health/ready"}
PARTS = {"portfolio_id", "position_id", "scenario_id", "run_id", "request_id", "token_id", "user_id"}
ADMIN = {("PUT", "/instruments/{symbol}"), ("POST", "/imports/instruments")}
READ = {("POST", "/portfolios/{portfolio_id}/stress")}  # which stores nothing
OPERATIONS = [
    (method.upper(), address.removeprefix(API))
    for address, operations in app_over(None).openapi()["paths"].items()
    for method in operations
    if address.removeprefix(API) not in OPEN
]
SCOPES = ("read", "write", "admin")


@pytest.fixture
def world(store):
    found = World(store)
    found.add_user("ada", is_admin=True)
    found.add_user("bob")
    return found


def needed(method, address):
    """The scope that an operation needs; None where no token will do."""
    if address.startswith(("/auth/", "/tokens")):
        return None
    if address.startswith("/users") or (method, address) in ADMIN:
        return "admin"
    return "read" if method == "GET" or (method, address) in READ else "write"


def ask(client, method, address):
    path = address.format(**dict.fromkeys(PARTS, 424_242), symbol="NONE", code="NONE")
    body = {} if address == "/run-requests" and method == "POST" else None  # looks at the scope after it
    return client.request(method, API + path, json=body)


def refused(answer):
    return answer.status_code == 403


def test_each_operation_takes_tokens_of_its_scope_and_no_other(world):
    programs = {scope: world.program("ada", scope) for scope in SCOPES}
    found = {
        operation: {scope for scope in SCOPES if not refused(ask(programs[scope], *operation))}
        for operation in OPERATIONS
    }
    assert len(found) >= 45
    assert found == {operation: {needed(*operation)} - {None} for operation in OPERATIONS}
    assert table_rows(world.store, "portfolios") == []


def test_a_user_who_is_no_administrator_may_not_administer_by_any_scope(world):
    program = world.program("bob", *SCOPES)
    for method, address in OPERATIONS:
        answer = ask(program, method, address)
        administering = needed(method, address) in {None, "admin"} or address == "/metrics"
        assert refused(answer) is administering, (method, address, answer.text)
    assert program.get(f"{API}/auth/session").json()["scopes"] == ["read", "write"]


def test_a_refusal_says_what_the_token_lacks(world):
    answer = world.program("bob", "write").get(f"{API}/portfolios")
    assert answer.status_code == 403
    assert (answer.json()["detail"], answer.json()["hint"]) == (
        "this token may not read",
        "make a token with the scope read",
    )
    written = world.program("bob", "read").post(f"{API}/portfolios", json={"name": "p"})
    assert written.json()["detail"] == "this token may not change anything"


def test_runs_of_everybody_need_the_scope_admin_besides_write(world):
    asked = {"everybody": True}
    for name, scopes, status in (
        ("ada", ("write",), 403),
        ("ada", ("admin",), 403),
        ("bob", ("write", "admin"), 403),
        ("ada", ("write", "admin"), 202),
    ):
        answer = world.program(name, *scopes).post(f"{API}/run-requests", json=asked)
        assert answer.status_code == status, (name, scopes)


def test_a_token_works_until_it_expires(world):
    program = world.bearer(world.token("bob", "read", days=2))
    world.clock.move(days=2, seconds=-1)
    assert program.get(f"{API}/portfolios").status_code == 200
    world.clock.move(seconds=1)
    assert program.get(f"{API}/portfolios").status_code == 401


def make(world, owner="bob", **asked):
    answer = world.browser(owner).post(f"{API}/tokens", json={"name": "program", "scopes": ["read"]} | asked)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_revoked_token_is_void_for_good_as_one_that_never_was(world):
    made, asking = make(world), world.browser("bob")
    program, address = world.bearer(made["token"]), f"{API}/tokens/{made['details']['id']}"
    assert program.get(f"{API}/portfolios").status_code == 200
    assert asking.delete(address).status_code == 204
    world.clock.move(hours=1)
    assert asking.delete(address).status_code == 204
    (row,) = table_rows(world.store, "api_tokens")
    assert row["revoked_at"] == world.clock() - timedelta(hours=1)
    answer = program.get(f"{API}/portfolios")
    assert answer.status_code == 401
    assert alike(answer, world.bearer("riskpanel_nobodys").get(f"{API}/portfolios"))
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_the_tokens_of_a_disabled_user_do_not_work(world):
    program = world.program("bob", "read")
    world.set_user("bob", disabled_at=world.clock())
    assert program.get(f"{API}/portfolios").status_code == 401


def test_an_administrator_who_is_one_no_more_loses_that_scope_and_keeps_the_others(world):
    program = world.program("ada", *SCOPES)
    assert program.get(f"{API}/users").status_code == 200
    world.set_user("ada", is_admin=False)
    assert refused(program.get(f"{API}/users"))
    assert refused(program.get(f"{API}/metrics"))
    assert program.get(f"{API}/portfolios").status_code == 200
    assert program.get(f"{API}/auth/session").json()["scopes"] == ["read", "write"]


def test_a_made_token_is_what_it_says(world):
    made = make(world, scopes=["write", "read", "write"], days=30)
    details = made["details"]
    assert made["token"].startswith("riskpanel_")
    assert len(made["token"]) >= 50
    assert details["beginning"] == made["token"][:16]
    assert details["scopes"] == ["read", "write"]
    assert (details["last_used_at"], details["revoked_at"]) == (None, None)
    assert details["created_at"].startswith("2025-06-30T21:00:00")
    assert details["expires_at"].startswith("2025-07-30T21:00:00")
    assert make(world)["token"] != made["token"]


def test_the_list_has_all_of_the_users_own_and_no_secret(world):
    made = [make(world, name=f"program {number}") for number in range(3)]
    make(world, "ada", name="kept from bob")
    answer = world.browser("bob").get(f"{API}/tokens")
    assert answer.json()["items"] == [one["details"] for one in made]
    assert "kept from bob" not in answer.text
    assert [one for one in made if one["token"] in answer.text] == []
    assert "hash" not in answer.text


def test_when_a_token_was_last_used_is_told_once_it_is_stored(world):
    program, asking = world.bearer(make(world)["token"]), world.browser("bob")
    world.clock.move(minutes=5)
    program.get(f"{API}/portfolios")
    world.accounts.last_seen.store_now(world.store, world.clock(), idle=world.policy.idle)
    (listed,) = asking.get(f"{API}/tokens").json()["items"]
    assert listed["last_used_at"].startswith("2025-06-30T21:05:00")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"scopes": ["read", "admin"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
        ({"days": 1e308}, "days"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\x1b]0;a title of a terminal\x07"}, "name"),
        ({"user_id": 1}, "user_id"),
    ],
)
def test_a_token_that_cannot_be_is_not_made(world, asked, field):
    body = {"name": "program", "scopes": ["read"]} | asked
    answer = world.browser("bob").post(f"{API}/tokens", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"].startswith(f"body.{field}")
    assert table_rows(world.store, "api_tokens") == []


def test_a_token_makes_no_token_and_manages_no_account(world):
    program = world.program("ada", *SCOPES)
    (own,) = table_rows(world.store, "api_tokens")
    asked = {
        ("GET", "tokens"): None,
        ("POST", "tokens"): {"name": "another", "scopes": ["read"]},
        ("DELETE", f"tokens/{own['id']}"): None,
        ("POST", "auth/password"): {"current_password": PASSWORD, "password": ANOTHER},
        ("POST", "auth/logout"): None,
        ("POST", "auth/logout-everywhere"): None,
    }
    for (method, address), body in asked.items():
        answer = program.request(method, f"{API}/{address}", json=body)
        assert (answer.status_code, answer.json()["detail"]) == (403, "a token may not manage the account")
    assert table_rows(world.store, "api_tokens") == [own]
    assert log_in(world.client(), "ada").status_code == 200


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {token}",
        "Basic Ym9iOmFuIG93bA==",
        "Token {token}",
        "{token}",
        "Bearer{token}",
        "Bearer {token}x",
        "Bearer {token} {token}",
        "Bearer {token},",
        'Bearer "{token}"',
        "Bearer é",
        "Bearer ' OR 1=1 --",
        "Bearer {hash}",
        "Bearer " + "x" * 60_000,
    ],
    ids=lambda written: written[:30],
)
def test_what_is_no_token_is_refused(world, written):
    token = world.token("bob", "read")
    (row,) = table_rows(world.store, "api_tokens")
    header = written.format(token=token, hash=row["secret_hash"])
    answer = world.client().get(f"{API}/portfolios", headers={b"authorization": header.encode()})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "the token is wrong, expired or revoked"


@pytest.mark.parametrize("written", ["bearer {token}", "BEARER {token}", "Bearer  {token} "])
def test_the_scheme_is_written_in_any_capitals(world, written):
    header = written.format(token=world.token("bob", "read"))
    assert world.client(Authorization=header).get(f"{API}/portfolios").status_code == 200


def test_a_token_in_an_address_or_a_cookie_is_not_taken(world):
    token = world.token("bob", "read")
    for query in ("token", "access_token", "authorization"):
        assert world.client().get(f"{API}/portfolios?{query}={token}").status_code in {401, 422}
    assert who(world.client(Cookie=f"riskpanel_login={token}")) == "nobody"


def test_a_wrong_token_is_not_made_good_by_a_cookie(world):
    asking = world.browser("bob")
    assert asking.get(f"{API}/portfolios").status_code == 200
    assert asking.get(f"{API}/portfolios", headers={"Authorization": "Bearer x"}).status_code == 401


def test_every_operation_but_the_open_ones_wants_somebody(world):
    before = {name: table_rows(world.store, name) for name in ("users", "portfolios", "run_requests")}
    for method, address in OPERATIONS:
        answer = ask(world.client(), method, address)
        assert answer.status_code == 401, (method, address, answer.text)
        assert answer.json()["detail"] == "nobody is signed in"
    assert {name: table_rows(world.store, name) for name in before} == before

"""Changes that another page makes a browser send: refused, whatever the cookie says."""

import pytest

from api.accounts_world import API, HERE, PASSWORD, World, log_in, who
from api.conftest import app_over
from builders import Book, fill_books, table_rows
from riskpanel.api.access import CSRF_HEADER

OPEN = {f"{API}/auth/login", f"{API}/auth/setup"}  # nobody is signed in yet
DOCUMENT = app_over(None).openapi()
CHANGES = [
    (method.upper(), address)
    for address, operations in DOCUMENT["paths"].items()
    for method in operations
    if method != "get"
]
PARTS = {"portfolio_id", "position_id", "scenario_id", "token_id", "user_id", "symbol"}
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://evil.example/127.0.0.1"},
    {"Origin": "http://127.0.0.1@evil.example"},
    {"Origin": "http://localhost"},
    {"Origin": "file://"},
    {"Origin": "http://["},
    {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "of a browser to come"},
]
OWN = [
    {},
    {"Origin": HERE},
    {"Sec-Fetch-Site": "none"},
    {"Origin": HERE, "Sec-Fetch-Site": "same-origin"},
]


@pytest.fixture
def world(store):
    found = World(store)
    found.add_user("bob", is_admin=True)
    found.add_user("carol")
    return found


def at(address):
    return address.format(**dict.fromkeys(PARTS, 1))


def refused_for_csrf(answer):
    return answer.status_code == 403 and "CSRF" in answer.json()["detail"]


def test_every_way_to_change_something_is_looked_at():
    assert {"POST", "PUT", "PATCH", "DELETE"} == {method for method, _ in CHANGES}
    assert len(CHANGES) >= 24


def test_every_change_of_a_signed_in_browser_needs_the_token_of_its_own_session(world):
    asking, stranger, sibling = world.browser("bob"), world.browser("carol"), world.browser("bob")
    own = asking.headers.pop(CSRF_HEADER)
    wrong = {
        "missing": None,
        "empty": "",
        "wrong": "0" * 64,
        "shortened": own[:-1],
        "in capitals": own.upper(),
        "not ASCII": "é" * 32,
        "of another user": stranger.headers[CSRF_HEADER],
        "of another browser": sibling.headers[CSRF_HEADER],
    }
    before = table_rows(world.store, "users"), table_rows(world.store, "login_sessions")
    for method, address in CHANGES:
        if address in OPEN:
            continue
        for what, given in wrong.items():
            headers = {} if given is None else {CSRF_HEADER: given.encode("utf-8")}
            answer = asking.request(method, at(address), headers=headers)
            assert refused_for_csrf(answer), (method, address, what, answer.text)
    assert (table_rows(world.store, "users"), table_rows(world.store, "login_sessions")) == before
    last = f"{API}/auth/logout"
    rest = [
        change
        for change in CHANGES
        if change[1] not in OPEN and change[1] not in {last, f"{last}-everywhere"}
    ]
    for method, address in [*rest, ("POST", last)]:
        answer = asking.request(method, at(address), headers={CSRF_HEADER: own})
        assert not refused_for_csrf(answer), (method, address)
        assert answer.status_code != 401, (method, address)


def test_programs_and_reads_need_no_such_token(world):
    program, asking = world.program("bob", "read", "write", "admin"), world.browser("bob")
    for method, address in CHANGES:
        if address not in OPEN:
            assert not refused_for_csrf(program.request(method, at(address))), (method, address)
    del asking.headers[CSRF_HEADER]
    assert asking.get(f"{API}/portfolios").status_code == 200
    assert asking.head(f"{API}/portfolios").status_code in {200, 405}


def test_a_token_in_an_address_or_a_body_is_not_taken(world):
    asking = world.browser("bob")
    own = asking.headers.pop(CSRF_HEADER)
    created = asking.post(f"{API}/portfolios?csrf_token={own}", json={"name": "x", "csrf_token": own})
    assert created.status_code in {403, 422}
    assert table_rows(world.store, "portfolios") == []


def test_the_token_changes_with_each_sign_in(world):
    asking = world.client()
    first, second = (log_in(asking, "bob").json()["csrf_token"] for _ in range(2))
    assert first != second
    answer = asking.post(f"{API}/portfolios", json={"name": "x"}, headers={CSRF_HEADER: first})
    assert refused_for_csrf(answer)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_page_of_another_origin_changes_nothing_even_with_all_secrets(world, headers):
    asking = world.browser("bob")
    for method, address in CHANGES:
        answer = asking.request(method, at(address), headers=headers)
        assert answer.status_code == 403, (method, address, answer.text)
        assert answer.json()["detail"] == "a page of another origin may not change anything here"
    assert who(asking) == "login"
    signing_in = world.client(**headers).post(f"{API}/auth/login", json={"name": "bob", "password": PASSWORD})
    assert signing_in.status_code == 403
    assert "set-cookie" not in signing_in.headers


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_without_accounts_too_a_page_of_another_origin_changes_nothing(client, store, now, headers):
    ids = fill_books(store, [Book("p")], now=now)
    address = f"{API}/portfolios/{ids['p']}"
    assert client.delete(address, headers=headers).status_code == 403
    assert client.patch(address, json={"name": "q"}, headers=headers).status_code == 403
    sent = client.post(f"{API}/portfolios", content=b'{"name": "x"}', headers=headers)
    assert sent.status_code == 403
    assert [row["name"] for row in table_rows(store, "portfolios")] == ["p"]


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_a_page_of_the_server_itself_may(world, headers):
    asking = world.browser("bob")
    name = f"made with {len(headers)} {'none' in headers.values()}"
    answer = asking.post(f"{API}/portfolios", json={"name": name}, headers=headers)
    assert answer.status_code == 201, answer.text


def test_a_form_of_another_page_is_no_request_even_without_an_origin(client, store, now):
    fill_books(store, [Book("p")], now=now)
    forms = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    for kind in forms:
        sent = client.post(f"{API}/portfolios", content=b'{"name": "x"}', headers={"content-type": kind})
        assert sent.status_code == 422, kind
    assert [row["name"] for row in table_rows(store, "portfolios")] == ["p"]


def test_no_answer_lets_another_page_read_it(world):
    asking = world.browser("bob")
    for method, address in (("GET", f"{API}/portfolios"), ("OPTIONS", f"{API}/portfolios")):
        headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        answer = asking.request(method, address, headers=headers)
        assert [name for name in answer.headers if name.startswith("access-control-")] == []
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.2", "localhost.", "[::2]", "127.0.0.1:80:80"],
)
def test_a_name_that_is_not_the_servers_is_not_answered(world, host):
    answer = world.browser("bob").get(f"{API}/portfolios", headers={"Host": host})
    assert answer.status_code == 421
    assert "items" not in answer.text

"""What keeps a browser in bounds: the same headers on every kind of answer, and TLS only where it is."""

import pytest
from starlette.testclient import TestClient

from api.accounts_world import World
from api.conftest import NOW, app_over
from api.hostile import API
from riskpanel.api.access import open_accounts
from riskpanel.api.headers import LOOPBACK_HOSTS
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.run_requests import WantedRun, save_run_request
from riskpanel.store.schema import run_requests

EXACTLY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
TELLING = {"server", "x-powered-by", "via", "x-aspnet-version"}
PUBLIC = "risk.example.org"


def fail() -> None:
    raise ZeroDivisionError("a bug")


@pytest.fixture
def dialect():
    """Headers are the same whatever the database."""
    return "sqlite"


@pytest.fixture
def app(store, api_world):
    """The application with an address that has a bug, and a run request that has ended."""
    app = app_over(store, hosts=[*LOOPBACK_HOSTS, PUBLIC])
    app.add_api_route("/fails", fail)
    with store.begin() as conn:
        save_run_request(conn, WantedRun(ensure_local_user(conn, now=NOW)), now=NOW)
        conn.execute(run_requests.update().values(status="succeeded", finished_at=NOW))
    return app


ANSWERS = {
    200: [
        ("GET", f"{API}/health/live"),
        ("GET", "/health/ready"),
        ("GET", "/metrics"),
        ("GET", f"{API}/openapi.json"),
        ("GET", f"{API}/portfolios"),
        ("GET", f"{API}/data/portfolio/1/complete"),
        ("GET", f"{API}/portfolios/1/exports/positions"),
        ("GET", f"{API}/run-requests/1/events"),
        ("GET", f"{API}/auth/session"),
        ("GET", "/setup"),
    ],
    201: [("POST", f"{API}/portfolios")],
    204: [("DELETE", f"{API}/portfolios/1")],
    304: [("GET", f"{API}/benchmarks")],
    400: [("POST", f"{API}/scenarios")],
    403: [("POST", f"{API}/run-requests")],
    404: [("GET", "/nowhere"), ("GET", f"{API}/portfolios/424242"), ("GET", "/assets/none.js")],
    405: [("PUT", f"{API}/portfolios"), ("OPTIONS", f"{API}/portfolios"), ("TRACE", "/setup")],
    409: [("POST", f"{API}/tokens")],
    413: [("POST", f"{API}/users")],
    421: [("GET", f"{API}/instruments")],
    422: [("GET", f"{API}/portfolios?limit=0"), ("GET", "/api/v1/health/live?x=1")],
    500: [("GET", "/fails")],
}
EVERY = [(status, *one) for status, several in ANSWERS.items() for one in several]
OPTIONS = {
    201: {"json": {"name": "q"}},
    304: {"headers": {"if-none-match": "*"}},
    400: {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}},
    403: {"json": {}, "headers": {"origin": "https://evil.example"}},
    409: {"json": {"name": "q", "scopes": ["read"]}},
    413: {"content": b" " * (2**20 + 1), "headers": {"content-type": "application/json"}},
    421: {"headers": {"host": "evil.example"}},
}


def answered(app, status, method, path, base_url="http://127.0.0.1"):
    """The answer that a request of the table has."""
    with TestClient(app, base_url=base_url, raise_server_exceptions=False) as client:
        answer = client.request(method, path, **OPTIONS.get(status, {}))
    assert answer.status_code == status, answer.text[:300]
    return answer


@pytest.mark.parametrize(("status", "method", "path"), EVERY)
def test_every_answer_keeps_a_browser_in_bounds(app, status, method, path):
    headers = answered(app, status, method, path).headers
    assert {name: headers.get(name) for name in EXACTLY} == EXACTLY
    assert len(headers["x-request-id"]) == 16
    assert headers["cache-control"]
    assert TELLING.isdisjoint(headers)
    assert [name for name in headers if name.startswith("access-control-")] == []
    assert status == 421 or "strict-transport-security" not in headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert [policy[name] for name in ("default-src", "base-uri", "form-action", "frame-ancestors")] == [
        "'none'"
    ] * 4
    assert "unsafe" not in policy.get("script-src", "")
    assert "http" not in headers["content-security-policy"]
    page = headers.get("content-type", "").startswith("text/html")
    assert page or headers["content-security-policy"] == STRICT


@pytest.mark.parametrize(("status", "method", "path"), [one for one in EVERY if one[0] != 421])
def test_off_loopback_a_browser_is_told_to_use_tls_alone(app, status, method, path):
    answer = answered(app, status, method, path, f"https://{PUBLIC}")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1"])
@pytest.mark.parametrize(
    "path", [f"{API}/portfolios", f"{API}/openapi.json", "/health/live", "/metrics", "/nowhere"]
)
def test_no_other_page_may_read_anything(app, path, origin):
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-a",
    }
    with TestClient(app, base_url="http://127.0.0.1", headers=asked) as client:
        for answer in (client.get(path), client.options(path)):
            assert [name for name in answer.headers if name.startswith("access-control-")] == []
        assert client.options(path).status_code in {404, 405}


@pytest.mark.parametrize("path", [f"{API}/portfolios", f"{API}/users", "/metrics", f"{API}/tokens"])
def test_who_is_not_signed_in_is_kept_in_bounds_too(store, path):
    answer = World(store).client().get(path)
    assert answer.status_code == 401
    assert {name: answer.headers.get(name) for name in EXACTLY} == EXACTLY
    assert answer.headers["content-security-policy"] == STRICT
    assert answer.headers["www-authenticate"] == 'Bearer realm="riskpanel"'


def test_what_is_shown_once_is_stored_nowhere_on_the_way(store):
    world = World(store)
    world.add_user("root", is_admin=True)
    browser = world.browser("root")
    made = browser.post(f"{API}/tokens", json={"name": "a", "scopes": ["read"]})
    invited = browser.post(f"{API}/users", json={"name": "bob"})
    again = browser.post(f"{API}/users/{invited.json()['user']['id']}/setup-link")
    for answer in (made, invited, again):
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
        assert "etag" not in answer.headers


def test_events_are_not_kept_or_changed_on_the_way(app):
    answer = answered(app, 200, "GET", f"{API}/run-requests/1/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "no-cache" in answer.headers["cache-control"]
    assert "content-encoding" not in answer.headers
    assert answer.text.startswith("event: end\n")


def test_accounts_change_no_header(store, api_world):
    off = answered(app_over(store), 200, "GET", f"{API}/health/live").headers
    on = app_over(store, accounts=open_accounts(required=True))
    with_accounts = answered(on, 200, "GET", f"{API}/health/live").headers
    assert off.keys() == with_accounts.keys()
    assert {name for name in off if off[name] != with_accounts[name]} == {"x-request-id"}

"""Signed-in browsers: their cookies, how long they are good, and how they end."""

from datetime import timedelta

import pytest

from api.accounts_world import API, World, cookie_of, log_in, who
from builders import table_rows
from riskpanel.api.accounts.last_seen import LastSeen

REMOTE = "http://risk.example.org"


@pytest.fixture
def world(store):
    return World(store)


@pytest.fixture
def bob(world):
    return world.add_user("bob")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8321", "localhost", "LOCALHOST:1", "[::1]:8321"])
def test_on_loopback_the_cookie_is_out_of_reach_of_scripts_and_needs_no_tls(world, bob, host):
    answer = log_in(world.client(Host=host), "bob")
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert cookie.startswith("riskpanel_login=")
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=lax", f"Max-Age={7 * 86_400}"}
    assert answer.headers["cache-control"] == "no-store"


def test_off_loopback_the_cookie_needs_tls_and_belongs_to_the_very_host(world, bob):
    world.start(hosts={"127.0.0.1", "risk.example.org"})
    answer = log_in(world.client(base_url=REMOTE), "bob")
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert cookie.startswith("__Host-riskpanel_login=")
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=lax", "Secure", f"Max-Age={7 * 86_400}"}
    key = cookie.partition("=")[2]
    assert who(world.client(base_url=REMOTE, Cookie=f"__Host-riskpanel_login={key}")) == "login"
    # A page of another port or of plain HTTP could set the name without the prefix.
    assert who(world.client(base_url=REMOTE, Cookie=f"riskpanel_login={key}")) == "nobody"


def test_signing_out_off_loopback_removes_the_cookie_by_its_name_there(world, bob):
    world.start(hosts={"risk.example.org"})
    answer = log_in(world.client(base_url=REMOTE), "bob")
    key = answer.headers["set-cookie"].split(";")[0].partition("=")[2]
    asking = world.client(base_url=REMOTE, Cookie=f"__Host-riskpanel_login={key}")
    asking.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    out = asking.post(f"{API}/auth/logout")
    assert out.status_code == 204
    assert out.headers["set-cookie"].startswith('__Host-riskpanel_login=""')
    assert {"Secure", "HttpOnly", "Max-Age=0", "Path=/"} <= set(out.headers["set-cookie"].split("; "))
    assert who(asking) == "nobody"


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "x" * 8_000, '"', "\\", "é", "a\tb", 'x"; riskpanel_login="y', "%00", "'; DROP TABLE users"],
)
def test_a_cookie_that_nobody_was_given_is_nobodys(world, bob, cookie):
    asking = world.client()
    answer = asking.get(f"{API}/auth/session", headers={b"cookie": f"riskpanel_login={cookie}".encode()})
    assert (answer.status_code, answer.json()["kind"]) == (200, "nobody")


def test_a_browser_that_rests_for_too_long_is_signed_out(world, bob):
    asking = world.browser("bob")
    world.clock.move(hours=8)
    assert who(asking) == "login"
    world.clock.move(hours=8, seconds=1)
    assert who(asking) == "nobody"
    assert asking.get(f"{API}/portfolios").status_code == 401


def test_a_browser_that_never_rests_is_signed_out_in_the_end(world, bob):
    asking = world.browser("bob")
    for _ in range(27):
        world.clock.move(hours=6)
        assert who(asking) == "login"
    world.clock.move(hours=6)
    assert who(asking) == "nobody"


def test_what_was_seen_last_survives_a_restart_once_it_is_stored(world, bob):
    asking = world.browser("bob")
    world.clock.move(hours=7)
    assert who(asking) == "login"
    world.accounts.last_seen.store_now(world.store, world.clock(), idle=world.policy.idle)
    world.clock.move(hours=7)
    world.start()
    again = world.client(Cookie=f"riskpanel_login={cookie_of(asking)}")
    assert who(again) == "login"


def test_what_was_seen_last_is_kept_in_memory_until_then(world, bob):
    asking = world.browser("bob")
    stored = table_rows(world.store, "login_sessions")
    world.clock.move(hours=7)
    assert who(asking) == "login"
    assert table_rows(world.store, "login_sessions") == stored
    world.start()  # before it was stored
    world.clock.move(hours=7)
    assert who(world.client(Cookie=f"riskpanel_login={cookie_of(asking)}")) == "nobody"


def test_what_is_seen_while_it_is_stored_is_kept(world):
    class Noting:
        """A store in which somebody asks for something at the end of each write."""

        def __init__(self, store, happens):
            self.begin_inside, self.happens = store.begin, happens

        def begin(self):
            self.happens()
            return self.begin_inside()

    seen, later = LastSeen(), world.clock() + timedelta(minutes=5)
    seen.note_login("early", world.clock())
    noting = Noting(world.store, lambda: seen.note_login("late", later))
    seen.store_now(noting, world.clock(), idle=world.policy.idle)
    assert seen.of_login("late", world.clock()) == later


def test_browsers_whose_time_is_over_are_removed_from_the_database(world, bob):
    for _ in range(2):
        world.browser("bob")
    world.clock.move(hours=5)
    asking = world.browser("bob")
    world.clock.move(hours=4)
    world.accounts.last_seen.store_now(world.store, world.clock(), idle=world.policy.idle)
    assert len(table_rows(world.store, "login_sessions")) == 1
    assert who(asking) == "login"


def test_signing_out_ends_this_browser_alone(world, bob):
    asking, other = world.browser("bob"), world.browser("bob")
    key = cookie_of(asking)
    assert asking.post(f"{API}/auth/logout").status_code == 204
    assert who(world.client(Cookie=f"riskpanel_login={key}")) == "nobody"
    assert who(other) == "login"
    assert asking.post(f"{API}/auth/logout").status_code == 401


def test_signing_out_everywhere_ends_every_browser_of_the_user_and_no_token(world, bob):
    world.add_user("carol")
    asking, other, carols = world.browser("bob"), world.browser("bob"), world.browser("carol")
    program = world.program("bob", "read")
    assert asking.post(f"{API}/auth/logout-everywhere").status_code == 204
    assert [who(one) for one in (asking, other, carols, program)] == ["nobody", "nobody", "login", "token"]


def test_the_session_says_who_asks_and_how_that_is_known(world, bob):
    nobody = world.client().get(f"{API}/auth/session").json()
    assert nobody == {
        "kind": "nobody",
        "setup_needed": True,  # no administrator has a password
        "user_id": None,
        "name": None,
        "is_admin": False,
        "scopes": [],
        "csrf_token": None,
    }
    token = world.program("bob", "read").get(f"{API}/auth/session").json()
    assert (token["kind"], token["name"], token["scopes"], token["csrf_token"]) == (
        "token",
        "bob",
        ["read"],
        None,
    )
    assert world.bearer("wrong").get(f"{API}/auth/session").status_code == 401


def test_the_session_says_that_nobody_can_sign_in_yet(world):
    assert world.client().get(f"{API}/auth/session").json()["setup_needed"] is True
    world.add_user("bob")
    assert world.client().get(f"{API}/auth/session").json()["setup_needed"] is True
    world.add_user("alice", is_admin=True)
    assert world.client().get(f"{API}/auth/session").json()["setup_needed"] is False


def test_on_any_loopback_address_a_browser_keeps_the_cookie_without_tls(world, bob):
    world.start(hosts={"127.0.0.9"})
    answer = log_in(world.client(base_url="http://127.0.0.9:8321"), "bob")
    assert answer.headers["set-cookie"].startswith("riskpanel_login=")
    assert "Secure" not in answer.headers["set-cookie"]

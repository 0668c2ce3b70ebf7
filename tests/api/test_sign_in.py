"""Signing in by name and password, changing the password, and what happens at the same time."""

import pytest

from api.accounts_world import (
    ANOTHER,
    API,
    PASSWORD,
    World,
    alike,
    cookie_of,
    log_in,
    who,
)
from builders import table_rows
from riskpanel.api.access import Accounts
from riskpanel.api.accounts.attempts import Attempts
from riskpanel.api.accounts.last_seen import LastSeen
from riskpanel.api.accounts.passwords import hash_password
from riskpanel.store.users import save_password


class LateEvent(Attempts):
    """Lets something happen after a password was found right, and before anything is stored of that."""

    happens = staticmethod(lambda: None)

    def end_sign_in(self, name, address):
        super().end_sign_in(name, address)
        self.happens()


@pytest.fixture
def world(store):
    return World(store)


@pytest.fixture
def bob(world):
    return world.add_user("bob")


def test_a_right_password_signs_in_and_the_cookie_alone_reads_from_then_on(world, bob):
    asking = world.client()
    assert asking.get(f"{API}/portfolios").status_code == 401
    told = log_in(asking, "bob").json()
    assert (told["kind"], told["user_id"], told["name"]) == ("login", bob, "bob")
    assert (told["is_admin"], told["scopes"], told["setup_needed"]) == (False, ["read", "write"], True)
    assert asking.get(f"{API}/portfolios").json()["items"] == []
    assert asking.get(f"{API}/auth/session").json() == told


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(world, bob):
    world.add_user("without password", password=False)
    world.add_user("gone")
    world.set_user("gone", disabled_at=world.clock())
    wrong = log_in(world.client(), "bob", ANOTHER)
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers
    assert wrong.headers["content-type"] == "application/problem+json"
    for name, password in (
        ("nobody", PASSWORD),
        ("without password", PASSWORD),
        ("gone", PASSWORD),
        ("gone", ANOTHER),
        ("bob", ""),
        ("' OR 1=1 --", PASSWORD),
        ("ｂｏｂ", PASSWORD),
        ("b", "x" * 1_000),
    ):
        other = log_in(world.client(), name, password or " ")
        assert alike(wrong, other), name
    assert table_rows(world.store, "login_sessions") == []


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"name": "bob"},
        {"name": "bob", "password": ""},
        {"name": "bob", "password": None},
        {"name": "bob", "password": ["x"]},
        {"name": "bob", "password": "x" * 1_001},
        {"name": "b\0b", "password": "x"},
        {"name": "bob", "password": PASSWORD, "is_admin": True},
        [],
        "bob",
    ],
)
def test_a_sign_in_that_is_none_is_refused_without_repeating_it(world, bob, asked):
    answer = world.client().post(f"{API}/auth/login", json=asked)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text
    assert "xxx" not in answer.text
    assert "set-cookie" not in answer.headers


def test_text_that_is_no_unicode_is_refused(world, bob):
    for text in (r'{"name": "\ud800", "password": "x"}', r'{"name": "bob", "password": "\udfff"}'):
        headers = {"content-type": "application/json"}
        answer = world.client().post(f"{API}/auth/login", content=text, headers=headers)
        assert answer.status_code == 422, text


def test_each_sign_in_has_a_secret_of_its_own_and_ends_the_one_before(world, bob):
    asking = world.client()
    log_in(asking, "bob")
    first = cookie_of(asking)
    log_in(asking, "bob")
    second = cookie_of(asking)
    assert first != second
    assert len(first) >= 43
    old = world.client(Cookie=f"riskpanel_login={first}")
    assert (who(old), who(asking)) == ("nobody", "login")
    assert len(table_rows(world.store, "login_sessions")) == 1


def test_a_secret_that_somebody_else_has_chosen_is_never_taken_over(world, bob):
    asking = world.client()
    asking.cookies.set("riskpanel_login", "chosen by somebody else")
    answer = log_in(asking, "bob")
    assert "chosen" not in answer.headers["set-cookie"]
    assert who(world.client(Cookie="riskpanel_login=chosen")) == "nobody"


def test_a_browser_that_changes_hands_ends_the_session_of_the_one_before(world, bob):
    world.add_user("carol")
    asking = world.browser("bob")
    before = cookie_of(asking)
    log_in(asking, "carol")
    assert asking.get(f"{API}/auth/session").json()["name"] == "carol"
    assert who(world.client(Cookie=f"riskpanel_login={before}")) == "nobody"


def test_another_password_signs_every_other_browser_out_and_gives_this_one_another_cookie(world, bob):
    asking, other = world.browser("bob"), world.browser("bob")
    before = cookie_of(asking)
    asked = {"current_password": PASSWORD, "password": ANOTHER}
    answer = asking.post(f"{API}/auth/password", json=asked)
    assert answer.status_code == 200, answer.text
    asking.cookies.clear()
    asking.cookies.set("riskpanel_login", answer.headers["set-cookie"].split(";")[0].partition("=")[2])
    assert cookie_of(asking) != before
    assert (who(asking), who(other)) == ("login", "nobody")
    assert who(world.client(Cookie=f"riskpanel_login={before}")) == "nobody"
    assert log_in(world.client(), "bob").status_code == 401
    assert log_in(world.client(), "bob", ANOTHER).status_code == 200


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"current_password": ANOTHER, "password": ANOTHER}, "current_password"),
        ({"current_password": PASSWORD, "password": "short"}, "password"),
        ({"current_password": PASSWORD, "password": "x" * 201}, "password"),
    ],
)
def test_a_password_that_cannot_be_changed_stays_and_nobody_is_signed_out(world, bob, asked, field):
    asking, other = world.browser("bob"), world.browser("bob")
    answer = asking.post(f"{API}/auth/password", json=asked)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == f"body.{field}"
    assert (who(asking), who(other)) == ("login", "login")
    assert log_in(world.client(), "bob").status_code == 200


def late(world):
    """Accounts in which a test says what happens just after a password was found right."""
    attempts = LateEvent(world.policy)
    world.start(accounts=Accounts(True, world.policy, LastSeen(), attempts))
    return attempts


def change_password(world, user_id):
    with world.store.begin() as conn:
        save_password(conn, user_id, hash_password(ANOTHER), now=world.clock())


def test_a_sign_in_by_a_password_that_is_changed_meanwhile_leaves_nobody_signed_in(world, bob):
    late(world).happens = lambda: change_password(world, bob)
    asking = world.client()
    log_in(asking, "bob")
    assert who(asking) == "nobody"
    assert table_rows(world.store, "login_sessions") == []


def test_of_two_changes_of_a_password_at_once_the_one_by_the_old_password_is_refused(world, bob):
    asking, attempts = world.browser("bob"), late(world)
    asking = world.client(
        Cookie=f"riskpanel_login={cookie_of(asking)}", **{"X-CSRF-Token": asking.headers["X-CSRF-Token"]}
    )
    attempts.happens = lambda: change_password(world, bob)
    asked = {"current_password": PASSWORD, "password": "what the thief would like"}
    answer = asking.post(f"{API}/auth/password", json=asked)
    attempts.happens = lambda: None
    assert answer.status_code != 200
    assert log_in(world.client(), "bob", ANOTHER).status_code == 200


def test_a_user_who_is_disabled_while_signing_in_is_not_signed_in_once_enabled_again(world, bob):
    late(world).happens = lambda: world.set_user("bob", disabled_at=world.clock())
    asking = world.client()
    log_in(asking, "bob")
    world.set_user("bob", disabled_at=None)
    assert who(asking) == "nobody"


@pytest.mark.parametrize("path", ["login", "setup", "logout", "logout-everywhere", "password"])
def test_without_accounts_nothing_of_them_can_be_used(store, path):
    quiet = World(store)
    quiet.start(accounts=Accounts(False, quiet.policy, LastSeen(), Attempts(quiet.policy)))
    asked = {
        "login": {"name": "local", "password": PASSWORD},
        "setup": {"link": "x", "password": PASSWORD},
        "password": {"current_password": PASSWORD, "password": ANOTHER},
    }.get(path)
    answer = quiet.client().post(f"{API}/auth/{path}", json=asked)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "accounts are switched off"
    assert who(quiet.client()) == "local"

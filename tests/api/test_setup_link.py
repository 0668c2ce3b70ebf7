"""The one-time link: by it the first administrator, and every invited user, sets a password."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from api.accounts_world import ANOTHER, API, PASSWORD, World, alike, log_in, who
from builders import Book, fill_books, table_rows
from riskpanel.api.accounts.users import first_setup_link, make_setup_link


@pytest.fixture
def world(store):
    return World(store)


def open_link(client, link, password=PASSWORD, **name):
    return client.post(f"{API}/auth/setup", json={"link": link, "password": password} | name)


def test_the_first_link_makes_the_local_user_an_administrator_who_is_signed_in(world):
    ids = fill_books(world.store, [Book("imported before")], now=world.clock())
    asking = world.client()
    answer = open_link(asking, world.first_link(), name=" Ada ")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["kind"], told["name"], told["is_admin"]) == ("login", "Ada", True)
    assert told["scopes"] == ["read", "write", "admin"]
    assert answer.headers["cache-control"] == "no-store"
    assert "HttpOnly" in answer.headers["set-cookie"]
    listed = asking.get(f"{API}/portfolios").json()["items"]
    assert [line["id"] for line in listed] == [ids["imported before"]]
    (user,) = table_rows(world.store, "users")
    assert (user["name"], user["is_local"]) == ("Ada", True)
    assert log_in(world.client(), "Ada").status_code == 200


def test_without_a_name_the_first_administrator_stays_local(world):
    assert open_link(world.client(), world.first_link()).json()["name"] == "local"


def test_once_anybody_can_sign_in_there_is_no_first_link_any_more(world):
    open_link(world.client(), world.first_link())
    assert first_setup_link(world.store, policy=world.policy, now=world.clock()) is None


def test_a_user_who_set_a_password_before_the_administrator_does_not_keep_the_administrator_out(world):
    open_link(world.client(), world.invite("bob"))
    assert first_setup_link(world.store, policy=world.policy, now=world.clock()) is not None


def test_a_link_works_once(world):
    link = world.first_link()
    assert open_link(world.client(), link, name="Ada").status_code == 200
    again = open_link(world.client(), link, ANOTHER)
    assert again.status_code == 422
    assert again.json()["detail"] == "the link is not valid"
    assert "set-cookie" not in again.headers
    assert log_in(world.client(), "Ada", ANOTHER).status_code == 401


def test_a_link_works_for_a_day(world):
    link = world.first_link()
    world.clock.move(hours=24)
    late = open_link(world.client(), link)
    assert alike(late, open_link(world.client(), "one that never was"))
    world.clock.move(seconds=-1)
    assert open_link(world.client(), link).status_code == 200


def test_the_link_of_the_next_start_makes_the_one_before_void(world):
    old, new = world.first_link(), world.first_link()
    assert open_link(world.client(), old).status_code == 422
    assert open_link(world.client(), new).status_code == 200


def test_of_two_who_use_a_link_at_once_one_gets_the_account(world):
    link, both = world.first_link(), Barrier(2)

    def use(password):
        both.wait()
        return open_link(world.client(), link, password)

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip((PASSWORD, ANOTHER), pool.map(use, (PASSWORD, ANOTHER)), strict=True))
    assert sorted(answer.status_code for answer in answers.values()) == [200, 422]
    (winner,) = (password for password, answer in answers.items() if answer.status_code == 200)
    (loser,) = {PASSWORD, ANOTHER} - {winner}
    assert log_in(world.client(), "local", winner).status_code == 200
    assert log_in(world.client(), "local", loser).status_code == 401


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("elevenchars", "12 to 200"),
        ("x" * 201, "12 to 200"),
        ("abcabcabcabcabc", "too few different"),
        ("Ada Lovelace 1815", "your name"),
        ("my riskpanel word", "your name, nor that of this program"),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays_good(world, password, why):
    link = world.first_link()
    answer = open_link(world.client(), link, password, name="Lovelace")
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["location"] == "body.password"
    assert why in fault["detail"]
    assert password not in answer.text
    assert open_link(world.client(), link, name="Lovelace").status_code == 200


def test_the_password_of_an_invited_user_must_not_hold_the_name_either(world):
    link = world.invite("caroline")
    answer = open_link(world.client(), link, "caroline caroline")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "body.password"
    assert open_link(world.client(), link).status_code == 200


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb", "a\x1b[1m", "a\u202eb", "LOCAL"])
def test_a_name_that_cannot_be_used_is_refused_and_the_link_stays_good(world, name):
    link = world.first_link()
    answer = open_link(world.client(), link, name=name)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "body.name"
    assert open_link(world.client(), link, name="Ada").status_code == 200


def test_the_first_administrator_cannot_take_the_name_of_another_user(world):
    world.add_user("Bob", password=False)
    link = world.first_link()
    assert open_link(world.client(), link, name="bOB").status_code == 409
    assert open_link(world.client(), link, name="Ada").status_code == 200


def test_an_invited_user_keeps_the_name_that_the_administrator_chose(world):
    link = world.invite("bob")
    answer = open_link(world.client(), link, name="root")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "body.name"
    told = open_link(world.client(), link, name="bob").json()
    assert (told["name"], told["is_admin"], told["scopes"]) == ("bob", False, ["read", "write"])


def test_a_disabled_user_cannot_come_back_by_a_link(world):
    link = world.invite("bob")
    world.set_user("bob", disabled_at=world.clock())
    answer = open_link(world.client(), link)
    assert alike(answer, open_link(world.client(), "one that never was"))
    assert "set-cookie" not in answer.headers


def test_a_link_for_a_forgotten_password_signs_every_browser_of_the_user_out(world):
    bob = world.add_user("bob")
    asking = world.browser("bob")
    link = make_setup_link(world.store, bob, policy=world.policy, now=world.clock())
    assert who(asking) == "login"  # a link alone changes nothing
    assert open_link(world.client(), link, ANOTHER).status_code == 200
    assert who(asking) == "nobody"
    assert log_in(world.client(), "bob").status_code == 401


def test_another_password_makes_a_link_void(world):
    bob = world.add_user("bob")
    link = make_setup_link(world.store, bob, policy=world.policy, now=world.clock())
    asked = {"current_password": PASSWORD, "password": ANOTHER}
    assert world.browser("bob").post(f"{API}/auth/password", json=asked).status_code == 200
    assert open_link(world.client(), link, "a third sentence of mine").status_code == 422


@pytest.mark.parametrize("link", ["", "x" * 1_001, "a\0b", None, 5])
def test_a_link_that_is_none_is_refused(world, link):
    answer = world.client().post(f"{API}/auth/setup", json={"link": link, "password": PASSWORD})
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


def test_the_page_of_the_link_loads_nothing_from_elsewhere_and_sends_the_link_nowhere(world):
    answer = world.client().get("/setup")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["referrer-policy"] == "no-referrer"
    directives = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    policy = {name: set(sources) for name, *sources in directives}
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == {"'none'"}
    assert policy["script-src"] == policy["connect-src"] == {"'self'"}
    assert [
        source for sources in policy.values() for source in sources if "." in source or "*" in source
    ] == []
    loaded = re.findall(r"""(?:src|href)=["']?([^"'\s>]+)""", answer.text)
    assert [address for address in loaded if not re.match(r"/(?!/)", address)] == []
    assert re.findall(r"<script(?![^>]*src=)", answer.text) == []

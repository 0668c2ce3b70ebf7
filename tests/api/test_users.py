"""Accounts as administrators manage them: who may sign in, never what is theirs."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from api.accounts_world import API, PASSWORD, World, log_in, who
from builders import table_rows
from riskpanel.api.accounts.users import use_setup_link
from riskpanel.store.schema import users
from riskpanel.store.users import save_user

USERS = f"{API}/users"


@pytest.fixture
def world(store):
    found = World(store)
    found.add_user("ada", is_admin=True)
    found.add_user("bob")
    return found


@pytest.fixture
def ada(world):
    return world.browser("ada")


def change(asking, user_id, **values):
    return asking.patch(f"{USERS}/{user_id}", json=values)


def test_an_administrator_invites_a_user_who_alone_knows_the_password(world, ada):
    answer = ada.post(USERS, json={"name": " Carol "})
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    user = told["user"]
    assert (user["name"], user["is_admin"], user["is_local"], user["has_password"]) == (
        "Carol",
        False,
        False,
        False,
    )
    assert told["expires_at"].startswith("2025-07-01T21:00:00")
    assert log_in(world.client(), "Carol").status_code == 401
    carol = world.client()
    used = carol.post(f"{API}/auth/setup", json={"link": told["link"], "password": PASSWORD})
    assert used.json()["user_id"] == user["id"]
    assert ada.get(f"{USERS}/{user['id']}").json() == user | {"has_password": True}


def test_an_invited_administrator_administers(world, ada):
    told = ada.post(USERS, json={"name": "carol", "is_admin": True}).json()
    carol = world.client()
    carol.post(f"{API}/auth/setup", json={"link": told["link"], "password": PASSWORD})
    assert carol.get(USERS).status_code == 200


def test_the_list_has_every_account_by_name_and_nothing_of_what_it_owns(world, ada):
    answer = ada.get(USERS)
    items = answer.json()["items"]
    assert [item["name"] for item in items] == ["ada", "bob", "local"]
    assert {frozenset(item) for item in items} == {
        frozenset({"id", "name", "is_admin", "is_local", "has_password", "disabled_at", "created_at"})
    }
    page = ada.get(USERS, params={"limit": 1}).json()
    assert page["items"] == items[:1]
    rest = ada.get(USERS, params={"cursor": page["next_cursor"]}).json()
    assert rest["items"] == items[1:]


@pytest.mark.parametrize("name", ["bob", "BOB", "Bob", " bob "])
def test_a_name_is_taken_in_whatever_capitals(world, ada, name):
    before = table_rows(world.store, "users")
    answer = ada.post(USERS, json={"name": name})
    assert answer.status_code == 409
    assert "a user of that name exists" in answer.json()["detail"]
    assert table_rows(world.store, "users") == before


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "local", "LOCAL", "a\x1b[31m", "a\tb", "a\u200bb"])
def test_a_name_that_cannot_be_one_is_refused(world, ada, name):
    answer = ada.post(USERS, json={"name": name})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "body.name"


def wait_for_a_lock(store):
    """Until some transaction of PostgreSQL waits for another one; SQLite lets one write at a time."""
    waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    for _ in range(200):
        with store.read() as conn:
            if conn.dialect.name == "sqlite" or conn.execute(waiting).scalar_one():
                return
        time.sleep(0.02)


def test_of_two_who_create_the_same_name_at_once_one_is_told_that_it_is_taken(world, ada):
    with ThreadPoolExecutor(1) as pool:
        with world.store.begin() as conn:
            save_user(conn, "carol", is_admin=False, now=world.clock())
            answer = pool.submit(ada.post, USERS, json={"name": "carol"})
            wait_for_a_lock(world.store)
        assert answer.result().status_code == 409
    assert [row["name"] for row in table_rows(world.store, "users")].count("carol") == 1


def test_disabling_a_user_signs_them_out_everywhere_and_voids_their_tokens_for_good(world, ada):
    bob = world.id_of("bob")
    browsers = [world.browser("bob") for _ in range(2)]
    program, others = world.program("bob", "read"), world.program("ada", "read")
    answer = change(ada, bob, disabled=True)
    assert answer.status_code == 200
    assert answer.json()["disabled_at"].startswith("2025-06-30T21:00:00")
    assert [who(browser) for browser in browsers] == ["nobody", "nobody"]
    assert program.get(f"{API}/portfolios").status_code == 401
    assert log_in(world.client(), "bob").status_code == 401
    assert (who(ada), others.get(f"{API}/portfolios").status_code) == ("login", 200)
    assert change(ada, bob, disabled=False).json()["disabled_at"] is None
    assert [who(browser) for browser in browsers] == ["nobody", "nobody"]
    assert program.get(f"{API}/portfolios").status_code == 401
    assert log_in(world.client(), "bob").status_code == 200


def test_disabling_an_invited_user_makes_the_link_void(world, ada):
    told = ada.post(USERS, json={"name": "carol"}).json()
    change(ada, told["user"]["id"], disabled=True)
    change(ada, told["user"]["id"], disabled=False)
    asked = {"link": told["link"], "password": PASSWORD}
    assert world.client().post(f"{API}/auth/setup", json=asked).status_code == 422


def test_disabling_again_keeps_the_first_moment_and_what_is_left_out_stays(world, ada):
    bob = world.id_of("bob")
    first = change(ada, bob, disabled=True).json()
    world.clock.move(hours=1)
    assert change(ada, bob, disabled=True).json() == first
    assert change(ada, bob).json() == first
    assert change(ada, bob, is_admin=True).json() == first | {"is_admin": True}


def test_an_administrator_makes_another_one_and_takes_it_back(world, ada):
    bob, asking = world.id_of("bob"), world.browser("bob")
    assert asking.get(USERS).status_code == 403
    change(ada, bob, is_admin=True)
    assert asking.get(USERS).status_code == 200
    change(ada, bob, is_admin=False)
    assert asking.get(USERS).status_code == 403


@pytest.mark.parametrize("values", [{"disabled": True}, {"is_admin": False}])
def test_nobody_locks_themselves_out(world, ada, values):
    world.set_user("bob", is_admin=True)
    before = table_rows(world.store, "users")
    for asking in (ada, world.program("ada", "admin")):
        answer = change(asking, world.id_of("ada"), **values)
        assert (answer.status_code, answer.json()["detail"]) == (409, "nobody locks themselves out")
    assert table_rows(world.store, "users") == before


@pytest.mark.parametrize("values", [{"disabled": True}, {"is_admin": False}])
def test_the_last_administrator_who_can_sign_in_cannot_be_lost(world, values):
    # The local administrator has no password, so that ada is the only one who can sign in.
    program = world.program("local", "admin")
    before = table_rows(world.store, "users")
    answer = change(program, world.id_of("ada"), **values)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "nobody who can administer would be left"
    assert table_rows(world.store, "users") == before
    world.set_user("bob", is_admin=True)
    assert change(program, world.id_of("ada"), **values).status_code == 200


def test_a_user_can_be_disabled_before_any_administrator_can_sign_in(world):
    world.set_user("ada", is_admin=False)
    program = world.program("local", "admin")
    assert change(program, world.id_of("bob"), disabled=True).status_code == 200


def test_an_account_in_use_gets_no_link_from_an_administrator(world, ada):
    for name in ("bob", "ada", "local"):
        answer = ada.post(f"{USERS}/{world.id_of(name)}/setup-link")
        assert answer.status_code == 409
        assert answer.json()["detail"] == f"the account is in use: {name}"
    assert table_rows(world.store, "setup_links") == []


def test_an_account_that_comes_into_use_meanwhile_gets_no_link_either(world, ada):
    told = ada.post(USERS, json={"name": "carol"}).json()
    key, now = told["link"], world.clock()
    used = lambda: use_setup_link(world.store, key, name=None, password=PASSWORD, now=now)  # noqa: E731
    world.clock.at_look = {2: used}  # the first look is for the cookie
    answer = ada.post(f"{USERS}/{told['user']['id']}/setup-link")
    assert answer.status_code == 409
    assert table_rows(world.store, "setup_links") == []


def test_an_invited_user_gets_another_link_and_the_one_before_is_void(world, ada):
    first = ada.post(USERS, json={"name": "carol"}).json()
    second = ada.post(f"{USERS}/{first['user']['id']}/setup-link")
    assert second.status_code == 201
    assert second.headers["cache-control"] == "no-store"
    links = first["link"], second.json()["link"]
    statuses = [
        world.client().post(f"{API}/auth/setup", json={"link": link, "password": PASSWORD}).status_code
        for link in links
    ]
    assert statuses == [422, 200]


def test_who_is_no_administrator_is_refused_whether_or_not_the_user_exists(world):
    before = table_rows(world.store, "users")
    for asking in (world.browser("bob"), world.program("bob", "read", "write", "admin")):
        for user_id in (world.id_of("ada"), world.id_of("bob"), 424_242):
            answers = [
                asking.get(USERS),
                asking.post(USERS, json={"name": "carol", "is_admin": True}),
                asking.get(f"{USERS}/{user_id}"),
                change(asking, user_id, is_admin=True),
                asking.post(f"{USERS}/{user_id}/setup-link"),
            ]
            assert {answer.status_code for answer in answers} == {403}
            assert {answer.json()["detail"] for answer in answers} == {"only administrators may do this"}
    assert table_rows(world.store, "users") == before


def test_a_user_that_does_not_exist_is_a_404(world, ada):
    assert ada.get(f"{USERS}/424242").status_code == 404
    assert change(ada, 424_242, disabled=True).status_code == 404
    assert ada.post(f"{USERS}/424242/setup-link").status_code == 404


@pytest.mark.parametrize(
    "values", [{"name": "x"}, {"password": PASSWORD}, {"disabled": "perhaps"}, {"id": 1}]
)
def test_nothing_else_of_an_account_can_be_changed(world, ada, values):
    with world.store.read() as conn:
        before = conn.execute(sa.select(users)).all()
    assert change(ada, world.id_of("bob"), **values).status_code == 422
    with world.store.read() as conn:
        assert conn.execute(sa.select(users)).all() == before

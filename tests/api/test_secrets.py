"""What is secret is neither stored nor logged as it is, nor answered twice."""

import logging

import pytest

from api.accounts_world import ANOTHER, API, PASSWORD, World, cookie_of, log_in, stored_text
from builders import table_rows
from riskpanel.api.access import CSRF_HEADER
from riskpanel.cli.logs import configure_logs

THIRD = "a third sentence, of mine alone"


@pytest.fixture
def world(store):
    return World(store)


def live_an_account(world):
    """Everything that deals with secrets once; return them."""
    first, asking = world.first_link(), world.client()
    asked = {"link": first, "password": PASSWORD, "name": "Ada"}
    told = asking.post(f"{API}/auth/setup", json=asked).json()
    secrets = {first, PASSWORD, cookie_of(asking), told["csrf_token"]}
    asking.headers[CSRF_HEADER] = told["csrf_token"]
    issued = asking.post(f"{API}/tokens", json={"name": "program", "scopes": ["read", "write"]}).json()
    invited = asking.post(f"{API}/users", json={"name": "bob"}).json()
    unused = asking.post(f"{API}/users", json={"name": "carol"}).json()
    secrets |= {issued["token"], invited["link"], unused["link"]}
    bob = world.client()
    bob.post(f"{API}/auth/setup", json={"link": invited["link"], "password": ANOTHER})
    log_in(bob, "bob", "wrong, whoever asks")
    log_in(bob, "bob", ANOTHER)
    secrets |= {"wrong, whoever asks", ANOTHER, cookie_of(bob), bob.headers[CSRF_HEADER], THIRD}
    bob.post(f"{API}/auth/password", json={"current_password": ANOTHER, "password": THIRD})
    bob.post(f"{API}/auth/password", json={"current_password": "x", "password": THIRD})
    program = world.bearer(issued["token"])
    assert program.post(f"{API}/portfolios", json={"name": "p"}).status_code == 201
    assert world.bearer("riskpanel_wrong_as_can_be").get(f"{API}/portfolios").status_code == 401
    world.accounts.last_seen.store_now(world.store, world.clock(), idle=world.policy.idle)
    return secrets | {"riskpanel_wrong_as_can_be"}


def test_no_secret_is_stored_as_it_is(world):
    secrets = live_an_account(world)
    assert len(secrets) >= 11
    text = stored_text(world.store)
    assert "Ada" in text  # the search does look at what is stored
    assert [secret for secret in secrets if secret in text] == []
    hashes = [row["password_hash"] for row in table_rows(world.store, "users") if row["password_hash"]]
    assert len(hashes) == 2
    assert all(one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for one in hashes)


def test_no_secret_is_logged_even_by_a_server_that_tells_everything(world, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("riskpanel", "sqlalchemy.engine", "sqlalchemy.pool", "limits"):
        caplog.set_level(logging.DEBUG, logger=name)
    secrets = live_an_account(world)
    told = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "/api/v1/auth/login" in told
    assert [secret for secret in secrets if secret in told] == []


def fail():
    raise RuntimeError("nobody foresaw this")


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_failure_that_nobody_foresaw_is_logged_without_what_was_asked(world, capsys, form):
    configure_logs(form=form, level="debug")
    world.add_user("bob")
    link, token, browser = world.invite("carol"), world.token("bob", "read"), world.browser("bob")
    secrets = [PASSWORD, ANOTHER, link, token, cookie_of(browser), browser.headers[CSRF_HEADER]]
    asked = [
        lambda: log_in(world.client(), "bob"),
        lambda: world.client().post(f"{API}/auth/setup", json={"link": link, "password": ANOTHER}),
        lambda: world.bearer(token).get(f"{API}/portfolios"),
        lambda: browser.get(f"{API}/portfolios"),
        lambda: browser.post(f"{API}/portfolios", json={"name": "kept to myself"}),
    ]
    for ask in asked:
        world.clock.at_look = {1: fail}
        answer = ask()
        assert answer.status_code == 500
        assert "foresaw" not in answer.text
    told = capsys.readouterr().err
    assert told.count("nobody foresaw this") >= len(asked)
    assert [secret for secret in (*secrets, "kept to myself") if secret in told] == []


def test_a_secret_is_in_the_answer_that_makes_it_and_in_no_other(world):
    world.add_user("ada", is_admin=True)
    asking = world.browser("ada")
    token = asking.post(f"{API}/tokens", json={"name": "program", "scopes": ["read"]})
    invited = asking.post(f"{API}/users", json={"name": "bob"})
    assert {token.headers["cache-control"], invited.headers["cache-control"]} == {"no-store"}
    secrets = token.json()["token"], invited.json()["link"]
    addresses = ("tokens", "users", f"users/{invited.json()['user']['id']}", "auth/session", "metrics")
    for address in addresses:
        answer = asking.get(f"{API}/{address}")
        assert answer.status_code == 200
        assert [secret for secret in secrets if secret in answer.text] == [], address
    assert "password_hash" not in asking.get(f"{API}/users").text

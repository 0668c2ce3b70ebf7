"""``riskpanel user`` and ``riskpanel token``, by whoever runs the server, on both databases."""

import json

import pytest
import typer
from typer.testing import CliRunner

from api.accounts_world import PASSWORD, World, stored_text
from builders import table_rows
from riskpanel.api.accounts.users import use_setup_link
from riskpanel.cli import accounts

APP = typer.Typer()
APP.add_typer(accounts.user_app, name="user")
APP.add_typer(accounts.token_app, name="token")


@pytest.fixture
def world(store):
    """What the server over the same database answers; its local administrator is there already."""
    return World(store)


@pytest.fixture
def riskpanel(world, migrated_url, monkeypatch, tmp_path):
    """Run a command, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    variables = {"RISKPANEL_DATABASE_URL": migrated_url, "NO_COLOR": "1", "COLUMNS": "200"}
    runner = CliRunner(env=variables)

    def run(*arguments, exit_code=0):
        outcome = runner.invoke(APP, arguments, catch_exceptions=False)
        assert outcome.exit_code == exit_code, outcome.output
        return outcome

    return run


def document(outcome):
    return json.loads(outcome.stdout)


def secret_of(url):
    address, _, key = url.strip().partition("/setup#")
    assert len(key) == 43
    return address, key


def use(world, url):
    return use_setup_link(
        world.store, secret_of(url)[1], name=None, password=PASSWORD, now=world.clock()
    ).user


def test_an_added_user_sets_the_password_by_the_link_that_is_printed_alone(riskpanel, world):
    outcome = riskpanel("user", "add", "bob")
    assert secret_of(outcome.stdout)[0] == "http://127.0.0.1:8321"
    assert outcome.stdout.count("\n") == 1
    assert outcome.stderr.strip() == "for bob: works once, for a day"
    user = use(world, outcome.stdout)
    assert (user.name, user.is_admin, user.has_password) == ("bob", False, True)


@pytest.mark.parametrize(
    "address",
    ["foo", "risk.example.org:8321", "ftp://h", "https://", "http://[::1", "http://h:x", "http://h/#a", ""],
)
@pytest.mark.parametrize("words", [("user", "add", "bob"), ("user", "link")])
def test_an_address_that_no_browser_can_follow_makes_no_link(riskpanel, store, words, address):
    refused = riskpanel(*words, "--address", address, exit_code=2)
    assert refused.stderr == (
        f"error: not an address of a server: {address}\nhint: as in https://risk.example.org\n"
    )
    assert refused.stdout == ""
    assert [user["name"] for user in table_rows(store, "users")] == ["local"]


def test_a_name_that_cannot_be_used_is_told_once_and_with_a_hint(riskpanel):
    assert riskpanel("user", "add", "", exit_code=2).stderr.splitlines() == [
        "error: name: must have 1 to 60 printable characters",
        "hint: choose one, as in anna",
    ]


def test_the_link_is_given_for_the_address_that_its_user_knows(riskpanel):
    said = riskpanel("user", "add", "bob", "--admin", "--address", "https://risk.example.org/", "--json")
    told = document(said)
    assert secret_of(told["link"])[0] == "https://risk.example.org"
    assert told["user"] | {"id": 0, "created_at": ""} == {
        "id": 0,
        "name": "bob",
        "is_admin": True,
        "is_local": False,
        "has_password": False,
        "disabled_at": None,
        "created_at": "",
    }


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (("user", "add", "LOCAL"), "error: name: local is what the user of the command line is called", None),
        (("user", "add", "ADA"), "error: a user of that name exists: ADA", "hint: choose another name"),
        (("user", "add", " "), "error: name: must have 1 to 60 printable characters", None),
        (("user", "add", "x" * 61), "error: name: must have 1 to 60 printable characters", None),
        (("user", "add", "a\x1b[31mb"), "error: name: must have 1 to 60 printable characters", None),
        (("user", "link", "eve"), "error: no user: eve", "hint: riskpanel user list names them"),
        (("user", "disable", "eve"), "error: no user: eve", "hint: riskpanel user list names them"),
        (("user", "enable", "[red]"), "error: no user: [red]", "hint: riskpanel user list names them"),
        (
            ("user", "link", "gone"),
            "error: the account is disabled: gone",
            "hint: riskpanel user enable gone",
        ),
        (
            ("user", "disable", "ada"),
            "error: nobody who can administer would be left",
            "hint: make another user an administrator first",
        ),
        (
            ("token", "create", "x", "--user", "eve"),
            "error: no user: eve",
            "hint: riskpanel user list names them",
        ),
        (
            ("token", "create", "x", "--scope", "root"),
            "error: unknown scope: root",
            "hint: one of: read, write, admin",
        ),
        (
            ("token", "create", "x", "--scope", "admin", "--user", "bob"),
            "error: not an administrator: bob",
            "hint: leave out --scope admin",
        ),
        (("token", "create", " "), "error: not a name for a token", "hint: 1 to 60 printable characters"),
        (
            ("token", "create", "a\x1b[31m"),
            "error: not a name for a token",
            "hint: 1 to 60 printable characters",
        ),
        (
            ("token", "create", "x" * 61),
            "error: not a name for a token",
            "hint: 1 to 60 printable characters",
        ),
        (
            ("token", "revoke", "424242"),
            "error: no token has the id 424242",
            "hint: riskpanel token list shows the ids",
        ),
        (("token", "list", "--user", "eve"), "error: no user: eve", "hint: riskpanel user list names them"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_remedy_and_changes_nothing(
    riskpanel, world, arguments, error, hint
):
    world.add_user("ada", is_admin=True)
    world.add_user("bob")
    world.add_user("gone")
    world.set_user("gone", disabled_at=world.clock())
    before = stored_text(world.store)
    outcome = riskpanel(*arguments, exit_code=2)
    assert outcome.stdout == ""
    assert outcome.stderr.splitlines()[0] == error
    assert hint is None or hint in outcome.stderr.splitlines()
    assert stored_text(world.store) == before


@pytest.mark.parametrize("days", ["0", "367", "-1", "x"])
def test_a_lifetime_that_cannot_be_is_refused(riskpanel, world, days):
    outcome = riskpanel("token", "create", "x", f"--days={days}", exit_code=2)
    assert outcome.stdout == ""
    assert table_rows(world.store, "api_tokens") == []


def test_the_local_administrator_gets_a_link_without_a_name(riskpanel, world):
    assert use(world, riskpanel("user", "link").stdout).is_local


def test_a_link_for_a_forgotten_password_makes_the_one_before_void(riskpanel, world):
    world.add_user("bob")
    first = riskpanel("user", "link", "bob").stdout
    second = document(riskpanel("user", "link", "bob", "--json"))["link"]
    assert first.strip() != second
    assert len(table_rows(world.store, "setup_links")) == 1
    assert use(world, second).name == "bob"


def test_accounts_are_listed_with_what_they_may_and_whether_they_are_used(riskpanel, world):
    world.add_user("[bold]ada", is_admin=True)
    world.add_user("bob", password=False)
    world.add_user("gone")
    world.set_user("gone", disabled_at=world.clock())
    lines = riskpanel("user", "list").stdout.splitlines()
    assert lines[0].split() == ["Name", "Role", "State", "Since"]
    assert [line.split("  ")[0].strip() for line in lines[1:]] == ["[bold]ada", "bob", "gone", "local"]
    assert "administrator  " in lines[1]
    assert "active" in lines[1]
    assert "no password yet" in lines[2]
    assert "disabled since 2025-06-30" in lines[3]
    assert "administrator, commands on this machine" in lines[4]
    told = document(riskpanel("user", "list", "--json"))
    assert [user["name"] for user in told] == ["[bold]ada", "bob", "gone", "local"]
    assert told[2]["disabled_at"] == "2025-06-30T21:00:00+00:00"
    assert {"password_hash", "password"}.isdisjoint(told[0])


def test_a_disabled_user_is_out_at_once_and_comes_back_with_the_password_alone(riskpanel, world):
    world.add_user("ada", is_admin=True)
    world.add_user("bob")
    browser, program = world.browser("bob"), world.program("bob", "read")
    assert riskpanel("user", "disable", "bob").stdout.startswith("bob: disabled since ")
    assert browser.get("/api/v1/portfolios").status_code == 401
    assert program.get("/api/v1/portfolios").status_code == 401
    assert document(riskpanel("user", "enable", "bob", "--json"))["disabled_at"] is None
    assert program.get("/api/v1/portfolios").status_code == 401
    assert riskpanel("user", "enable", "bob").stdout == "bob: active\n"
    assert document(riskpanel("user", "disable", "bob", "--json"))["disabled_at"] is not None


def test_a_user_can_be_disabled_before_the_administrator_has_a_password(riskpanel, world):
    use(world, riskpanel("user", "add", "bob").stdout)
    assert riskpanel("user", "disable", "bob").stdout.startswith("bob: disabled since ")


def test_a_token_is_printed_alone_and_reads_by_default(riskpanel, world):
    outcome = riskpanel("token", "create", "nightly export")
    token = outcome.stdout.strip()
    assert token.startswith("riskpanel_")
    assert outcome.stdout.count("\n") == 1
    assert outcome.stderr.startswith("local may read with it until ")
    assert "it is not shown again" in outcome.stderr
    program = world.bearer(token)
    assert program.get("/api/v1/portfolios").status_code == 200
    assert program.post("/api/v1/portfolios", json={"name": "p"}).status_code == 403


def test_a_token_for_another_user_asks_for_that_user(riskpanel, world):
    world.add_user("bob")
    told = document(
        riskpanel("token", "create", "x", "--scope", "write", "--scope", "read", "--user", "bob", "--json")
    )
    assert told["details"]["scopes"] == ["read", "write"]
    assert told["details"]["beginning"] == told["token"][:16]
    assert world.bearer(told["token"]).get("/api/v1/auth/session").json()["name"] == "bob"


def test_tokens_are_listed_with_their_state_and_without_the_secret(riskpanel, world):
    made = [document(riskpanel("token", "create", name, "--json")) for name in ("[b]one", "two")]
    world.token("local", "read", days=1)  # of last year
    assert riskpanel("token", "revoke", str(made[1]["details"]["id"])).stdout == (
        f"token {made[1]['details']['id']} is void\n"
    )
    outcome = riskpanel("token", "list")
    lines = outcome.stdout.splitlines()
    assert lines[0].split() == ["Id", "Name", "Begins", "May", "State"]
    assert "[b]one" in lines[1]
    assert "never used" in lines[1]
    assert "revoked on " in lines[2]
    assert "expired on 2025-07-01" in lines[3]
    told = riskpanel("token", "list", "--json").stdout
    for text in (outcome.stdout, told):
        assert [one for one in made if one["token"] in text] == []
        assert "hash" not in text
    assert [token["name"] for token in json.loads(told)] == ["[b]one", "two", "program"]
    assert world.bearer(made[1]["token"]).get("/api/v1/portfolios").status_code == 401
    assert world.bearer(made[0]["token"]).get("/api/v1/portfolios").status_code == 200


def test_a_token_is_revoked_for_its_owner_alone(riskpanel, world):
    world.add_user("bob")
    own = document(riskpanel("token", "create", "x", "--user", "bob", "--json"))["details"]["id"]
    outcome = riskpanel("token", "revoke", str(own), exit_code=2)
    assert f"error: no token has the id {own}" in outcome.stderr
    riskpanel("token", "revoke", str(own), "--user", "bob")
    (row,) = table_rows(world.store, "api_tokens")
    assert row["revoked_at"] is not None


def test_no_secret_of_a_command_is_stored_as_it_is(riskpanel, world):
    secrets = [
        riskpanel("token", "create", "x").stdout.strip(),
        secret_of(riskpanel("user", "add", "bob").stdout)[1],
        secret_of(riskpanel("user", "link").stdout)[1],
    ]
    text = stored_text(world.store)
    assert "bob" in text
    assert [secret for secret in secrets if secret in text] == []


def test_a_database_that_is_missing_is_told(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    variables = {"RISKPANEL_DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}", "COLUMNS": "200"}
    for arguments in (("user", "list"), ("user", "add", "bob"), ("token", "create", "x")):
        outcome = CliRunner(env=variables).invoke(APP, arguments)
        assert (outcome.exit_code, outcome.stdout) == (3, "")
        assert "riskpanel init" in outcome.stderr

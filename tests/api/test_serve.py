"""The command that serves: by accounts, or on this machine alone, until Ctrl-C."""

import json
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import typer
from typer.testing import CliRunner

from api.accounts_world import PASSWORD, World
from api.live import live_server
from builders import Book, fill_books, table_rows
from riskpanel.cli import serve as serve_command
from riskpanel.store.portfolios import ensure_local_user

COMMANDS = typer.Typer()
COMMANDS.command("serve")(serve_command.serve)
COMMANDS.command("other")(lambda: None)


@pytest.fixture
def serve(migrated_url, monkeypatch):
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", migrated_url)
    return lambda *arguments: CliRunner().invoke(COMMANDS, ["serve", *arguments], env={"COLUMNS": "200"})


@pytest.fixture
def local(store, now):
    """A database as `riskpanel init` leaves it."""
    with store.begin() as conn:
        ensure_local_user(conn, now=now)


def lines_of(said):
    """The lines of the log among what was said, and the rest."""
    lines = said.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")], [
        line for line in lines if not line.startswith("{")
    ]


@pytest.mark.parametrize("option", ["--no-auth", "--demo"])
@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "128.0.0.1", "126.255.255.255", "fe80::1"])
def test_an_address_that_others_can_reach_is_refused_without_accounts(serve, host, option):
    outcome = serve("--host", host, option, "--allow-host", "risk.example.org")
    assert outcome.exit_code == 2
    assert f"error: not an address of this machine alone: {host}" in outcome.stderr
    assert "hint: without accounts anybody who reaches the server could read and change" in outcome.stderr
    assert outcome.stdout == ""


def test_a_name_by_which_others_call_is_refused_without_accounts(store, migrated_url, local):
    # Whoever the name leads to this server would be the local user: by a proxy, or by a name that moves.
    with live_server(migrated_url, "--allow-host", "risk.example.org") as server:
        assert server.first_line == ""
        assert server.process.wait(timeout=30) == 2
        assert "error: " in server.said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0:0:0:0:0:0:0:0"])
def test_an_address_of_every_network_needs_the_names_that_are_good(serve, host):
    outcome = serve("--host", host)
    assert outcome.exit_code == 2
    assert f"error: no name to call the server by: {host}" in outcome.stderr
    assert "--allow-host" in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize(
    "host", ["example.org", "", "127.0.0.1.example.org", "127.1", "0x7f000001", "local host"]
)
def test_what_is_no_address_is_refused(serve, host):
    outcome = serve("--host", host)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "error: not an address of this machine: " in outcome.stderr
    assert "hint: an IP address, such as 127.0.0.1" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "127.0.0.9", "::1"])
def test_every_loopback_address_is_one(host):
    place = serve_command._find_place(host, 0, ())
    assert place.loopback
    assert place.family == (socket.AF_INET6 if ":" in host else socket.AF_INET)
    assert place.address(8321).endswith(":8321")


def test_a_name_that_is_allowed_is_answered_beside_those_of_this_machine():
    place = serve_command._find_place("0.0.0.0", 0, [" Risk.Example.org "])
    assert not place.loopback
    assert place.names == {"127.0.0.1", "localhost", "[::1]", "risk.example.org"}


@pytest.mark.parametrize(
    ("host", "allowed", "address"),
    [
        ("0.0.0.0", ["localhost"], "http://127.0.0.1:8321"),
        ("::", ["[::1]"], "http://[::1]:8321"),
        ("0.0.0.0", ["localhost", "risk.example.org"], "https://risk.example.org"),
    ],
)
def test_an_address_that_is_told_can_be_asked_from_this_machine_or_is_the_public_one(host, allowed, address):
    # As in a container whose port is published on loopback: without a proxy, and 0.0.0.0 is no name.
    assert serve_command._find_place(host, 8321, allowed).address(8321) == address


@pytest.mark.parametrize("address", ["http://[fd00::1]:8321", "http://127.0.0.1:8321", "http://risk:8321"])
def test_the_link_is_printed_whole_whatever_the_address(store, local, capsys, address):
    world = World(store)
    serve_command._tell_setup_link(serve_command._setup_key(store, world.accounts), world.accounts, address)
    said = capsys.readouterr().err
    assert f"  {address}/setup#" in said
    assert len(said.split("/setup#")[1].strip()) == 43


def test_a_port_in_use_is_named_with_the_remedy(serve):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        outcome = serve("--port", str(port))
    assert outcome.exit_code == 2
    assert f"error: the port is in use: {port}" in outcome.stderr
    assert "hint: stop what uses it, or choose another: --port" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_database_that_is_missing_is_told_before_anything_is_served(tmp_path, monkeypatch):
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", f"sqlite:///{tmp_path / 'none.sqlite3'}")
    outcome = CliRunner().invoke(COMMANDS, ["serve", "--port", "0"])
    assert (outcome.exit_code, outcome.stdout) == (3, "")
    assert "riskpanel init" in outcome.stderr


def test_a_database_that_was_never_initialised_is_told_without_a_traceback(store, migrated_url):
    with live_server(migrated_url, accounts=True) as server:
        assert server.process.wait(timeout=30) == 3
        assert "error: the database has no local user" in server.said
        assert "hint: run: riskpanel init" in server.said
        assert "Traceback" not in server.said


@pytest.fixture
def in_the_background():
    """What is started ignores Ctrl-C, as what a script starts by `&` does."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_server_that_a_script_began_in_the_background_ends_as_asked(local, migrated_url, in_the_background):
    with live_server(migrated_url) as server:
        assert server.get("/").status_code == 200  # it has begun to answer
        code, said = server.interrupt()
    assert (code, lines_of(said)[1][1:]) == (0, ["stopped"])


def test_a_real_server_answers_and_ends_with_0_on_control_c(store, migrated_url, now):
    ids = fill_books(store, [Book("long")], now=now)
    with live_server(migrated_url) as server:
        assert server.first_line.startswith("http://127.0.0.1:")
        assert server.first_line == f"{server.address}/\n"
        assert "<title>riskpanel</title>" in server.get("/").text
        assert server.get("/icon.svg").status_code == 200  # a file that a page loads is no line of the log
        ready = server.get("/api/v1/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "stale")
        portfolios = server.get("/api/v1/portfolios")
        assert [line["id"] for line in portfolios.json()["items"]] == [ids["long"]]
        assert {"server", "x-powered-by"}.isdisjoint(portfolios.headers)
        assert server.get("/api/v1/portfolios?x=1").status_code == 422
        code, said = server.interrupt()
        rest = server.process.stdout.read()
    logged, told = lines_of(said)
    assert (code, rest) == (0, "")
    assert told[0].startswith("serving ")
    assert told[1:] == ["stopped"]
    assert [line["route"] for line in logged] == ["/", "/api/v1/health/ready", *["/api/v1/portfolios"] * 2]
    assert "setup#" not in said


def test_each_request_is_a_line_of_json_that_names_it_and_nothing_that_was_asked(store, migrated_url, local):
    world = World(store)
    bob = world.add_user("bob")
    token = world.token("bob", "read", days=100_000)
    with live_server(migrated_url, accounts=True, RISKPANEL_LOG_LEVEL="debug") as server:
        headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "asked-1"}
        assert server.get("/api/v1/portfolios?limit=7", headers=headers).status_code == 200
        assert server.get("/api/v1/portfolios/4711", headers=headers).status_code == 404
        asked = {"name": "bob", "password": PASSWORD}
        with server.client() as asking:
            signed_in = asking.post("/api/v1/auth/login", json=asked)
            assert signed_in.status_code == 200
        assert server.get("/icon.svg").status_code == 200
        assert server.get(f"/nowhere/{token}", headers={"X-Request-ID": "a\tb"}).status_code == 404
        code, said = server.interrupt()
    logged, _ = lines_of(said)
    requests = [line for line in logged if line["event"] == "request"]
    first, second, third, file, last = requests
    assert (first["request_id"], first["status"], first["method"]) == ("asked-1", 200, "GET")
    assert (first["route"], first["user_id"], first["level"]) == ("/api/v1/portfolios", bob, "info")
    assert second["route"] == "/api/v1/portfolios/{portfolio_id}"
    assert third["route"] == "/api/v1/auth/login"
    assert (file["route"], file["level"]) == ("/icon.svg", "debug")
    assert (last["route"], last["status"]) == ("none", 404)
    assert len(last["request_id"]) == 16
    assert {type(line["milliseconds"]) for line in requests} == {float}
    key = signed_in.headers["set-cookie"].split(";")[0].partition("=")[2]
    secrets = (token, PASSWORD, key, signed_in.json()["csrf_token"])
    assert [secret for secret in secrets if secret in said] == []
    assert "4711" not in said
    assert code == 0


def test_the_first_start_prints_a_link_by_which_the_administrator_comes_to_be(store, migrated_url, local):
    with live_server(migrated_url, accounts=True) as server, server.client() as asking:
        link = server.wait_for(r"(http://127\.0\.0\.1:\d+/setup#[\w-]{43})\n")
        page, _, key = link.partition("#")
        assert page.startswith(server.address)
        assert asking.get(page).status_code == 200
        assert asking.get("/api/v1/portfolios").status_code == 401
        assert asking.get("/api/v1/auth/session").json()["setup_needed"] is True
        asked = {"link": key, "password": PASSWORD, "name": "Ada"}
        used = asking.post("/api/v1/auth/setup", json=asked, headers={"Origin": server.address})
        assert (used.status_code, used.json()["name"]) == (200, "Ada")
        assert asking.get("/api/v1/portfolios").status_code == 200
        assert asking.post("/api/v1/auth/setup", json=asked).status_code == 422
        code, said = server.interrupt()
    assert code == 0
    assert said.count("/setup#") == 1
    assert "works once, for 24 hours" in said
    with live_server(migrated_url, accounts=True) as server, server.client() as asking:
        signed_in = asking.post("/api/v1/auth/login", json={"name": "Ada", "password": PASSWORD})
        assert signed_in.status_code == 200
        assert "/setup#" not in server.interrupt()[1]


def test_when_browsers_were_last_seen_is_stored_when_the_server_ends(store, migrated_url, local):
    world = World(store)
    world.add_user("bob")
    token = world.token("bob", "read", days=100_000)
    with live_server(migrated_url, accounts=True) as server:
        server.get("/api/v1/portfolios", headers={"Authorization": f"Bearer {token}"})
        assert server.interrupt()[0] == 0
    (row,) = table_rows(store, "api_tokens")
    assert row["last_used_at"] is not None


def test_what_a_client_says_of_its_address_counts_only_from_a_trusted_proxy(store, migrated_url, local):
    def tried(server):
        asked = {"link": "x", "password": "short"}
        with server.client() as asking:
            return [
                asking.post(
                    "/api/v1/auth/setup", json=asked, headers={"X-Forwarded-For": f"10.0.0.{number}"}
                ).status_code
                for number in range(11)
            ]

    with live_server(migrated_url, accounts=True) as server:
        assert tried(server) == [422] * 10 + [429]
    with live_server(migrated_url, "--trusted-proxy", "127.0.0.1", accounts=True) as server:
        assert tried(server) == [422] * 11
    with live_server(migrated_url, "--trusted-proxy", "10.9.9.9", accounts=True) as server:
        assert tried(server) == [422] * 10 + [429]


def test_many_requests_at_once_are_all_answered_alike(api_world, migrated_url):
    address = f"/api/v1/data/portfolio/{api_world['p']}/complete"
    with live_server(migrated_url) as server, ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(server.get, [address] * 72))
        code, said = server.interrupt()
    logged, told = lines_of(said)
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert len({line["request_id"] for line in logged}) == 72
    assert (code, told[1:]) == (0, ["stopped"])


def test_a_real_server_publishes_its_description(local, migrated_url):
    with live_server(migrated_url) as server:
        document = server.get("/api/v1/openapi.json").json()
    assert "/api/v1/data/portfolio/{portfolio_id}/complete" in document["paths"]

"""The command that serves: on this machine alone, until Ctrl-C."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import typer
from typer.testing import CliRunner

from api.live import live_server
from builders import Book, fill_books
from riskpanel.cli import serve as serve_command

COMMANDS = typer.Typer()
COMMANDS.command("serve")(serve_command.serve)
COMMANDS.command("other")(lambda: None)


@pytest.fixture
def serve(migrated_url, monkeypatch):
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", migrated_url)
    return lambda *arguments: CliRunner().invoke(COMMANDS, ["serve", *arguments], env={"COLUMNS": "200"})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org", "", "128.0.0.1"])
def test_an_address_that_others_can_reach_is_refused_because_there_are_no_accounts(serve, host):
    outcome = serve("--host", host)
    assert outcome.exit_code == 2
    assert f"error: not an address of this machine alone: {host}" in outcome.stderr
    assert "there are no accounts yet" in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "127.0.0.9", "::1"])
def test_every_loopback_address_is_accepted(host):
    family = serve_command._loopback_family(host)
    assert family == (socket.AF_INET6 if ":" in host else socket.AF_INET)


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


def test_a_real_server_answers_quietly_and_ends_with_0_on_control_c(store, migrated_url, now):
    ids = fill_books(store, [Book("long")], now=now)
    with live_server(migrated_url) as server:
        assert server.address.startswith("http://127.0.0.1:")
        assert server.get("/api/v1/health/ready").json()["status"] == "ready"
        portfolios = server.get("/api/v1/portfolios")
        assert [line["id"] for line in portfolios.json()["items"]] == [ids["long"]]
        assert {"server", "x-powered-by"}.isdisjoint(portfolios.headers)
        assert server.get("/api/v1/portfolios?x=1").status_code == 422
        code, said = server.interrupt()
    assert code == 0
    assert said.splitlines()[1:] == ["stopped"]
    assert "GET" not in said
    assert "Traceback" not in said


def test_many_requests_at_once_are_all_answered_alike(api_world, migrated_url):
    address = f"/api/v1/data/portfolio/{api_world['p']}/complete"
    with live_server(migrated_url) as server, ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(server.get, [address] * 72))
        code, said = server.interrupt()
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert (code, said.splitlines()[1:]) == (0, ["stopped"])


def test_a_real_server_publishes_its_description(store, migrated_url):
    with live_server(migrated_url) as server:
        document = server.get("/api/v1/openapi.json").json()
    assert "/api/v1/data/portfolio/{portfolio_id}/complete" in document["paths"]

"""Accessibility as axe finds it, on every route in both colour schemes; and no route scrolls sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from api.live import live_server
from e2e.routes import OPEN, ROUTES, wait_until_shown

SCHEMES = ("light", "dark")


def violations(page) -> list[str]:
    """What axe finds, each as one line."""
    return [
        f"{found['id']} at {node['target']}: {node['failureSummary']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]


def sideways(page) -> str | None:
    """By how much a page is wider than its window, if it is."""
    shown, there = page.evaluate("[innerWidth, document.scrollingElement.scrollWidth]")
    return f"{there} wide in a window of {shown}" if there > shown else None


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_any_route(demo_server, open_page, scheme):
    page = open_page(demo_server.address, color_scheme=scheme)
    found = {}
    for name, path in ROUTES.items():
        page.goto(demo_server.address + path)
        wait_until_shown(page)
        found[name] = violations(page)
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_where_nobody_is_signed_in_nor_on_the_account_page(empty_url, open_page, scheme):
    with live_server(empty_url, accounts=True) as server:
        secret = server.wait_for(r"/setup#(\S+)")
        found = {}
        page = open_page(server.address + OPEN["login"], color_scheme=scheme)
        wait_until_shown(page)
        found["set-up needed"] = violations(page)
        page.goto(f"{server.address}{OPEN['setup']}#{secret}")
        page.get_by_label("Password", exact=True).wait_for()
        found["set-up"] = violations(page)
        body = {"link": secret, "name": "ada", "password": "an owl counts to ninety"}
        with server.client() as client:
            assert client.post("/api/v1/auth/setup", json=body).status_code == 200
        page.goto(server.address + OPEN["login"])
        page.get_by_label("Password", exact=True).wait_for()
        found["login"] = violations(page)
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password", exact=True).fill(body["password"])
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="No portfolios yet").wait_for()
        found["no portfolios"] = violations(page)
        page.goto(server.address + ROUTES["account"])
        wait_until_shown(page)
        found["account"] = violations(page)
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize("width", [360, 768])
def test_no_route_scrolls_sideways(demo_server, open_page, width):
    page = open_page(demo_server.address, width=width)
    found = {}
    for name, path in ROUTES.items():
        page.goto(demo_server.address + path)
        wait_until_shown(page)
        found[name] = sideways(page)
    assert {name: told for name, told in found.items() if told} == {}

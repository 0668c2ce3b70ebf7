"""Accessibility as axe finds it, on every route in both colour schemes; and no route scrolls sideways."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from api.live import live_server
from e2e.routes import OPEN, ROUTES, wait_until_shown

SCHEMES = ("light", "dark")
NOTHING = {"items": [], "next_cursor": None}


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


def outside_regions(page) -> list[str]:
    """What axe finds, but that a floating menu stands in no region of the page."""
    return [told for told in violations(page) if not told.startswith("region at ")]


def fail(page, address: str) -> None:
    page.route(re.compile(address), lambda route: route.fulfill(status=500, json={"detail": "it broke"}))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark"), (360, "light")])
def test_axe_finds_nothing_in_what_opens_fails_or_is_empty(demo_server, open_page, width, scheme):
    still = {"color_scheme": scheme, "reduced_motion": "reduce"}  # what fades in has no contrast yet
    page = open_page(f"{demo_server.address}/p/1", width=width, **still)
    page.clock.install()
    page.reload()
    wait_until_shown(page)
    found = {}

    def look(name: str) -> None:
        found[name] = outside_regions(page) + [told for told in [sideways(page)] if told]

    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_text("of this portfolio").first.wait_for()
    look("palette")
    # Its list is gone through by the arrow keys of the field above it.
    found["palette"] = [told for told in found["palette"] if "scrollable-region-focusable" not in told]
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Portfolio: Balanced investor").click()
    page.get_by_role("option").first.wait_for()
    look("switcher")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Change or remove").click()
    page.get_by_role("menuitem").first.wait_for()
    look("menu")
    page.keyboard.press("Escape")
    fail(page, r"/data/portfolio/1/complete")
    page.clock.fast_forward("02:00")
    page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("Could not be refreshed").first.wait_for()
    look("not refreshed")
    page.reload()
    page.get_by_role("alert").wait_for()
    look("error")
    page.unroute_all()
    page.goto(f"{demo_server.address}/portfolios")
    wait_until_shown(page)
    page.get_by_role("button", name="Change or remove").first.click()
    page.get_by_role("menuitem").first.wait_for()
    look("menu of a row")
    page.keyboard.press("Escape")
    page.goto(f"{demo_server.address}/p/1/positions?tab=lots")
    wait_until_shown(page)
    page.get_by_role("button", name="Add a lot").click()
    page.get_by_role("textbox", name="Symbol", exact=True).wait_for()
    look("dialog of a lot")
    page.route(re.compile(r"/api/v1/runs\?"), lambda route: route.fulfill(json=NOTHING))
    page.route(re.compile(r"/api/v1/portfolios\?"), lambda route: route.fulfill(json=NOTHING))
    for path, told in (("/runs", "Nothing was computed yet"), ("/portfolios", "No portfolios yet")):
        page.goto(demo_server.address + path)
        page.get_by_text(told).wait_for()
        look(f"{path} that is empty")
    assert [f"{name}: {one}" for name, told in found.items() for one in told] == []


@pytest.mark.parametrize("width", [360, 768, 2560])
def test_no_route_scrolls_sideways(demo_server, open_page, width):
    page = open_page(demo_server.address, width=width)
    found = {}
    for name, path in ROUTES.items():
        page.goto(demo_server.address + path)
        wait_until_shown(page)
        found[name] = sideways(page)
    assert {name: told for name, told in found.items() if told} == {}

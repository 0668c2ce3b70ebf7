"""What is on the page stays when it cannot be asked for again; long lists come in parts."""

import re

import pytest
from playwright.sync_api import Page, expect

from api.live import live_server
from e2e.routes import wait_until_shown

OLD = "Could not be refreshed; shown as of "


def fail(page: Page, address: str) -> None:
    page.route(re.compile(address), lambda route: route.fulfill(status=500, json={"detail": "it broke"}))


def look_again(page: Page) -> None:
    """Come back to the window, where old answers are asked for again."""
    page.clock.fast_forward("02:00")
    page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")


def opened(open_page, server, path: str) -> Page:
    page = open_page(f"{server.address}/methods")
    page.clock.install()
    page.goto(server.address + path)
    wait_until_shown(page)
    return page


def test_what_is_typed_into_a_dialog_survives_a_failed_refresh_of_the_page_behind(demo_server, open_page):
    page = opened(open_page, demo_server, "/p/1/positions?tab=lots")
    page.get_by_role("button", name="Add a lot").click()
    symbol = page.get_by_role("textbox", name="Symbol", exact=True)
    symbol.fill("MSFT")
    fail(page, r"/data/portfolio/1/complete")
    look_again(page)
    told = page.get_by_text(OLD).first
    expect(told).to_be_attached()
    expect(symbol).to_have_value("MSFT")
    page.unroute(re.compile(r"/data/portfolio/1/complete"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_text(OLD)).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "address", "stays"),
    [
        ("/portfolios", r"/api/v1/portfolios\?", "Balanced investor"),
        ("/p/1/history", r"/timeseries\?", "What changed"),
        ("/runs", r"/api/v1/run", "Backfill"),
        ("/health", r"/api/v1/portfolios\?", "Balanced investor"),
    ],
)
def test_a_page_stays_when_it_cannot_be_refreshed(demo_server, open_page, path, address, stays):
    page = opened(open_page, demo_server, path)
    fail(page, address)
    look_again(page)
    expect(page.get_by_text(OLD).first).to_be_visible()
    expect(page.get_by_text(stays).first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_picture_that_cannot_be_loaded_says_so_and_the_numbers_stay(demo_server, open_page):
    page = open_page(f"{demo_server.address}/methods")
    page.route(re.compile(r"/assets/echarts-"), lambda route: route.fulfill(status=404))
    page.goto(f"{demo_server.address}/p/1")
    expect(page.get_by_text("The picture could not be loaded; its table is beside it").first).to_be_visible()
    expect(page.get_by_role("button", name="Table").first).to_be_visible()


def test_a_long_list_comes_in_pages_with_one_menu_and_is_searched_as_a_whole(demo_copy, open_page):
    with live_server(demo_copy) as server, server.client() as client:
        for at in range(60):
            body = {"name": f"Nest {at:02d}", "positions": []}
            assert client.post("/api/v1/portfolios", json=body).status_code < 300
        page = open_page(f"{server.address}/portfolios")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(50)
        pages = page.get_by_role("navigation", name="Pages of portfolios")
        expect(pages).to_contain_text("1 to 50 of 63")
        pages.get_by_role("button", name="Next").click()
        expect(page).to_have_url(re.compile(r"page=2"))
        expect(rows).to_have_count(13)
        page.reload()
        expect(rows).to_have_count(13)
        last = page.get_by_role("button", name="Change or remove Nest 59")
        last.click()
        expect(page.get_by_role("menu")).to_have_count(1)
        last.click()
        expect(page.get_by_role("menu")).to_have_count(0)
        page.get_by_placeholder("Find a portfolio").fill("nest 07")
        expect(rows).to_have_count(1)
        expect(pages).to_have_count(0)


def test_a_list_that_is_cut_says_so_and_the_rest_is_asked_for_when_it_is_needed(demo_server, open_page):
    page = open_page(f"{demo_server.address}/methods")
    one = demo_server.get("/api/v1/portfolios").json()["items"][0]
    parts = {
        None: ([one | {"id": at, "name": f"Nest {at:04d}"} for at in range(1, 501)], "more"),
        "more": ([one | {"id": at, "name": f"Nest {at:04d}"} for at in range(501, 601)], None),
    }
    asked: list[str | None] = []

    def answer(route) -> None:
        cursor = "more" if "cursor=more" in route.request.url else None
        asked.append(cursor)
        items, following = parts[cursor]
        route.fulfill(json={"items": items, "next_cursor": following})

    page.route(re.compile(r"/api/v1/portfolios\?"), answer)
    page.goto(f"{demo_server.address}/portfolios")
    expect(page.get_by_text("more than 500 portfolios")).to_be_visible()
    assert asked == [None]
    page.get_by_placeholder("Find a portfolio").fill("0599")
    expect(page.get_by_role("link", name="Nest 0599", exact=True)).to_be_visible()
    expect(page.get_by_text("600 portfolios", exact=False)).to_be_visible()
    assert asked.count("more") == 1

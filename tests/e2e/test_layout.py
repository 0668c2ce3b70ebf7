"""What every width shows: nothing is out of sight, cut, or wider than the window."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from api.live import LiveServer, live_server
from e2e.routes import wait_until_shown

LONG = "W" * 60
STICKS_OUT = "document.documentElement.scrollWidth - window.innerWidth"
STRIP = "document.querySelector('.rp-strip').getBoundingClientRect().height"


@pytest.mark.parametrize("width", [1440, 1280, 1024, 768, 360])
def test_the_strip_shows_its_pill_and_menu_and_takes_its_place_from_the_start(
    demo_server: LiveServer, open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(f"{demo_server.address}/portfolios", width=width)
    waiting: list[Route] = []
    page.route("**/complete*", lambda route: waiting.append(route))
    page.goto(f"{demo_server.address}/p/1")
    expect(page.locator(".rp-strip")).to_be_attached()
    page.wait_for_function("document.fonts.status === 'loaded'")
    before = page.evaluate(STRIP)
    for route in waiting:
        route.continue_()
    wait_until_shown(page)
    assert page.evaluate(STRIP) == pytest.approx(before, abs=1)
    for part in (page.locator(".rp-strip .rp-pill"), page.get_by_label("Change or remove Balanced investor")):
        expect(part).to_be_in_viewport(ratio=1)


def test_the_pill_says_when_nobody_knows_whether_the_numbers_are_recent(
    demo_server: LiveServer, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{demo_server.address}/portfolios")
    page.route("**/health/ready", lambda route: route.fulfill(status=500, body="broken"))
    page.goto(f"{demo_server.address}/p/1")
    expect(page.locator(".rp-strip .rp-pill")).to_have_text(re.compile("^! Not known whether recent"))


def test_paper_is_white_and_names_the_portfolio_and_the_day(
    demo_server: LiveServer, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{demo_server.address}/p/1", width=794, color_scheme="dark")
    wait_until_shown(page)
    title = page.locator(".rp-print-title")
    expect(title).to_be_hidden()
    page.emulate_media(media="print")
    expect(title).to_have_text("Balanced investor, 28 Dec 2022")
    expect(title).to_be_in_viewport()
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator(".rp-card").first).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("[data-chart]").first).to_have_attribute("data-scheme", "light")
    expect(page.get_by_role("link", name="Portfolios", exact=True)).to_be_hidden()
    assert page.evaluate(STICKS_OUT) <= 0
    page.emulate_media(media="screen")
    expect(page.locator("[data-chart]").first).to_have_attribute("data-scheme", "dark")


def test_a_long_name_without_spaces_widens_nothing(demo_copy: str, open_page: Callable[..., Page]) -> None:
    with live_server(demo_copy) as server:
        token = server.get("/api/v1/auth/session").json()["csrf_token"]
        with server.client() as client:
            headers = {"X-CSRF-Token": token or ""}
            told = client.patch("/api/v1/portfolios/1", json={"name": LONG}, headers=headers)
            assert told.status_code == 200, told.text
        page = open_page(f"{server.address}/portfolios", width=1280)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            for path in ("/portfolios", "/p/1", "/health", "/runs"):
                page.goto(server.address + path)
                wait_until_shown(page)
                assert page.evaluate(STICKS_OUT) <= 0, (width, path)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{server.address}/portfolios")
        wait_until_shown(page)
        assert (
            page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.rp-scroll'))") <= 0
        )
        page.goto(f"{server.address}/p/1")
        expect(page.get_by_label(f"Portfolio: {LONG}; choose another")).to_have_attribute("title", LONG)


def test_a_table_with_more_beside_it_fades_until_it_was_scrolled_there(
    demo_server: LiveServer, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{demo_server.address}/p/1/correlation", width=360)
    box = page.locator(".rp-scroll", has=page.locator(".rp-heat"))
    expect(box).to_have_css("mask-image", re.compile("gradient"))
    box.evaluate("box => box.scrollTo(box.scrollWidth, 0)")
    expect(box).to_have_css("mask-image", "none")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_name_in_the_strip_of_shares_is_seen_whole_or_not_at_all(
    demo_server: LiveServer, open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(f"{demo_server.address}/p/1", width=width)
    wait_until_shown(page)
    cut = """[...document.querySelectorAll('.rp-slice-name')].filter(name => {
        const [own, slice] = [name, name.parentElement].map(one => one.getBoundingClientRect());
        return own.top < slice.bottom && (own.left < slice.left || own.right > slice.right + 0.5);
    }).map(name => name.textContent)"""
    assert page.evaluate(cut) == []
    assert page.locator(".rp-slice-name").count() == 11


def test_the_fields_of_the_import_form_stand_in_line(
    demo_server: LiveServer, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{demo_server.address}/import", width=1280)
    file = {"name": "positions.csv", "mimeType": "text/csv", "buffer": b"symbol,quantity\nAAPL,1\n"}
    page.locator("input[type=file]").set_input_files(file)
    balance = page.get_by_role("radiogroup", name="Cash").bounding_box()
    index = page.get_by_label("Market index").bounding_box()
    assert balance is not None
    assert index is not None
    assert balance["y"] == pytest.approx(index["y"], abs=2)

"""Addresses that were mistyped show what they can, and stepping through sessions keeps the page."""

import re

import pytest
from playwright.sync_api import expect

from e2e.routes import wait_until_shown
from e2e.test_overview import card


@pytest.mark.parametrize("as_of", ["foo", "2024-13-45", "20221228", "2023-02-30", ""])
def test_a_session_that_is_no_day_is_as_if_it_were_not_said(demo_server, open_page, as_of):
    page = open_page(f"{demo_server.address}/p/1?as_of={as_of}")
    expect(page.get_by_role("region", name="Balanced investor on 28 Dec 2022")).to_be_visible()
    expect(page.get_by_role("link", name="latest")).to_have_count(0)


def test_a_range_that_is_no_day_is_as_if_it_were_not_said(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1/history?from=foo&to=2022-13-01&with=x")
    expect(card(page, "Net asset value")).to_be_visible()
    expect(page.get_by_role("button", name="The last 1 year")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("path", ["/p/abc", "/p/0", "/p/1.5", "/p/-1/history", "/nonsense", "/a/b?c=d"])
def test_where_nothing_is_the_page_says_so(demo_server, open_page, path):
    page = open_page(demo_server.address + path)
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("link", name="Your portfolios")).to_be_visible()


def test_a_portfolio_that_is_not_there_leads_to_those_that_are(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/9")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("It was removed, or is not yours. Look at the list of portfolios.")
    expect(told.get_by_role("button", name="Try again")).to_have_count(0)
    told.get_by_role("link", name="Your portfolios").click()
    expect(page).to_have_url(f"{demo_server.address}/portfolios")


def test_the_oldest_session_has_none_before_it_and_one_after_it(demo_server, open_page):
    path = "/api/v1/portfolios/1/timeseries?limit=2"
    oldest, second = (one["snapshot_date"] for one in demo_server.get(path).json()["items"])
    page = open_page(f"{demo_server.address}/p/1?as_of={oldest}")
    session = page.get_by_role("group", name="Session")
    expect(session.get_by_role("button", name="Session before")).to_be_disabled()
    session.get_by_role("button", name="Session after").click()
    expect(page).to_have_url(re.compile(rf"as_of={second}$"))


def test_a_session_of_the_past_asks_for_no_other_document_but_its_neighbours(demo_server, open_page):
    page = open_page(f"{demo_server.address}/methods")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{demo_server.address}/p/1?as_of=2022-12-01")
    wait_until_shown(page)
    page.wait_for_load_state("networkidle")
    days = sorted(re.findall(r"/complete\?as_of_date=(\S+)", " ".join(asked)))
    assert days == ["2022-11-30", "2022-12-01", "2022-12-02"]
    assert not [url for url in asked if url.endswith("/complete")]


def test_the_page_stays_while_another_session_is_on_its_way(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1")
    wait_until_shown(page)
    page.wait_for_load_state("networkidle")
    held = []
    page.route(re.compile(r"/complete\?as_of_date=2022-12-27"), lambda route: held.append(route))
    page.get_by_role("button", name="Session before").click()
    expect(page.get_by_role("group", name="Session")).to_contain_text("27 Dec 2022")
    expect(page.locator("[aria-busy=true]").first).to_be_visible()
    expect(card(page, "Volatility").get_by_text("as of 28 Dec 2022")).to_be_visible()
    for route in held:
        route.continue_()
    expect(card(page, "Volatility").get_by_text("as of 27 Dec 2022")).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_the_palette_leads_to_metrics_symbols_and_pages_of_the_same_session(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1?as_of=2022-12-27")
    wait_until_shown(page)

    def go(typed: str, name: str) -> None:
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.keyboard.press("Control+k")
        page.get_by_role("textbox", name="Go to a portfolio, page, symbol or metric").fill(typed)
        page.get_by_role("dialog").get_by_text(name, exact=True).first.click()

    go("stress", "Stress")
    expect(page).to_have_url(re.compile(r"/p/1/stress\?as_of=2022-12-27"))
    go("aapl", "AAPL")
    expect(page).to_have_url(re.compile(r"/p/1/positions\?as_of=2022-12-27&q=AAPL"))
    go("market beta adj", "market_beta_adjusted")
    expect(page).to_have_url(re.compile(r"/methods#market_beta_adjusted"))
    go("balanced", "Balanced investor")
    expect(page).to_have_url(re.compile(r"/p/\d$"))

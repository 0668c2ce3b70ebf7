"""The pages of a portfolio: what they show, how they are reached, and what they say when the API fails."""

import re
import time
from datetime import UTC, datetime

import httpx2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from api.live import live_server
from builders import Book, Lot, fill_store, panel_of
from riskpanel.nightly.setup import initialize
from riskpanel.store.database import open_store

CARDS = {  # the cards in their order, with what their headline looks like
    "Volatility": r"^\d+\.\d\s%$",
    "Market beta": r"^−?\d\.\d\d$",
    "Sectors vs benchmark": r"^[+−]\d+\.\d points$",
    "Concentration": r"^\d+\.\d$",
    "Stress": r"^[+−]\d+\.\d\s%$",
    "Risk contributions": r"^\d+\.\d\s%$",
    "Bad days": r"^\$[\d,.]+k?$",
    "Data health": r"finding|Healthy",
}


def card(page: Page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def test_every_card_has_its_headline_with_unit_its_date_and_an_explanation(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1")
    for name, headline in CARDS.items():
        shown = card(page, name)
        expect(shown.locator(".rp-headline")).to_have_text(re.compile(headline))
        expect(shown.get_by_text("as of 28 Dec 2022", exact=True)).to_be_visible()
        expect(shown.get_by_role("button", name=f"About {name}: ")).to_be_visible()
    titles = page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts()
    assert titles == list(CARDS)


def test_an_explanation_is_reached_by_keyboard_and_leads_to_its_method(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1")
    beta = card(page, "Market beta")
    beta.get_by_role("button", name="About Market beta").focus()
    expect(page.get_by_role("tooltip")).to_contain_text("when the market index moved 1 %")
    beta.get_by_role("link", name="How this is computed").press("Enter")
    expect(page).to_have_url(f"{demo_server.address}/methods#market_beta_weighted")
    expect(page.get_by_role("heading", name="market_beta_weighted").first).to_be_in_viewport()


def test_the_table_behind_a_chart_opens_and_is_kept_as_a_file(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1")
    card(page, "Volatility").get_by_role("button", name="Table").click()
    table = page.get_by_role("dialog", name="Realized volatility")
    expect(table.get_by_role("row", name="28 Dec 2022")).to_contain_text("14.8")
    with page.expect_download() as saved:
        table.get_by_role("button", name="CSV").click()
    assert saved.value.suggested_filename.endswith(".csv")
    page.keyboard.press("Escape")
    expect(table).to_be_hidden()


def test_arrows_go_through_sessions_and_the_address_shows_the_same_when_loaded_again(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1")
    session = page.get_by_role("group", name="Session")
    expect(session).to_contain_text("28 Dec 2022")
    session.get_by_role("button", name="Session before").click()
    expect(page).to_have_url(re.compile(r"as_of=2022-12-27$"))
    expect(session).to_contain_text("27 Dec 2022")
    expect(card(page, "Volatility").get_by_text("as of 27 Dec 2022")).to_be_visible()
    shown = card(page, "Volatility").locator(".rp-headline").inner_text()
    page.reload()
    expect(session).to_contain_text("27 Dec 2022")
    expect(card(page, "Volatility").locator(".rp-headline")).to_have_text(shown)
    page.get_by_role("link", name="Stress", exact=True).click()
    expect(page).to_have_url(re.compile(r"/stress\?as_of=2022-12-27"))
    session.get_by_role("link", name="latest").click()
    expect(session).to_contain_text("28 Dec 2022")


def wait_until_computed(client: httpx2.Client, request_id: int) -> None:
    for _ in range(600):
        status = client.get(f"/api/v1/run-requests/{request_id}").json()["status"]
        if status not in {"queued", "running"}:
            return
        time.sleep(0.05)
    raise AssertionError("no run came to an end")


@pytest.fixture(scope="module")
def small_server(tmp_path_factory):
    """A portfolio of cash alone, and one that holds a symbol with two prices."""
    url = f"sqlite:///{tmp_path_factory.mktemp('small') / 'small.sqlite3'}"
    now = datetime.now(UTC)
    draw = np.random.default_rng(5)
    index = 100 * np.exp(np.cumsum(draw.normal(0, 0.01, 300)))
    fresh = np.where(np.arange(300) >= 298, 50.0, np.nan)
    panel = panel_of({"SPY": index, "NEW": fresh})
    with open_store(url) as store:
        store.create_file()
        initialize(store, now=now)
        fill_store(store, panel, [Book("Cash", cash=1000), Book("Fresh", (Lot("NEW", 10),), 0)], now=now)
    with live_server(url) as server, server.client() as client:
        for portfolio in (1, 2):
            told = client.post("/api/v1/run-requests", json={"portfolio_id": portfolio, "everybody": False})
            assert told.status_code < 300, told.text
            wait_until_computed(client, told.json()["id"])
        yield server


def test_zero_is_a_number_and_what_is_not_known_is_a_dash_with_its_reason(small_server, open_page):
    page = open_page(f"{small_server.address}/p/1")
    strip = page.get_by_role("region", name="Cash on")
    expect(strip).to_contain_text("0.00×")
    expect(strip).to_contain_text("0.0\u202f% of NAV")
    expect(card(page, "Only cash is held")).to_contain_text("There is nothing to measure.")
    page.goto(f"{small_server.address}/p/2")
    headline = card(page, "Market beta").locator(".rp-headline")
    expect(headline).to_have_text("—")
    headline.get_by_role("button", name="Not known: ").focus()
    expect(page.get_by_role("tooltip")).to_contain_text("Not known: ")
    expect(card(page, "Market beta")).to_contain_text("Not known: ")


def test_a_portfolio_without_a_snapshot_says_what_it_needs_and_its_first_lot_leads_to_numbers(
    demo_copy, open_page
):
    with live_server(demo_copy) as server, server.client() as client:
        body = {"name": "New", "market_index": "^GSPC", "positions": []}
        made = client.post("/api/v1/portfolios", json=body).json()["id"]
        page = open_page(f"{server.address}/p/{made}/stress")
        expect(page.get_by_text("No snapshot yet")).to_be_visible()
        page.get_by_role("button", name="Add a lot").click()
        page.get_by_role("textbox", name="Symbol").fill("AAPL")
        page.get_by_role("textbox", name="Quantity").fill("100")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("region", name="New on 28 Dec 2022")).to_contain_text(
            "$12.6k", timeout=60_000
        )
        expect(card(page, "Try a move")).to_be_visible()


def test_numbers_that_are_old_are_called_stale_and_a_session_of_the_past_is_not(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1")
    pill = page.get_by_role("link", name="finding", exact=False).first
    expect(pill).to_have_text(re.compile(r"^! Stale: [\d,]+ sessions · 1 finding$"))
    page.goto(f"{demo_server.address}/p/1?as_of=2022-12-27")
    expect(pill).to_have_text("! 1 finding")


def test_a_session_that_is_not_stored_leads_to_the_newest_one(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1?as_of=1999-01-04")
    expect(page.get_by_role("alert")).to_contain_text("no snapshot")
    page.get_by_role("link", name="Show the newest session").click()
    expect(card(page, "Volatility")).to_be_visible()


@pytest.mark.parametrize("failure", [503, 500, "abort"])
def test_a_failing_api_is_told_with_a_way_to_try_again(demo_server, open_page, failure):
    page = open_page(f"{demo_server.address}/portfolios")
    address = re.compile(r"/data/portfolio/1/complete")

    def fail(route) -> None:
        if failure == "abort":
            route.abort()
        else:
            route.fulfill(status=failure, body="<h1>a proxy speaks</h1>", content_type="text/html")

    page.route(address, fail)
    page.goto(f"{demo_server.address}/p/1")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("does not answer" if failure == "abort" else f"answered {failure}")
    page.unroute(address)
    told.get_by_role("button", name="Try again").click()
    expect(card(page, "Volatility").locator(".rp-headline")).to_be_visible()
    expect(told).to_have_count(0)


def test_the_slider_moves_the_expected_loss_and_the_address_keeps_it(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1/stress")
    headline = card(page, "Try a move").locator(".rp-headline")
    expect(headline).to_contain_text("−$8,370")
    slider = page.get_by_role("slider", name="Move of the market")
    slider.press("ArrowLeft")
    expect(headline).to_contain_text("−$9,207")
    expect(page).to_have_url(re.compile(r"#market=-11$"))
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "-50")
    page.get_by_label("The market moves").fill("0")
    expect(headline).to_have_text("$0")
    page.get_by_label("The market moves").fill("20")
    expect(headline).to_contain_text("+$16.7k")
    page.reload()
    expect(headline).to_contain_text("+$16.7k")


def test_history_keeps_its_range_and_compares_two_sessions(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/3/history")
    page.get_by_role("button", name="The last 3 months").click()
    expect(page).to_have_url(re.compile(r"from=2022-09-28"))
    expect(card(page, "Net asset value")).to_contain_text("28 Sept 2022")
    page.get_by_role("button", name="1 month before").click()
    expect(page).to_have_url(re.compile(r"with=2022-11-28"))
    changed = card(page, "What changed")
    expect(changed).to_contain_text("Between 28 Nov 2022 and 28 Dec 2022")
    page.reload()
    expect(changed).to_contain_text("Between 28 Nov 2022 and 28 Dec 2022")
    expect(page.get_by_role("button", name="The last 3 months")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Compare 28 Dec 2022 with").fill("2022-12-25")
    expect(changed).to_contain_text("No snapshot of 25 Dec 2022 is stored.")


def test_dark_is_kept_and_charts_are_drawn_anew_in_it(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1", color_scheme="light")
    chart = card(page, "Volatility").locator("[data-chart=volatility]")
    expect(chart).to_have_attribute("data-scheme", "light")
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    expect(chart).to_have_attribute("data-scheme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    expect(page.get_by_role("button", name="Light colours")).to_be_visible()


def test_positions_are_sorted_and_filtered_and_the_address_keeps_it(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1/positions?sort=-beta")
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text("AAPL")
    page.get_by_placeholder("Symbol, name or sector").fill("energy")
    expect(page.get_by_role("row").filter(has_text="Energy")).to_have_count(2)
    expect(page.get_by_role("row").filter(has_text="AAPL")).to_have_count(0)


def test_an_address_that_nothing_is_at_says_so(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/99")
    expect(page.get_by_role("alert")).to_contain_text("Not found")
    page.goto(f"{demo_server.address}/p/1/nowhere")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()

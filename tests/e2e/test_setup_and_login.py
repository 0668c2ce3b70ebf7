"""The way in: a set-up link, the first steps, signing in and out, and a session that ends meanwhile."""

import re
import sqlite3
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from api.live import LiveServer, live_server
from e2e.routes import wait_until_shown
from riskpanel.api.accounts.policy import AccountPolicy
from riskpanel.api.accounts.users import invite_user
from riskpanel.nightly.setup import initialize
from riskpanel.store.database import open_store

PASSWORD = "an owl counts to ninety"
ANOTHER = "nobody rows on a Tuesday"


class Place:
    """A server with accounts; Ada administers it, and Bob is a user with a portfolio of his own."""

    def __init__(self, server: LiveServer, path) -> None:
        self.server, self.path, self.address = server, path, server.address

    def end_every_session(self) -> None:
        with sqlite3.connect(self.path, timeout=30) as connection:
            connection.execute("DELETE FROM login_sessions")
        connection.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("accounts") / "accounts.sqlite3"
    now = datetime.now(UTC)
    with open_store(f"sqlite:///{path}") as store:
        store.create_file()
        initialize(store, now=now)
        _, bobs = invite_user(store, "bob", is_admin=False, policy=AccountPolicy(), now=now)
    with live_server(f"sqlite:///{path}", accounts=True) as server:
        adas = server.wait_for(r"/setup#(\S+)")
        for link, name, password in ((adas, "ada", PASSWORD), (bobs, None, ANOTHER)):
            body = {"link": link, "password": password} | ({} if name is None else {"name": name})
            with server.client() as client:
                told = client.post("/api/v1/auth/setup", json=body)
                assert told.status_code == 200, told.text
                csrf = {"X-CSRF-Token": told.json()["csrf_token"]}
                made = {"name": f"Nest egg of {name or 'bob'}", "positions": []}
                told = client.post("/api/v1/portfolios", json=made, headers=csrf)
                assert told.status_code in (200, 201), told.text
        yield Place(server, path)


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_the_set_up_link_leads_to_an_account_and_to_the_first_steps(empty_url, open_page):
    with live_server(empty_url, accounts=True) as server:
        link = server.wait_for(r"(http\S+/setup#\S+)")
        page = open_page(server.address)
        expect(page.get_by_role("heading", name="Set up riskpanel")).to_be_visible()
        page.goto(link)
        page.get_by_label("Your name").fill("ada")
        page.get_by_label("Password", exact=True).fill("too short")
        page.get_by_role("textbox", name="The same again").fill("too shirt")
        page.get_by_role("button", name="Set the password").click()
        expect(page.get_by_text("The two are not the same.")).to_be_visible()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("textbox", name="The same again").fill(PASSWORD)
        page.get_by_role("button", name="Set the password").click()
        expect(page.get_by_role("heading", name="Welcome, ada")).to_be_visible()
        steps = page.get_by_role("list").get_by_role("heading", level=2)
        expect(steps.first).to_have_text("Prices")
        expect(steps).to_have_count(4)
        page.get_by_role("link", name="Import a positions file").click()
        expect(page.get_by_role("heading", name="Import", exact=True)).to_be_visible()
        page.get_by_role("button", name="Account of ada").click()
        page.get_by_role("menuitem", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        again = open_page(link)
        again.get_by_label("Password", exact=True).fill(ANOTHER)
        again.get_by_role("textbox", name="The same again").fill(ANOTHER)
        again.get_by_role("button", name="Set the password").click()
        expect(again.get_by_role("alert")).to_be_visible()


def test_a_wrong_password_is_refused_in_words_and_the_right_one_goes_on(place, open_page):
    page = open_page(f"{place.address}/login")
    sign_in(page, "ada", "not the right password")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("password", re.IGNORECASE))
    expect(page.get_by_label("Name")).to_have_value("ada")
    sign_in(page, "ada", PASSWORD)
    expect(page.get_by_role("heading", name="Portfolios")).to_be_visible()
    expect(page.get_by_text("Nest egg of ada").first).to_be_visible()
    expect(page.get_by_text("Nest egg of bob")).to_have_count(0)


def test_who_asked_for_a_page_gets_it_after_signing_in(place, open_page):
    page = open_page(f"{place.address}/runs")
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fruns$"))
    page.reload()
    sign_in(page, "ada", PASSWORD)
    expect(page).to_have_url(f"{place.address}/runs")
    expect(page.get_by_role("heading", name="Runs", exact=True).first).to_be_visible()


@pytest.mark.parametrize("away", ["//example.org/", "/.//example.org/x", "5"])
def test_an_address_of_another_host_is_no_place_to_go_on_to(place, open_page, away):
    page = open_page(f"{place.address}/login?next={away}")
    sign_in(page, "ada", PASSWORD)
    expect(page).to_have_url(f"{place.address}/portfolios")


def test_signing_out_ends_the_session_also_for_the_way_back(place, open_page):
    page = open_page(f"{place.address}/login")
    sign_in(page, "bob", ANOTHER)
    page.get_by_role("button", name="Account of bob").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{place.address}/portfolios")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Nest egg of bob")).to_have_count(0)


def test_a_session_that_ended_leads_to_the_sign_in_and_back_to_the_page(place, open_page):
    page = open_page(f"{place.address}/login")
    sign_in(page, "bob", ANOTHER)
    expect(page.get_by_role("heading", name="Portfolios")).to_be_visible()
    load_all(page)
    place.end_every_session()
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fruns$"))
    sign_in(page, "bob", ANOTHER)
    expect(page).to_have_url(f"{place.address}/runs")
    expect(page.get_by_role("alert")).to_have_count(0)


def load_all(page: Page) -> None:
    """Load the page anew, with all its answers: one still under way would lead to the sign-in by itself."""
    page.reload(wait_until="networkidle")
    wait_until_shown(page)


def look_again(page: Page) -> None:
    """Come back to the window, where old answers are asked for again."""
    page.clock.fast_forward("02:00")
    page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize("path", ["/portfolios", "/account"])
def test_a_session_that_ends_while_a_page_is_open_is_left(place, open_page, path):
    page = open_page(f"{place.address}/login?next={path}")
    page.clock.install()
    sign_in(page, "bob", ANOTHER)
    expect(page).to_have_url(f"{place.address}{path}")
    page.get_by_role("button", name="Account of bob").wait_for()
    page.wait_for_load_state("networkidle")
    place.end_every_session()
    look_again(page)
    expect(page).to_have_url(re.compile(rf"/login\?next=%2F{path[1:]}$"))
    expect(page.get_by_text("Nest egg of bob")).to_have_count(0)
    sign_in(page, "bob", ANOTHER)
    expect(page).to_have_url(f"{place.address}{path}")


def test_a_session_that_ends_while_a_dialog_is_open_is_left_when_it_is_sent(place, open_page):
    page = open_page(f"{place.address}/login")
    sign_in(page, "bob", ANOTHER)
    expect(page.get_by_role("heading", name="Portfolios")).to_be_visible()
    load_all(page)
    with page.expect_response("**/api/v1/benchmarks*"):
        page.get_by_role("button", name="New portfolio").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Second nest")
    place.end_every_session()
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fportfolios$"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_signing_out_of_a_session_that_has_ended_leads_to_the_sign_in_too(place, open_page):
    page = open_page(f"{place.address}/login")
    sign_in(page, "bob", ANOTHER)
    expect(page.get_by_role("heading", name="Portfolios")).to_be_visible()
    load_all(page)
    page.get_by_role("button", name="Account of bob").click()
    place.end_every_session()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_signs_in_in_another_tab_sees_nothing_of_who_was_here_before(place, open_page):
    first = open_page(f"{place.address}/login")
    first.clock.install()
    sign_in(first, "ada", PASSWORD)
    expect(first.get_by_text("Nest egg of ada").first).to_be_visible()
    second = open_page(f"{place.address}/runs", context=first.context)
    second.get_by_role("button", name="Account of ada").click()
    second.get_by_role("menuitem", name="Sign out").click()
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(second, "bob", ANOTHER)
    expect(second.get_by_role("button", name="Account of bob")).to_be_visible()
    look_again(first)
    expect(first.get_by_role("button", name="Account of bob")).to_be_visible()
    expect(first.get_by_text("Nest egg of bob").first).to_be_visible()
    expect(first.get_by_text("Nest egg of ada")).to_have_count(0)


def test_a_change_with_the_token_of_an_older_sign_in_is_sent_once_more(place, open_page):
    first = open_page(f"{place.address}/login")
    sign_in(first, "bob", ANOTHER)
    first.get_by_role("button", name="New portfolio").click()
    second = open_page(f"{place.address}/runs", context=first.context)
    second.get_by_role("button", name="Account of bob").click()
    second.get_by_role("menuitem", name="Sign out").click()
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(second, "bob", ANOTHER)
    expect(second.get_by_role("button", name="Account of bob")).to_be_visible()
    first.get_by_role("dialog").get_by_label("Name").fill("Third nest")
    first.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(first.get_by_role("region", name="Done")).to_contain_text("“Third nest” is created.")


@pytest.mark.parametrize("width", [1440, 768, 360])
def test_the_account_page_is_one_column_that_fits(place, open_page, width):
    page = open_page(f"{place.address}/login?next=/account", width=width)
    sign_in(page, "ada", PASSWORD)
    expect(page.get_by_role("button", name="Make a token")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    left = "[...document.querySelectorAll('{}')].map((e) => e.offsetLeft)"
    cards, forms = (page.evaluate(left.format(f".rp-account {what}")) for what in ("> section", "form"))
    assert len(cards) == 4
    assert len(set(cards)) == len(set(forms)) == 1
    assert forms[0] - cards[0] < 40


def test_another_users_portfolio_is_not_there(place, open_page):
    page = open_page(f"{place.address}/login")
    sign_in(page, "bob", ANOTHER)
    expect(page.get_by_text("Nest egg of bob").first).to_be_visible()
    page.goto(f"{place.address}/p/1")
    expect(page.get_by_role("alert")).to_contain_text("Not found")
    expect(page.get_by_text("Nest egg of ada")).to_have_count(0)

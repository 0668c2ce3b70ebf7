"""A portfolio is created, changed and removed in the page, and what the API refuses stands at its field."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from api.live import LiveServer, live_server
from e2e.test_axe import sideways, violations

FIRST = "Balanced investor"
LOOKS = [(1280, "light"), (360, "dark")]


def names(server: LiveServer) -> set[str]:
    return {one["name"] for one in server.get("/api/v1/portfolios").json()["items"]}


def nav(server: LiveServer, portfolio_id: int) -> float:
    items = server.get("/api/v1/portfolios").json()["items"]
    return next(one["net_asset_value"] for one in items if one["id"] == portfolio_id)


def ask(page: Page, action: str, name: str) -> Locator:
    """Choose an action of a portfolio; return the dialog that it opens."""
    page.get_by_role("button", name=f"Change or remove {name}", exact=True).click()
    page.get_by_role("menuitem", name=action, exact=True).click()
    expect(page.get_by_role("menu")).to_have_count(0)
    return page.get_by_role("dialog")


def fault_of(field: Locator) -> str:
    """What is said to be wrong with a field, as a screen reader has it."""
    expect(field).to_have_attribute("aria-invalid", "true")
    told = "(field) => field.getAttribute('aria-describedby').split(' ')"
    told += ".map((id) => document.getElementById(id)?.textContent ?? '').join(' ')"
    return field.evaluate(told)


def test_what_is_refused_of_a_new_portfolio_stands_at_its_field(demo_copy, open_page):
    with live_server(demo_copy) as server:
        page = open_page(f"{server.address}/portfolios")
        page.get_by_role("button", name="New portfolio").click()
        dialog = page.get_by_role("dialog", name="New portfolio")
        name, cash = dialog.get_by_label("Name"), dialog.get_by_label("Cash")
        name.fill(FIRST)
        cash.fill("much")
        dialog.get_by_role("button", name="Create").click()
        assert "not a number" in fault_of(cash)
        cash.fill("1000.00001")
        dialog.get_by_role("button", name="Create").click()
        expect(dialog.get_by_text("more than 4 decimals")).to_be_visible()
        assert "more than 4 decimals" in fault_of(cash)
        cash.fill("1000.0001")
        dialog.get_by_role("button", name="Create").click()
        expect(dialog.get_by_text(f"you have a portfolio of that name: {FIRST}")).to_be_visible()
        assert "choose another name" in fault_of(name)
        expect(cash).not_to_have_attribute("aria-invalid", "true")
        assert len(names(server)) == 3
        name.fill("Nest egg")
        name.press("Enter")
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("region", name="Done")).to_contain_text("“Nest egg” is created.")
        expect(page.get_by_role("row", name="Nest egg")).to_contain_text("No snapshot yet")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_change_of_cash_is_computed_and_the_nav_follows(demo_copy, open_page, width):
    with live_server(demo_copy) as server:
        before = nav(server, 1)
        page = open_page(f"{server.address}/portfolios", width=width)
        dialog = ask(page, "Change", FIRST)
        cash, save = dialog.get_by_label("Cash"), dialog.get_by_role("button", name="Save")
        expect(dialog.get_by_label("Name")).to_have_value(FIRST)
        stored = server.get("/api/v1/portfolios/1").json()["cash_balance"]
        expect(cash).to_have_value(re.compile(rf"^{stored:g}$"))
        expect(save).to_be_disabled()
        cash.fill("")
        save.click()
        assert "is needed" in fault_of(cash)
        cash.fill(f"{stored + 250_000:.2f}")
        with page.expect_request(lambda request: request.method == "PATCH") as sent:
            save.click()
        assert sent.value.post_data_json == {"cash_balance": f"{stored + 250_000:.2f}"}
        run = page.get_by_role("region", name="The run that follows")
        expect(run).to_contain_text(f"“{FIRST}” is changed.")
        expect(run).to_contain_text("The numbers are up to date.", timeout=60_000)
        assert nav(server, 1) == pytest.approx(before + 250_000)
        shown = f"${(before + 250_000) / 1e3:.1f}k"
        row = page.get_by_role("row" if width > 1100 else "listitem").filter(has_text=FIRST)
        expect(row).to_contain_text(shown)


def test_a_portfolio_is_renamed_by_keyboard_and_no_number_changes(demo_copy, open_page):
    with live_server(demo_copy) as server:
        page = open_page(f"{server.address}/portfolios")
        menu = page.get_by_role("button", name=f"Change or remove {FIRST}")
        menu.focus()
        menu.press("Enter")
        expect(page.get_by_role("menuitem", name="Change")).to_be_focused()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Change the portfolio")
        expect(dialog.get_by_label("Name")).to_be_focused()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(menu).to_be_focused()
        menu.press("Enter")
        page.get_by_role("menuitem", name="Change").press("Enter")
        dialog.get_by_label("Name").fill("Calm waters")
        page.keyboard.press("Enter")
        told = page.get_by_role("region", name="Done")
        expect(told).to_contain_text("“Calm waters” is changed. No number changes by it.")
        expect(page.get_by_role("link", name="Calm waters", exact=True)).to_be_visible()
        expect(page.get_by_text(FIRST, exact=True)).to_have_count(0)
        told.get_by_role("button", name="Close this notice").click()
        expect(told).to_have_count(0)


def test_a_portfolio_is_removed_once_its_name_is_typed(demo_copy, open_page):
    with live_server(demo_copy) as server:
        page = open_page(f"{server.address}/portfolios")
        dialog = ask(page, "Remove", FIRST)
        expect(dialog).to_contain_text("This cannot be undone.")
        with page.expect_download() as saved:
            dialog.get_by_role("link", name="save its positions as CSV").click()
        assert saved.value.suggested_filename.startswith("positions-1")
        name, remove = dialog.get_by_label("Its name"), dialog.get_by_role("button", name="Remove")
        name.fill(FIRST.lower())
        name.press("Enter")
        expect(remove).to_be_disabled()
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_have_count(0)
        assert FIRST in names(server)
        dialog = ask(page, "Remove", FIRST)
        expect(name).to_have_value("")
        name.fill(FIRST)
        remove.click()
        told = page.get_by_role("region", name="Done")
        expect(told).to_contain_text(f"“{FIRST}” is removed.")
        expect(dialog).to_have_count(0)
        expect(page.locator(":focus").get_by_role("region", name="Done")).to_be_visible()
        expect(page.get_by_role("row", name=FIRST)).to_have_count(0)
        assert FIRST not in names(server)
        page.reload()
        expect(page.get_by_text("2 portfolios")).to_be_visible()
        page.goto(f"{server.address}/p/1")
        expect(page.get_by_role("alert")).to_contain_text("Not found")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing_in_the_dialogs_and_they_fit(demo_server, open_page, width, scheme):
    still = {"color_scheme": scheme, "reduced_motion": "reduce"}  # what fades in has no contrast yet
    page = open_page(f"{demo_server.address}/portfolios", width=width, **still)
    found = {}
    for action, label in (("Change", "Name"), ("Remove", "Its name")):
        dialog = ask(page, action, FIRST)
        expect(dialog.get_by_label(label)).to_be_focused()
        found[action] = violations(page) + [told for told in [sideways(page)] if told]
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    page.get_by_role("button", name=f"Change or remove {FIRST}").click()
    expect(page.get_by_role("menu")).to_be_visible()
    found["menu"] = [told for told in violations(page) if not told.startswith("region at ")]  # it floats
    assert {name: told for name, told in found.items() if told} == {}

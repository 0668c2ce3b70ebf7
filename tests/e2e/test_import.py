"""From a file with faults to numbers on the overview."""

from playwright.sync_api import Page, expect

from api.live import live_server

BAD = "symbol,quantity,portfolio,entry_date\nAAPL,many,Nest egg,2022-01-03\nMSFT,45,Nest egg,3 January\n"
GOOD = "symbol,quantity,portfolio,entry_date\nAAPL,120,Nest egg,2022-01-03\nMSFT,45,Nest egg,\n"


def drop(page: Page, content: str, name: str = "positions.csv") -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.locator("input[type=file]").set_input_files(file)


def test_a_file_with_faults_is_mended_and_imported_and_its_run_leads_to_numbers(demo_copy, open_page):
    with live_server(demo_copy) as server:
        page = open_page(f"{server.address}/import")
        drop(page, BAD)
        bad = page.get_by_role("region", name="Bad rows")
        expect(bad.get_by_role("row").filter(has_text="quantity")).to_contain_text("2")
        expect(bad.get_by_role("row").filter(has_text="entry_date")).to_contain_text("3")
        expect(page.get_by_role("heading", name="nothing can be imported yet")).to_be_visible()
        expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Bad rows as CSV").click()
        assert saved.value.suggested_filename == "bad-rows-positions.csv"
        drop(page, GOOD)
        expect(bad).to_have_count(0)
        page.get_by_label("Market index").fill("^GSPC")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_role("row", name="Nest egg")).to_be_visible()
        page.get_by_role("button", name="Import", exact=True).click()
        run = page.get_by_role("region", name="The run that follows")
        expect(run).to_contain_text("The numbers are up to date.", timeout=60_000)
        page.get_by_role("link", name="Nest egg").click()
        beta = page.get_by_role("region", name="Market beta")
        expect(beta.locator(".rp-headline")).to_have_text("1.35")
        expect(page.get_by_role("region", name="Nest egg on 28 Dec 2022")).to_contain_text("all long")
        page.goto(f"{server.address}/import")
        drop(page, GOOD)
        expect(page.get_by_text("There is nothing to import: all of it is stored already.")).to_be_visible()


def test_a_file_without_portfolios_asks_for_one_and_changes_nothing_before_it_is_told(demo_copy, open_page):
    with live_server(demo_copy) as server:
        page = open_page(f"{server.address}/import")
        drop(page, "symbol,quantity\nKO,10\n")
        expect(page.get_by_role("button", name="Preview")).to_be_disabled()
        page.locator(".mantine-Autocomplete-root").get_by_label("Portfolio").fill("Kitchen")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_role("row", name="Kitchen")).to_be_visible()
        assert len(server.get("/api/v1/portfolios").json()["items"]) == 3


def test_a_file_of_another_kind_is_refused_before_it_is_sent(demo_server, open_page):
    page = open_page(f"{demo_server.address}/import")
    drop(page, "hello", name="holiday.jpg")
    expect(page.get_by_role("alert")).to_contain_text("this one is called holiday.jpg")

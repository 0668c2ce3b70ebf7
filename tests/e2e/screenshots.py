"""Pictures of every route, to be looked at: ``PYTHONPATH=tests python -m e2e.screenshots [FOLDER]``."""

import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from api.live import LiveServer, live_server
from e2e.browsers import launch
from e2e.routes import ROUTES, wait_until_shown
from e2e.test_import import BAD
from riskpanel.nightly.setup import initialize
from riskpanel.store.database import open_store

LOOKS = {"light": ("light", 1440), "dark": ("dark", 1440), "narrow": ("light", 360)}


def main(folder: Path) -> None:
    """Write a picture of every route, light, dark and narrow."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = launch(playwright)
        with live_server(f"sqlite:///{place}/demo.sqlite3", "--demo") as server:
            _picture_all(browser, server.address, ROUTES, folder)
            _picture_states(browser, server, folder)
        url = f"sqlite:///{place}/accounts.sqlite3"
        with open_store(url) as store:
            store.create_file()
            initialize(store, now=datetime.now(UTC))
        with live_server(url, accounts=True) as server:
            secret = server.wait_for(r"/setup#(\S+)")
            _picture_all(browser, server.address, {"setup": f"/setup#{secret}"}, folder)
            body = {"link": secret, "name": "ada", "password": "an owl counts to ninety"}
            with server.client() as client:
                client.post("/api/v1/auth/setup", json=body).raise_for_status()
                cookies = [
                    {"name": one.name, "value": one.value, "url": server.address}
                    for one in client.cookies.jar
                ]
            _picture_all(browser, server.address, {"no-portfolios": "/portfolios"}, folder, cookies)
            _picture_all(browser, server.address, {"login": "/login"}, folder)
        browser.close()


def _picture_states(browser: Browser, server: LiveServer, folder: Path) -> None:
    """What a page shows where something is missing or wrong, and on a very wide screen."""
    with server.client() as client:
        body = {"name": "New", "market_index": "^GSPC", "positions": []}
        made = client.post("/api/v1/portfolios", json=body).raise_for_status().json()["id"]
    _picture_all(browser, server.address, {"no-snapshot": f"/p/{made}"}, folder)
    _picture_all(browser, server.address, {"error": "/p/99"}, folder)
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server.address}/import")
    file = {"name": "positions.csv", "mimeType": "text/csv", "buffer": BAD.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("region", name="Bad rows").wait_for()
    page.screenshot(path=folder / "import-bad-rows.png", full_page=True)
    page.set_viewport_size({"width": 2560, "height": 1300})
    page.goto(f"{server.address}/p/1")
    wait_until_shown(page)
    page.screenshot(path=folder / "overview-2560.png")
    page.close()


def _picture_all(
    browser: Browser, address: str, routes: dict[str, str], folder: Path, cookies: Sequence = ()
) -> None:
    for look, (scheme, width) in LOOKS.items():
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        context.add_cookies(cookies)
        for name, path in routes.items():
            page = context.new_page()
            page.goto(address + path)
            wait_until_shown(page)
            page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
            page.close()
        context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))

"""A real browser on a real server."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from api.live import LiveServer, live_server

PAGE = Path(__file__).parents[2] / "src" / "riskpanel" / "api" / "page" / "index.html"
# As root Chromium has no sandbox; the rest keeps it from asking the network for anything.
ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; each test has a context of its own."""
    assert PAGE.is_file(), "the page is not built: make web"
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        launched = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages whose errors fail the test: ``open_page(address, width=..., color_scheme=...)``."""
    faults: list[str] = []
    contexts = []

    def opened(address: str, *, width: int = 1280, height: int = 900, context=None, **options) -> Page:
        own = context or browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(own)
        page = own.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for own in set(contexts):
        own.close()
    assert faults == []


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The demo, served without accounts; tests read it and leave it as it is."""
    url = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.sqlite3'}"
    with live_server(url, "--demo") as server:
        yield server

"""A real browser on a real server."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from api.live import LiveServer, live_server
from e2e.browsers import launch
from riskpanel.nightly.setup import initialize
from riskpanel.store.database import open_store

PAGE = Path(__file__).parents[2] / "src" / "riskpanel" / "api" / "page" / "index.html"
expect.set_options(timeout=20_000)  # of a busy machine; who waits less sees faults that are none


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; each test has a context of its own."""
    assert PAGE.is_file(), "the page is not built: make web"
    with sync_playwright() as playwright:
        launched = launch(playwright)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages whose errors fail the test: ``open_page(address, width=..., color_scheme=...)``."""
    faults: list[str] = []
    contexts: set[BrowserContext] = set()

    def opened(address: str, *, width: int = 1280, height: int = 900, context=None, **options) -> Page:
        own = context or browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.add(own)
        page = own.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for own in contexts:
        own.close()
    assert faults == []


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's database, computed by the first worker that needs it; whoever changes it takes a copy."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo.sqlite3"  # noqa: TID251
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            _compute_demo(tmp_path_factory.mktemp("demo") / "demo.sqlite3").rename(shared)
    return Path(shutil.copy(shared, tmp_path_factory.mktemp("demo")))


def _compute_demo(path: Path) -> Path:
    with live_server(f"sqlite:///{path}", "--demo") as server:
        assert server.get("/api/v1/auth/session").status_code == 200
        server.interrupt()  # so that it leaves no second file
    return path


@pytest.fixture(scope="session")
def demo_server(demo_file: Path) -> Iterator[LiveServer]:
    """The demo, served without accounts; tests read it and leave it as it is."""
    with live_server(f"sqlite:///{demo_file}") as server:
        yield server


@pytest.fixture
def demo_copy(demo_file: Path, tmp_path: Path) -> str:
    """URL of a copy of the demo that a test may change."""
    return f"sqlite:///{shutil.copy(demo_file, tmp_path / 'copy.sqlite3')}"


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """URL of a database that is ready and holds nothing."""
    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    with open_store(url) as store:
        store.create_file()
        initialize(store, now=datetime.now(UTC))
    return url

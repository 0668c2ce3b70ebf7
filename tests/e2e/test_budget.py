"""What the page may load at once, where it loads its charts, and that nothing moves meanwhile."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from api.live import LiveServer
from e2e.conftest import PAGE
from e2e.routes import wait_until_shown

MOST_AT_ONCE = 250_000  # bytes of scripts, gzipped, before anything is shown
CHARTS = re.compile(r"/assets/echarts-[\w-]+\.js$")
SHIFTED = """() => new Promise((done) => {
  let shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(shifted), 500);
})"""


def scripts_at_once(document: Path = PAGE) -> list[Path]:
    """The scripts that a document loads at once: its entry, and what it preloads."""
    tags = re.findall(r"<(?:script|link)\b[^>]*>", document.read_text(encoding="utf-8"))
    found = [re.search(r'(?:src|href)="/(assets/[^"]+\.js)"', tag) for tag in tags]
    return [document.parent / one[1] for one in found if one]


def packed_bytes(scripts: list[Path]) -> int:
    """Size of scripts as they are sent."""
    return sum(len(gzip.compress(script.read_bytes(), 9)) for script in scripts)


def test_the_scripts_that_the_document_loads_at_once_are_small() -> None:
    scripts = scripts_at_once()
    assert scripts, "the document loads no script"
    assert packed_bytes(scripts) <= MOST_AT_ONCE


def test_charts_are_loaded_where_a_page_has_some(
    demo_server: LiveServer, open_page: Callable[..., Page]
) -> None:
    assert not [script for script in scripts_at_once() if CHARTS.search(str(script))]
    page = open_page(f"{demo_server.address}/portfolios")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    wait_until_shown(page)
    page.wait_for_load_state("networkidle")
    assert asked
    assert not [url for url in asked if CHARTS.search(url)]
    page.goto(f"{demo_server.address}/p/1")
    expect(page.locator("[data-chart] svg").first).to_be_attached()
    assert [url for url in asked if CHARTS.search(url)]


def test_nothing_of_the_overview_moves_while_it_loads(
    demo_server: LiveServer, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{demo_server.address}/p/1")
    wait_until_shown(page)
    assert page.evaluate(SHIFTED) < 0.01

"""How soon the page is there: `make vitals` measures it in a real browser, writes docs/evidence/page.md."""

import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.page.tables import Goal, goal_table, goals_of, shift_lines, visit_table
from benchmarks.page.visits import QUIET, VIEWPORT, Visit, act, visit
from benchmarks.page.world import HELD, OTHERS, STORED, build_world
from playwright.sync_api import Browser, sync_playwright

from api.live import live_server
from e2e.browsers import launch
from e2e.test_budget import MOST_AT_ONCE, packed_bytes, scripts_at_once

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "page.md"
TEMPLATE = Path(__file__).with_name("template.md")
RUNS, SLOWER = 5, 4.0
ROUTES = {
    "portfolios": "/portfolios",
    "overview": "/p/{}",
    "positions": "/p/{}/positions",
    "history": "/p/{}/history",
    "stress": "/p/{}/stress",
    "correlation": "/p/{}/correlation",
}
SLOWED = f"overview, {SLOWER:.0f} times slower"
STARTED = "overview, just started"

Visits = dict[str, list[Visit]]
Acts = dict[str, list[float]]


def main() -> None:
    """Measure, write the page, print it; end with 1 where a goal is missed."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="riskpanel-page-") as folder, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/page.sqlite3"
        portfolio = build_world(url)
        browser = launch(playwright)
        visits, acted = _measure(browser, url, portfolio)
        chromium = browser.version
        browser.close()
    every = [one for of in visits.values() for one in of]
    at_once = packed_bytes(scripts_at_once())
    goals = goals_of(at_once, MOST_AT_ONCE, visits["overview"], acted["overview"], every)
    loads = (before, os.getloadavg()[0])
    words = _words(goals, visits, acted, chromium=chromium, loads=loads)
    PAGE.write_text(words, encoding="utf-8")
    print(words)
    sys.exit(0 if all(goal.met for goal in goals) else 1)


def _measure(browser: Browser, url: str, portfolio: int) -> tuple[Visits, Acts]:
    """Visit every page in turn, so that what slows the machine for a while slows each of them."""
    routes = {name: path.format(portfolio) for name, path in ROUTES.items()}
    visits: Visits = {name: [] for name in (*routes, SLOWED, STARTED)}
    acted: Acts = {"overview": [], SLOWED: []}
    with live_server(url) as server:
        for path in routes.values():
            visit(browser, server.address + path)  # uncounted: the server has read and packed its files
        overview = server.address + routes["overview"]
        for _ in range(RUNS):
            for name, path in routes.items():
                visits[name].append(visit(browser, server.address + path))
            visits[SLOWED].append(visit(browser, overview, slower=SLOWER))
            acted["overview"].append(act(browser, overview))
            acted[SLOWED].append(act(browser, overview, slower=SLOWER))
    for _ in range(RUNS):
        with live_server(url) as server:
            visits[STARTED].append(visit(browser, server.address + routes["overview"]))
    return visits, acted


def _words(
    goals: Sequence[Goal],
    visits: Mapping[str, Sequence[Visit]],
    acted: Mapping[str, Sequence[float]],
    *,
    chromium: str,
    loads: tuple[float, float],
) -> str:
    width, height = VIEWPORT
    return TEMPLATE.read_text(encoding="utf-8").format(
        held=HELD,
        stored=STORED,
        others=OTHERS,
        cores=os.cpu_count(),
        runs=RUNS,
        width=width,
        height=height,
        date=datetime.now(UTC).date(),
        chromium=chromium,
        playwright=version("playwright"),
        python=platform.python_version(),
        before=f"{loads[0]:.1f}",
        after=f"{loads[1]:.1f}",
        quiet=f"{QUIET / 1e3:.0f}",
        slower=f"{SLOWER:.0f}",
        goals=goal_table(goals),
        visits=visit_table(visits, acted),
        shifts=shift_lines(visits),
    )


if __name__ == "__main__":
    main()

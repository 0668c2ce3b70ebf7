"""Visits of a browser that has nothing of the page yet, and what each of them measured."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

OBSERVER = Path(__file__).with_name("observer.js")
QUIET = 1_000  # milliseconds without a long task, until which a visit is watched
VIEWPORT = (1280, 900)
SWITCH = ("Difference", "difference")  # of the sectors: its name, and the word that it writes into the legend


@dataclass(frozen=True)
class Visit:
    """One load: milliseconds since the navigation began, layout shift, bytes of scripts, requests."""

    paint: float
    largest: float
    interactive: float
    blocked: float
    shifted: float
    moved: list[str]
    scripts: int
    requests: int


def visit(browser: Browser, address: str, *, slower: float = 1.0) -> Visit:
    """Load an address with an empty cache and watch it until it has been quiet."""
    with _opened(browser, address, slower) as page:
        return Visit(**page.evaluate("(quiet) => vitalsAfter(quiet)", QUIET))


def act(browser: Browser, address: str, *, slower: float = 1.0) -> float:
    """Load an overview, click a switch as soon as it is there; milliseconds until it has taken effect."""
    name, word = SWITCH
    with _opened(browser, address, slower) as page:
        place = page.wait_for_function("(name) => vitalsPlaceOf(name)", arg=name, polling="raf").json_value()
        page.mouse.click(place["x"], place["y"])
        return page.wait_for_function("(word) => vitalsOnce(word)", arg=word, polling="raf").json_value()


@contextmanager
def _opened(browser: Browser, address: str, slower: float) -> Generator[Page]:
    width, height = VIEWPORT
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_init_script(path=OBSERVER)
    page = context.new_page()
    if slower != 1.0:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(address, wait_until="commit")
    try:
        yield page
    finally:
        context.close()

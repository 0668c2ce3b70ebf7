"""Every route of the page, by a name, as the demo has it."""

from playwright.sync_api import Page, expect

OPEN = {"login": "/login", "setup": "/setup"}  # for who is not signed in
ROUTES = {
    "portfolios": "/portfolios",
    "overview": "/p/1",
    "positions": "/p/1/positions",
    "lots": "/p/1/positions?tab=lots",
    "history": "/p/1/history",
    "stress": "/p/1/stress",
    "correlation": "/p/1/correlation",
    "import": "/import",
    "runs": "/runs",
    "health": "/health",
    "account": "/account",
    "methods": "/methods",
}


def wait_until_shown(page: Page) -> None:
    """Wait until a page has its title, nothing is loading and every chart is drawn."""
    expect(page.locator("h1").first).to_be_attached(timeout=30_000)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=30_000)
    page.wait_for_function(
        """() => [...document.querySelectorAll('[data-chart]')].every((place) => place.querySelector('svg'))
        && document.fonts.status === 'loaded'""",
        timeout=30_000,
    )

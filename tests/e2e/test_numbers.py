"""Numbers in the page: in the languages of readers, where little is known, and where nothing is."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

SPACE = "\u202f"
LABELS = "svg text"


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def changing(page: Page, change: Callable[[dict[str, Any]], None]) -> None:
    """Let the page see a document that is changed on its way."""

    def answer(route: Route) -> None:
        response = route.fetch()
        document = response.json()
        change(document)
        route.fulfill(status=200, body=json.dumps(document), content_type="application/json")

    page.route(re.compile(r"/data/portfolio/\d+/complete"), answer)


@pytest.fixture
def changed_page(demo_server, open_page):
    """Open a page of a portfolio with other values in its snapshot: ``changed_page("/p/1", hhi=None)``."""

    def opened(path: str, *, whole: Callable[[dict[str, Any]], None] | None = None, **columns: Any) -> Page:
        def change(document: dict[str, Any]) -> None:
            document["snapshot"] |= columns
            if whole is not None:
                whole(document)

        page = open_page(f"{demo_server.address}/methods")
        changing(page, change)
        page.goto(demo_server.address + path)
        return page

    return opened


@pytest.mark.parametrize(
    ("locale", "nav", "day", "beta"),
    [
        ("de-DE", "122,4k\u00a0$", "−0,8", "0,68"),
        ("fr-FR", "122,4k\u00a0$", "−0,8", "0,68"),
        ("ar-EG", "122.4k\u00a0US$", "−0.8", "0.68"),
        ("hi-IN", "$122.4k", "−0.8", "0.68"),
    ],
)
def test_a_loss_has_its_minus_and_a_unit_its_place_in_every_language(
    demo_server, open_page, locale, nav, day, beta
):
    page = open_page(f"{demo_server.address}/portfolios", locale=locale)
    line = page.get_by_role("row").filter(has_text="Balanced investor")
    expect(line).to_contain_text(nav)
    expect(line).to_contain_text(f"{day}{SPACE}%")
    page.goto(f"{demo_server.address}/p/1")
    expect(card(page, "Market beta").locator(".rp-headline")).to_have_text(beta)
    expect(page.get_by_role("region", name="Balanced investor on")).to_contain_text(nav)


def test_the_full_amount_is_there_for_the_pointer_and_the_keyboard(demo_server, open_page):
    page = open_page(f"{demo_server.address}/p/1")
    short = card(page, "Stress").get_by_role("button", name="−$33,365").first
    short.focus()
    expect(page.get_by_role("tooltip")).to_have_text("−$33,365")
    page.goto(f"{demo_server.address}/portfolios")
    page.get_by_role("button", name="$122,374").hover()
    expect(page.get_by_role("tooltip")).to_have_text("$122,374")


def test_a_number_of_part_of_the_portfolio_has_no_level_and_says_of_which_part(changed_page):
    page = changed_page(
        "/p/1",
        market_beta_weighted=0.28,
        market_beta_coverage=0.3,
        volatility_coverage=0.58,
        structure_coverage=0.58,
        tail_coverage=0.58,
    )
    beta = card(page, "Market beta")
    expect(beta).to_contain_text(f"The 30{SPACE}% of this portfolio that has a beta moves the whole about")
    expect(beta).to_contain_text(f"covers 30{SPACE}%")
    expect(beta.locator(".rp-level")).to_have_count(0)
    part = f"Measured from the 58{SPACE}% of exposure with real returns"
    for name in ("Volatility", "Risk contributions", "Bad days"):
        expect(card(page, name)).to_contain_text(part)
    expect(card(page, "Volatility").locator(".rp-level")).to_have_count(0)


def test_a_value_at_risk_that_is_a_gain_reads_as_one(changed_page):
    page = changed_page(
        "/p/1",
        value_at_risk_95=-0.004,
        value_at_risk_95_amount=-500,
        expected_shortfall_95=0.002,
        expected_shortfall_95_amount=250,
    )
    expect(card(page, "Bad days").locator(".rp-sentence")).to_have_text(
        f"On 19 days in 20, expect a gain of more than $500 (0.4{SPACE}%); "
        f"on the other, a loss of about $250 (0.2{SPACE}%)."
    )
    dot, track = (
        card(page, "Bad days").locator(place).bounding_box() for place in (".rp-scale-dot", ".rp-scale-track")
    )
    zero = card(page, "Bad days").get_by_text("0", exact=True).bounding_box()
    assert track
    assert dot
    assert zero
    assert track["x"] < dot["x"] < zero["x"]


def test_what_is_null_is_never_0_and_has_its_reason(changed_page):
    unknown = (
        *("volatility_observations", "volatility_percentile", "realized_volatility_63d", "hhi"),
        *("market_beta_direct_observations", "market_beta_adjusted", "tail_observations", "tracking_error"),
        *("top_3_concentration", "top_10_concentration", "effective_num_positions", "average_correlation"),
        "structure_observations",
    )

    def whole(document: dict[str, Any]) -> None:
        document["data_quality"]["missing"] |= dict.fromkeys(unknown, "short_history")

    page = changed_page("/p/1", whole=whole, **dict.fromkeys(unknown))
    reason = "Not known: not enough sessions of prices yet."
    for name, dashes in (("Volatility", 2), ("Market beta", 1), ("Concentration", 1), ("Bad days", 1)):
        expect(card(page, name).get_by_role("button", name=reason)).to_have_count(dashes)
    main = page.get_by_role("main")
    expect(main).not_to_contain_text(re.compile(r"(^|[^\d.,])0 (sessions|returns)"))
    expect(main).not_to_contain_text("()")
    page.goto(page.url.replace("/p/1", "/p/1/correlation"))
    headline = card(page, "Correlation").locator(".rp-headline")
    expect(headline.get_by_role("button", name=reason)).to_be_visible()


def test_cash_alone_is_one_state(changed_page):
    page = changed_page("/p/1", positions_count=0, hhi=None)
    expect(card(page, "Only cash is held")).to_contain_text("There is nothing to measure.")
    expect(page.get_by_role("main").get_by_role("heading", level=2)).to_have_count(2)


def test_the_worst_scenario_is_told_and_sectors_that_are_not_held_are_not_counted(changed_page):
    def whole(document: dict[str, Any]) -> None:
        kept = [one for one in document["stress"] if one["kind"] in {"sector", "replay"}]
        own = {
            **kept[0],
            "scenario": "rates_up_50",
            "kind": "user",
            "shock": None,
            "pnl": -90000,
            "pnl_pct": -0.7,
        }
        document["stress"] = [*kept, own | {"coverage": 0.5}]

    page = changed_page("/p/1", whole=whole)
    stress = card(page, "Stress")
    expect(stress).to_contain_text("rates_up_50 would cost about $90,000")
    expect(stress).to_contain_text(f"That is the 50{SPACE}% of exposure whose move is known")
    expect(stress).to_contain_text(f"covers 50{SPACE}%")
    expect(stress).to_contain_text("4 sectors not held")
    expect(stress.get_by_role("row").filter(has_text="Utilities")).to_have_count(0)


def test_findings_are_counted_by_their_cause(changed_page):
    def whole(document: dict[str, Any]) -> None:
        lacking = ("max_drawdown", "tracking_error", "value_at_risk_95", "realized_volatility_63d", "hhi")
        document["data_quality"] |= {
            "findings": [
                {"metric": metric, "kind": "missing", "reason": "short_history", "symbols": []}
                for metric in lacking
            ],
            "findings_count": 1,
        }

    page = changed_page("/p/1", whole=whole)
    health = card(page, "Data health")
    expect(health.locator(".rp-headline")).to_have_text("1 finding")
    expect(health.get_by_role("listitem")).to_have_count(1)
    expect(health.get_by_role("link", name="How this is computed")).to_have_attribute(
        "href", "/methods#reasons"
    )


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Sectors vs benchmark", "sectors.csv"),
        ("Concentration", "concentration.csv"),
        ("Stress", "stress.csv"),
        ("Risk contributions", "risk-contributions.csv"),
    ],
)
def test_every_picture_has_its_table_and_file(demo_server, open_page, name, file):
    page = open_page(f"{demo_server.address}/p/1")
    card(page, name).get_by_role("button", name="Table").click()
    table = page.get_by_role("dialog")
    expect(table.get_by_role("row").nth(1)).to_be_visible()
    with page.expect_download() as saved:
        table.get_by_role("button", name="CSV").click()
    assert saved.value.suggested_filename == file


def numbers_of(chart: Locator) -> list[str]:
    """The labels at the left of a chart."""
    texts = chart.locator(LABELS).all_text_contents()
    return [text for text in texts if re.fullmatch(r"[−$]*[\d.,]+[kM]?(\s%)?", text) and len(text) < 9]


@pytest.mark.parametrize("path", ["/p/1", "/p/1/history", "/p/2/history"])
def test_labels_of_an_axis_tell_themselves_apart(demo_server, open_page, path):
    page = open_page(demo_server.address + path)
    charts = page.locator("[data-chart]")
    expect(charts.first.locator("svg")).to_be_visible()
    for chart in charts.all():
        expect(chart.locator("svg")).to_be_visible()
        labels = [text for text in numbers_of(chart) if not re.fullmatch(r"20\d\d|[01]", text)]
        assert len(labels) > 1
        assert len(set(labels)) == len(labels)


def test_quantities_and_small_prices_keep_their_digits(demo_server, open_page):
    page = open_page(f"{demo_server.address}/methods")

    def answer(route: Route) -> None:
        lot: Mapping[str, Any] = {
            "id": 1,
            "portfolio_id": 1,
            "symbol": "TINY",
            "position_type": "LONG",
            "quantity": 0.004,
            "multiplier": 0.5,
            "entry_price": 0.0042,
            "entry_date": None,
            "exit_price": None,
            "exit_date": None,
        }
        body = json.dumps({"items": [lot], "next_cursor": None})
        route.fulfill(status=200, body=body, content_type="application/json")

    page.route(re.compile(r"/portfolios/1/positions"), answer)
    page.goto(f"{demo_server.address}/p/1/positions?tab=lots")
    line = page.get_by_role("row").filter(has_text="TINY")
    for text in ("0.004", "0.5", "$0.0042"):
        expect(line.get_by_role("cell", name=text, exact=True)).to_be_visible()

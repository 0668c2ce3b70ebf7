"""The list of portfolios, one of them, and its lots."""

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest

from api.conftest import NOW
from api.listed import counted, one_page, problem, rows, shown, walk
from builders import Book, Lot, day, fill_books, fill_store
from nightly.nights import night
from riskpanel.api.schemas.portfolios import PortfolioSummaryModel
from riskpanel.api.schemas.positions import PositionModel
from riskpanel.book.findings import Finding, causes
from riskpanel.store.portfolios import load_local_user
from riskpanel.store.positions import PositionRecord
from riskpanel.store.summaries import Summary, load_summaries


def test_the_list_has_each_portfolio_with_its_newest_snapshot(client, api_world, store, panel):
    items = walk(client, "/portfolios")
    assert [item["name"] for item in items] == ["cash alone", "new", "no run", "p"]
    columns = (
        *("net_asset_value", "daily_return", "market_beta_weighted", "expected_volatility_21d"),
        *("market_beta_coverage", "volatility_coverage", "hhi"),
    )
    stored = rows(store, "portfolio_snapshots", ("portfolio_id", "snapshot_date", "data_quality", *columns))
    newest: dict[int, dict] = {}
    history: dict[int, list[float]] = {}
    for row in stored:  # by portfolio and day
        own = row.pop("portfolio_id")
        history.setdefault(own, []).append(row["net_asset_value"])
        found = tuple(Finding(**one | {"symbols": tuple(one["symbols"])}) for one in row.pop("data_quality"))
        newest[own] = row | {"findings_count": len(causes(found)), "nav_history": history[own]}
    assert len(newest) == 3
    assert {row["snapshot_date"] for row in newest.values()} == {str(day(panel))}
    none = dict.fromkeys(("snapshot_date", "findings_count", *columns)) | {"nav_history": []}
    for item in items:
        own = {name: value for name, value in item.items() if name not in {"id", "name", "currency"}}
        assert own == newest.get(item["id"], none)


def test_the_list_is_the_one_of_the_command_line(client, api_world, store):
    with store.read() as conn:
        printed = [asdict(line) for line in load_summaries(conn, user_id=load_local_user(conn))]
    assert walk(client, "/portfolios", limit=3) == shown(printed)


@pytest.mark.parametrize(
    ("model", "record"), [(PortfolioSummaryModel, Summary), (PositionModel, PositionRecord)]
)
def test_the_schema_has_the_fields_of_the_record(model, record):
    assert list(model.model_fields) == list(record.__dataclass_fields__)


def test_a_portfolio_is_answered_as_it_was_set_up(client, api_world, store):
    answer = client.get(f"/api/v1/portfolios/{api_world['p']}").json()
    fields = ("id", "name", "currency", "market_index", "benchmark_code", "cash_balance")
    assert [answer] == rows(store, "portfolios", fields, id=api_world["p"])


def test_lots_are_answered_as_they_are_stored_ended_ones_too(client, api_world, store, panel):
    lots = (Lot("B", 1.25, entry=date(2024, 1, 2), exit=day(panel, -9)), Lot("A", 1e9), Lot("A", 0.000001))
    fill_books(store, [Book("p", lots)], now=NOW)
    items = walk(client, f"/portfolios/{api_world['p']}/positions")
    fields = tuple(PositionRecord.__dataclass_fields__)
    assert items == rows(store, "positions", fields, portfolio_id=api_world["p"])
    assert len(items) == 7
    assert [Decimal(str(item["quantity"])) for item in items[4:]] == [
        Decimal("1.25"),
        10**9,
        Decimal("0.000001"),
    ]


def test_a_portfolio_without_lots_has_an_empty_list(client, api_world):
    assert one_page(client, f"/portfolios/{api_world['no run']}/positions", limit=5) == {
        "items": [],
        "next_cursor": None,
    }


@pytest.mark.parametrize("path", ["", "/positions", "/snapshots", "/stress"])
def test_an_unknown_portfolio_is_a_404_that_names_it(client, api_world, path):
    assert problem(client, f"/portfolios/424242{path}")["detail"] == "no portfolio has the id 424242"


@pytest.mark.parametrize("key", ["0", "-1", "x", "1.5", str(2**63)])
def test_an_id_that_no_database_holds_is_refused(client, api_world, key):
    (fault,) = problem(client, f"/portfolios/{key}", 422)["errors"]
    assert fault["location"] == "path.portfolio_id"


def test_fifty_portfolios_cost_the_statements_of_two(client, store, panel):
    books = [Book(f"{n:02}", (Lot("A", 1.0 + n), Lot("B", 2.0))) for n in range(50)]
    fill_store(store, panel, books[:2], now=NOW)
    night(store, day(panel, -1), day(panel))
    with counted(store) as few:
        assert len(one_page(client, "/portfolios", limit=500)["items"]) == 2
    fill_books(store, books[2:], now=NOW)
    night(store, day(panel, -1), day(panel))
    with counted(store) as many:
        items = one_page(client, "/portfolios", limit=500)["items"]
    assert len([item for item in items if item["net_asset_value"]]) == 50
    assert len(many) == len(few)


def test_money_is_a_json_number(client, api_world):
    text = client.get(f"/api/v1/portfolios/{api_world['p']}").text
    assert isinstance(json.loads(text)["cash_balance"], float)

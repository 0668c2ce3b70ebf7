"""The history of betas and volatility of a lot's instrument, from the views."""

from datetime import date

import pytest
import sqlalchemy as sa

from api.conftest import NOW
from api.listed import counted, lots_of, one_page, problem, rows, walk
from builders import Book, Lot, day, fill_books
from riskpanel.api.schemas.positions import BetaModel, VolatilityModel
from riskpanel.book.instruments import BetaMethod
from riskpanel.store.positions import BetaRecord, VolatilityRecord
from riskpanel.store.schema import portfolios

BETA = tuple(BetaRecord.__dataclass_fields__)
VOLATILITY = tuple(name for name in VolatilityRecord.__dataclass_fields__ if name != "reasons")


@pytest.fixture
def lots(store, api_world):
    return lots_of(store, api_world["p"])


@pytest.mark.parametrize(("model", "record"), [(BetaModel, BetaRecord), (VolatilityModel, VolatilityRecord)])
def test_the_schema_has_the_fields_of_the_record(model, record):
    assert list(model.model_fields) == list(record.__dataclass_fields__)


@pytest.mark.parametrize("symbol", ["A", "B", "X"])
def test_betas_are_the_stored_rows_of_the_instrument_oldest_first(client, store, lots, symbol):
    stored = rows(store, "instrument_market_betas", BETA, symbol=symbol, market_index="SPY")
    assert walk(client, f"/positions/{lots[symbol]}/betas") == stored
    assert len(stored) == 3 * len(BetaMethod)


def test_a_null_beta_has_its_reason(client, lots):
    items = walk(client, f"/positions/{lots['X']}/betas")
    assert {(item["beta"], item["reason"]) for item in items} == {(None, "short_history")}


@pytest.mark.parametrize("method", list(BetaMethod))
def test_a_method_chooses_its_estimates_across_pages(client, lots, method):
    every = walk(client, f"/positions/{lots['A']}/betas")
    chosen = walk(client, f"/positions/{lots['A']}/betas", limit=1, method=method.value)
    assert chosen == [item for item in every if item["method"] == method.value]
    assert len(chosen) == 3


def test_an_unknown_method_is_refused(client, lots):
    (fault,) = problem(client, f"/positions/{lots['A']}/betas", 422, method="OLS")["errors"]
    assert fault["location"] == "query.method"


@pytest.mark.parametrize("symbol", ["A", "B", "X"])
def test_volatility_is_the_stored_rows_of_the_instrument(client, store, lots, symbol):
    items = walk(client, f"/positions/{lots[symbol]}/volatility")
    stored = rows(store, "instrument_volatility", VOLATILITY, symbol=symbol)
    assert [{name: item[name] for name in VOLATILITY} for item in items] == stored
    assert len(stored) == 3


@pytest.mark.parametrize("symbol", ["A", "X"])
def test_reasons_name_the_fields_that_are_null(client, lots, symbol):
    shared = {"expected_vol_low", "expected_vol_high", "expected_variance", "expected_vol_method"}
    shared |= {"expected_vol_clamped", "vol_trend_strength"}
    for item in walk(client, f"/positions/{lots[symbol]}/volatility"):
        null = {name for name, value in item.items() if value is None}
        assert null - shared == item["reasons"].keys()
    assert symbol == "A" or null


@pytest.mark.parametrize("kind", ["betas", "volatility"])
def test_dates_choose_both_ends_included(client, lots, panel, kind):
    key = "calc_date" if kind == "betas" else "calculation_date"
    path, second = f"/positions/{lots['A']}/{kind}", str(day(panel, -2))
    assert {item[key] for item in walk(client, path, **{"from": second, "to": second})} == {second}
    assert {item[key] for item in walk(client, path, to=second)} == {str(day(panel, -3)), second}
    (fault,) = problem(client, path, 422, **{"from": "1704067200"})["errors"]
    assert fault["location"] == "query.from"


@pytest.mark.parametrize("kind", ["betas", "volatility"])
def test_only_the_days_on_which_the_lot_is_held_are_answered(client, store, api_world, panel, kind):
    fill_books(store, [Book("once", (Lot("A", 1.0, day(panel, -2), day(panel)),))], now=NOW)
    with store.read() as conn:
        once = conn.execute(sa.select(portfolios.c.id).where(portfolios.c.name == "once")).scalar_one()
    items = walk(client, f"/positions/{lots_of(store, once)['A']}/{kind}")
    key = "calc_date" if kind == "betas" else "calculation_date"
    assert {item[key] for item in items} == {str(day(panel, -2))}


@pytest.mark.parametrize("kind", ["betas", "volatility"])
def test_an_unknown_lot_is_a_404_that_names_it(client, api_world, kind):
    assert problem(client, f"/positions/424242/{kind}")["detail"] == "no position has the id 424242"


@pytest.mark.parametrize("kind", ["betas", "volatility"])
def test_a_page_costs_the_same_statements_whatever_its_length(client, store, lots, kind):
    with counted(store) as few:
        one_page(client, f"/positions/{lots['A']}/{kind}", limit=1)
    with counted(store) as many:
        one_page(client, f"/positions/{lots['A']}/{kind}", limit=500)
    assert len(few) == len(many)


def test_two_windows_of_a_method_on_one_day_are_both_answered_across_pages(client, store, lots, panel):
    with store.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO instrument_market_betas (symbol, calc_date, method, window_days, market_index, "
            "beta, observations, created_at, updated_at) "
            "SELECT symbol, calc_date, method, 7, market_index, 0.0, 7, created_at, updated_at "
            "FROM instrument_market_betas WHERE symbol = 'A'"
        )
    items = walk(client, f"/positions/{lots['A']}/betas", limit=1)
    assert items == rows(store, "instrument_market_betas", BETA, symbol="A", market_index="SPY")
    assert len(items) == 6 * len(BetaMethod)
    assert [item["beta"] for item in items if item["window_days"] == 7] == [0.0] * 9
    assert date.fromisoformat(items[-1]["calc_date"]) == day(panel)

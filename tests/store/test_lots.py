"""Single lots and portfolios: what is stored of a change, and what goes with what is removed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from builders import Book, Lot, day, fill_books, fill_store, panel_of, random_prices, table_rows
from nightly.nights import night
from riskpanel.book.imports import LotRow
from riskpanel.errors import ConflictError, NotFoundError
from riskpanel.store.lots import (
    delete_lot,
    delete_portfolio,
    insert_lot,
    load_existing_portfolios,
    require_free_portfolio_name,
    update_lot,
    update_portfolio,
)
from riskpanel.store.portfolios import PortfolioTerms, load_lots
from riskpanel.store.schema import metadata, portfolios, users

ROW = LotRow(
    line=0,
    portfolio="p",
    symbol="A",
    position_type="SHORT",
    quantity=Decimal("12.3456789"),
    multiplier=Decimal("2.5"),
    entry_price=Decimal("0.0000000001"),
    entry_date=date(2024, 1, 2),
    exit_price=Decimal("7"),
    exit_date=date(2024, 12, 2),
)
FIELDS = (
    "symbol",
    "position_type",
    "quantity",
    "multiplier",
    "entry_price",
    "entry_date",
    "exit_price",
    "exit_date",
)
BARE = replace(
    ROW,
    symbol="NEW",
    position_type="LONG",
    entry_price=None,
    entry_date=None,
    exit_price=None,
    exit_date=None,
)


@pytest.fixture
def ids(store, now):
    return fill_books(store, [Book("p", (Lot("B", 1.0),), cash=5.0), Book("q", (Lot("B", 2.0),))], now=now)


def add(store, portfolio_id, row, now):
    with store.begin() as conn:
        return insert_lot(conn, portfolio_id, row, source="test", now=now)


def lot(store, lot_id):
    (row,) = (row for row in table_rows(store, "positions") if row["id"] == lot_id)
    return row


def other_user(store, now):
    with store.begin() as conn:
        row = {"name": "other", "is_admin": False, "created_at": now, "updated_at": now}
        return conn.execute(sa.insert(users).values(row)).inserted_primary_key[0]


@pytest.mark.parametrize("row", [ROW, BARE])
def test_a_lot_is_stored_as_it_is_and_its_instrument_comes_to_be(store, ids, now, row):
    added = add(store, ids["p"], row, now)
    stored = lot(store, added)
    assert {name: stored[name] for name in FIELDS} == {name: getattr(row, name) for name in FIELDS}
    assert (stored["portfolio_id"], stored["created_at"], stored["updated_at"]) == (ids["p"], now, now)
    (instrument,) = (one for one in table_rows(store, "instruments") if one["symbol"] == row.symbol)
    assert (instrument["source"], instrument["name"], instrument["sector"]) == ("test", None, None)


def test_a_lot_is_changed_alone_and_keeps_its_first_date(store, ids, now):
    added = add(store, ids["p"], ROW, now)
    others = [row for row in table_rows(store, "positions") if row["id"] != added]
    later = now + timedelta(days=1)
    with store.begin() as conn:
        update_lot(conn, added, BARE, source="test", now=later)
    stored = lot(store, added)
    assert {name: stored[name] for name in FIELDS} == {name: getattr(BARE, name) for name in FIELDS}
    assert (stored["portfolio_id"], stored["created_at"], stored["updated_at"]) == (ids["p"], now, later)
    assert [row for row in table_rows(store, "positions") if row["id"] != added] == others
    assert "NEW" in {row["symbol"] for row in table_rows(store, "instruments")}


def test_an_instrument_that_is_known_stays_as_it_was(store, ids, now):
    before = table_rows(store, "instruments")
    add(store, ids["p"], replace(ROW, symbol="B"), now + timedelta(days=1))
    assert table_rows(store, "instruments") == before


def test_a_removed_lot_is_gone_alone_and_its_instrument_stays(store, ids, now):
    added = add(store, ids["p"], ROW, now)
    before = table_rows(store, "instruments")
    with store.begin() as conn:
        delete_lot(conn, added)
        left = load_lots(conn, list(ids.values()))
    assert {key: len(own) for key, own in left.items()} == {ids["p"]: 1, ids["q"]: 1}
    assert table_rows(store, "instruments") == before


def terms(name):
    return PortfolioTerms(name, "USD", "A", "NONE", Decimal("-7.25"))


def change(store, portfolio_id, name, now):
    with store.begin() as conn:
        update_portfolio(conn, portfolio_id, terms(name), user_id=1, now=now)


def test_a_portfolio_is_changed_alone(store, ids, now):
    before = {row["id"]: row for row in table_rows(store, "portfolios")}
    later = now + timedelta(days=1)
    change(store, ids["p"], "renamed", later)
    after = {row["id"]: row for row in table_rows(store, "portfolios")}
    assert after[ids["q"]] == before[ids["q"]]
    changed = {"name": "renamed", "market_index": "A", "benchmark_code": "NONE"}
    changed |= {"cash_balance": Decimal("-7.25"), "updated_at": later}
    assert after[ids["p"]] == before[ids["p"]] | changed


def test_a_portfolio_keeps_its_name_but_takes_no_other_that_is_taken(store, ids, now):
    change(store, ids["p"], "p", now)
    before = table_rows(store, "portfolios")
    with pytest.raises(ConflictError) as caught:
        change(store, ids["p"], "q", now)
    assert caught.value.what == "you have a portfolio of that name: q"
    assert table_rows(store, "portfolios") == before


def test_a_name_is_taken_among_a_users_own_portfolios(store, ids, now):
    other = other_user(store, now)
    with store.begin() as conn:
        require_free_portfolio_name(conn, "p", user_id=other)
        require_free_portfolio_name(conn, "P", user_id=1)
        require_free_portfolio_name(conn, "p", user_id=1, except_id=ids["p"])
        for except_id in (None, ids["q"]):
            with pytest.raises(ConflictError):
                require_free_portfolio_name(conn, "p", user_id=1, except_id=except_id)


def test_a_removed_portfolio_takes_all_of_its_own_rows_and_no_others(store, now):
    panel = panel_of(random_prices(9, 120, "AB"))
    ids = fill_store(store, panel, [Book("p", (Lot("A", 2.0),)), Book("q", (Lot("B", 1.0),))], now=now)
    night(store, day(panel, -2), day(panel))
    before = {name: table_rows(store, name) for name in metadata.tables}
    with store.begin() as conn:
        delete_portfolio(conn, ids["p"], user_id=1)
    for name, rows in before.items():
        key = "id" if name == "portfolios" else "portfolio_id"
        left = [row for row in rows if row.get(key) != ids["p"]]
        assert table_rows(store, name) == left, name
        if name in {"portfolios", "positions", "portfolio_snapshots", "stress_test_results"}:
            assert len(left) < len(rows), name


def test_a_portfolio_of_another_is_not_there_to_be_removed(store, ids, now):
    other = other_user(store, now)
    for portfolio_id, user_id in ((ids["p"], other), (9_999, 1)):
        with pytest.raises(NotFoundError) as caught, store.begin() as conn:
            delete_portfolio(conn, portfolio_id, user_id=user_id)
        assert caught.value.what == f"no portfolio has the id {portfolio_id}"
    assert len(table_rows(store, "portfolios")) == 2


def test_which_of_some_portfolios_exist(store, ids):
    with store.read() as conn:
        assert load_existing_portfolios(conn, [*ids.values(), 9_999]) == frozenset(ids.values())
        assert load_existing_portfolios(conn, ()) == frozenset()
        count = conn.execute(sa.select(sa.func.count()).select_from(portfolios)).scalar_one()
    assert count == 2

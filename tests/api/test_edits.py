"""Portfolios and lots are created, changed and removed over HTTP, by the rules of files."""

from datetime import timedelta
from decimal import Context, Decimal

import pytest
import sqlalchemy as sa

from api.asking import ask, client_of, everything, faults, user_id, work
from api.conftest import NOW
from api.listed import THEIRS, lots_of, other_user
from builders import Book, fill_books, table_rows
from riskpanel.store.run_requests import OPEN
from riskpanel.store.schema import positions

LOT = {"symbol": "A", "quantity": 2}


def lots(store, portfolio_id):
    return [row for row in table_rows(store, "positions") if row["portfolio_id"] == portfolio_id]


def portfolio(store, portfolio_id):
    (row,) = (row for row in table_rows(store, "portfolios") if row["id"] == portfolio_id)
    return row


def requests(store):
    return [row for row in table_rows(store, "run_requests") if row["status"] in OPEN]


def test_a_portfolio_is_created_with_its_lots_and_a_run_is_asked_for(client, store, api_world):
    body = {
        "name": "  Growth ",
        "cash_balance": "1000.5",
        "market_index": "a",
        "benchmark_code": "NONE",
        "positions": [LOT, {"symbol": "B", "quantity": -3, "entry_date": "2024-12-30"}],
    }
    answer = client.post("/api/v1/portfolios", json=body)
    assert answer.status_code == 201
    created = answer.json()
    assert answer.headers["location"] == f"/api/v1/portfolios/{created['id']}"
    assert client.get(answer.headers["location"]).json() == {
        "id": created["id"],
        "name": "Growth",
        "currency": "USD",
        "market_index": "A",
        "benchmark_code": "NONE",
        "cash_balance": 1000.5,
    }
    first, second = lots(store, created["id"])
    assert (first["symbol"], first["position_type"], first["quantity"], first["multiplier"]) == (
        "A",
        "LONG",
        2,
        1,
    )
    assert (second["symbol"], second["position_type"], second["quantity"]) == ("B", "SHORT", 3)
    assert second["entry_date"].isoformat() == "2024-12-30"
    (asked,) = requests(store)
    assert (asked["id"], asked["portfolio_id"]) == (created["run_request_id"], created["id"])
    assert created["warnings"] == []


def test_a_portfolio_without_lots_has_the_usual_terms(client, store, api_world):
    created = ask(client, "POST", "/portfolios", 201, json={"name": "plain"})
    row = portfolio(store, created["id"])
    terms = ("currency", "market_index", "benchmark_code", "cash_balance")
    assert [row[name] for name in terms] == ["USD", "SPY", "SP500", 0]
    assert lots(store, created["id"]) == []


def test_a_name_that_is_taken_is_refused_and_that_of_another_user_is_not(client, store, api_world):
    ids, _ = other_user(store, now=NOW)
    before = everything(store)
    told = ask(client, "POST", "/portfolios", 409, json={"name": "p"})
    assert told["detail"] == "you have a portfolio of that name: p"
    assert everything(store) == before
    mine = ask(client, "POST", "/portfolios", 201, json={"name": f"z, {THEIRS}"})["id"]
    assert mine != ids[f"z, {THEIRS}"]


LOT_FAULTS = [
    ({"symbol": "A"}, "quantity", "Field required"),
    ({"quantity": 1}, "symbol", "Field required"),
    (LOT | {"symbol": ""}, "symbol", "empty"),
    (LOT | {"symbol": "A B C?"}, "symbol", "not a symbol: 'A B C?'"),
    (LOT | {"quantity": 0}, "quantity", "must not be 0"),
    (LOT | {"quantity": "1e18"}, "quantity", "no more than 18 digits before the decimal point"),
    (LOT | {"quantity": "0.00000000001"}, "quantity", "no more than 10 decimal places"),
    (LOT | {"quantity": -2, "position_type": "LONG"}, "quantity", "-2 is negative, but the position is LONG"),
    (LOT | {"multiplier": 0}, "multiplier", "must be above 0, not 0"),
    (LOT | {"multiplier": -1}, "multiplier", "must be above 0, not -1"),
    (LOT | {"entry_price": 0}, "entry_price", "must be above 0"),
    (LOT | {"exit_price": "-1.5"}, "exit_price", "must be above 0, not -1.5"),
    (LOT | {"entry_date": "20240102"}, "entry_date", "a date is written YYYY-MM-DD"),
    (LOT | {"entry_date": 1704153600}, "entry_date", "a date is written YYYY-MM-DD"),
    (
        LOT | {"entry_date": "2024-01-02", "exit_date": "2024-01-02"},
        "exit_date",
        "2024-01-02 is not after the entry date 2024-01-02",
    ),
    (LOT | {"side": "LONG"}, "side", "Extra inputs are not permitted"),
    (LOT | {"position_type": "BOTH"}, "position_type", "Input should be"),
]


@pytest.mark.parametrize(("body", "field", "reason"), LOT_FAULTS)
def test_a_lot_that_cannot_be_is_refused_by_field_and_changes_nothing(
    client, store, api_world, body, field, reason
):
    before = everything(store)
    told = ask(client, "POST", f"/portfolios/{api_world['p']}/positions", 422, json=body)
    assert faults(told).keys() == {f"body.{field}"}
    assert reason in faults(told)[f"body.{field}"]
    within = {"name": "other", "positions": [LOT, body]}
    told = ask(client, "POST", "/portfolios", 422, json=within)
    assert faults(told).keys() == {f"body.positions.1.{field}"}
    assert everything(store) == before


@pytest.mark.parametrize("kind", ["LC", "LP", "SC", "SP"])
def test_options_are_refused_with_the_reason(client, store, api_world, kind):
    path = f"/portfolios/{api_world['p']}/positions"
    told = ask(client, "POST", path, 422, json=LOT | {"position_type": kind})
    reason = f"{kind}: option positions need deltas, which riskpanel does not have yet"
    assert faults(told) == {"body.position_type": reason}
    lot = lots_of(store, api_world["p"])["A"]
    told = ask(client, "PATCH", f"/positions/{lot}", 422, json={"position_type": kind})
    assert faults(told) == {"body.position_type": reason}


PORTFOLIO_FAULTS = [
    ({"name": ""}, "name", "empty"),
    ({"name": "   "}, "name", "empty"),
    ({"name": "x" * 201}, "name", "longer than 200 characters"),
    ({"name": "a\nb"}, "name", "has a control character"),
    ({"name": "n", "currency": "eur"}, "currency", "EUR is not supported until exchange rates exist"),
    ({"name": "n", "market_index": "?"}, "market_index", "not a symbol"),
    ({"name": "n", "benchmark_code": "x" * 41}, "benchmark_code", "longer than 40 characters"),
    ({"name": "n", "cash_balance": "1e16"}, "cash_balance", "more than 16 digits before the point"),
    ({"name": "n", "cash_balance": "0.00001"}, "cash_balance", "more than 4 decimals"),
    ({"name": "n", "cash_balance": 1, "equity_balance": 2}, "equity_balance", "together with cash_balance"),
    ({"name": "n", "equity_balance": 2}, "equity_balance", "needs positions"),
]


@pytest.mark.parametrize(("body", "field", "reason"), PORTFOLIO_FAULTS)
def test_a_portfolio_that_cannot_be_is_refused_by_field_and_changes_nothing(
    client, store, api_world, body, field, reason
):
    before = everything(store)
    told = ask(client, "POST", "/portfolios", 422, json=body)
    assert faults(told).keys() == {f"body.{field}"}
    assert reason in faults(told)[f"body.{field}"]
    assert everything(store) == before


def test_every_fault_is_named_at_once(client, store, api_world):
    bad_lot = {"symbol": "?", "quantity": 0, "multiplier": -1, "exit_price": 0}
    wrong = {"symbol", "quantity", "multiplier", "exit_price"}
    told = ask(client, "POST", f"/portfolios/{api_world['p']}/positions", 422, json=bad_lot)
    assert faults(told).keys() == {f"body.{name}" for name in wrong}
    bad = {"name": "", "currency": "CHF", "market_index": "?", "cash_balance": "0.00001"}
    told = ask(client, "POST", "/portfolios", 422, json=bad)
    assert faults(told).keys() == {f"body.{name}" for name in bad}
    told = ask(client, "POST", "/portfolios", 422, json={"name": "n", "positions": [bad_lot, LOT, bad_lot]})
    assert faults(told).keys() == {f"body.positions.{at}.{name}" for at in (0, 2) for name in wrong}


def test_the_faults_of_a_portfolio_and_of_its_lots_are_named_at_once(client, store, api_world):
    bad = {"name": "n", "currency": "CHF", "positions": [{"symbol": "?", "quantity": 1}]}
    told = ask(client, "POST", "/portfolios", 422, json=bad)
    assert faults(told).keys() == {"body.currency", "body.positions.0.symbol"}


def test_a_change_of_a_portfolio_leaves_what_is_left_out_or_null(client, store, api_world):
    before = portfolio(store, api_world["p"])
    body = {"cash_balance": -12.25, "market_index": None, "name": None}
    changed = ask(client, "PATCH", f"/portfolios/{api_world['p']}", 200, json=body)
    after = portfolio(store, api_world["p"])
    assert after["cash_balance"] == Decimal("-12.25")
    unchanged = before.keys() - {"cash_balance", "updated_at"}
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}
    assert changed["id"] == api_world["p"]
    assert [row["id"] for row in requests(store)] == [changed["run_request_id"]]


def test_a_change_that_no_number_depends_on_asks_for_no_run(client, store, api_world):
    path = f"/portfolios/{api_world['p']}"
    for body in ({"name": "renamed"}, {"cash_balance": 100}, {"market_index": "spy"}, {}):
        assert ask(client, "PATCH", path, 200, json=body)["run_request_id"] is None, body
    assert portfolio(store, api_world["p"])["name"] == "renamed"
    assert requests(store) == []


def test_a_portfolio_is_not_renamed_to_a_taken_name_but_to_its_own(client, store, api_world):
    told = ask(client, "PATCH", f"/portfolios/{api_world['p']}", 409, json={"name": "new"})
    assert told["detail"] == "you have a portfolio of that name: new"
    assert ask(client, "PATCH", f"/portfolios/{api_world['p']}", 200, json={"name": " p "})["id"]
    assert portfolio(store, api_world["p"])["name"] == "p"


def test_the_currency_of_a_portfolio_cannot_be_changed(client, api_world):
    told = ask(client, "PATCH", f"/portfolios/{api_world['p']}", 422, json={"currency": "EUR"})
    assert faults(told).keys() == {"body.currency"}


def test_a_change_of_a_lot_leaves_what_is_left_out(client, store, api_world):
    lot = ask(client, "POST", f"/portfolios/{api_world['p']}/positions", 201, json=DATED)["id"]
    before = next(row for row in lots(store, api_world["p"]) if row["id"] == lot)
    ask(client, "PATCH", f"/positions/{lot}", 200, json={"quantity": "7.25"})
    after = next(row for row in lots(store, api_world["p"]) if row["id"] == lot)
    assert after == before | {"quantity": Decimal("7.25")}
    ask(client, "PATCH", f"/positions/{lot}", 200, json={})
    assert next(row for row in lots(store, api_world["p"]) if row["id"] == lot) == after


DATED = {
    "symbol": "B",
    "quantity": 4,
    "position_type": "SHORT",
    "multiplier": "2.5",
    "entry_price": "10.1",
    "entry_date": "2024-12-02",
    "exit_price": "11.2",
    "exit_date": "2024-12-30",
}


def test_null_removes_what_a_lot_can_be_without(client, store, api_world):
    lot = ask(client, "POST", f"/portfolios/{api_world['p']}/positions", 201, json=DATED)["id"]
    nothing = dict.fromkeys(("entry_price", "entry_date", "exit_price", "exit_date"))
    ask(client, "PATCH", f"/positions/{lot}", 200, json=nothing)
    shown = ask(client, "GET", f"/positions/{lot}", 200)
    assert {name: shown[name] for name in nothing} == nothing
    assert (shown["quantity"], shown["multiplier"], shown["position_type"]) == (4.0, 2.5, "SHORT")


@pytest.mark.parametrize("field", ["symbol", "quantity"])
def test_null_is_refused_where_a_lot_cannot_be_without(client, store, api_world, field):
    lot = lots_of(store, api_world["p"])["A"]
    before = everything(store)
    told = ask(client, "PATCH", f"/positions/{lot}", 422, json={field: None})
    assert faults(told) == {f"body.{field}": "empty"}
    assert everything(store) == before


def test_a_short_lot_does_not_become_a_long_one_because_its_type_is_null(client, store, api_world):
    lot = lots_of(store, api_world["p"])["B"]
    answer = client.patch(f"/api/v1/positions/{lot}", json={"position_type": None})
    assert answer.status_code in {200, 422}
    assert ask(client, "GET", f"/positions/{lot}", 200)["position_type"] == "SHORT"


def test_a_changed_lot_is_checked_as_a_whole(client, store, api_world):
    lot = ask(client, "POST", f"/portfolios/{api_world['p']}/positions", 201, json=DATED)["id"]
    before = everything(store)
    told = ask(client, "PATCH", f"/positions/{lot}", 422, json={"entry_date": "2024-12-30"})
    assert faults(told) == {"body.exit_date": "2024-12-30 is not after the entry date 2024-12-30"}
    assert everything(store) == before


def test_symbols_are_spelt_one_way(client, store, api_world):
    path = f"/portfolios/{api_world['p']}/positions"
    ids = [
        ask(client, "POST", path, 201, json={"symbol": text, "quantity": at})["id"]
        for at, text in enumerate(("BRK.B", "brk-b", " Brk/b "), start=1)
    ]
    stored = {row["id"]: row["symbol"] for row in lots(store, api_world["p"])}
    assert {stored[lot] for lot in ids} == {"BRK-B"}
    assert [row["symbol"] for row in table_rows(store, "instruments")].count("BRK-B") == 1


def test_a_symbol_without_prices_is_warned_of(client, api_world):
    path = f"/portfolios/{api_world['p']}/positions"
    told = ask(client, "POST", path, 201, json={"symbol": "NOPE", "quantity": 1})
    assert told["warnings"] == ["no prices stored for NOPE: import them before the next run"]


def test_several_lots_of_a_symbol_are_netted_when_the_run_is_done(client, store, api_world):
    path = f"/portfolios/{api_world['p']}/positions"
    ask(client, "POST", path, 201, json={"symbol": "A", "quantity": "-1.5"})
    ask(client, "POST", path, 201, json={"symbol": "a", "quantity": 4, "multiplier": "0.5"})
    assert work(store) == 1  # the second change joins the request of the first
    page = ask(client, "GET", f"/data/portfolio/{api_world['p']}/complete", 200)
    (held,) = (holding for holding in page["holdings"] if holding["symbol"] == "A")
    assert (held["lots"], held["quantity"]) == (4, 6.5)
    assert held["value"] == pytest.approx((3 + 2 - 1.5 + 2) * held["price"])
    assert page["snapshot"]["positions_count"] == 3
    assert not [f for f in page["data_quality"]["findings"] if f["reason"] == "changed_since"]


NUMBERS = ["123456789.012345", "0.0000000001", "99999.9999999999", "123456789012345678.0123456789"]


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_as_text_keep_every_digit_that_the_column_does(client, store, api_world, dialect, text):
    body = {"symbol": "A", "quantity": text, "multiplier": "1.1", "entry_price": text}
    lot = ask(client, "POST", f"/portfolios/{api_world['p']}/positions", 201, json=body)["id"]
    row = next(row for row in lots(store, api_world["p"]) if row["id"] == lot)
    kept = Decimal(text)
    if dialect == "sqlite":  # which holds 15 digits
        kept = Decimal(repr(float(text))).quantize(Decimal("1e-10"), context=Context(prec=60))
    assert (row["quantity"], row["entry_price"], row["multiplier"]) == (kept, kept, Decimal("1.1"))


def test_a_number_as_a_json_number_is_the_decimal_that_was_written(client, store, api_world):
    body = '{"symbol": "A", "quantity": 0.1, "entry_price": 129.04}'
    headers = {"content-type": "application/json"}
    path = f"/portfolios/{api_world['p']}/positions"
    lot = ask(client, "POST", path, 201, content=body, headers=headers)["id"]
    row = next(row for row in lots(store, api_world["p"]) if row["id"] == lot)
    assert (row["quantity"], row["entry_price"]) == (Decimal("0.1"), Decimal("129.04"))


def equity_less_lots(panel, equity, held):
    """Cash that with units of symbols at their latest closes makes up an equity."""
    closes = {symbol: panel.close[:, at] for at, symbol in enumerate(panel.symbols)}
    last = {symbol: Decimal(str(own[own == own][-1])) for symbol, own in closes.items()}
    return (equity - sum(Decimal(str(units)) * last[symbol] for symbol, units in held.items())).quantize(
        Decimal("0.0001")
    )


def test_an_equity_becomes_cash_at_the_latest_closes(client, store, api_world, panel):
    body = {"name": "e", "equity_balance": 5000, "positions": [LOT, LOT | {"symbol": "B", "quantity": -3}]}
    created = ask(client, "POST", "/portfolios", 201, json=body)
    assert created["warnings"] == []
    wanted = equity_less_lots(panel, 5000, {"A": 2, "B": -3})
    assert portfolio(store, created["id"])["cash_balance"] == wanted
    changed = ask(client, "PATCH", f"/portfolios/{created['id']}", 200, json={"equity_balance": "1.5"})
    assert portfolio(store, created["id"])["cash_balance"] == wanted - Decimal("4998.5")
    assert changed["run_request_id"] == created["run_request_id"]


def test_an_equity_at_an_older_close_is_told_of(client, store, api_world, panel):
    told = ask(client, "PATCH", f"/portfolios/{api_world['p']}", 200, json={"equity_balance": 900})
    assert told["warnings"] == [f"p: equity of {panel.sessions[-1]} uses older closes of X"]
    wanted = equity_less_lots(panel, 900, {"A": 5, "B": -2, "X": 1})
    assert portfolio(store, api_world["p"])["cash_balance"] == wanted


def test_an_equity_of_nothing_held_is_refused(client, store, api_world):
    told = ask(client, "PATCH", f"/portfolios/{api_world['no run']}", 422, json={"equity_balance": 5})
    assert faults(told) == {"body.equity_balance": "needs positions: give cash_balance"}


def test_an_equity_of_what_has_no_price_is_refused_with_the_symbol(client, store, api_world):
    before = everything(store)
    body = {"name": "e", "equity_balance": 5, "positions": [LOT | {"symbol": "NOPE"}]}
    told = ask(client, "POST", "/portfolios", 422, json=body)
    assert told["detail"] == "equity of e needs prices of NOPE"
    assert everything(store) == before


def test_a_removed_portfolio_takes_with_it_all_that_is_stored_of_it_and_nothing_else(
    client, store, api_world
):
    ask(client, "PATCH", f"/portfolios/{api_world['p']}", 200, json={"cash_balance": 1})
    before, gone = everything(store), api_world["p"]
    assert client.delete(f"/api/v1/portfolios/{gone}").content == b""
    for name, rows in everything(store).items():
        key = "id" if name == "portfolios" else "portfolio_id"
        assert rows == [row for row in before[name] if row.get(key) != gone], name
        if name in {"portfolios", "positions", "portfolio_snapshots", "stress_test_results", "run_requests"}:
            assert len(rows) < len(before[name]), name
    for path in (f"/portfolios/{gone}", f"/data/portfolio/{gone}/complete"):
        ask(client, "GET", path, 404)
    ask(client, "DELETE", f"/portfolios/{gone}", 404)
    assert work(store) == 0


def test_a_removed_lot_is_gone_and_a_run_is_asked_for(client, store, api_world):
    lot = lots_of(store, api_world["p"])["B"]
    told = ask(client, "DELETE", f"/positions/{lot}", 200)
    assert (told["id"], told["warnings"]) == (lot, [])
    assert "B" not in lots_of(store, api_world["p"])
    assert [row["portfolio_id"] for row in requests(store)] == [api_world["p"]]
    ask(client, "DELETE", f"/positions/{lot}", 404)


EDITS = [
    ("PATCH", "/portfolios/{portfolio}", {"name": "x"}),
    ("DELETE", "/portfolios/{portfolio}", None),
    ("POST", "/portfolios/{portfolio}/positions", LOT),
    ("PATCH", "/positions/{lot}", {"quantity": 9}),
    ("DELETE", "/positions/{lot}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), EDITS)
def test_what_is_anothers_or_nobodys_is_not_there_to_be_changed(client, store, api_world, method, path, body):
    ids, foreign = other_user(store, now=NOW)
    before = everything(store)
    for portfolio_id, lot in ((ids[f"p, {THEIRS}"], foreign["A"]), (999_999, 999_999)):
        address = path.format(portfolio=portfolio_id, lot=lot)
        told = ask(client, method, address, 404, json=body)
        assert str(lot if "positions/" in path else portfolio_id) in told["detail"]
        assert told["detail"].replace(str(lot), "").replace(str(portfolio_id), "").split() in (
            ["no", "portfolio", "has", "the", "id"],
            ["no", "position", "has", "the", "id"],
        )
    assert everything(store) == before


def refuse_run_requests(store):
    """Let the database fail when a run is asked for."""
    with store.begin() as conn:
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql(
                "CREATE TRIGGER refusal BEFORE INSERT ON run_requests BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        else:
            conn.exec_driver_sql("ALTER TABLE run_requests ADD CONSTRAINT refusal CHECK (id < 0)")


CHANGES = [
    ("POST", "/portfolios", {"name": "x", "positions": [LOT]}),
    ("PATCH", "/portfolios/{portfolio}", {"cash_balance": 5}),
    ("POST", "/portfolios/{portfolio}/positions", LOT | {"symbol": "NEW"}),
    ("PATCH", "/positions/{lot}", {"quantity": 9}),
    ("DELETE", "/positions/{lot}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_change_and_the_run_that_it_needs_are_stored_together_or_not_at_all(
    client, store, api_world, method, path, body
):
    refuse_run_requests(store)
    before = everything(store)
    address = path.format(portfolio=api_world["p"], lot=lots_of(store, api_world["p"])["A"])
    ask(client, method, address, 500, json=body)
    assert everything(store) == before


def test_a_refused_change_asks_for_no_run(client, store, api_world):
    lot = lots_of(store, api_world["p"])["A"]
    ask(client, "POST", "/portfolios", 409, json={"name": "p"})
    ask(client, "PATCH", f"/portfolios/{api_world['p']}", 409, json={"name": "new", "cash_balance": 5})
    ask(client, "PATCH", f"/positions/{lot}", 422, json={"quantity": 0})
    assert requests(store) == []
    assert portfolio(store, api_world["p"])["cash_balance"] == 100


def test_changes_of_two_users_touch_their_own(store, api_world):
    fill_books(store, [Book("mine")], now=NOW)  # of the local user
    with client_of(store, "bob") as bob:
        created = ask(bob, "POST", "/portfolios", 201, json={"name": "mine", "positions": [LOT]})["id"]
        assert [item["id"] for item in ask(bob, "GET", "/portfolios", 200)["items"]] == [created]
        (asked,) = requests(store)
        assert asked["user_id"] == user_id(store, "bob") == portfolio(store, created)["user_id"]


def test_a_change_is_stamped_with_the_time_of_the_request(client, store, api_world):
    with store.begin() as conn:
        earlier = NOW - timedelta(days=3)
        conn.execute(sa.update(positions).values(created_at=earlier, updated_at=earlier))
    lot = lots_of(store, api_world["p"])["A"]
    ask(client, "PATCH", f"/positions/{lot}", 200, json={"quantity": 9})
    row = next(row for row in table_rows(store, "positions") if row["id"] == lot)
    assert (row["created_at"], row["updated_at"]) == (earlier, NOW)

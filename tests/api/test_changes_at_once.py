"""Two changes that overlap: both count, or one is told of the other; never a failure, never one lost."""

import pytest

from api.asking import ask, overlapping
from api.listed import lots_of
from builders import table_rows

LOT = {"symbol": "A", "quantity": 2}
SCENARIO = {"name": "twin", "market": -0.07}
HEADERS = {"content-type": "text/csv"}


def post(path, body):
    return ("POST", path, {"json": body})


def statuses(answers):
    return [answer.status_code for answer in answers]


def lots(store, portfolio_id):
    return [row for row in table_rows(store, "positions") if row["portfolio_id"] == portfolio_id]


@pytest.mark.parametrize(
    ("path", "body", "table"),
    [
        ("/portfolios", {"name": "twin", "positions": [LOT]}, "portfolios"),
        ("/scenarios", SCENARIO, "scenarios"),
    ],
)
def test_of_two_of_one_name_one_comes_to_be_and_the_other_is_told(
    client, store, api_world, path, body, table
):
    answers = overlapping(store, client, post(path, body), post(path, body))
    assert statuses(answers) == [201, 409], answers[1].text
    assert "of that name: twin" in answers[1].json()["detail"]
    assert [row["name"] for row in table_rows(store, table)].count("twin") == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/portfolios/{p}/positions", LOT),
        ("POST", "/run-requests", {"portfolio_id": "{p}"}),
        ("PATCH", "/portfolios/{p}", {"cash_balance": 5}),
        ("PATCH", "/positions/{lot}", {"quantity": 5}),
        ("DELETE", "/positions/{lot}", None),
        ("DELETE", "/portfolios/{p}", None),
    ],
)
def test_what_is_removed_at_the_same_time_is_not_found(client, store, api_world, method, path, body):
    ids = {"p": api_world["p"], "lot": lots_of(store, api_world["p"])["A"]}
    filled = {key: ids["p"] if cell == "{p}" else cell for key, cell in body.items()} if body else None
    removal = ("DELETE", f"/portfolios/{ids['p']}", {})
    answers = overlapping(store, client, removal, (method, path.format(**ids), {"json": filled}))
    assert statuses(answers) == [204, 404], answers[1].text
    assert ids["p"] not in {row["id"] for row in table_rows(store, "portfolios")}


def test_a_lot_that_is_removed_at_the_same_time_is_not_changed(client, store, api_world):
    path = f"/positions/{lots_of(store, api_world['p'])['A']}"
    answers = overlapping(store, client, ("DELETE", path, {}), ("PATCH", path, {"json": {"quantity": 5}}))
    assert statuses(answers) == [200, 404], answers[1].text


def test_a_scenario_that_is_removed_at_the_same_time_is_not_changed(client, store, api_world):
    path = f"/scenarios/{ask(client, 'POST', '/scenarios', 201, json=SCENARIO)['id']}"
    answers = overlapping(store, client, ("DELETE", path, {}), ("PUT", path, {"json": SCENARIO}))
    assert statuses(answers) == [200, 404], answers[1].text


def test_two_changes_of_a_lot_both_count(client, store, api_world):
    path = f"/positions/{lots_of(store, api_world['p'])['B']}"
    answers = overlapping(
        store,
        client,
        ("PATCH", path, {"json": {"quantity": 77}}),
        ("PATCH", path, {"json": {"entry_price": 5}}),
    )
    assert statuses(answers) == [200, 200]
    shown = ask(client, "GET", path, 200)
    assert (shown["quantity"], shown["entry_price"]) == (77.0, 5.0)


def test_two_changes_of_a_portfolio_both_count(client, store, api_world):
    path = f"/portfolios/{api_world['p']}"
    answers = overlapping(
        store,
        client,
        ("PATCH", path, {"json": {"name": "renamed"}}),
        ("PATCH", path, {"json": {"cash_balance": 8}}),
    )
    assert statuses(answers) == [200, 200]
    shown = ask(client, "GET", path, 200)
    assert (shown["name"], shown["cash_balance"]) == ("renamed", 8.0)


@pytest.mark.parametrize("portfolio", ["p", "fresh"])
def test_a_file_that_is_sent_twice_is_imported_once(client, store, api_world, portfolio):
    content = b"symbol,quantity,entry_date\nA,5,2024-12-02\nB,-6,2024-12-02\n"
    send = (
        "POST",
        "/imports/positions",
        {"content": content, "params": {"portfolio": portfolio}, "headers": HEADERS},
    )
    answers = overlapping(store, client, send, send)
    assert statuses(answers) == [200, 200], answers[1].text
    (own,) = (row for row in table_rows(store, "portfolios") if row["name"] == portfolio)
    dated = [row["symbol"] for row in lots(store, own["id"]) if row["entry_date"] is not None]
    assert dated == ["A", "B"]
    told = [answer.json()["portfolios"][0] for answer in answers]
    assert [(one["added"], one["unchanged"]) for one in told] == [(2, 0), (0, 2)]


def test_a_lot_that_is_added_while_a_file_replaces_all_stays_or_goes_as_a_whole(client, store, api_world):
    content = {"content": b"symbol,quantity\nA,5\n", "headers": HEADERS}
    send = ("POST", "/imports/positions", content | {"params": {"portfolio": "p", "replace": "true"}})
    add = post(f"/portfolios/{api_world['p']}/positions", {"symbol": "B", "quantity": 9})
    assert statuses(overlapping(store, client, send, add)) == [200, 201]
    left = sorted((row["symbol"], row["quantity"]) for row in lots(store, api_world["p"]))
    assert left == [("A", 5), ("B", 9)]


def test_two_changes_ask_for_one_run_or_for_one_each(client, store, api_world):
    path = f"/portfolios/{api_world['p']}/positions"
    answers = overlapping(store, client, post(path, LOT | {"quantity": 5}), post(path, LOT | {"quantity": 6}))
    assert statuses(answers) == [201, 201]
    asked = {answer.json()["run_request_id"] for answer in answers}
    assert asked == {row["id"] for row in table_rows(store, "run_requests")}

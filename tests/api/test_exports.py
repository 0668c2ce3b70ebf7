"""CSV exports: plain numbers, text that is no formula, and a positions file that imports to what it was."""

import csv
import io

import pytest
import sqlalchemy as sa

from api.asking import ask, everything
from api.conftest import NOW
from api.listed import PREFIX, THEIRS, other_user, walk
from builders import day, table_rows
from riskpanel.api.exports import csv_response
from riskpanel.store.schema import instruments, positions

LOT_COLUMNS = [
    "symbol",
    "position_type",
    "quantity",
    "multiplier",
    "entry_price",
    "entry_date",
    "exit_price",
    "exit_date",
]


def export(client, portfolio_id, what, **query):
    answer = client.get(f"{PREFIX}/portfolios/{portfolio_id}/exports/{what}", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    return answer


def cells(answer):
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert {len(row) for row in rows} <= {len(header)}
    return [dict(zip(header, row, strict=True)) for row in rows]


def header(answer):
    return next(csv.reader(io.StringIO(answer.text, newline="")))


def test_the_lots_are_a_positions_file(client, api_world):
    answer = export(client, api_world["p"], "positions")
    assert header(answer) == LOT_COLUMNS
    assert answer.text.splitlines()[1:] == [
        "A,LONG,3,1,,,,",
        "A,LONG,1,2,,,,",
        "B,SHORT,2,1,,,,",
        "X,LONG,1,1,,,,",
    ]
    name = f"positions-{api_world['p']}.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


def add(client, portfolio_id, **lot):
    return ask(client, "POST", f"/portfolios/{portfolio_id}/positions", 201, json=lot)["id"]


def import_again(client, text, **query):
    headers = {"content-type": "text/csv"}
    return ask(
        client, "POST", "/imports/positions", 200, content=text.encode(), params=query, headers=headers
    )


def test_the_exported_lots_imported_again_change_nothing(client, store, api_world):
    for lot in (
        {"symbol": "BRK.B", "quantity": "0.0000000001", "entry_price": "129.0400000001"},
        {"symbol": "^GSPC", "quantity": "-123456789012345678.0123456789", "multiplier": "2.5"},
        {"symbol": "ES=F", "quantity": "1000000", "entry_date": "2024-01-02", "exit_date": "2024-12-31"},
        {"symbol": "A", "quantity": "99999.9999999999", "exit_price": "1e3", "entry_date": "2024-12-02"},
        {"symbol": "A", "quantity": 5, "position_type": "SHORT"},
    ):
        add(client, api_world["p"], **lot)
    before = everything(store)
    text = export(client, api_world["p"], "positions").text
    assert text.count("\n") == 10
    for replace in ("false", "true"):
        told = import_again(client, text, portfolio="p", replace=replace)
        (change,) = told["portfolios"]
        assert (change["status"], change["unchanged"], change["kept"], told["run_request_id"]) == (
            "unchanged",
            9,
            0,
            None,
        )
    assert everything(store) == before


def test_a_lot_that_is_there_already_is_refused_as_a_file_refuses_it(client, store, api_world):
    lot = {"symbol": "A", "quantity": 7, "entry_price": "12.5"}
    add(client, api_world["p"], **lot)
    before = table_rows(store, "positions")
    again = client.post(f"/api/v1/portfolios/{api_world['p']}/positions", json=lot)
    assert again.status_code == 422
    assert "the same position is there already" in again.json()["detail"]
    import_again(client, export(client, api_world["p"], "positions").text, portfolio="p", replace="true")
    assert table_rows(store, "positions") == before


def test_a_portfolio_without_lots_is_a_header(client, api_world):
    answer = export(client, api_world["no run"], "positions")
    assert answer.text == ",".join(LOT_COLUMNS) + "\r\n"


FORMULAS = [
    '=HYPERLINK("http://x","y")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\tTab",
    "\rReturn",
    "\nLine",
    "=1,2",
]


@pytest.mark.parametrize("name", FORMULAS)
def test_a_name_that_looks_like_a_formula_is_text_for_every_spreadsheet(client, store, api_world, name):
    with store.begin() as conn:
        conn.execute(sa.update(instruments).where(instruments.c.symbol == "A").values(name=name))
    answer = export(client, api_world["p"], "holdings")
    row = next(row for row in cells(answer) if row["symbol"] == "A")
    assert row["name"] == f"'{name}"


ORDINARY = [
    'Say "hi", Inc.',
    "Müller & Söhne AG 株式会社 😀",
    "a,b;c",
    "O'Reilly",
    "'=quoted",
    " spaced ",
    "A=1",
    "a\r=1+1",
    "a\n=1+1",
]


@pytest.mark.parametrize("name", ORDINARY)
def test_any_other_name_is_as_it_is(client, store, api_world, name):
    with store.begin() as conn:
        conn.execute(sa.update(instruments).where(instruments.c.symbol == "A").values(name=name))
    row = next(row for row in cells(export(client, api_world["p"], "holdings")) if row["symbol"] == "A")
    assert row["name"] == name


def test_a_negative_number_is_a_number(client, api_world):
    row = next(row for row in cells(export(client, api_world["p"], "holdings")) if row["symbol"] == "B")
    assert row["quantity"] == "-2"
    assert float(row["value"]) < 0
    assert row["value"].startswith("-")


def test_holdings_are_those_of_the_page_and_what_is_missing_is_an_empty_cell(client, api_world, panel):
    answer = export(client, api_world["p"], "holdings")
    page = ask(client, "GET", f"/data/portfolio/{api_world['p']}/complete", 200)
    rows = cells(answer)
    assert len(rows) == len(page["holdings"]) == 3
    for row, held in zip(rows, page["holdings"], strict=True):
        assert row.keys() == held.keys() - {"reasons"}
        for name, cell in row.items():
            if held[name] is None:
                assert cell == "", name
            elif isinstance(held[name], bool):
                assert cell == str(held[name]).lower(), name
            elif isinstance(held[name], str):
                assert cell == held[name], name
            else:
                assert float(cell) == held[name], name
    assert any(cell == "" for cell in rows[-1].values())
    name = f"holdings-{api_world['p']}-{day(panel)}.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


def test_holdings_of_an_earlier_session_are_those_of_its_page(client, api_world, panel):
    then = str(day(panel, -3))
    rows = cells(export(client, api_world["p"], "holdings", date=then))
    page = ask(client, "GET", f"/data/portfolio/{api_world['p']}/complete?as_of_date={then}", 200)
    assert [float(row["value"]) for row in rows] == [held["value"] for held in page["holdings"]]


def test_the_history_is_a_row_a_session_oldest_first_between_two_dates(client, api_world, panel):
    entries = walk(client, f"/portfolios/{api_world['p']}/snapshots")
    rows = cells(export(client, api_world["p"], "snapshots"))
    assert [row["snapshot_date"] for row in rows] == [str(day(panel, at)) for at in (-3, -2, -1)]
    for row, entry in zip(rows, entries, strict=True):
        for name, cell in row.items():
            value = entry["snapshot"][name]
            if value is None:
                assert cell == "", name
            elif isinstance(value, float | int) and not isinstance(value, bool):
                assert float(cell) == value, name
    middle = str(day(panel, -2))
    assert [row["snapshot_date"] for row in cells(export(
        client, api_world["p"], "snapshots", **{"from": middle, "to": middle}
    ))] == [middle]  # fmt: skip
    answer = export(client, api_world["p"], "snapshots", to="2001-01-01")
    assert (cells(answer), "net_asset_value" in header(answer)) == ([], True)
    name = f"snapshots-{api_world['p']}.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize("what", ["positions", "holdings", "snapshots"])
def test_there_is_no_export_of_what_is_anothers_or_nobodys(client, store, api_world, what):
    ids, _ = other_user(store, now=NOW)
    for portfolio_id in (ids[f"p, {THEIRS}"], 99_999):
        told = ask(client, "GET", f"/portfolios/{portfolio_id}/exports/{what}", 404)
        assert told["detail"] == f"no portfolio has the id {portfolio_id}"


def test_there_are_no_holdings_without_a_snapshot(client, api_world):
    told = ask(client, "GET", f"/portfolios/{api_world['no run']}/exports/holdings", 404)
    assert told["detail"] == "no snapshot of 'no run'"
    told = ask(client, "GET", f"/portfolios/{api_world['p']}/exports/holdings?date=2001-01-01", 404)
    assert told["detail"] == "no snapshot of 'p' on 2001-01-01"


def test_dates_in_the_wrong_order_are_refused_where_they_stand(client, api_world):
    path = f"/portfolios/{api_world['p']}/exports/snapshots?from=2024-12-31&to=2024-12-30"
    told = ask(client, "GET", path, 422)
    assert "is after" in told["detail"]
    assert [fault["location"].partition(".")[0] for fault in told["errors"]] == ["query"]


def test_ended_lots_and_those_to_come_are_exported_too(client, store, api_world):
    with store.begin() as conn:
        own = sa.update(positions).where(
            positions.c.symbol == "X", positions.c.portfolio_id == api_world["p"]
        )
        conn.execute(own.values(exit_date=day_of("2024-12-01"), entry_date=day_of("2024-11-01")))
    rows = cells(export(client, api_world["p"], "positions"))
    assert [(row["entry_date"], row["exit_date"]) for row in rows if row["symbol"] == "X"] == [
        ("2024-11-01", "2024-12-01")
    ]


def day_of(text):
    return NOW.date().fromisoformat(text)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-0.0, "-0.0"),
        (-1.5, "-1.5"),
        (1e-300, "1e-300"),
        (0.1 + 0.2, "0.30000000000000004"),
        (NOW.date(), "2025-06-30"),
        ("", ""),
        ("=", "'="),
    ],
)
def test_each_kind_of_cell_is_written_plainly(value, written):
    body = csv_response("x", ("a", "b"), [{"a": value, "b": 1}]).body
    assert next(csv.reader([bytes(body).decode().splitlines()[1]])) == [written, "1"]

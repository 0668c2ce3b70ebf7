"""Files over HTTP: a preview that writes nothing, then all of the file or nothing, as by the command line."""

from dataclasses import asdict

import pytest

from api.asking import ask, client_of, everything, faults, token_of, user_id, work
from api.conftest import NOW
from builders import table_rows
from riskpanel.errors import InputError
from riskpanel.nightly.ingest import import_instruments, import_portfolios, import_positions
from riskpanel.nightly.ingest_scenarios import import_scenarios
from riskpanel.store.portfolios import LOCAL_USER

POSITIONS = (
    "portfolio,symbol,quantity,entry_date,multiplier\n"
    "p,A,12.5,,\n"
    "p,B,-2,,\n"
    "fresh,brk.b,3,2024-01-02,2\n"
    "fresh,A,-1,,\n"
)
PORTFOLIOS = "name,cash_balance,market_index\np,250.75,SPY\nfresh,-10,A\n"
INSTRUMENTS = "symbol,name,sector\nA,Company A,Energy\nBRK-B,Berkshire,Financials\nU,Odd,Bananas\n"
SCENARIOS = """
[scenarios.Rates]
market = -0.07
sectors = { Utilities = -0.2 }
[scenarios."My crash"]
from = 2015-08-17
to = 2015-08-25
"""
GOOD = {
    "positions": POSITIONS,
    "portfolios": PORTFOLIOS,
    "instruments": INSTRUMENTS,
    "scenarios": SCENARIOS,
}
BAD = {
    "positions": "symbol,quantity,entry_date\nA,0,\nB,x,2024-13-01\nX,1,\n?,1,\n",
    "portfolios": "name,cash_balance,currency\nn,1,EUR\n,2,\np,a,\np,1,\n",
    "instruments": "symbol,name\n?,a\n,b\nA,c\nA,d\n",
}
BAD_CELLS = {
    "positions": [(2, "quantity"), (3, "quantity"), (3, "entry_date"), (5, "symbol")],
    "portfolios": [(2, "currency"), (3, "name"), (4, "cash_balance")],
    "instruments": [(2, "symbol"), (3, "symbol"), (5, "symbol")],
}
KINDS = tuple(GOOD)


def send(client, kind, content, status=200, **query):
    media = "application/toml" if kind == "scenarios" else "text/csv"
    raw = content.encode() if isinstance(content, str) else content
    headers = {"content-type": media}
    return ask(client, "POST", f"/imports/{kind}", status, content=raw, params=query, headers=headers)


def requests(store):
    return table_rows(store, "run_requests")


@pytest.mark.parametrize("kind", BAD)
def test_a_preview_names_every_bad_cell_and_writes_nothing(client, store, api_world, kind):
    before = everything(store)
    options = {"portfolio": "p"} if kind == "positions" else {}
    told = send(client, kind, BAD[kind], dry_run="true", name="mine.csv", **options)
    assert (told["dry_run"], told["bad_count"]) == (True, len(told["bad"]))
    assert [(bad["line"], bad["column"]) for bad in told["bad"]] == BAD_CELLS[kind]
    assert {bad["file"] for bad in told["bad"]} == {"mine.csv"}
    assert all(bad["reason"] for bad in told["bad"])
    assert everything(store) == before


@pytest.mark.parametrize("kind", BAD)
def test_a_file_with_a_bad_row_is_not_imported_at_all_and_every_bad_cell_is_told(
    client, store, api_world, kind
):
    before = everything(store)
    options = {"portfolio": "p"} if kind == "positions" else {}
    seen = send(client, kind, BAD[kind], dry_run="true", name="mine.csv", **options)["bad"]
    told = send(client, kind, BAD[kind], 422, name="mine.csv", **options)
    rows = len({line for line, _ in BAD_CELLS[kind]})
    assert told["detail"] == f"{rows} bad rows in mine.csv: nothing was imported"
    assert [fault["detail"] for fault in told["errors"]] == [
        f"mine.csv: line {bad['line']}, {bad['column']}: {bad['reason']}" for bad in seen
    ]
    assert everything(store) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_of_a_good_file_writes_nothing_and_says_what_the_import_then_does(
    client, store, api_world, kind
):
    before = everything(store)
    preview = send(client, kind, GOOD[kind], dry_run="true")
    assert everything(store) == before
    done = send(client, kind, GOOD[kind])
    assert everything(store) != before
    assert (preview.pop("dry_run"), done.pop("dry_run")) == (True, False)
    if kind != "instruments":
        assert preview.pop("run_request_id") is None
        assert done.pop("run_request_id") == requests(store)[0]["id"]
    for change in done.get("portfolios", ()):
        if change["status"] == "created":
            change["portfolio_id"] = None
    assert preview == done


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_file_twice_changes_nothing_and_asks_for_no_run(client, store, api_world, kind):
    send(client, kind, GOOD[kind])
    work(store)
    before = everything(store)
    again = send(client, kind, GOOD[kind])
    assert everything(store) == before
    if kind == "instruments":
        assert (again["written"], again["unchanged"]) == (0, 3)
    else:
        assert again["run_request_id"] is None


def test_an_import_of_one_portfolio_asks_for_its_run_and_of_several_for_one_of_all(client, store, api_world):
    one = send(client, "positions", "symbol,quantity\nA,9\n", portfolio="p")
    several = send(client, "positions", POSITIONS)
    asked = {row["id"]: row for row in requests(store)}
    assert asked[one["run_request_id"]]["portfolio_id"] == api_world["p"]
    assert asked[several["run_request_id"]]["portfolio_id"] is None
    assert not any(row["everybody"] for row in asked.values())
    assert {row["user_id"] for row in asked.values()} == {user_id(store, LOCAL_USER)}


def rows_of(store, name):
    """What an import writes for a user, without ids and stamps."""
    user, left_out = user_id(store, name), {"id", "user_id", "portfolio_id", "created_at", "updated_at"}
    owned = {row["id"]: row["name"] for row in table_rows(store, "portfolios") if row["user_id"] == user}
    lots = [row | {"of": owned[row["portfolio_id"]]} for row in table_rows(store, "positions")
            if row["portfolio_id"] in owned]  # fmt: skip
    own = [row for table in ("portfolios", "scenarios") for row in table_rows(store, table)
           if row["user_id"] == user]  # fmt: skip
    return [{key: cell for key, cell in row.items() if key not in left_out} for row in [*own, *lots]]


def by_function(store, kind, path, owner, **options):
    """The report of the function that the command calls."""
    common = {"now": NOW} | options
    if kind == "instruments":
        return import_instruments(store, path, **common)
    run = {"positions": import_positions, "portfolios": import_portfolios, "scenarios": import_scenarios}
    return run[kind](store, path, today=NOW.date(), user_id=owner, **common)


def comparable(report):
    """A report of a function as an answer says it, without ids of what was written."""
    told = asdict(report)
    if "bad" in told:
        told["bad_count"] = len(told["bad"])
        told["bad"] = [{"file": bad["file"], **bad["error"]} for bad in told["bad"]]
    told.pop("run_request_id", None)
    for change in told.get("portfolios", ()):
        change.pop("portfolio_id")
        change["cash_balance"] = float(change["cash_balance"])
    return {key: list(cell) if isinstance(cell, tuple) else cell for key, cell in told.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_outcome_is_that_of_the_command_line_with_the_same_file(client, store, api_world, tmp_path, kind):
    path = tmp_path / f"file.{'toml' if kind == 'scenarios' else 'csv'}"
    path.write_text(GOOD[kind], encoding="utf-8")
    for dry_run in (True, False):
        with client_of(store, "web") as web:
            asking = client if kind == "instruments" else web
            query = {"dry_run": str(dry_run).lower(), "name": path.name}
            answer = send(asking, kind, GOOD[kind], **query)
        if kind == "instruments" and not dry_run:
            written = [row for row in table_rows(store, kind) if row["symbol"] in {"BRK-B", "U"}]
            assert [row["name"] for row in written] == ["Berkshire", "Odd"]
            break  # shared by all users: the second import would find the first
        report = by_function(store, kind, path, user_id(store, "cli"), dry_run=dry_run)
        answer.pop("run_request_id", None)
        for change in answer.get("portfolios", ()):
            change.pop("portfolio_id")
        assert answer == comparable(report)
        assert rows_of(store, "web") == rows_of(store, "cli")
    assert kind == "instruments" or rows_of(store, "web")


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_as_by_the_command_line(client, store, api_world, tmp_path, kind):
    path = tmp_path / "file.csv"
    path.write_text(BAD[kind], encoding="utf-8")
    options = {"portfolio": "p"} if kind == "positions" else {}
    told = send(client, kind, BAD[kind], 422, name="file.csv", **options)
    with pytest.raises(InputError) as caught:
        by_function(store, kind, path, user_id(store, LOCAL_USER), **options)
    assert (told["detail"], told["hint"]) == (caught.value.what, caught.value.hint)
    assert tuple(fault["detail"] for fault in told["errors"]) == caught.value.details


def test_replace_removes_the_lots_that_the_file_lacks_and_else_they_are_kept(client, store, api_world):
    content = "symbol,quantity\nA,3\n"
    kept = send(client, "positions", content, portfolio="p")
    assert (kept["portfolios"][0]["kept"], kept["portfolios"][0]["removed"]) == (3, 0)
    (warning,) = kept["warnings"]
    assert warning.startswith("p: positions kept that the file lacks")
    gone = send(client, "positions", content, portfolio="p", replace="true")
    assert (gone["portfolios"][0]["kept"], gone["portfolios"][0]["removed"]) == (0, 3)
    left = [row for row in table_rows(store, "positions") if row["portfolio_id"] == api_world["p"]]
    assert [(row["symbol"], row["quantity"]) for row in left] == [("A", 3)]


def test_replace_removes_the_scenarios_that_the_file_lacks(client, store, api_world):
    send(client, "scenarios", SCENARIOS)
    other = "[scenarios.Other]\nmarket = 0.1\n"
    assert send(client, "scenarios", other)["kept"] == ["My crash", "Rates"]
    assert send(client, "scenarios", other, replace="true")["removed"] == ["My crash", "Rates"]
    assert [row["name"] for row in table_rows(store, "scenarios")] == ["Other"]


def test_bad_scenarios_are_all_told_by_a_preview_and_nothing_is_imported(client, store, api_world):
    content = "[scenarios.a]\nmarket = 2\nx = 1\n[scenarios.market_down_20]\nmarket = -0.1\n[scenarios.ok]\n"
    content += "market = 0.1\n"
    before = everything(store)
    seen = send(client, "scenarios", content, dry_run="true")
    assert [(fault["name"], fault["key"]) for fault in seen["faults"]] == [
        ("a", "x"),
        ("a", "market"),
        ("market_down_20", ""),
    ]
    told = send(client, "scenarios", content, 422, name="s.toml")
    assert told["detail"] == "3 faults in s.toml: nothing was imported"
    assert len(told["errors"]) == 3
    assert everything(store) == before


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_instruments_are_imported_by_administrators_alone(store, api_world, dry_run):
    before = everything(store)
    with client_of(store, "bob") as bob:
        told = send(bob, "instruments", INSTRUMENTS, 403, dry_run=dry_run)
        assert told["detail"] == "only administrators may do this"
        after = everything(store)
        assert after["instruments"] == before["instruments"]
        for scopes in (("read", "write"), ("write",)):  # of an administrator, but without the scope
            bearer = {"authorization": f"Bearer {token_of(store, LOCAL_USER, scopes=scopes)}"}
            answer = bob.post("/api/v1/imports/instruments", content=INSTRUMENTS.encode(), headers=bearer)
            assert answer.status_code == 403
    assert everything(store)["instruments"] == before["instruments"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "instruments"])
def test_a_token_that_may_only_read_imports_nothing_and_previews_nothing(store, api_world, kind):
    with client_of(store, "bob") as bob:
        bob.headers["authorization"] = f"Bearer {token_of(store, 'bob', scopes=('read',))}"
        before = everything(store)
        for dry_run in ("true", "false"):
            told = send(bob, kind, GOOD[kind], 403, dry_run=dry_run)
            assert told["detail"] == "this token may not change anything"
    after = everything(store)
    assert {name: after[name] for name in after.keys() - {"api_tokens"}} == {
        name: before[name] for name in before.keys() - {"api_tokens"}
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("media", "content"),
    [
        ("application/json", b'{"symbol": "A"}'),
        ("application/json", b"symbol,quantity\nA,1\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n'
            b"symbol,quantity\nA,1\n\r\n--x--\r\n",
        ),
        ("text/csv", b""),
        ("text/csv", b"\xff\xfe\x00"),
        ("text/csv", b"symbol,quantity\nA,\x80\n"),
        ("text/csv", b"\n\n\n"),
        ("text/csv", b"\x1f\x8b\x08\x00\x00\x00\x00\x00"),
    ],
)
def test_what_is_not_the_file_itself_is_refused_and_writes_nothing(
    client, store, api_world, kind, media, content
):
    before = everything(store)
    answer = client.post(f"/api/v1/imports/{kind}", content=content, headers={"content-type": media})
    assert answer.status_code in {400, 415, 422}, answer.text
    assert answer.json()["detail"]
    assert everything(store) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_within_json_is_not_taken_for_a_file(client, store, api_world, kind):
    before = everything(store)
    answer = client.post(f"/api/v1/imports/{kind}", json=GOOD[kind])
    assert answer.status_code in {415, 422}, answer.text
    assert everything(store) == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_of_the_file_stands_in_messages_and_cannot_be_a_path(client, api_world, kind):
    told = send(client, kind, "", 422) if kind == "scenarios" else send(client, kind, "a,b\n1,2\n", 422)
    assert told["detail"]
    told = send(client, kind, "a = [", 422, name="Übersicht 2.x")
    assert "Übersicht 2.x" in told["detail"]
    for name in ("", "a/b.csv", "..\\x", "a\nb", "a\x00", "x" * 201):
        assert faults(send(client, kind, GOOD[kind], 422, name=name)).keys() == {"query.name"}, name


OPTIONS = [
    ({"cash": "1", "equity": "2"}, "both a cash and an equity balance are given"),
    ({"cash": "1e16"}, "no more than 16 digits before the decimal point"),
    ({"cash": "0.00001"}, "no more than 4 decimal places"),
    ({"cash": "NaN"}, "finite number"),
    ({"equity": "Infinity"}, "finite number"),
    ({"market_index": "?"}, "not a symbol: '?'"),
    ({"portfolio": " "}, "not a portfolio name: ''"),
    ({"portfolio": "x" * 201}, "not a portfolio name: "),
    ({"dry_run": "maybe"}, "valid boolean"),
]


@pytest.mark.parametrize(("options", "reason"), OPTIONS)
def test_an_option_that_cannot_be_is_refused(client, store, api_world, options, reason):
    before = everything(store)
    query = {"portfolio": "p"} | options
    told = send(client, "positions", "symbol,quantity\nA,1\n", 422, **query)
    assert reason in told["detail"]
    assert everything(store) == before


def test_the_balance_of_an_import_is_set(client, store, api_world):
    content = "symbol,quantity\nA,3\n"
    done = send(client, "positions", content, portfolio="q", cash="12.3456", market_index="a")
    (row,) = (row for row in table_rows(store, "portfolios") if row["name"] == "q")
    assert (str(row["cash_balance"]), row["market_index"]) == ("12.3456", "A")
    assert done["portfolios"][0]["portfolio_id"] == row["id"]


def test_one_user_does_not_import_into_a_portfolio_of_another_with_the_same_name(store, api_world):
    before = {row["id"]: row for row in table_rows(store, "positions")}
    with client_of(store, "bob") as bob:
        done = send(bob, "positions", "symbol,quantity\nA,1\n", portfolio="p", replace="true")
    assert done["portfolios"][0]["status"] == "created"
    after = {row["id"]: row for row in table_rows(store, "positions")}
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 1

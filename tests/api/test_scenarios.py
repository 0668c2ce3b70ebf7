"""A user's scenarios over HTTP, and moves that are tried on a portfolio without storing anything."""

import pytest
import sqlalchemy as sa

from api.asking import ask, client_of, everything, faults, token_of, user_id, work
from api.conftest import NOW
from api.listed import PREFIX, THEIRS, other_user, walk
from builders import day, table_rows
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.store.portfolios import LOCAL_USER
from riskpanel.store.scenarios import MOST_SCENARIOS
from riskpanel.store.schema import instrument_market_betas, market_data_cache, positions, scenarios

PATH = "/scenarios"
MOVES = {
    "name": "Rates up",
    "description": "2 points  in a month",
    "market": -0.07,
    "sectors": {"Utilities": -0.2, "Energy": 0.1},
}
WINDOW = {"name": "My crash", "from": "2015-08-17", "to": "2015-08-25"}


def shown(scenario_id, **given):
    nothing = dict.fromkeys(("description", "market", "window_from", "window_to"))
    return {"id": scenario_id, "kind": "user", "sectors": {}} | nothing | given


def test_both_kinds_are_created_shown_and_listed(client, store, api_world):
    answer = client.post(PREFIX + PATH, json=MOVES)
    assert answer.status_code == 201
    first = answer.json()["id"]
    assert answer.headers["location"] == f"{PREFIX}{PATH}/{first}"
    second = ask(client, "POST", PATH, 201, json=WINDOW)["id"]
    moves = shown(first, **(MOVES | {"description": "2 points in a month"}))
    window = shown(second, name="My crash", kind="replay", window_from="2015-08-17", window_to="2015-08-25")
    assert ask(client, "GET", f"{PATH}/{first}", 200) == moves
    assert ask(client, "GET", f"{PATH}/{second}", 200) == window
    assert walk(client, PATH, limit=1) == [window, moves]


def test_a_scenario_is_computed_at_once_for_all_of_the_users_portfolios(client, store, api_world, panel):
    created = ask(client, "POST", PATH, 201, json=MOVES)
    (asked,) = table_rows(store, "run_requests")
    assert (asked["id"], asked["portfolio_id"], asked["everybody"]) == (
        created["run_request_id"],
        None,
        False,
    )
    work(store)
    found = ask(client, "GET", f"/portfolios/{api_world['p']}/stress", 200)
    (own,) = (one for one in found["stress"] if one["scenario"] == "Rates up")
    tried = ask(
        client,
        "POST",
        f"/portfolios/{api_world['p']}/stress",
        200,
        json={"market": MOVES["market"], "sectors": MOVES["sectors"]},
    )
    assert (own["kind"], own["pnl"]) == ("user", pytest.approx(tried["pnl"], abs=1e-4))
    ask(client, "DELETE", f"{PATH}/{created['id']}", 200)
    work(store)
    left = ask(client, "GET", f"/portfolios/{api_world['p']}/stress", 200)
    assert "Rates up" not in [one["scenario"] for one in left["stress"]]


def test_a_scenario_of_a_user_without_portfolios_leaves_no_failed_request(store, api_world):
    with client_of(store, "bob") as bob:
        ask(bob, "POST", PATH, 201, json=MOVES)
        work(store)
        assert [item["error"] for item in ask(bob, "GET", "/run-requests", 200)["items"]] in ([], [None])


def test_a_scenario_takes_the_place_of_another_as_a_whole(client, store, api_world):
    created = ask(client, "POST", PATH, 201, json=MOVES)["id"]
    ask(client, "PUT", f"{PATH}/{created}", 200, json=WINDOW)
    changed = ask(client, "GET", f"{PATH}/{created}", 200)
    assert (changed["name"], changed["kind"], changed["market"]) == ("My crash", "replay", None)
    assert (changed["description"], changed["sectors"]) == (None, {})
    assert [row["name"] for row in table_rows(store, "scenarios")] == ["My crash"]


def test_a_removed_scenario_is_gone(client, store, api_world):
    created = ask(client, "POST", PATH, 201, json=MOVES)["id"]
    told = ask(client, "DELETE", f"{PATH}/{created}", 200)
    assert (told["id"], told["run_request_id"] is not None) == (created, True)
    for method in ("GET", "DELETE"):
        ask(client, method, f"{PATH}/{created}", 404)
    ask(client, "PUT", f"{PATH}/{created}", 404, json=MOVES)
    assert table_rows(store, "scenarios") == []


def test_a_name_that_is_taken_is_refused_also_when_another_is_changed(client, store, api_world):
    ask(client, "POST", PATH, 201, json=MOVES)
    other = ask(client, "POST", PATH, 201, json=WINDOW)["id"]
    before = everything(store)
    told = ask(client, "POST", PATH, 409, json=MOVES | {"market": 0.5})
    assert told["detail"] == "you have a scenario of that name: Rates up"
    ask(client, "PUT", f"{PATH}/{other}", 409, json=MOVES)
    assert everything(store) == before
    ask(client, "PUT", f"{PATH}/{other}", 200, json=WINDOW)


@pytest.mark.parametrize(
    "name",
    [
        "market_down_20",
        "Market Down 20",
        "market-down-20",
        "ENERGY_DOWN_20",
        "covid_2020",
        "Covid 2020",
        "2008-09 crisis",
        "2022 drawdown",
    ],
)
def test_a_name_like_that_of_a_built_in_scenario_is_refused(client, store, api_world, name):
    told = ask(client, "POST", PATH, 422, json=MOVES | {"name": name})
    assert "is built in: choose another name" in faults(told)["body.name"]
    assert table_rows(store, "scenarios") == []


REFUSED = [
    (MOVES | {"name": ""}, "name", "not a name: 1 to 60 printable characters"),
    (MOVES | {"name": "x" * 61}, "name", "not a name: 1 to 60 printable characters"),
    (MOVES | {"name": "a\tb"}, "name", "not a name: 1 to 60 printable characters"),
    (MOVES | {"name": "down 20%"}, "name", "must not hold %"),
    ({"name": "x"}, "name", "nothing moves"),
    ({"name": "x", "market": 0, "sectors": {"Energy": 0}}, "name", "nothing moves"),
    (MOVES | {"market": 1.01}, "market", "less than or equal to 1"),
    (MOVES | {"market": "a"}, "market", "valid number"),
    (MOVES | {"description": "x" * 401}, "description", "at most 400 characters"),
    (MOVES | {"sectors": {"Bananas": 0.1}}, "sectors.Bananas", "not a GICS sector"),
    (MOVES | {"sectors": {"Technology": 0.1}}, "sectors.Technology", "GICS calls it Information Technology"),
    (MOVES | {"sectors": {"Energy": -2}}, "sectors.Energy", "greater than or equal to -1"),
    (MOVES | {"from": "2015-08-17", "to": "2015-08-25"}, "from", "exclude each other"),
    ({"name": "x", "from": "2015-08-17"}, "to", "missing: a window has both ends"),
    (WINDOW | {"to": "2015-08-17"}, "to", "2015-08-17 is not after 2015-08-17"),
    (WINDOW | {"to": "2025-07-01"}, "to", "2025-07-01 is in the future"),
    (WINDOW | {"from": "1949-12-30"}, "from", "before the exchange calendar"),
    (WINDOW | {"from": "2015-08-21", "to": "2015-08-23"}, "to", "no session of the exchange"),
    (WINDOW | {"kind": "replay"}, "kind", "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("body", "field", "reason"), REFUSED)
def test_a_scenario_that_cannot_be_is_refused_by_field(client, store, api_world, body, field, reason):
    created = ask(client, "POST", PATH, 201, json={"name": "good", "market": 0.1})["id"]
    before = everything(store)
    for method, path in (("POST", PATH), ("PUT", f"{PATH}/{created}")):
        told = ask(client, method, path, 422, json=body)
        assert faults(told).keys() == {f"body.{field}"}
        assert reason in faults(told)[f"body.{field}"]
    assert everything(store) == before


def test_every_fault_of_a_scenario_is_named_at_once(client, api_world):
    body = {"name": "x%", "sectors": {"Bananas": 0.1, "Apples": 0.1}, "from": "2015-08-17"}
    told = ask(client, "POST", PATH, 422, json=body)
    assert faults(told).keys() == {"body.name", "body.sectors.Bananas", "body.sectors.Apples", "body.to"}


def test_a_user_has_at_most_200_scenarios(client, store, api_world):
    own = user_id(store, LOCAL_USER)
    with store.begin() as conn:
        rows = [
            {"user_id": own, "name": f"s{at}", "kind": "user", "created_at": NOW, "updated_at": NOW}
            | {"definition": {"market": 0.1, "sectors": {}}}
            for at in range(MOST_SCENARIOS)
        ]
        conn.execute(sa.insert(scenarios), rows)
    told = ask(client, "POST", PATH, 409, json=MOVES)
    assert told["detail"] == "more than 200 scenarios"
    first = table_rows(store, "scenarios")[0]["id"]
    ask(client, "PUT", f"{PATH}/{first}", 200, json=MOVES)
    ask(client, "DELETE", f"{PATH}/{first}", 200)
    ask(client, "POST", PATH, 201, json=MOVES)
    with client_of(store, "bob") as bob:
        ask(bob, "POST", PATH, 201, json=MOVES)


def test_a_scenario_of_another_is_not_there(client, store, api_world):
    mine = ask(client, "POST", PATH, 201, json=MOVES)["id"]
    with client_of(store, "bob") as bob:
        before = table_rows(store, "scenarios")
        for method, body in (("GET", None), ("PUT", WINDOW), ("DELETE", None)):
            told = ask(bob, method, f"{PATH}/{mine}", 404, json=body)
            assert told["detail"] == f"no scenario has the id {mine}"
        assert ask(bob, "GET", PATH, 200)["items"] == []
        assert table_rows(store, "scenarios") == before
        assert ask(bob, "POST", PATH, 201, json=MOVES)["id"] != mine


STRESS = "/portfolios/{}/stress"


def tried(client, portfolio_id, status=200, **moves):
    return ask(client, "POST", STRESS.format(portfolio_id), status, json=moves)


@pytest.mark.parametrize(
    ("scenario", "moves"),
    [
        ("market_down_20", {"market": -0.2}),
        ("market_up_5", {"market": 0.05}),
        ("energy_down_20", {"sectors": {"Energy": -0.2}}),
    ],
)
def test_a_stress_on_demand_is_what_the_night_stored(client, store, api_world, panel, scenario, moves):
    before = everything(store)
    for portfolio_id in (api_world["p"], api_world["cash alone"], api_world["new"]):
        found = tried(client, portfolio_id, **moves)
        stored = ask(client, "GET", f"/portfolios/{portfolio_id}/stress", 200)["stress"]
        (own,) = (one for one in stored if one["scenario"] == scenario)
        assert found["coverage"] == pytest.approx(own["coverage"], abs=1e-9)
        assert (found["pnl"] is None) == (own["pnl"] is None)
        if own["pnl"] is not None:
            assert found["pnl"] == pytest.approx(own["pnl"], abs=1e-4)
            assert found["pnl_pct"] == pytest.approx(own["pnl_pct"], abs=1e-6)
            known = [one["pnl"] for one in found["positions"] if one["pnl"] is not None]
            assert sum(known) == pytest.approx(found["pnl"], abs=1e-9)
        assert (found["portfolio_id"], found["snapshot_date"]) == (portfolio_id, str(day(panel)))
        assert found["changed_since"] is False
    assert everything(store) == before


def test_a_symbol_without_a_beta_lowers_coverage_and_is_null(client, store, api_world):
    found = tried(client, api_world["p"], market=-0.1)
    by_symbol = {one["symbol"]: one for one in found["positions"]}
    assert found["positions"][-1]["symbol"] == "X"
    assert (by_symbol["X"]["beta"], by_symbol["X"]["move"], by_symbol["X"]["pnl"]) == (None, None, None)
    exposures = {name: abs(one["exposure"]) for name, one in by_symbol.items()}
    wanted = (exposures["A"] + exposures["B"]) / sum(exposures.values())
    assert found["coverage"] == pytest.approx(wanted)
    assert 0 < found["coverage"] < 1


def test_nothing_covered_is_null_and_not_0(client, api_world):
    found = tried(client, api_world["new"], market=-0.1)
    assert (found["pnl"], found["pnl_pct"], found["coverage"]) == (None, None, 0.0)


def test_a_beta_of_0_moves_nothing_and_is_covered(client, store, api_world, panel):
    with store.begin() as conn:
        own = instrument_market_betas.c
        of = (own.symbol == "A", own.calc_date == day(panel))
        conn.execute(sa.update(instrument_market_betas).where(*of).values(beta=0.0))
    found = tried(client, api_world["p"], market=-0.1)
    (flat,) = (one for one in found["positions"] if one["symbol"] == "A")
    assert (flat["beta"], abs(flat["move"]), abs(flat["pnl"])) == (0.0, 0.0, 0.0)


def test_a_lot_that_changed_since_is_told_of_in_the_answer(client, store, api_world):
    with store.begin() as conn:
        conn.execute(sa.update(positions).where(positions.c.symbol == "B").values(quantity=50))
    assert tried(client, api_world["p"], market=-0.1)["changed_since"] is True


def test_a_price_that_is_gone_is_null_and_told_of(client, store, api_world):
    with store.begin() as conn:
        conn.execute(sa.delete(market_data_cache).where(market_data_cache.c.symbol == "B"))
    found = tried(client, api_world["p"], market=-0.1)
    (gone,) = (one for one in found["positions"] if one["symbol"] == "B")
    assert (gone["exposure"], gone["pnl"], found["changed_since"]) == (None, None, True)


def test_a_stress_of_an_earlier_session_uses_its_snapshot(client, api_world, panel):
    then = str(day(panel, -3))
    found = tried(client, api_world["p"], market=-0.2, as_of_date=then)
    stored = ask(client, "GET", f"/portfolios/{api_world['p']}/stress?date={then}", 200)["stress"]
    (own,) = (one for one in stored if one["scenario"] == "market_down_20")
    assert found["snapshot_date"] == then
    assert found["pnl"] == pytest.approx(own["pnl"], abs=1e-4)


@pytest.mark.parametrize(
    ("moves", "field"),
    [
        ({"market": 1.5}, "market"),
        ({"market": "x"}, "market"),
        ({"sectors": {"Bananas": 0.1}}, "sectors.Bananas"),
        ({"sectors": {"Energy": -1.5}}, "sectors.Energy"),
        ({"sectors": dict.fromkeys([*GICS_SECTORS, "x"], 0.1)}, "sectors"),
        ({"as_of_date": "20241231"}, "as_of_date"),
        ({"beta": 1}, "beta"),
    ],
)
def test_a_move_that_cannot_be_is_refused_by_field(client, api_world, moves, field):
    assert faults(tried(client, api_world["p"], 422, **moves)).keys() == {f"body.{field}"}


def test_without_a_snapshot_or_a_portfolio_there_is_nothing_to_try(client, store, api_world):
    ids, _ = other_user(store, now=NOW)
    assert "no snapshot of 'no run'" in tried(client, api_world["no run"], 404, market=-0.1)["detail"]
    for portfolio_id in (ids[f"p, {THEIRS}"], 99_999):
        detail = tried(client, portfolio_id, 404, market=-0.1)["detail"]
        assert detail == f"no portfolio has the id {portfolio_id}"


def test_a_token_that_may_only_read_can_try_moves_but_save_no_scenario(store, api_world):
    with client_of(store, "reader") as reader:
        reader.headers["authorization"] = f"Bearer {token_of(store, LOCAL_USER, scopes=('read',))}"
        assert tried(reader, api_world["p"], market=-0.1)["pnl"]
        ask(reader, "POST", PATH, 403, json=MOVES)
    assert table_rows(store, "scenarios") == []

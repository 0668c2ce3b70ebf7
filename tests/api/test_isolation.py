"""One user's rows do not exist for another, at any address and by any method that is described."""

import pytest
from starlette.testclient import TestClient

from api.accounts_world import API, alike, all_rows
from api.conftest import app_over
from api.listed import walk
from api.two_users import (
    ACCOUNTS,
    OF_SOMEBODY,
    OPERATIONS,
    OWNED,
    SHARED,
    market,
    move_out,
    rows_of,
    two_users,
    work,
)

OWN_LISTS = {
    "/portfolios": "portfolios",
    "/scenarios": "scenarios",
    "/tokens": "api_tokens",
    "/run-requests": "run_requests",
}
LISTS_WITHIN = {
    "/portfolios/{portfolio_id}/timeseries",
    "/portfolios/{portfolio_id}/positions",
    "/portfolios/{portfolio_id}/snapshots",
    "/positions/{position_id}/betas",
    "/positions/{position_id}/volatility",
}
OTHER_LISTS = {"/instruments", "/benchmarks", "/runs", "/users"}
REFUSED_TO_PROGRAMS = ("/tokens", "/auth/")


@pytest.fixture
def world(store):
    return market(store)


@pytest.fixture
def both(world):
    return two_users(world)


@pytest.fixture
def root(world):
    """An administrator: a program with every scope, and a browser."""
    world.add_user("root", is_admin=True)
    return world.program("root", "read", "write", "admin"), world.browser("root")


def test_every_part_of_an_address_is_known_to_belong_to_somebody_or_to_all():
    parts = {part for operation in OPERATIONS for part in operation.parts}
    assert parts == OWNED | SHARED.keys() | ACCOUNTS
    assert len(OF_SOMEBODY) >= 22
    assert {operation.method for operation in OF_SOMEBODY} == {"GET", "POST", "PUT", "PATCH", "DELETE"}


def test_every_list_is_known_to_be_of_somebody_or_of_all():
    listed = {operation.path for operation in OPERATIONS if operation.lists}
    assert listed == OWN_LISTS.keys() | LISTS_WITHIN | OTHER_LISTS


def test_every_table_is_known_to_be_somebodys_or_of_all(world, both):
    shared = {
        "benchmarks_sector_weights",
        "fund_components",
        "id_counters",
        "instrument_market_betas",
        "instrument_volatility",
        "instruments",
        "market_data_cache",
        "market_data_quarantine",
        "run_locks",
    }
    owned = rows_of(world.store, both[0].user_id)
    assert all_rows(world.store).keys() == owned.keys() | shared
    assert owned.keys().isdisjoint(shared)
    assert {name for name, rows in owned.items() if not rows} <= {"setup_links"}


def foreign_answers(asking, ids):
    """What each operation answers to ids in the address; and that of a run in the body."""
    found = {str(operation): operation.ask(asking, ids) for operation in OF_SOMEBODY}
    asked = {"portfolio_id": ids["portfolio_id"]}
    return found | {"in a body": asking.post(f"{API}/run-requests", json=asked)}


def require_not_found(answers, *, by_program):
    statuses = {
        name: answer.status_code
        for name, answer in answers.items()
        if not (by_program and name.split()[1].startswith(REFUSED_TO_PROGRAMS))
    }
    assert statuses == dict.fromkeys(statuses, 404)


@pytest.mark.parametrize("asker", ["another user", "an administrator"])
def test_an_id_of_another_user_is_answered_as_one_that_never_was_and_changes_nothing(
    world, both, root, asker
):
    ann, ben = both
    program, browser = (ann.program, ann.browser) if asker == "another user" else root
    before = all_rows(world.store)
    foreign = {"program": foreign_answers(program, ben.ids), "browser": foreign_answers(browser, ben.ids)}
    assert all_rows(world.store) == before
    for kind, answers in foreign.items():
        require_not_found(answers, by_program=kind == "program")
    move_out(world.store, ben)
    unknown = {"program": foreign_answers(program, ben.ids), "browser": foreign_answers(browser, ben.ids)}
    differing = [
        (kind, name)
        for kind, answers in foreign.items()
        for name, answer in answers.items()
        if not alike(answer, unknown[kind][name])
    ]
    assert differing == []


def test_the_owner_is_answered_the_other_is_not_named_and_keeps_every_row(world, both):
    for mine, other in (both, both[::-1]):
        kept = rows_of(world.store, other.user_id)
        for operation in OPERATIONS:
            client = mine.program
            if operation.path.startswith(REFUSED_TO_PROGRAMS) and operation.path != "/auth/session":
                client = world.browser(mine.name)
            ids = mine.ids | {"user_id": other.user_id}
            answer = operation.ask(client, ids, mine.name)
            require_plausible(operation, answer)
            told = f"{answer.text} {answer.headers}"
            assert other.marker not in told, (str(operation), told)
        assert rows_of(world.store, other.user_id) == kept


def require_plausible(operation, answer):
    """A request that is refused for what it looks like would prove nothing."""
    administering = operation.path.startswith(("/users", "/metrics")) or str(operation) in {
        "PUT /instruments/{symbol}",
        "POST /imports/instruments",
    }
    if administering:
        assert answer.status_code == 403, (str(operation), answer.text)
    elif operation.path == "/auth/setup":
        assert answer.json()["detail"] == "the link is not valid"
    else:
        assert 200 <= answer.status_code < 300, (str(operation), answer.text)


def test_what_two_users_did_side_by_side_is_computed_without_naming_each_other(world, both):
    for side in both:
        asked = {"portfolio_id": side.ids["portfolio_id"], "from": "2024-12-27", "to": "2024-12-30"}
        assert side.program.post(f"{API}/run-requests", json=asked).status_code == 202
    work(world)
    for mine, other in (both, both[::-1]):
        for run in walk(mine.program, "/runs"):
            answer = mine.program.get(f"{API}/runs/{run['id']}")
            assert answer.status_code == 200
            assert other.marker not in answer.text
            assert {failure["name"] for failure in answer.json()["failures"]} <= {f"fails {mine.marker}"}


def ids_of(side, path):
    client = side.browser if path == "/tokens" else side.program
    return {item["id"] for item in walk(client, path)}


@pytest.mark.parametrize("path", OWN_LISTS)
def test_lists_of_two_users_are_disjoint_and_hold_all_that_is_theirs(world, both, path):
    found = [ids_of(side, path) for side in both]
    assert found[0]
    assert found[0].isdisjoint(found[1])
    for side, ids in zip(both, found, strict=True):
        stored = rows_of(world.store, side.user_id)[OWN_LISTS[path]]
        assert ids == {row["id"] for row in stored}


def test_no_cursor_leads_into_the_list_of_another(world, both):
    ann, ben = both
    tried = set()
    for path in OWN_LISTS:
        client = ben.browser if path == "/tokens" else ben.program
        cursor = client.get(API + path, params={"limit": 1}).json()["next_cursor"]
        if cursor is None:  # of one scenario there is no second page
            continue
        mine = ann.browser if path == "/tokens" else ann.program
        answer = mine.get(API + path, params={"cursor": cursor})
        assert answer.status_code == 200
        assert ben.marker not in answer.text
        theirs = {row["id"] for row in rows_of(world.store, ben.user_id)[OWN_LISTS[path]]}
        assert theirs.isdisjoint(item["id"] for item in answer.json()["items"])
        tried.add(path)
    assert tried == OWN_LISTS.keys() - {"/scenarios"}


def test_names_of_another_user_can_be_taken_and_imports_never_touch_what_is_theirs(world, both):
    ann, ben = both
    kept = rows_of(world.store, ben.user_id)
    name = f"p {ben.marker}"
    first = ann.program.post(f"{API}/portfolios", json={"name": name})
    assert first.status_code == 201
    text = f"portfolio,symbol,quantity\n{name},A,5\nfails {ben.marker},B,1\n".encode()
    headers = {"content-type": "text/csv"}
    for query in ("?dry_run=true&replace=true", "?replace=true"):
        answer = ann.program.post(f"{API}/imports/positions{query}", content=text, headers=headers)
        assert answer.status_code == 200, answer.text
        told = {one["name"]: (one["status"], one["removed"]) for one in answer.json()["portfolios"]}
        assert told == {name: ("unchanged", 0), f"fails {ben.marker}": ("created", 0)}
    scenario = {"name": f"s {ben.marker}", "market": -0.3}
    assert ann.program.post(f"{API}/scenarios", json=scenario).status_code == 201
    work(world)
    later = rows_of(world.store, ben.user_id)
    assert later == kept


def test_an_administrator_sees_and_lists_nothing_of_anybody_else(world, both, root):
    program, browser = root
    for operation in OPERATIONS:
        if operation.method != "GET" or operation.parts & OWNED:
            continue
        client = browser if operation.path.startswith(REFUSED_TO_PROGRAMS) else program
        answer = operation.ask(client, {"user_id": both[0].user_id})
        assert answer.status_code == 200, str(operation)
        if not operation.path.startswith("/users"):
            assert [side for side in both if side.marker in answer.text] == [], str(operation)
    for path in OWN_LISTS:
        own = walk(browser, path)
        assert {item["name"] for item in own} == ({"program"} if path == "/tokens" else set())
    told = program.get(f"{API}/users/{both[0].user_id}").json()
    assert set(told) == {
        "id", "name", "is_admin", "is_local", "has_password", "disabled_at", "created_at",
    }  # fmt: skip


def test_nobody_acts_for_another_by_saying_so(world, both, root):
    ann, ben = both
    words = {"X-User": ben.name, "X-User-Id": str(ben.user_id), "X-Remote-User": ben.name, "From": ben.name}
    for client in (ann.program, root[0]):
        answer = client.get(f"{API}/portfolios", headers=words | {"X-Forwarded-User": ben.name})
        assert answer.status_code == 200
        assert ben.marker not in answer.text
        for name in ("user", "user_id", "as_user", "owner"):
            assert client.get(f"{API}/portfolios", params={name: ben.user_id}).status_code == 422
        created = client.post(f"{API}/portfolios", json={"name": "x", "user_id": ben.user_id})
        assert created.status_code == 422


def test_the_local_user_of_a_server_without_accounts_is_one_user_among_others(world, both):
    with TestClient(app_over(world.store), base_url="http://127.0.0.1") as local:
        before = all_rows(world.store)
        answers = {
            str(operation): operation.ask(local, both[0].ids).status_code
            for operation in OF_SOMEBODY
            if not operation.path.startswith(REFUSED_TO_PROGRAMS)
        }
        assert answers == dict.fromkeys(answers, 404)
        assert all_rows(world.store) == before
        assert local.get(f"{API}/portfolios").json()["items"] == []

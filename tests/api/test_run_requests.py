"""Runs are asked for over HTTP, computed by the worker of the server, and followed as events."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from api.asking import ask, client_of, everything, faults, token_of, user_id, work
from api.conftest import NOW, app_over
from api.listed import PREFIX, THEIRS, other_user, walk
from api.serving import events, serving, wait_until
from builders import day, table_rows
from riskpanel.api.access import open_accounts
from riskpanel.api.accounts.keys import csrf_key, hash_key
from riskpanel.store.login_sessions import save_login_session
from riskpanel.store.portfolios import LOCAL_USER
from riskpanel.store.run_requests import WantedRun, save_run_request
from riskpanel.store.runs import Lock, save_lock
from riskpanel.store.schema import run_requests, users

PATH = "/run-requests"


def requests(store):
    return table_rows(store, "run_requests")


def test_a_request_by_default_is_for_all_of_yours_on_the_newest_session(client, store, api_world, panel):
    answer = client.post(PREFIX + PATH, json={})
    assert answer.status_code == 202
    asked = answer.json()
    assert answer.headers["location"] == f"{PREFIX}{PATH}/{asked['id']}"
    assert asked == {
        "id": asked["id"],
        "portfolio_id": None,
        "everybody": False,
        "as_of_from": None,
        "as_of_to": None,
        "status": "queued",
        "sessions_done": 0,
        "sessions_total": None,
        "run_id": None,
        "error": None,
        "hint": None,
        "requested_at": "2025-06-30T21:00:00+00:00",
        "finished_at": None,
    }
    assert work(store) == 1
    done = client.get(answer.headers["location"]).json()
    assert (done["status"], done["sessions_done"], done["sessions_total"]) == ("succeeded", 1, 1)
    run = ask(client, "GET", f"/runs/{done['run_id']}", 200)["run"]
    last = day(panel).isoformat()
    assert (run["kind"], run["as_of_from"], run["as_of_to"]) == ("run", last, last)
    assert run["portfolios_count"] == 4


def test_a_range_of_one_portfolio_is_computed_session_by_session(client, store, api_world, panel):
    body = {"portfolio_id": api_world["no run"], "from": str(day(panel, -4)), "to": str(day(panel))}
    ask(client, "PATCH", f"/portfolios/{api_world['no run']}", 200, json={"cash_balance": 5})
    asked = ask(client, "POST", PATH, 202, json=body)
    assert (asked["as_of_from"], asked["as_of_to"]) == (body["from"], body["to"])
    work(store)
    done = ask(client, "GET", f"{PATH}/{asked['id']}", 200)
    assert (done["status"], done["sessions_done"], done["sessions_total"]) == ("succeeded", 4, 4)
    stored = walk(client, f"/portfolios/{api_world['no run']}/snapshots")
    assert [entry["snapshot"]["snapshot_date"] for entry in stored] == [
        str(day(panel, at)) for at in (-4, -3, -2, -1)
    ]


REFUSED = [
    ({"from": "2024-12-30"}, "to", "missing: a range has both ends"),
    ({"to": "2024-12-30"}, "from", "missing: a range has both ends"),
    ({"from": "2024-12-31", "to": "2024-12-30"}, "to", "2024-12-30 is before 2024-12-31"),
    ({"from": "2024-12-31", "to": "2025-07-01"}, "to", "2025-07-01 is in the future"),
    ({"from": "2024-12-31", "to": "9999-12-31"}, "to", "9999-12-31 is in the future"),
    ({"from": "20241231", "to": "2024-12-31"}, "from", "a date is written YYYY-MM-DD"),
    ({"from": 1735603200, "to": "2024-12-31"}, "from", "a date is written YYYY-MM-DD"),
    ({"portfolio_id": 0}, "portfolio_id", "greater than or equal to 1"),
    ({"portfolio_id": 2**63}, "portfolio_id", "less than or equal to"),
    ({"portfolio_id": "x"}, "portfolio_id", "valid integer"),
    ({"everybody": True, "portfolio_id": 1}, "everybody", "excludes portfolio_id"),
    ({"kind": "run"}, "kind", "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("body", "field", "reason"), REFUSED)
def test_a_request_that_cannot_be_is_refused_by_field(client, store, api_world, body, field, reason):
    told = ask(client, "POST", PATH, 422, json=body)
    assert faults(told).keys() == {f"body.{field}"}
    assert reason in faults(told)[f"body.{field}"]
    assert requests(store) == []


def test_today_is_not_in_the_future(client, api_world):
    today = str(NOW.date())
    assert ask(client, "POST", PATH, 202, json={"from": today, "to": today})["status"] == "queued"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"from": "0001-01-01", "to": "0001-01-01"}, "outside the exchange calendar: 0001-01-01"),
        ({"from": "1990-01-01", "to": "1990-01-03"}, "no prices for 1990-01-02"),
        ({"from": "2024-12-28", "to": "2024-12-28"}, "not a session of the exchange: 2024-12-28 (Saturday)"),
        ({"from": "2024-12-28", "to": "2024-12-29"}, "no session of the exchange from 2024-12-28 to"),
    ],
)
def test_a_range_that_cannot_be_computed_ends_with_the_reason(client, store, api_world, body, error):
    asked = ask(client, "POST", PATH, 202, json=body)
    work(store)
    done = ask(client, "GET", f"{PATH}/{asked['id']}", 200)
    assert done["status"] == "failed"
    assert error in done["error"]
    assert (done["run_id"], done["finished_at"]) == (None, "2025-06-30T21:00:00+00:00")


def test_the_portfolio_of_another_is_not_found_and_not_told_from_one_that_is_not_there(
    client, store, api_world
):
    ids, _ = other_user(store, now=NOW)
    before = everything(store)
    foreign = ids[f"p, {THEIRS}"]
    told = [ask(client, "POST", PATH, 404, json={"portfolio_id": one}) for one in (foreign, 99_999)]
    assert told[0]["detail"].replace(str(foreign), "99999") == told[1]["detail"]
    assert everything(store) == before


def test_runs_of_everybody_are_asked_for_by_administrators_alone(client, store, api_world):
    assert ask(client, "POST", PATH, 202, json={"everybody": True})["everybody"] is True
    before = requests(store)
    with client_of(store, "bob") as bob:
        told = ask(bob, "POST", PATH, 403, json={"everybody": True})
        assert told["detail"] == "only administrators ask for the runs of everybody"
        bob.headers["authorization"] = f"Bearer {token_of(store, LOCAL_USER, scopes=('read', 'write'))}"
        ask(bob, "POST", PATH, 403, json={"everybody": True})
    assert requests(store) == before


def test_a_token_that_may_only_read_asks_for_no_run(store, api_world):
    with client_of(store, "bob") as bob:
        bob.headers["authorization"] = f"Bearer {token_of(store, 'bob', scopes=('read',))}"
        ask(bob, "POST", PATH, 403, json={})
        assert ask(bob, "GET", PATH, 200)["items"] == []
    assert requests(store) == []


def test_equal_requests_that_wait_are_one_and_others_are_their_own(client, store, api_world):
    portfolio = {"portfolio_id": api_world["p"]}
    dates = {"from": "2024-12-30", "to": "2024-12-31"}
    bodies = [{}, portfolio, {"everybody": True}, dates, portfolio | dates]
    first = [ask(client, "POST", PATH, 202, json=body)["id"] for body in bodies]
    assert len(set(first)) == len(bodies)
    assert [ask(client, "POST", PATH, 202, json=body)["id"] for body in bodies] == first
    with client_of(store, "bob") as bob:  # who has none of them
        assert ask(bob, "POST", PATH, 202, json={})["id"] not in first
    with store.begin() as conn:  # a run that has begun may have read what was there before
        conn.execute(sa.update(run_requests).values(status="running"))
    assert not set(first) & {ask(client, "POST", PATH, 202, json=body)["id"] for body in bodies}


def test_at_most_20_requests_of_a_user_are_open(client, store, api_world):
    days = [date(2024, 12, 1) + timedelta(days=at) for at in range(20)]
    for one in days:
        ask(client, "POST", PATH, 202, json={"from": str(one), "to": str(one)})
    with store.begin() as conn:
        conn.execute(sa.update(run_requests).where(run_requests.c.id == 1).values(status="running"))
    told = ask(client, "POST", PATH, 409, json={"from": "2024-11-01", "to": "2024-11-01"})
    assert told["detail"] == "20 runs wait already"
    with client_of(store, "bob") as bob:  # whose own do not wait behind another's count
        ask(bob, "POST", PATH, 202, json={})
    with store.begin() as conn:
        conn.execute(sa.update(run_requests).where(run_requests.c.id == 1).values(status="failed"))
    ask(client, "POST", PATH, 202, json={"from": "2024-11-01", "to": "2024-11-01"})


def test_requests_are_listed_newest_first_and_only_to_their_owner(client, store, api_world):
    ids = [ask(client, "POST", PATH, 202, json={"portfolio_id": one})["id"] for one in api_world.values()]
    with client_of(store, "bob") as bob:
        theirs = ask(bob, "POST", PATH, 202, json={})["id"]
        assert [item["id"] for item in walk(bob, PATH)] == [theirs]
        for path in (f"{PATH}/{ids[0]}", f"{PATH}/{ids[0]}/events"):
            told = ask(bob, "GET", path, 404)
            assert told["detail"] == f"no run request has the id {ids[0]}"
    assert [item["id"] for item in walk(client, PATH)] == ids[::-1]
    assert ask(client, "GET", f"{PATH}/{theirs}", 404)["detail"] == f"no run request has the id {theirs}"


def test_a_stream_of_a_request_that_has_ended_is_one_event(client, store, api_world):
    asked = ask(client, "POST", PATH, 202, json={})
    work(store)
    answer = client.get(f"{PREFIX}{PATH}/{asked['id']}/events", headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    ((name, data),) = events(answer)
    assert name == "end"
    assert data == ask(client, "GET", f"{PATH}/{asked['id']}", 200)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert {"etag", "content-encoding"}.isdisjoint(answer.headers)
    assert "no-cache" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_stream_needs_somebody_to_be_signed_in(store, api_world):
    with client_of(store, "bob", app_over(store, accounts=open_accounts(required=True))) as bob:
        asked = ask(bob, "POST", PATH, 202, json={})
        del bob.headers["authorization"]
        ask(bob, "GET", f"{PATH}/{asked['id']}/events", 401)


def follow(server, request_id):
    with server.stream(f"{PATH}/{request_id}/events") as answer:
        assert answer.status_code == 200
        return list(events(answer))


def test_a_change_over_http_is_computed_within_seconds_and_followed_to_its_end(
    store, api_world, migrated_url, panel
):
    with serving(migrated_url) as server:
        path = f"/data/portfolio/{api_world['p']}/complete"
        before = server.ask("GET", path).json()
        changed = server.ask("PATCH", f"/portfolios/{api_world['p']}", json={"cash_balance": 1234.5}).json()
        told = follow(server, changed["run_request_id"])
        after = server.ask("GET", path).json()
        code, said = server.interrupt()
    assert [name for name, _ in told] == ["progress"] * (len(told) - 1) + ["end"]
    assert all(first != second for first, second in pairwise(told))
    last = told[-1][1]
    assert (last["status"], last["sessions_done"], last["sessions_total"]) == ("succeeded", 1, 1)
    assert after["meta"]["run_id"] == last["run_id"] != before["meta"]["run_id"]
    assert after["snapshot"]["cash_value"] == 1234.5
    assert after["snapshot"]["snapshot_date"] == str(day(panel))
    moved = after["snapshot"]["net_asset_value"] - before["snapshot"]["net_asset_value"]
    assert moved == pytest.approx(1134.5, abs=1e-3)
    assert (code, "Traceback" in said) == (0, False)


def test_a_requested_backfill_tells_how_far_it_is(store, api_world, migrated_url, panel):
    with serving(migrated_url) as server:
        body = {"from": str(day(panel, -60)), "to": str(day(panel))}
        asked = server.ask("POST", PATH, json=body).json()
        told = [data for _, data in follow(server, asked["id"])]
        server.interrupt()
    done = [data["sessions_done"] for data in told]
    assert done == sorted(done)
    assert (done[-1], told[-1]["sessions_total"], told[-1]["as_of_to"]) == (60, 60, str(day(panel)))
    assert told[-1]["status"] in {"succeeded", "partial"}
    assert {data["id"] for data in told} == {asked["id"]}


@pytest.fixture
def waiting(store, api_world):
    """A signed-in browser's secret, and a request of its user that waits for a run of another machine."""
    now, key, own = datetime.now(UTC), "k" * 43, user_id(store, "bob")
    with store.begin() as conn:
        later = now + timedelta(hours=1)
        save_login_session(conn, hash_key(key), user_id=own, now=now, expires_at=later)
        assert save_lock(conn, "run", Lock("elsewhere/1/abc", later), instead_of=None)
        return key, save_run_request(conn, WantedRun(own), now=now)


def test_the_stream_of_a_user_who_signs_out_ends_without_an_end_event(store, waiting, migrated_url):
    key, request_id = waiting
    cookie = f"riskpanel_login={key}"
    with serving(migrated_url, accounts=True) as server:
        with server.stream(f"{PATH}/{request_id}/events", cookie=cookie, accept_encoding="gzip") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert {"etag", "content-encoding"}.isdisjoint(answer.headers)
            told = events(answer)
            assert next(told)[0] == "progress"
            headers = {"cookie": cookie, "x-csrf-token": csrf_key(key)}
            assert server.ask("POST", "/auth/logout", headers=headers).status_code == 204
            rest = list(told)
        assert server.ask("GET", f"{PATH}/{request_id}", headers={"cookie": cookie}).status_code == 401
        code, said = server.interrupt()
    assert "end" not in [name for name, _ in rest]
    assert {data["status"] for _, data in rest} <= {"queued", "running"}
    assert (code, "Traceback" in said) == (0, False)


def test_the_stream_of_a_user_who_is_disabled_ends(store, waiting, migrated_url):
    key, request_id = waiting
    with serving(migrated_url, accounts=True) as server:
        with server.stream(f"{PATH}/{request_id}/events", cookie=f"riskpanel_login={key}") as answer:
            told = events(answer)
            assert next(told)[0] == "progress"
            with store.begin() as conn:
                own = sa.update(users).where(users.c.name == "bob")
                conn.execute(own.values(disabled_at=datetime.now(UTC)))
            assert "end" not in [name for name, _ in told]
        server.interrupt()


def test_a_server_that_stops_ends_its_streams_and_leaves_the_request_for_the_next(
    store, waiting, migrated_url
):
    _, request_id = waiting
    with serving(migrated_url) as server:
        local = server.ask("POST", PATH, json={}).json()["id"]
        with server.stream(f"{PATH}/{local}/events") as answer:
            told = events(answer)
            assert next(told)[0] == "progress"
            code, said = server.interrupt()
    assert (code, "Traceback" in said) == (0, False)
    assert {row["status"] for row in requests(store)} == {"queued"}
    assert {row["holder"] for row in requests(store)} == {None}
    with store.begin() as conn:
        conn.exec_driver_sql("DELETE FROM run_locks")
    with serving(migrated_url) as server:
        wait_until(lambda: all(row["finished_at"] for row in requests(store)))
        server.interrupt()
    assert request_id in {row["id"] for row in requests(store)}

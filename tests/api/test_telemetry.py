"""What is noted of requests and of the store: numbers for Prometheus, and log lines without secrets."""

import logging
from itertools import count

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from structlog.contextvars import get_contextvars

from api.accounts_world import API, HERE, World
from api.conftest import NOW
from api.described import OPERATIONS
from builders import INPUTS, day
from nightly.nights import night
from riskpanel.api.telemetry import Observed, RequestNumbers
from riskpanel.book.findings import Failure
from riskpanel.book.policy import RiskPolicy
from riskpanel.nightly.worker import Worker
from riskpanel.store.portfolios import ensure_local_user, load_local_user
from riskpanel.store.run_requests import WantedRun, save_run_request
from riskpanel.store.runs import RunEnd, RunStart, save_run_end, save_run_start
from riskpanel.store.schema import batch_runs, market_data_quarantine

AT = ["/metrics", f"{API}/metrics"]
SENT = "do not keep this"


def numbers(client, address="/metrics"):
    """Every sample by name and labels."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def labels(found, name):
    """The labels of the samples of a name, each as a dictionary."""
    return [dict(key[1:]) for key in found if key[0] == name]


@pytest.mark.parametrize("address", AT)
def test_requests_are_counted_by_their_described_address_method_and_status(client, api_world, address):
    for _ in range(3):
        client.get(f"{API}/portfolios/{api_world['p']}")
    client.get(f"{API}/portfolios/424242")
    client.get(f"{API}/portfolios?limit=0")
    client.delete(f"{API}/positions/424242")
    found = numbers(client, address)

    def counted(route, method, status):
        return found["riskpanel_requests_total", ("method", method), ("route", route), ("status", status)]

    assert counted(f"{API}/portfolios/{{portfolio_id}}", "GET", "200") == 3
    assert counted(f"{API}/portfolios/{{portfolio_id}}", "GET", "404") == 1
    assert counted(f"{API}/portfolios", "GET", "422") == 1
    assert counted(f"{API}/positions/{{position_id}}", "DELETE", "404") == 1
    assert found["riskpanel_request_seconds_count", ("route", f"{API}/portfolios/{{portfolio_id}}")] == 4


def test_the_time_of_a_request_is_counted_in_seconds():
    registry, looks = CollectorRegistry(), count()
    app = FastAPI()
    app.add_api_route("/a/{thing}", lambda thing: thing)
    # Two looks a request.
    app.add_middleware(Observed, numbers=RequestNumbers(registry), timer=lambda: 0.03 * next(looks))
    TestClient(app, base_url=HERE).get("/a/1")
    route = {"route": "/a/{thing}"}
    assert registry.get_sample_value("riskpanel_request_seconds_sum", route) == pytest.approx(0.03)
    assert registry.get_sample_value("riskpanel_request_seconds_bucket", route | {"le": "0.02"}) == 0
    assert registry.get_sample_value("riskpanel_request_seconds_bucket", route | {"le": "0.05"}) == 1


def test_no_label_holds_what_an_asker_made_up(client, api_world):
    for path in (
        "/made-up",
        f"{API}/portfolios/777/made-up",
        f"{API}/instruments/MADEUP",
        "/made-up/metrics",
    ):
        client.get(f"{path}?made=up")
        client.request("MADEUP", path)
    client.request("MADEUP", f"{API}/portfolios/777")
    client.get("/made-up", headers={"host": "made-up.example"})
    found = numbers(client)
    assert labels(found, "riskpanel_requests_total")
    told = str(list(found)).lower()  # names and labels: a value may hold any digits
    assert "made" not in told
    assert "777" not in told
    requests = labels(found, "riskpanel_requests_total")
    assert {one["method"] for one in requests} == {"GET", "other"}
    described = {path for _, path in OPERATIONS} | {"none"}
    assert {one["route"] for one in requests} <= described


def test_every_address_that_is_answered_has_a_label_of_its_own(client, api_world):
    addresses = ("/setup", "/health/live", f"{API}/health/live", f"{API}/portfolios")
    for address in addresses:
        assert client.get(address).status_code == 200
    found = {one["route"]: one["status"] for one in labels(numbers(client), "riskpanel_requests_total")}
    assert found == dict.fromkeys(addresses, "200")


@pytest.fixture
def local_user(store):
    """The local administrator in a database that holds nothing else."""
    with store.begin() as conn:
        return ensure_local_user(conn, now=NOW)


@pytest.fixture
def failing(app, client, local_user):
    """A client of an application with an address that has a bug."""

    def fail(thing: str) -> None:
        raise ZeroDivisionError("a bug")

    app.add_api_route("/fails/{thing}", fail)
    return client


def test_a_failing_route_counts_as_500(failing):
    assert failing.get("/fails/1").status_code == 500
    (one,) = labels(numbers(failing), "riskpanel_requests_total")
    assert one == {"route": "/fails/{thing}", "method": "GET", "status": "500"}


def end_run(store, *failures, status="partial", user_id=None, seconds=60.25):
    start = RunStart("run", NOW.date(), NOW.date(), "local", "1.2.3", RiskPolicy(), INPUTS, NOW)
    with store.begin() as conn:
        run_id = save_run_start(conn, start)
        save_run_end(conn, run_id, RunEnd(status, 9, 4, 7, failures, None, NOW, seconds))
        conn.execute(sa.update(batch_runs).where(batch_runs.c.id == run_id).values(user_id=user_id))


def quarantine(store, rows):
    row = {"symbol": "A", "raw_row": {}, "reason": "outlier", "data_source": "test", "created_at": NOW}
    with store.begin() as conn:
        values = [row | {"date": "2025-01-02", "origin": f"file:{line}"} for line in range(rows)]
        conn.execute(sa.insert(market_data_quarantine), values)


@pytest.mark.parametrize("address", AT)
def test_the_state_of_the_store_is_told(client, api_world, store, address):
    with store.begin() as conn:
        user = load_local_user(conn)
        save_run_request(conn, WantedRun(user), now=NOW)
        save_run_request(conn, WantedRun(user, api_world["p"]), now=NOW)
    end_run(store, *(Failure(key, "p", "no price", "import") for key in (1, 2)))
    end_run(store, Failure(1, "p", "no price", "import"), user_id=user, seconds=1.0)
    quarantine(store, 3)
    found = numbers(client, address)
    assert {key[0].removeprefix("riskpanel_"): value for key, value in found.items() if len(key) == 1} == {
        "portfolios": 4,
        "quarantine_rows": 3,
        "newest_snapshot_age_sessions": 122,
        "failed_portfolios": 2,
        "last_run_seconds": 60.25,
    }
    assert found["riskpanel_runs", ("status", "succeeded")] == 1
    assert found["riskpanel_runs", ("status", "partial")] == 2
    assert found["riskpanel_run_requests", ("status", "queued")] == 2


def test_what_is_not_known_of_an_empty_store_is_left_out(client, local_user):
    found = numbers(client)
    assert found == {("riskpanel_portfolios",): 0, ("riskpanel_quarantine_rows",): 0}


@pytest.mark.parametrize("address", AT)
def test_the_numbers_are_for_administrators_who_may_read(store, address):
    world = World(store)
    world.add_user("root", is_admin=True)
    world.add_user("bob")
    assert world.client().get(address).status_code == 401
    assert world.program("bob", "read", "write").get(address).status_code == 403
    assert world.browser("bob").get(address).status_code == 403
    assert world.program("root", "write").get(address).status_code == 403
    assert world.bearer("riskpanel_wrong").get(address).status_code == 401
    for may in (world.program("root", "read"), world.browser("root")):
        answer = may.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert "bob" not in answer.text


def test_a_former_administrator_reads_no_numbers_by_an_older_token(store):
    world = World(store)
    world.add_user("root", is_admin=True)
    program = world.program("root", "read", "admin")
    assert program.get("/metrics").status_code == 200
    world.set_user("root", is_admin=False)
    assert program.get("/metrics").status_code == 403


@pytest.fixture
def requests(caplog):
    """The lines of requests since the last look, as the fields that were logged."""
    caplog.set_level(logging.INFO, "riskpanel")
    usual = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

    def read():
        found = [record for record in caplog.records if record.name == "riskpanel.api"]
        caplog.clear()
        return [
            {"event": one.getMessage(), "level": one.levelname}
            | {name: value for name, value in vars(one).items() if name not in usual}
            for one in found
        ]

    return read


def test_a_request_is_one_line_with_its_id_address_status_and_time(client, api_world, requests):
    answer = client.get(f"{API}/portfolios/{api_world['p']}", headers={"x-request-id": "night-7"})
    (line,) = requests()
    assert line.pop("milliseconds") > 0
    assert line.pop("user_id", None) is None  # nobody has an account
    assert line == {
        "event": "request",
        "level": "INFO",
        "method": "GET",
        "route": f"{API}/portfolios/{{portfolio_id}}",
        "status": 200,
        "request_id": answer.headers["x-request-id"],
    }
    assert line["request_id"] == "night-7"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{API}/nowhere", 404),
        ("PUT", f"{API}/portfolios", 405),
        ("GET", f"{API}/portfolios/x", 422),
        ("POST", f"{API}/portfolios", 422),
        ("GET", f"{API}/openapi.json", 200),
    ],
)
def test_every_answer_is_one_line_with_the_id_of_its_header(
    client, local_user, requests, method, path, status
):
    answer = client.request(method, path)
    (line,) = requests()
    assert (line["status"], line["request_id"]) == (status, answer.headers["x-request-id"])
    assert answer.status_code == status


def test_a_refused_host_is_logged_with_an_id_and_without_its_name(client, requests):
    answer = client.get(f"{API}/portfolios", headers={"host": "evil.example"})
    (line,) = requests()
    assert (line["status"], line["request_id"]) == (421, answer.headers["x-request-id"])
    assert "evil" not in str(line)


def test_a_line_names_the_user_and_nothing_that_was_sent(store, requests):
    world = World(store)
    bob = world.add_user("bob")
    browser = world.browser("bob")
    browser.get(f"{API}/portfolios", params={"cursor": SENT})
    browser.post(f"{API}/portfolios", json={"name": SENT, "password": SENT}, headers={"x-own": SENT})
    browser.post(f"{API}/portfolios?{SENT}={SENT}")
    browser.get(f"{API}/instruments/KEPT")
    world.client().post(f"{API}/auth/login", json={"name": SENT, "password": SENT})
    world.bearer(SENT).get(f"{API}/portfolios")
    program = world.token("bob", "read")
    world.bearer(program).get(f"{API}/portfolios")
    found = requests()
    assert [line.get("user_id") for line in found] == [bob, bob, None, bob, None, None, bob]
    assert [line["status"] for line in found] == [422, 422, 422, 404, 401, 401, 200]
    for kept in (SENT, "KEPT", program, browser.cookies["riskpanel_login"], "keep"):
        assert kept not in str(found)


def test_a_failing_route_is_logged_once_with_its_traceback_under_the_id_that_the_asker_is_told(
    failing, caplog, requests
):
    answer = failing.get(f"/fails/{SENT}")
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.exc_info[0] for record in errors] == [ZeroDivisionError]
    failed, told = requests()
    assert (failed["event"], told["event"]) == ("request failed", "request")
    assert failed["route"] == told["route"] == "/fails/{thing}"
    assert (told["status"], answer.status_code) == (500, 500)
    assert failed["request_id"] == told["request_id"] == answer.headers["x-request-id"]
    assert SENT not in str([failed, told])


@pytest.fixture
def context(caplog):
    """The ids that are bound when each event of the worker and of nights is logged, by event."""
    caplog.set_level(logging.INFO, "riskpanel")
    found: list[tuple[str, dict]] = []
    noting = logging.Handler()
    noting.emit = lambda record: found.append((record.getMessage(), get_contextvars()))
    loggers = [logging.getLogger(f"riskpanel.{name}") for name in ("nightly", "worker")]
    for one in loggers:
        one.addHandler(noting)
    yield found
    for one in loggers:
        one.removeHandler(noting)


def test_every_line_of_a_run_has_its_id(store, api_world, panel, context):
    report = night(store, day(panel, -1), day(panel))
    assert [event for event, _ in context][:1] == ["run started"]
    assert [event for event, _ in context][-1:] == ["run ended"]
    assert {ids["run_id"] for _, ids in context} == {report.run_id}
    assert get_contextvars() == {}


def test_a_run_by_the_worker_has_the_id_of_its_request_too(store, api_world, panel, context):
    with store.begin() as conn:
        user = load_local_user(conn)
        request_id = save_run_request(conn, WantedRun(user, api_world["p"]), now=NOW)
    assert Worker(store, RiskPolicy(), lambda: NOW).work_once() == "done"
    with store.read() as conn:
        newest = conn.execute(sa.select(sa.func.max(batch_runs.c.id))).scalar_one()
    assert {event for event, _ in context} == {"run started", "run ended"}
    assert {(ids["run_id"], ids["run_request_id"]) for _, ids in context} == {(newest, request_id)}
    assert get_contextvars() == {}

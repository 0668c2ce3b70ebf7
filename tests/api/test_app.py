"""What every answer has in common: validators, compression, headers, and errors as problems."""

import gzip
from contextlib import contextmanager
from hashlib import sha256

import pytest
import sqlalchemy as sa
from fastapi import Depends
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from api.conftest import app_over
from riskpanel.api.caching import accepts_gzip
from riskpanel.api.parameters import refuse_unknown_parameters
from riskpanel.api.schemas.problem import ProblemModel
from riskpanel.errors import InputError, StoreError
from riskpanel.store.database import open_store

LIVE = "/api/v1/health/live"


@pytest.fixture
def page(api_world):
    return f"/api/v1/data/portfolio/{api_world['p']}/complete"


@contextmanager
def asking(app):
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def problem(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    told = ProblemModel.model_validate_json(answer.content)
    assert told.status == answer.status_code
    return told


def test_the_tag_of_an_answer_is_the_hash_of_its_text(client, page):
    answer = client.get(page, headers={"accept-encoding": "identity"})
    assert answer.headers["etag"] == f'"{sha256(answer.content).hexdigest()}"'
    assert "content-encoding" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_an_answer_that_the_asker_has_is_not_sent_again(client, page):
    first = client.get(page)
    for known in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = client.get(page, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert "content-length" not in again.headers
        assert "content-type" not in again.headers
        assert again.headers["cache-control"] == "no-cache, private"
    assert client.get(page, headers={"if-none-match": '"other"'}).status_code == 200


def test_an_answer_that_changed_is_sent_again(client, page, store):
    tag = client.get(page).headers["etag"]
    with store.begin() as conn:
        conn.execute(sa.text("UPDATE portfolios SET cash_balance = cash_balance + 1"))
    again = client.get(page, headers={"if-none-match": tag})
    assert again.status_code == 200
    assert again.headers["etag"] != tag


def test_each_form_of_an_answer_has_a_tag_of_its_own_and_the_same_text(client, page):
    plain = client.get(page, headers={"accept-encoding": "identity"})
    packed = client.get(page, headers={"accept-encoding": "br, gzip;q=0.5"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    crossed = {"accept-encoding": "identity", "if-none-match": packed.headers["etag"]}
    assert client.get(page, headers=crossed).status_code == 200


def test_the_same_answer_is_packed_to_the_same_bytes(client, page):
    with client.stream("GET", page) as one, client.stream("GET", page) as two:
        first, second = b"".join(one.iter_raw()), b"".join(two.iter_raw())
    assert first == second
    assert gzip.decompress(first).startswith(b'{"meta"')


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("", False),
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*", True),
        ("xgzip", False),
        ("identity", False),
    ],
)
def test_only_whoaccepts_gzip_is_sent_it(accepted, packed):
    assert accepts_gzip(accepted) is packed


def test_a_small_answer_and_a_stream_are_sent_as_they_are(store):
    app = app_over(store)
    app.add_api_route("/stream", lambda: StreamingResponse(iter(["a" * 5_000, "b"]), media_type="text/plain"))
    with asking(app) as client:
        stream, small = client.get("/stream"), client.get(LIVE)
    assert stream.text == "a" * 5_000 + "b"
    assert not {"etag", "content-encoding"} & set(stream.headers)
    assert "content-encoding" not in small.headers
    assert "etag" in small.headers


EVERY = ["/api/v1/health/live", "/api/v1/openapi.json", "/nowhere", "/api/v1/data/portfolio/x/complete"]


@pytest.mark.parametrize("address", EVERY)
def test_every_answer_has_the_headers_that_keep_a_browser_in_bounds(client, address):
    headers = client.get(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache, private"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert len(headers["x-request-id"]) == 16


def test_a_request_keeps_the_name_that_it_came_with_unless_it_is_no_name(client):
    assert client.get(LIVE, headers={"x-request-id": "night-7.a_B"}).headers["x-request-id"] == "night-7.a_B"
    for wrong in ("a b", "x" * 65, "", "<script>"):
        assert client.get(LIVE, headers={"x-request-id": wrong}).headers["x-request-id"] != wrong
    assert client.get(LIVE).headers["x-request-id"] != client.get(LIVE).headers["x-request-id"]


@pytest.mark.parametrize("host", ["localhost:8321", "127.0.0.1", "[::1]:8321", "LOCALHOST"])
def test_the_names_of_this_machine_are_answered(client, host):
    assert client.get(LIVE, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:8321", "127.0.0.1.example", "testserver", ""]
)
def test_a_page_that_lets_its_own_name_point_here_reads_nothing(client, host):
    answer = client.get(LIVE, headers={"host": host})
    assert problem(answer).status == 421
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_address_that_does_not_exist_is_a_problem(client):
    told = problem(client.get("/api/v1/nowhere"))
    assert (told.status, told.title, told.instance) == (404, "Not found", "/api/v1/nowhere")


@pytest.mark.parametrize("address", ["/nonsense", "/a/b", "/apiary"])
def test_a_browser_gets_the_page_where_nothing_is(client, address):
    answer = client.get(address, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert answer.text == client.get("/portfolios").text
    assert "Accept" in answer.headers["vary"]
    assert answer.headers["content-security-policy"] == client.get("/").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "address", "accept"),
    [
        ("GET", "/nonsense", "*/*"),
        ("GET", "/nonsense", "application/json"),
        ("POST", "/nonsense", "text/html"),
        ("GET", "/api", "text/html"),
        ("GET", "/api/v1/nowhere", "text/html"),
    ],
)
def test_a_program_gets_a_problem_where_nothing_is(client, method, address, accept):
    assert problem(client.request(method, address, headers={"accept": accept})).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_method_that_an_address_does_not_take_is_a_405_that_names_those_it_does(client, method):
    answer = client.request(method, LIVE)
    assert problem(answer).status == 405
    assert answer.headers["allow"] == "GET"


def test_an_address_that_takes_several_methods_names_them_all(client):
    answer = client.put("/api/v1/portfolios")
    assert problem(answer).status == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}


def test_no_address_takes_other_methods_than_the_usual_five(app):
    used = {method for operations in app.openapi()["paths"].values() for method in operations}
    assert used == {"get", "post", "put", "patch", "delete"}


def test_an_answer_to_a_change_has_no_tag_and_is_not_taken_for_known(client, api_world):
    answer = client.post("/api/v1/portfolios", json={"name": "q"}, headers={"if-none-match": "*"})
    assert answer.status_code == 201
    assert "etag" not in answer.headers
    assert answer.headers["location"] == f"/api/v1/portfolios/{answer.json()['id']}"


def test_there_are_no_pages_with_scripts_from_elsewhere(client):
    for address in ("/docs", "/redoc", "/api/v1/docs"):
        assert client.get(address).status_code == 404


def failing(store, error):
    app = app_over(store)

    def fail():
        raise error

    app.add_api_route("/fails", fail, dependencies=[Depends(refuse_unknown_parameters)])
    with asking(app) as client:
        return client.get("/fails")


@pytest.mark.parametrize("bug", [ZeroDivisionError, ExceptionGroup, RecursionError, UnicodeError])
def test_a_bug_is_told_without_what_is_in_it(store, bug):
    inner = ([ValueError("secret")],) if bug is ExceptionGroup else ()
    answer = failing(store, bug("secret /home/user/file", *inner))
    assert problem(answer).status == 500
    assert "secret" not in answer.text
    assert "Zero" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_wrong_request_is_a_422_with_its_hint(store):
    told = problem(failing(store, InputError("outside the calendar: 1800-01-01", hint="use a later date")))
    assert (told.status, told.detail, told.hint) == (
        422,
        "outside the calendar: 1800-01-01",
        "use a later date",
    )


def test_a_database_that_fails_is_a_503_without_its_address(store, caplog):
    answer = failing(
        store, StoreError("no database: /home/somebody/x.sqlite3", hint="riskpanel init creates it")
    )
    told = problem(answer)
    assert (told.status, told.hint) == (503, "riskpanel init creates it")
    assert "somebody" not in answer.text
    assert "somebody" in caplog.text


def test_a_database_without_a_user_is_a_503(client, store):
    with store.begin() as conn:
        conn.execute(sa.text("DELETE FROM users"))
    assert problem(client.get("/api/v1/data/portfolio/1/complete")).hint == "run: riskpanel init"


def test_a_database_that_is_gone_is_a_503(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'gone.sqlite3'}") as store, asking(app_over(store)) as client:
        assert problem(client.get("/api/v1/data/portfolio/1/complete")).status == 503
        assert client.get(LIVE).status_code == 200

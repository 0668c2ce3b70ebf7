"""Addresses, headers and methods that nobody means well, byte by byte to a real server."""

import json
import shutil

import pytest

from api.conftest import NOW
from api.live import live_server
from api.raw import exchange, request, statuses
from builders import Book, fill_books
from riskpanel.store.database import open_store

NOWHERE = (404, 422)
JSON = b"Content-Type: application/json"
LIVE = request(b"GET /api/v1/health/live")


@pytest.fixture(scope="module")
def running(_sqlite_template, tmp_path_factory):
    """A real server for the local user, who has a portfolio."""
    path = tmp_path_factory.mktemp("served") / "served.sqlite3"
    shutil.copy(_sqlite_template, path)
    with open_store(f"sqlite:///{path}") as store:
        fill_books(store, [Book("kept")], now=NOW)
    with live_server(f"sqlite:///{path}", RISKPANEL_LOG_FORMAT="json") as serving:
        yield serving


@pytest.fixture
def server(running):
    """The server, which still answers whatever was sent, and had nothing to log as a failure."""
    before = len(running.said)
    yield running
    assert statuses(exchange(running.address, LIVE)) == [200]
    assert "Traceback" not in running.said[before:]
    assert '"level": "error"' not in running.said[before:]


def parts(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


def created(server) -> list[str]:
    """The names of portfolios that requests have made; they are removed."""
    found = {line["name"]: line["id"] for line in server.get("/api/v1/portfolios").json()["items"]}
    with server.client() as client:
        for name, key in found.items():
            assert name == "kept" or client.delete(f"/api/v1/portfolios/{key}").status_code == 204
    return sorted(found.keys() - {"kept"})


PATHS = (
    "/..%2f..%2fetc/passwd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/....//....//etc/passwd",
    "/api/v1/instruments/..%2f..%2fusers", "/api/v1/instruments/%00", "/api/v1/instruments/A%00.json",
    "/api/v1/portfolios/1%00", "/api/v1//portfolios", "//evil.example/api/v1/portfolios",
    "/api/v1/portfolios/",
    "/api/v1/portfolios/.", "/api/v1/portfolios/1/.", "/api/v1/portfolios.", "/api/v1/portfolios;x=1",
    "/api/v1/portfolios/1;x=1", "/api/v1/portfolios/1.", "/API/V1/portfolios", "/api/v1/portfolios/%2531",
    "/api/v1/portfolios/1%0d%0aset-cookie:%20a=b", "/api%5cv1%5cportfolios",
    "/api/v1/portfolios/1/../../users", "/api/v1/portfolios/%ff%fe", "/api/v1/portfolios/%ed%a0%80",
    "/api/v1/instruments/%3Cscript%3Ealert(1)%3C/script%3E", "/api/v1/benchmarks/'%20OR%201=1--",
    "/api/v1/benchmarks/" + "a" * 20_000, "/.env", "/.git/config", "/assets/..%2f..%2fapp.py",
    "/assets/%2e%2e/app.py",
    "/assets/..", "/src/riskpanel/api/app.py", "/docs", "/redoc", "/openapi.json", "/api/v1/docs",
    "/server-status",
)  # fmt: skip


def test_no_trick_with_a_path_finds_anything(server):
    for path in PATHS:
        status, headers, body = parts(exchange(server.address, request(f"GET {path}".encode())))
        assert status in NOWHERE, path
        assert headers["content-type"] == "application/problem+json", path
        assert {"location", "set-cookie"}.isdisjoint(headers), path
        assert json.loads(body)["status"] == status
        assert not any(word in body for word in (b"kept", b"root:", b"Traceback", b"import ")), path


def test_a_line_that_is_no_http_is_refused_without_a_word_about_the_server(server):
    lines = (
        b"GET /" + b"a" * 70_000,
        b"GET  /",
        b"GET",
        b"",
        b"GET /\x00",
        b"GET /\xff",
        b"GET /a b",
        b"\x16\x03\x01",
    )
    for line in lines:
        answer = exchange(server.address, request(line), close=True)
        assert statuses(answer) in ([400], []), line
        assert not any(word in answer.lower() for word in (b"uvicorn", b"h11", b"python", b"traceback")), line


def test_a_whole_address_in_the_request_line_does_not_replace_the_host(server):
    answer = exchange(server.address, request(b"GET http://evil.example/api/v1/portfolios"))
    assert statuses(answer)[0] in {400, 404, 421}
    foreign = request(b"GET http://127.0.0.1/api/v1/portfolios", host=b"evil.example")
    assert statuses(exchange(server.address, foreign))[0] in {400, 404, 421}


HOSTS = (
    b"evil.example", b"127.0.0.1.evil.example", b"127.0.0.1@evil.example", b"user@127.0.0.1",
    b"user:pass@127.0.0.1",
    b"127.0.0.1:", b"127.0.0.1:port", b"127.0.0.1:80:80", b"127.0.0.1:80@evil.example", b"127.0.0.1/evil",
    b"127.0.0.1#",
    b"127.0.0.1 evil.example", b"127.0.0.1, evil.example", b"[::1", b"[::1]evil", b"::1", b"0x7f000001",
    b"2130706433",
    b"127.1", b"0.0.0.0", b"localhost.", b"localhost.evil.example", b"", b"\xff", b"a" * 5_000,
    b"127.0.0.1:-1", b"[", b"]",
    b"127.0.0.1:99999999999999999999x",
)  # fmt: skip


def test_no_other_name_is_answered_however_it_is_written(server):
    for host in HOSTS:
        status, headers, body = parts(exchange(server.address, request(b"GET /api/v1/portfolios", host=host)))
        assert status in {400, 421}, host
        assert b"kept" not in body
        assert status == 400 or headers["content-type"] == "application/problem+json"
    for host in (b"127.0.0.1:1", b"LOCALHOST:65535", b"[::1]:8321"):
        assert statuses(exchange(server.address, request(b"GET /api/v1/portfolios", host=host))) == [200], (
            host
        )


def test_a_second_host_or_none_is_refused(server):
    two = request(b"GET /api/v1/portfolios", b"Host: evil.example")
    none = b"GET /api/v1/portfolios HTTP/1.1\r\nConnection: close\r\n\r\n"
    for sent in (two, none):
        assert statuses(exchange(server.address, sent)) == [400]


@pytest.mark.parametrize("origin", [b"http://[", b"http://]", b"null", b"://", b"http://127.0.0.1@evil.example",
                                    b"http://127.0.0.1.evil.example", b"file://", b"\xff", b"http://[::1",
                                    b"x" * 9_000,
                                    b"https://evil.example, http://127.0.0.1",
                                    b"http://127.0.0.1:1"])  # fmt: skip
def test_a_change_of_another_origin_is_refused_however_that_is_written(server, origin):
    body = b'{"name": "q"}'
    sent = request(b"POST /api/v1/portfolios", JSON, b"Origin: " + origin, b"Content-Length: 13", body=body)
    assert statuses(exchange(server.address, sent)) == [403]
    assert created(server) == []


FRAMES = {
    "two lengths": (b"Content-Length: 13", b"Content-Length: 5"),
    "two lengths in one": (b"Content-Length: 13, 5",),
    "a length below 0": (b"Content-Length: -1",),
    "a length that is none": (b"Content-Length: 0x0d",),
    "a signed length": (b"Content-Length: +13",),
    "an absurd length": (b"Content-Length: " + b"9" * 40,),
    "an unknown coding": (b"Transfer-Encoding: gzip",),
    "a coding after chunked": (b"Transfer-Encoding: chunked, identity",),
    "two codings": (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "a coding like chunked": (b"Transfer-Encoding: xchunked",),
    "a blank before the colon": (b"Content-Length : 13",),
    "a header over two lines": (b"X-A: b\r\n c: d", b"Content-Length : 13"),
    "a zero in a header": (b"X-A: b\x00c",),
    "a name that is none": (b"X A: b",),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_request_whose_end_is_not_certain_is_refused(server, name):
    hidden = LIVE.replace(b"live", b"hidden")
    sent = request(b"POST /api/v1/portfolios", JSON, *FRAMES[name], body=b'{"name": "q"}' + hidden)
    answer = exchange(server.address, sent)
    assert statuses(answer) in ([], [400], [413], [431], [501])  # none: closed with bytes unread
    assert b"hidden" not in answer
    assert created(server) == []


def test_headers_without_measure_harm_nothing(server):
    for headers in ((b"X-A: " + b"a" * 1_000_000,), tuple(b"X-%d: a" % number for number in range(10_000))):
        answer = exchange(server.address, request(b"GET /api/v1/nowhere", *headers))
        assert statuses(answer) in ([], [400], [404], [431])


def test_a_chunked_request_with_a_length_ends_where_its_chunks_do(server):
    framed = b'12\r\n{"name": "framed"}\r\n0\r\n\r\n'
    sent = request(
        b"POST /api/v1/portfolios", JSON, b"Content-Length: 3", b"Transfer-Encoding: chunked", body=framed
    )
    assert statuses(exchange(server.address, sent)) in ([201], [400])
    assert created(server) in ([], ["framed"])


def test_a_length_that_lies_harms_only_who_lies(server):
    body = b'{"name": "q"}'
    more = request(b"POST /api/v1/portfolios", JSON, b"Content-Length: 5000", body=body)
    assert statuses(exchange(server.address, more, close=True)) in ([], [400])
    less = request(b"POST /api/v1/portfolios", JSON, b"Content-Length: 5", body=body)
    assert statuses(exchange(server.address, less))[0] in {400, 422}
    assert created(server) == []


def test_a_body_without_a_length_is_cut_off_where_it_is_too_large(server):
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    for line, mebibytes in ((b"POST /api/v1/portfolios", 1), (b"POST /api/v1/imports/positions", 5)):
        head = request(line, b"Content-Type: text/csv", b"Transfer-Encoding: chunked")
        status, headers, body = parts(exchange(server.address, head, *[chunk] * (16 * mebibytes + 2)))
        assert status == 413
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(body)["detail"] == "the body is too large"


def test_a_length_that_is_too_large_is_refused_before_the_body_comes(server):
    for length in (b"1048577", b"99999999999"):
        head = request(b"POST /api/v1/portfolios", JSON, b"Content-Length: " + length)
        status, headers, _ = parts(exchange(server.address, head))
        assert (status, headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize(
    "method", [b"TRACE", b"TRACK", b"OPTIONS", b"HEAD", b"CONNECT", b"PROPFIND", b"get", b"X" * 500]
)
def test_another_method_is_a_405_that_echoes_nothing(server, method):
    answer = exchange(server.address, request(method + b" /api/v1/portfolios", b"Cookie: kept=secret"))
    status, headers, body = parts(answer)
    assert status == 405
    assert "allow" in headers
    assert not any(word in answer for word in (b"kept", b"secret"))
    assert method != b"HEAD" or body == b""


@pytest.mark.parametrize("header", [b"X-HTTP-Method-Override: DELETE", b"X-Method-Override: DELETE",
                                    b"X-Original-URL: /api/v1/users", b"X-Rewrite-URL: /api/v1/users",
                                    b"X-Forwarded-Host: evil.example", b"Forwarded: host=evil.example",
                                    b"X-Forwarded-Prefix: /evil", b"Upgrade: websocket", b"Expect: 200-ok",
                                    b"Range: bytes=0-1", b"Accept: text/evil"])  # fmt: skip
def test_a_header_that_proxies_use_changes_nothing(server, header):
    status, headers, body = parts(exchange(server.address, request(b"GET /api/v1/portfolios", header)))
    assert status == 200
    assert [line["name"] for line in json.loads(body)["items"]] == ["kept"]
    assert "evil" not in str(headers)


def wrong_tokens(server):
    """Statuses of tries with wrong tokens, each said to come from somewhere else."""
    tries = [(b"X-Forwarded-For: 10.0.0.%d" % n, b"X-Real-IP: 10.0.1.%d" % n) for n in range(70)]
    sent = [request(b"GET /api/v1/portfolios", b"Authorization: Bearer x", *headers) for headers in tries]
    return {status for one in sent for status in statuses(exchange(server.address, one))}


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_who_asks_cannot_say_where_from_unless_a_proxy_is_trusted(store, migrated_url):
    fill_books(store, [Book("kept")], now=NOW)
    with live_server(migrated_url, accounts=True) as server:
        assert wrong_tokens(server) == {401, 429}
    with live_server(migrated_url, "--trusted-proxy", "127.0.0.1", accounts=True) as server:
        assert wrong_tokens(server) == {401}


def test_the_log_has_a_line_for_each_request_and_nothing_that_was_sent(server):
    exchange(server.address, request(b"GET /api/v1/portfolios?kept=secret", b"Authorization: Bearer secret"))
    exchange(
        server.address, request(b"GET /secret/%0a%0dsecret", b"Cookie: a=secret", b"X-Request-Id: mine-1")
    )
    said = server.wait_for(r'([^\n]*"request_id": "mine-1"[^\n]*)')
    assert json.loads(said)["status"] == 404
    lines = [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]
    asked = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in asked[-2:]] == [
        ("/api/v1/portfolios", 422),
        ("none", 404),
    ]
    assert "secret" not in server.said

import base64
import gzip
import logging
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from riskpanel.errors import InputError, StoppedError
from riskpanel.sources.protocol import SourceFailedError, UnreachedError
from riskpanel.sources.web import Answer, Pacing, TryAgainError, Web
from sources.replay import Reply, as_json, as_text, replaying

KEY = "k3y-Of-A-Subscriber"
PACING = Pacing(
    per_second=1000,
    per_minute=10_000,
    attempts=3,
    first_wait=0.001,
    jitter=0.001,
    longest_wait=0.05,
    read_timeout=2.0,
)
IMPATIENT = replace(PACING, read_timeout=0.2)
ROWS = [{"symbol": "AAPL"}]


class Webs:
    """Makes clients of a server, and closes them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made: list[Web] = []

    def __call__(self, *, pacing: Pacing = PACING, cache: Path | None = None, **others) -> Web:
        web = Web("shop", self._url, pacing=pacing, secret_headers={"apikey": KEY}, cache=cache, **others)
        self._made.append(web)
        return web

    def close(self) -> None:
        for web in self._made:
            web.close()


@pytest.fixture
def webs(server) -> Iterator[Webs]:
    made = Webs(server.url)
    yield made
    made.close()


def body(answer: Answer) -> object:
    if answer.body is None:
        raise TryAgainError(f"not JSON: {answer.shown}")
    return answer.body


def texts_of(error: BaseException | None) -> str:
    """All that a log with tracebacks would show of an error."""
    told = ""
    while error is not None:
        told += f"{error!r} {error} "
        error = error.__cause__ if error.__suppress_context__ else error.__context__
    return told


def stored_bytes(cache: Path) -> bytes:
    """The bytes of the cache, and what they hold in base64."""
    raw = b"".join(file.read_bytes() for file in cache.parent.glob(f"{cache.name}*"))
    packed = re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", raw)
    return raw + b"".join(base64.b64decode(part[: len(part) // 4 * 4]) for part in packed)


def stored_rows(cache: Path) -> list[str]:
    with closing(sqlite3.connect(cache)) as connection:
        return [str(row) for row in connection.execute("SELECT * FROM responses")]


# ---------------------------------------------------------------- asking


def test_an_answer_is_its_status_its_json_and_its_text(server, webs):
    server.play("profile", as_json(ROWS))
    answer = webs().fetch("profile", {"symbol": "BRK-B", "from": "2024-01-02"}, lambda answer: answer)
    assert (answer.status, answer.body, answer.text, answer.wait) == (200, ROWS, '[{"symbol": "AAPL"}]', None)
    assert server.asked[0].query == {"symbol": "BRK-B", "from": "2024-01-02"}


def test_the_content_type_is_never_trusted(server, webs):
    server.play("a", Reply(b'[{"x": 1}]', headers=(("Content-Type", "text/html"),)))
    server.play("b", as_text("Restricted Endpoint: no", status=402))
    assert webs().fetch("a", {}, body) == [{"x": 1}]
    told = webs().fetch("b", {}, lambda answer: answer)
    assert (told.body, told.text) == (None, "Restricted Endpoint: no")


def test_a_byte_order_mark_and_packing_are_undone(server, webs):
    packed = gzip.compress(b"\xef\xbb\xbf" + b'[{"x": 1}]')
    server.play("a", Reply(packed, headers=(("Content-Encoding", "gzip"),)))
    assert webs().fetch("a", {}, body) == [{"x": 1}]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"x": ' * 50_000, "1" * 5_000, "", "nothing"])
def test_no_text_breaks_the_reader_of_json(server, webs, text):
    server.play("a", as_text(text))
    assert webs().fetch("a", {}, lambda answer: answer.body) is None


# ---------------------------------------------------------------- asking again


@pytest.mark.parametrize(
    "fault",
    [
        as_text("<html>Bad Gateway</html>", status=502),
        as_text("busy", status=503),
        Reply(b'[{"symbol": "AAPL"}]', cut_at=9),
        Reply(b'[{"symbol": "AAPL"}]', cut_at=9, sized=False),
        Reply(b'[{"symbol": "AAPL"}]', cut_at=0),
        as_text("<!doctype html><p>Please wait"),
        Reply(b"no gzip", headers=(("Content-Encoding", "gzip"),)),
        as_json(ROWS, delay=0.4),
    ],
    ids=["502", "503", "cut off", "cut off unsized", "no body", "html", "garbled", "slow"],
)
def test_a_passing_fault_is_asked_again(server, webs, fault):
    server.play("profile", fault, fault, as_json(ROWS))
    assert webs(pacing=IMPATIENT if fault.delay else PACING).fetch("profile", {}, body) == ROWS
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (as_text("Bad\n Gateway", status=502), "shop: profile: status 502: Bad Gateway"),
        (Reply(b'[{"symbol": "AAPL"}]', cut_at=9), "shop: profile: the answer was cut off or garbled"),
        (as_json(ROWS, delay=0.4), "shop: profile: no answer in time"),
    ],
)
def test_a_fault_that_stays_is_told_after_the_last_attempt(server, webs, fault, told):
    server.play("profile", fault)
    with pytest.raises(SourceFailedError) as caught:
        webs(pacing=IMPATIENT if fault.delay else PACING).fetch("profile", {}, body)
    assert caught.value.what == told
    assert len(server.asked) == PACING.attempts


def test_a_body_that_stalls_in_the_middle_is_not_waited_for(server, webs):
    server.play("a", Reply(b"[" + b" " * 500 + b"]", cut_at=100, stall=0.5))
    with pytest.raises(SourceFailedError, match="no answer in time"):
        webs(pacing=replace(IMPATIENT, attempts=1)).fetch("a", {}, body)


def test_no_server_is_a_failed_request():
    with replaying() as gone:
        url = gone.url
    web = Web("shop", url, pacing=PACING, secret_headers={"apikey": KEY})
    with pytest.raises(UnreachedError, match=r"shop: a: the connection failed"):
        web.fetch("a", {}, body)
    web.close()


def test_an_unusable_address_is_not_asked_again():
    web = Web("shop", "gopher://shop.invalid", pacing=PACING, secret_headers={})
    with pytest.raises(SourceFailedError, match="InvalidSchema"):
        web.fetch("a", {}, body)
    web.close()


def test_what_the_reader_refuses_is_not_asked_again(server, webs):
    def refuse(answer: Answer) -> object:
        raise SourceFailedError(f"refused: {answer.status}")

    server.play("a", as_text("no", status=400))
    with pytest.raises(SourceFailedError, match="refused: 400"):
        webs().fetch("a", {}, refuse)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ((("Retry-After", "7"),), 7.0),
        ((("Retry-After", "0.5"),), 0.5),
        (
            (
                ("Retry-After", "Sun, 22 Nov 2026 10:00:30 GMT"),
                ("X-Other", "1"),
            ),
            None,
        ),
        ((("Retry-After", "soon"),), None),
        ((("Retry-After", "-5"),), None),
        ((("Retry-After", "nan"),), None),
        ((), None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read(server, webs, headers, wait):
    server.play("a", as_text("busy", status=429, headers=headers))
    answer = webs().fetch("a", {}, lambda answer: answer)
    if headers and "GMT" in headers[0][1]:
        assert answer.wait == 0.0  # the date is past, by the server's own clock
    else:
        assert answer.wait == wait


def test_the_wait_that_a_server_asks_for_is_kept_up_to_the_longest(server, webs):
    server.play("a", as_text("busy", status=503, headers=(("Retry-After", "0.3"),)), as_json(ROWS))
    webs(pacing=replace(PACING, longest_wait=10.0)).fetch("a", {}, body)
    assert server.asked[1].at - server.asked[0].at >= 0.3
    server.play("a", as_text("busy", status=503, headers=(("Retry-After", "86400"),)), as_json(ROWS))
    webs().fetch("a", {}, body)
    assert server.asked[3].at - server.asked[2].at < 5.0


def test_no_wait_is_over_a_minute_by_default():
    assert Pacing(per_second=1, per_minute=1).longest_wait == 60.0


def test_waits_grow(server, webs):
    server.play("a", as_text("no", status=500))
    with pytest.raises(SourceFailedError):
        webs(pacing=replace(PACING, first_wait=0.1, jitter=0.01, longest_wait=10.0)).fetch("a", {}, body)
    first, second, third = (asked.at for asked in server.asked)
    assert second - first >= 0.1
    assert third - second >= 0.2


def test_asking_again_is_logged_and_never_printed(server, webs, caplog, capsys):
    server.play("a", as_text("Bad Gateway", status=502), as_json(ROWS))
    with caplog.at_level(logging.WARNING, "riskpanel"):
        webs().fetch("a", {"symbol": "AAPL"}, body)
    assert [record.getMessage() for record in caplog.records] == [
        "asked again in 0.0 s: AAPL: shop: a: status 502: Bad Gateway"
    ]
    assert capsys.readouterr() == ("", "")


def test_a_wait_ends_with_the_fetch_and_nothing_is_asked_again(server, webs):
    server.play("a", as_text("Bad Gateway", status=502))
    stop = threading.Event()
    web = webs(pacing=replace(PACING, first_wait=600.0, longest_wait=600.0), stop=stop)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(web.fetch, "a", {}, body)
        while not server.asked:
            time.sleep(0.01)
        stop.set()
        assert isinstance(waiting.exception(timeout=60), StoppedError)
    assert len(server.asked) == 1


def test_who_waits_for_a_turn_asks_no_more_after_the_end(server, webs):
    server.play("a", as_json(ROWS))
    stop = threading.Event()
    web = webs(pacing=replace(PACING, per_second=1, per_minute=2), stop=stop)
    for _ in range(2):
        web.fetch("a", {}, body)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(web.fetch, "a", {}, body)
        stop.set()
        assert isinstance(waiting.exception(timeout=30), StoppedError)
    assert len(server.asked) == 2


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_over_the_limit_is_refused_at_once(server, webs, packed):
    raw = b"[" + b" " * 300_000 + b"]"
    headers = (("Content-Encoding", "gzip"),) if packed else ()
    server.play("a", Reply(gzip.compress(raw) if packed else raw, headers=headers))
    with pytest.raises(SourceFailedError, match="shop: a: the answer is too large"):
        webs(pacing=replace(PACING, largest_body=200_000)).fetch("a", {}, body)
    assert len(server.asked) == 1
    assert webs(pacing=replace(PACING, largest_body=300_002)).fetch("a", {}, body) == []


def test_the_largest_body_is_64_mebibytes_by_default():
    assert Pacing(per_second=1, per_minute=1).largest_body == 64 * 1024 * 1024


def test_a_redirect_on_the_same_server_is_followed(server, webs):
    server.play("old", Reply(b"", 302, headers=(("Location", "/new?symbol=AAPL"),)))
    server.play("new", as_json(ROWS))
    assert webs().fetch("old", {}, body) == ROWS


@pytest.mark.parametrize(
    "target",
    [
        "{other}/new",
        "//{other_host}/new",
        "https://{host}/new",
        "http://elsewhere.invalid/new",
        "/new?apikey=" + KEY,
        "http://[broken/new",
    ],
)
def test_a_redirect_that_would_carry_the_key_away_is_not_followed(server, webs, caplog, target):
    with replaying() as other, caplog.at_level(logging.DEBUG):
        host, other_host = server.url.removeprefix("http://"), other.url.removeprefix("http://")
        to = target.format(other=other.url, host=host, other_host=other_host)
        server.play("old", Reply(b"", 302, headers=(("Location", to),)))
        with pytest.raises(SourceFailedError, match="status 302: sends elsewhere") as caught:
            webs().fetch("old", {}, body)
        assert other.asked == []
    assert server.paths() == ["old"]
    assert KEY not in texts_of(caught.value) + caplog.text


def test_redirects_in_a_circle_end(server, webs):
    server.play("old", Reply(b"", 302, headers=(("Location", "/old"),)))
    with pytest.raises(SourceFailedError, match="TooManyRedirects"):
        webs().fetch("old", {}, body)
    assert len(server.asked) == 4


def test_cookies_are_not_taken(server, webs):
    server.play("a", as_json(ROWS, headers=(("Set-Cookie", "session=1"),)))
    web = webs()
    web.fetch("a", {}, body)
    web.fetch("a", {}, body)
    assert "Cookie" not in server.asked[1].headers


# ---------------------------------------------------------------- pacing


def test_threads_share_one_pace(server, webs):
    server.play("a", as_json(ROWS))
    web = webs(pacing=replace(PACING, per_second=5, per_minute=300))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: web.fetch("a", {"n": str(n)}, body), range(8)))
    assert answers == [ROWS] * 8
    times = sorted(asked.at for asked in server.asked)
    # Six requests in a row cannot all be within a second; the little less is for the loopback.
    assert all(times[n + 5] - times[n] > 0.9 for n in range(3))


def test_a_second_attempt_waits_for_its_turn_too(server, webs):
    server.play("a", as_text("no", status=500), as_json(ROWS))
    webs(pacing=replace(PACING, per_second=1, per_minute=60)).fetch("a", {}, body)
    assert server.asked[1].at - server.asked[0].at > 0.9


def test_kept_answers_take_no_turn(server, webs, tmp_path):
    server.play("a", as_json(ROWS))
    web = webs(pacing=replace(PACING, per_second=1, per_minute=60), cache=tmp_path / "answers.sqlite")
    began = time.monotonic()
    assert [web.fetch("a", {}, body) for _ in range(5)] == [ROWS] * 5
    assert time.monotonic() - began < 0.9
    assert len(server.asked) == 1


# ---------------------------------------------------------------- the cache


def test_good_answers_are_kept_across_clients(server, webs, tmp_path):
    server.play("a", as_json([{"cap": 4098415617064.9995, "name": "Zürich"}]))
    first, second = (webs(cache=tmp_path / "deep" / "answers.sqlite") for _ in range(2))
    assert first.fetch("a", {"symbol": "X"}, body) == second.fetch("a", {"symbol": "X"}, body)
    assert len(server.asked) == 1
    second.fetch("a", {"symbol": "Y"}, body)
    assert len(server.asked) == 2


def test_without_a_cache_every_question_is_asked(server, webs):
    server.play("a", as_json(ROWS))
    web = webs()
    assert [web.fetch("a", {}, body) for _ in range(3)] == [ROWS] * 3
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "reply",
    [
        as_json([]),
        as_json({"Error Message": "Limit Reach"}),
        as_json([{"Error Message": "Limit Reach"}]),
        as_json({"symbol": "AAPL", "historical": []}),
        as_text("Limit Reach"),
        as_text("Restricted Endpoint", status=402),
        as_json(ROWS, status=404),
        as_json(ROWS, status=203),
        as_json([{"symbol": "AAPL", "url": f"/?apikey={KEY.lower()}"}]),
        as_json(ROWS, headers=(("X-Echo", KEY),)),
    ],
)
def test_other_answers_are_never_kept(server, webs, tmp_path, reply):
    server.play("a", reply)
    web = webs(cache=tmp_path / "answers.sqlite")
    web.fetch("a", {}, lambda answer: answer)
    web.fetch("a", {}, lambda answer: answer)
    assert len(server.asked) == 2
    assert KEY.lower().encode() not in stored_bytes(tmp_path / "answers.sqlite").lower()


def test_answers_expire_and_are_removed_when_the_cache_is_opened(server, webs, tmp_path):
    server.play("a", as_json(ROWS))
    cache = tmp_path / "answers.sqlite"
    web = webs(cache=cache, cache_for=timedelta(seconds=1))
    web.fetch("a", {}, body)
    assert len(stored_rows(cache)) == 1
    time.sleep(1.6)
    again = webs(cache=cache)
    assert stored_rows(cache) == []
    assert again.fetch("a", {}, body) == ROWS
    assert server.paths() == ["a", "a"]


def test_the_key_is_sent_as_a_header_and_is_not_in_the_cache_file(server, webs, tmp_path):
    cache = tmp_path / "answers.sqlite"
    server.play("profile", as_json([{"symbol": "AAPL", "name": "a name that is looked for"}]))
    webs(cache=cache).fetch("profile", {"symbol": "AAPL"}, body)
    assert server.asked[0].headers["apikey"] == KEY
    assert KEY not in server.asked[0].target
    kept = stored_bytes(cache)
    assert b"a name that is looked for" in kept
    assert KEY.encode() not in kept
    assert [("REDACTED" in row, KEY in row) for row in stored_rows(cache)] == [(True, False)]


def test_the_cache_of_many_threads_is_one(server, webs, tmp_path):
    server.play("a", lambda asked: as_json([{"n": asked.query["n"]}]))
    web = webs(cache=tmp_path / "answers.sqlite")
    questions = [str(n % 40) for n in range(200)]
    for _ in range(2):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: web.fetch("a", {"n": n}, body), questions))
        assert answers == [[{"n": n}] for n in questions]
    assert {asked.query["n"] for asked in server.asked} == set(questions)


def test_a_file_that_is_no_cache_is_refused_and_kept(tmp_path, webs):
    file = tmp_path / "answers.sqlite"
    file.write_text("my notes, which nobody wants to lose")
    with pytest.raises(InputError, match=r"not a cache of answers: .*answers\.sqlite"):
        webs(cache=file)
    assert file.read_text() == "my notes, which nobody wants to lose"


def test_a_cache_that_cannot_be_written_is_refused(tmp_path, webs):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the cache of answers cannot be written"):
        webs(cache=tmp_path / "file" / "answers.sqlite")
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(InputError, match="the cache of answers cannot be written"):
        webs(cache=tmp_path / "folder.sqlite")


def test_a_cache_without_a_suffix_gets_one(server, webs, tmp_path):
    webs(cache=tmp_path / "answers")
    assert [file.name for file in tmp_path.iterdir()] == ["answers.sqlite"]


# ---------------------------------------------------------------- secrets


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "ключ", "sl/ash"])
def test_a_malformed_key_is_refused_without_being_told(server, key):
    with pytest.raises(InputError) as caught:
        Web("shop", server.url, pacing=PACING, secret_headers={"apikey": key})
    assert not key or key not in texts_of(caught.value)


@pytest.mark.parametrize("echo", [KEY, KEY.upper(), f"/a?apikey={KEY}&x=1"])
@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_key_that_the_server_echoes_is_hidden(server, webs, caplog, echo, status):
    server.play("a", as_text(f"who is {echo}?", status=status))
    told: list[str] = []

    def read(answer: Answer) -> object:
        told.append(answer.text)
        return body(answer)

    with caplog.at_level(logging.DEBUG), pytest.raises(SourceFailedError) as caught:
        webs().fetch("a", {}, read)
    everything = " ".join((*told, texts_of(caught.value), caplog.text)).lower()
    assert KEY.lower() not in everything
    assert "who is" in everything
    assert "..." in everything


def test_a_message_shows_only_the_beginning_of_an_answer(server, webs):
    server.play("a", as_text("word " * 10_000))
    assert len(webs().fetch("a", {}, lambda answer: answer.shown)) <= 200


def test_a_client_starts_no_threads(server, webs):
    server.play("a", as_json(ROWS))
    before = set(threading.enumerate())
    webs().fetch("a", {}, body)
    started = [thread.name for thread in set(threading.enumerate()) - before]
    assert [name for name in started if "process_request_thread" not in name] == []  # the server's own

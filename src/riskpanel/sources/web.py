"""HTTP for sources: paced, asked again after passing faults, bounded, cached, and quiet about keys."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import TypeVar, cast
from urllib.parse import urljoin, urlsplit

import requests
import requests_cache
import urllib3
from pyrate_limiter import Duration, InMemoryBucket, Limiter, Rate, SingleBucketFactory
from requests.adapters import HTTPAdapter
from requests_cache.policy.settings import DEFAULT_IGNORED_PARAMS

from riskpanel.book.symbols import shortened
from riskpanel.errors import InputError
from riskpanel.sources.protocol import SourceFailedError, UnreachedError
from riskpanel.sources.retrying import TURN, Retrying

SECRET = re.compile(r"[\w.~-]+", re.ASCII)  # what a header and a pattern take as it is
_ERROR_FIELDS = ("Error Message", "error")
_SQLITE = b"SQLite format 3\x00"
_READ_AT_ONCE = 1 << 16  # bytes
_SHOWN = 200  # characters of an answer that a message shows
_FRAMING = ("content-encoding", "content-length", "transfer-encoding")
_PASSING = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pacing:
    """How often a source is asked, how long it may take, and when it is asked again; waits in seconds.

    Waits double from ``first_wait``, plus up to ``jitter``; none is over ``longest_wait``, whatever a server
    asks for. ``per_minute`` is above ``per_second``, at most 60 times it; ``largest_body`` is bytes unpacked.
    """

    per_second: int
    per_minute: int
    attempts: int = 4
    first_wait: float = 1.0
    jitter: float = 1.0
    longest_wait: float = 60.0
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    largest_body: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: its status, its JSON (None if it is none) and its text, with the keys hidden.

    ``wait`` is how many seconds the server asks to wait, None where it does not say.
    """

    path: str
    status: int
    body: object
    text: str
    wait: float | None

    @property
    def shown(self) -> str:
        """The beginning of the text on one line, for messages."""
        return " ".join(self.text[: 2 * _SHOWN].split())[:_SHOWN]


class TryAgainError(SourceFailedError):
    """A fault that may pass: asked again after ``wait`` seconds, by default after a growing wait."""

    def __init__(self, what: str, *, hint: str = "", wait: float | None = None) -> None:
        super().__init__(what, hint=hint)
        self.wait = wait


class _UnreachedError(TryAgainError, UnreachedError):
    pass


class _TooLargeError(requests.RequestException):
    pass


_FAULTS = (
    (_TooLargeError, "the answer is too large"),
    ((requests.Timeout, urllib3.exceptions.TimeoutError), "no answer in time"),
    (urllib3.exceptions.HTTPError, "the answer was cut off or garbled"),
    (requests.ConnectionError, "the connection failed"),
)


class Web:
    """A client of one source, shared by its threads.

    ``secret_headers`` go to the source only: not into URLs, messages, logs or the cache, an SQLite file (None
    for none) that keeps good answers for ``cache_for``, none of ``never_kept`` paths. Once ``stop`` is set
    nothing more is asked. InputError tells of a malformed secret or an unusable cache.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        pacing: Pacing,
        secret_headers: Mapping[str, str],
        cache: Path | None = None,
        cache_for: timedelta = timedelta(hours=6),
        never_kept: Sequence[str] = (),
        stop: Event | None = None,
    ) -> None:
        for header, value in secret_headers.items():
            if not SECRET.fullmatch(value):
                raise InputError(f"{name}: {header} must be letters, digits and the signs . ~ - _")
        self._name = name
        self._base_url = base_url.rstrip("/")
        self._pacing = pacing
        self._secrets = re.compile("|".join(map(re.escape, secret_headers.values())) or "(?!)", re.IGNORECASE)
        self._retry = Retrying(
            pacing.attempts, pacing.first_wait, pacing.longest_wait, pacing.jitter, stop or Event()
        )
        self._session = _Session(self._secrets, secret_headers, cache, cache_for)
        never = {f"{self._base_url}/{path}*": requests_cache.DO_NOT_CACHE for path in never_kept}
        self._session.settings.urls_expire_after = never
        self._adapter = _Adapter(pacing, self._retry)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    def close(self) -> None:
        """Close connections and the cache."""
        self._session.close()

    def fetch(self, path: str, parameters: Mapping[str, str], read: Callable[[Answer], T]) -> T:
        """Ask for ``path`` and return what ``read`` makes of the answer; ask again where it may help.

        ``read`` gets every answer below status 500 but redirects, and raises `TryAgainError` to ask again.
        SourceFailedError tells of no usable answer, also after the last attempt; StoppedError of the end.
        """
        what = shortened(", ".join(parameters.values())) or path
        return self._retry(what, lambda: self._once(path, parameters, read), _may_pass)

    def _once(self, path: str, parameters: Mapping[str, str], read: Callable[[Answer], T]) -> T:
        answer = self._ask(path, parameters)
        what = f"{self._name}: {path}: status {answer.status}"
        if answer.status >= 500:
            raise TryAgainError(f"{what}: {answer.shown}", wait=answer.wait)
        if 300 <= answer.status < 400:
            raise SourceFailedError(f"{what}: sends elsewhere, which is not followed")
        return read(answer)

    def _ask(self, path: str, parameters: Mapping[str, str]) -> Answer:
        times = (self._pacing.connect_timeout, self._pacing.read_timeout)
        try:
            answered = self._session.get(f"{self._base_url}/{path}", params=dict(parameters), timeout=times)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # Not chained: the texts of these errors hold whole addresses.
            raise _kind(error)(f"{self._name}: {path}: {_why(error)}") from None
        response = cast("requests.Response", answered)
        text = self._secrets.sub("...", response.content.decode("utf-8-sig", errors="replace"))
        return Answer(path, response.status_code, parsed(text), text, _asked_wait(response.headers))


class _Session(requests_cache.CachedSession):
    """Keeps good answers only, never a key; takes no cookies; follows no redirect to another server."""

    def __init__(
        self, secrets: re.Pattern[str], headers: Mapping[str, str], cache: Path | None, cache_for: timedelta
    ) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            backend="memory" if cache is None else _open_cache(cache),
            expire_after=cache_for,
            ignored_parameters=(*DEFAULT_IGNORED_PARAMS, *headers),
            filter_fn=self._may_be_kept,
        )
        self._secrets = secrets
        self.settings.disabled = cache is None
        self.max_redirects = 3
        self.headers.update(headers)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where to go on: the same scheme, host and port only, for the key goes along."""
        target = super().get_redirect_target(resp)
        if target is None or self._secrets.search(target):
            return None
        with suppress(ValueError):
            here, there = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
            return target if (here.scheme, here.netloc) == (there.scheme, there.netloc) else None
        return None

    def _may_be_kept(self, response: requests.Response) -> bool:
        text = response.content.decode("utf-8-sig", errors="replace")
        body = parsed(text) if response.status_code == 200 else None
        if not isinstance(body, list) or not body or error_text(cast("object", body)) is not None:
            return False
        return self._secrets.search(f"{text} {response.url} {response.headers}") is None


class _Adapter(HTTPAdapter):
    """Waits for its turn before each request, and reads whole bodies up to the largest allowed."""

    def __init__(self, pacing: Pacing, retry: Retrying) -> None:
        rates = [Rate(pacing.per_second, Duration.SECOND), Rate(pacing.per_minute, Duration.MINUTE)]
        # Without its thread that forgets old requests: a run has some thousands at most.
        self._turns = Limiter(SingleBucketFactory(InMemoryBucket(rates), schedule_leak=False))
        self._largest_body = pacing.largest_body
        self._retry = retry
        super().__init__(pool_maxsize=16)

    def add_headers(self, request: requests.PreparedRequest, **_: object) -> None:
        """Wait for a turn; called once before each request that is sent."""
        while not self._turns.try_acquire("request", timeout=TURN):
            self._retry.require_going()
        self._retry.require_going()

    def build_response(
        self, req: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse
    ) -> requests.Response:
        """Read the body, so that a fault in it shows before anything is kept."""
        body = bytearray()
        try:
            for part in resp.stream(_READ_AT_ONCE, decode_content=True):
                body += part
                if len(body) > self._largest_body:
                    raise _TooLargeError
        finally:
            resp.close()
        headers = {name: value for name, value in resp.headers.items() if name.lower() not in _FRAMING}
        whole = urllib3.HTTPResponse(
            BytesIO(body), headers, resp.status, resp.version, reason=resp.reason, preload_content=False
        )
        return super().build_response(req, whole)


def parsed(text: str) -> object:
    """Return the JSON that a text is, whatever its content type says; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def error_text(body: object) -> str | None:
    """Return the error that JSON tells of, whatever the status says; None if it tells of none."""
    first = cast("list[object]", body)[0] if isinstance(body, list) and body else cast("object", body)
    if not isinstance(first, dict):
        return None
    fields = cast("dict[object, object]", first)
    return next((str(fields[name]) for name in _ERROR_FIELDS if fields.get(name)), None)


def _may_pass(error: BaseException) -> bool | float:
    return isinstance(error, TryAgainError) and (True if error.wait is None else error.wait)


def _kind(error: Exception) -> type[SourceFailedError]:
    if isinstance(error, requests.ConnectionError):
        return _UnreachedError
    return TryAgainError if isinstance(error, _PASSING) else SourceFailedError


def _why(error: Exception) -> str:
    return next((why for kinds, why in _FAULTS if isinstance(error, kinds)), type(error).__name__)


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After; a date in it counts from the server's own."""
    after, now = headers.get("Retry-After", ""), headers.get("Date", "")
    if re.fullmatch(r"\d+(\.\d+)?", after):
        return float(after)
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(after) - parsedate_to_datetime(now)).total_seconds())
    return None


def _open_cache(path: Path) -> requests_cache.SQLiteCache:
    """Open the cache; its answers are JSON, for a pickle could run what somebody put there."""
    file = path if path.suffix else path.with_name(f"{path.name}.sqlite")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+b") as opened:
            opened.seek(0)
            start = opened.read(len(_SQLITE))
    except OSError as error:
        raise InputError(f"the cache of answers cannot be written: {file}: {error.strerror}") from None
    if start not in (b"", _SQLITE):
        raise InputError(f"not a cache of answers: {file}", hint="move it away; a new one is made")
    cache = requests_cache.SQLiteCache(str(file), serializer="json")
    cache.delete(expired=True, vacuum=False)  # pyright: ignore[reportUnknownMemberType]
    return cache

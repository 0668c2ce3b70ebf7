"""HTTP for sources: paced, asked again after passing faults, bounded, cached without keys, quiet about keys."""

import json
import logging
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import pyrate_limiter
import requests
import requests_cache
import stamina
import stamina.instrumentation
import urllib3
from requests.adapters import HTTPAdapter
from requests_cache.policy.settings import DEFAULT_IGNORED_PARAMS

from riskpanel.errors import InputError
from riskpanel.sources.market_data import SourceFailedError

ERROR_FIELDS = ("Error Message", "error")
_LOG = logging.getLogger("riskpanel.sources")
_SQLITE = b"SQLite format 3\x00"
_READ_AT_ONCE = 1 << 16  # bytes
_SHOWN = 200  # characters of an answer that a message shows
_FRAMING = ("content-encoding", "content-length", "transfer-encoding")
_PASSING = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pacing:
    """How often a source is asked, how long it may take, and when it is asked again; waits in seconds.

    Waits double from ``first_wait`` plus up to ``jitter``. ``busy_wait`` follows an answer that too much was asked
    and no time was named; none is over ``longest_wait``. ``largest_body`` is in bytes, unpacked.
    """

    per_second: int
    per_minute: int
    attempts: int = 4
    first_wait: float = 1.0
    jitter: float = 1.0
    busy_wait: float = 60.0
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
        line = " ".join(self.text[: 10 * _SHOWN].split())
        return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


class TryAgainError(SourceFailedError):
    """A fault that may pass: asked again after ``wait`` seconds, by default after a growing wait."""

    def __init__(self, what: str, *, hint: str = "", wait: float | None = None) -> None:
        super().__init__(what, hint=hint)
        self.wait = wait


class Web:
    """A client of one source, shared by its threads.

    ``secret_headers`` go to the source only: not into URLs, messages, logs or the cache, an SQLite file (None
    for none) that keeps good answers for ``cache_for``.

    Raises
    ------
    InputError
        When a secret cannot be a header, or the cache cannot be used.
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
    ) -> None:
        for header, value in secret_headers.items():
            if not re.fullmatch(r"[\x21-\x7e]+", value):
                raise InputError(f"{name}: the {header} is empty or has characters that no key has")
        self._name = name
        self._base_url = base_url.rstrip("/")
        self._pacing = pacing
        self._secrets = _spellings(secret_headers.values())
        self._retry = stamina.RetryingCaller(
            attempts=pacing.attempts,
            timeout=None,
            wait_initial=pacing.first_wait,
            wait_max=pacing.longest_wait,
            wait_jitter=pacing.jitter,
        )
        self._session = _Session(self._secrets, secret_headers, cache, cache_for)
        self._adapter = _Adapter(pacing)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and the cache."""
        self._session.close()

    def fetch(self, path: str, parameters: Mapping[str, str], read: Callable[[Answer], T]) -> T:
        """Ask for ``path`` and return what ``read`` makes of the answer; ask again where it may help.

        ``read`` gets every answer below status 500 but redirects, and raises `TryAgainError` to ask again.

        Raises
        ------
        SourceFailedError
            When there is no usable answer, also after the last attempt; and whatever ``read`` raises.
        """
        return self._retry(_next_wait, self._once, path, parameters, read)

    def _once(self, path: str, parameters: Mapping[str, str], read: Callable[[Answer], T]) -> T:
        answer = self._ask(path, parameters)
        what = f"{self._name}: {path}: status {answer.status}"
        if answer.status >= 500:
            raise TryAgainError(f"{what}: {answer.shown}", wait=self.capped(answer.wait))
        if 300 <= answer.status < 400:
            raise SourceFailedError(f"{what}: sends elsewhere, which is not followed")
        return read(answer)

    def _ask(self, path: str, parameters: Mapping[str, str]) -> Answer:
        times = (self._pacing.connect_timeout, self._pacing.read_timeout)
        try:
            response = self._session.get(f"{self._base_url}/{path}", params=dict(parameters), timeout=times)
        except _PASSING as error:
            # Not chained: the texts of these errors hold whole addresses.
            raise TryAgainError(f"{self._name}: {path}: {_why(error)}") from None
        except requests.RequestException as error:
            raise SourceFailedError(f"{self._name}: {path}: {type(error).__name__}") from None
        text = self._secrets.sub("...", response.content.decode("utf-8-sig", errors="replace"))
        return Answer(path, response.status_code, parsed(text), text, _asked_wait(response.headers))

    def capped(self, wait: float | None) -> float | None:
        """Return a wait that is not over the longest, in seconds."""
        return None if wait is None else min(wait, self._pacing.longest_wait)

    def busy_wait(self, answer: Answer) -> float:
        """Return how many seconds to leave a busy source alone: what it asks for, within limits."""
        wait = self._pacing.busy_wait if answer.wait is None else answer.wait
        return min(wait, self._pacing.longest_wait)


class _Session(requests_cache.CachedSession):
    """Keeps good answers only, never a key; takes no cookies; follows no redirect to another server."""

    def __init__(
        self, secrets: re.Pattern[str], headers: Mapping[str, str], cache: Path | None, cache_for: timedelta
    ) -> None:
        if cache is not None:
            _check_cache(cache)
        super().__init__(
            cache_name=str(cache) if cache else "none",
            backend=requests_cache.SQLiteCache(str(cache), serializer="json") if cache else "memory",
            expire_after=cache_for,
            ignored_parameters=(*DEFAULT_IGNORED_PARAMS, *headers),
            filter_fn=self._may_be_kept,
        )
        self._secrets = secrets
        self.settings.disabled = cache is None
        self.max_redirects = 3
        self.headers.update(headers)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        if cache is not None:
            self.cache.delete(expired=True, vacuum=False)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where to go on: the same scheme, host and port only, for the key goes along."""
        target = super().get_redirect_target(resp)
        if target is None or self._secrets.search(target):
            return None
        here, there = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
        return target if (here.scheme, here.netloc) == (there.scheme, there.netloc) else None

    def _may_be_kept(self, response: requests.Response) -> bool:
        if response.status_code != 200:
            return False
        text = response.content.decode("utf-8-sig", errors="replace")
        if self._secrets.search(text) or self._secrets.search(f"{response.url} {response.headers}"):
            return False
        return is_good(parsed(text))


class _Adapter(HTTPAdapter):
    """Waits for its turn before each request, and reads whole bodies up to the largest allowed."""

    def __init__(self, pacing: Pacing) -> None:
        rates = [
            pyrate_limiter.Rate(pacing.per_second, pyrate_limiter.Duration.SECOND),
            pyrate_limiter.Rate(pacing.per_minute, pyrate_limiter.Duration.MINUTE),
        ]
        bucket = pyrate_limiter.InMemoryBucket(rates)
        # Without its thread that forgets old requests: a run has some thousands at most.
        self._turns = pyrate_limiter.Limiter(pyrate_limiter.SingleBucketFactory(bucket, schedule_leak=False))
        self._largest_body = pacing.largest_body
        super().__init__(pool_maxsize=16)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Wait for a turn, then send."""
        self._turns.try_acquire("request")
        return super().send(request, *args, **kwargs)

    def build_response(
        self, req: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse
    ) -> requests.Response:
        """Read the body, so that a fault in it shows before anything is kept."""
        body = BytesIO()
        try:
            for part in resp.stream(_READ_AT_ONCE, decode_content=True):
                if body.tell() + len(part) > self._largest_body:
                    raise requests.exceptions.InvalidSchema
                body.write(part)
        finally:
            resp.close()
        body.seek(0)
        headers = [(name, value) for name, value in resp.headers.items() if name.lower() not in _FRAMING]
        whole = urllib3.HTTPResponse(
            body, headers, resp.status, resp.version, reason=resp.reason, preload_content=False
        )
        return super().build_response(req, whole)

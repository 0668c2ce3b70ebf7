"""What is noted of each request: a line of the log, and numbers for Prometheus; never what was asked."""

import logging
import sys
from collections.abc import Callable
from typing import Protocol, cast

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from riskpanel.api.description import PREFIX

_LOG = logging.getLogger("riskpanel.api")
_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_FILES = frozenset({"/assets/{name}", "/icon.svg"})  # dozens of them follow each page
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Timer = Callable[[], float]
"""Gives seconds of a clock that never goes back."""


class _Route(Protocol):
    path: str


class RequestNumbers:
    """How many requests there were, by address, method and status, and how long they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "riskpanel_requests",
            "Requests answered, by address as in the description, method and status",
            ("route", "method", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "riskpanel_request_seconds",
            "Time to the end of the answer",
            ("route",),
            buckets=_BUCKETS,
            registry=registry,
        )

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class Observed:
    """Middleware, the outermost: notes each request when its answer has been sent."""

    def __init__(self, app: ASGIApp, numbers: RequestNumbers, timer: Timer) -> None:
        self._app = app
        self._numbers = numbers
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, request_id = self._timer(), 500, ""

        async def send_and_look(message: Message) -> None:
            nonlocal status, request_id
            if message["type"] == "http.response.start":
                status = message["status"]
                request_id = Headers(raw=message["headers"]).get("x-request-id", "")
            await send(message)

        scope.setdefault("state", {})
        try:
            await self._app(scope, receive, send_and_look)
        finally:
            if isinstance(sys.exception(), Exception):  # not one that only ends the request
                _LOG.error("request failed", exc_info=True, extra=_told(scope))
            seconds = self._timer() - started
            self._numbers.note(_route(scope), scope["method"], status, seconds)
            extra = _told(scope) | {"status": status, "milliseconds": round(seconds * 1e3, 1)}
            level = logging.DEBUG if status < 400 and _route(scope) in _FILES else logging.INFO
            _LOG.log(level, "request", extra=extra | ({"request_id": request_id} if request_id else {}))


def _told(scope: Scope) -> dict[str, object]:
    """Tell a request without what was asked: neither its query nor its body nor its headers."""
    state = scope["state"]
    told: dict[str, object] = {"method": scope["method"], "route": _route(scope)}
    told |= {name: state[name] for name in ("request_id", "user_id") if state.get(name) is not None}
    return told


def _route(scope: Scope) -> str:
    """Return the address as it is described, so that no id and no guess becomes a label."""
    route = cast("_Route | None", scope.get("route"))
    if route is None:
        return "none"
    return PREFIX + route.path if scope["path"].startswith(f"{PREFIX}/") else route.path

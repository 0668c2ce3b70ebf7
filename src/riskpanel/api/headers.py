"""What goes with every answer, and whom the server speaks to: only a browser that means this machine."""

import re
from collections.abc import Collection
from secrets import token_hex

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from riskpanel.api.problems import Problem, problem_response

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""What may stand in the Host header: a page elsewhere that lets its name point here sends its own name."""

SECURITY_HEADERS = {
    "cache-control": "no-cache, private",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PORT = re.compile(r":\d+$")


class EveryAnswer:
    """Middleware: refuses foreign hosts, names the request, and adds the security headers."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        request_id = _request_id(asked)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (SECURITY_HEADERS | {"x-request-id": request_id}).items():
                    headers.setdefault(name, value)
            await send(message)

        host = _PORT.sub("", asked.get("host", "")).lower()
        answer = self._app if host in self._hosts else _misdirected(scope["path"])
        await answer(scope, receive, send_with_headers)


def _request_id(asked: Headers) -> str:
    """Take the name that the asker gave the request, or make one."""
    given = asked.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else token_hex(8)


def _misdirected(path: str) -> ASGIApp:
    return problem_response(
        Problem(
            status=421,
            title="Misdirected request",
            detail="this server answers only to the names of its own machine",
            hint="ask http://127.0.0.1 or http://localhost with the server's port",
        ),
        path,
    )

"""What goes with every answer, and whom the server speaks to: only a browser that means this machine."""

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from secrets import token_hex

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from riskpanel.api.problems import Problem, problem_response

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""What may stand in the Host header: a page elsewhere that lets its name point here sends its own name."""

SECURITY_HEADERS = {
    "cache-control": "no-cache, private",
    "content-security-policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_TLS_ONLY = {"strict-transport-security": "max-age=31536000"}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PORT = re.compile(r":\d+$")


def host_of(header: str) -> str:
    """Return the name in a Host header, without the port."""
    return _PORT.sub("", header).lower()


def is_loopback(host: str) -> bool:
    """Whether a name or address in a Host header, without the port, is of this machine alone."""
    if host in LOOPBACK_HOSTS:
        return True
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


def security_headers(host: str) -> Mapping[str, str]:
    """Return what goes with every answer to a request that calls the server by a name."""
    return SECURITY_HEADERS if is_loopback(host) else SECURITY_HEADERS | _TLS_ONLY


class EveryAnswer:
    """Middleware: refuses foreign hosts and pages, names the request, and adds the security headers."""

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
        scope.setdefault("state", {})["request_id"] = request_id

        host = host_of(asked.get("host", ""))
        added = {**security_headers(host), "x-request-id": request_id}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._app
        if host not in self._hosts:
            answer = _misdirected(scope["path"])
        elif scope["method"] not in _SAFE and _is_foreign(asked):
            answer = _cross_site(scope["path"])
        with bound_contextvars(request_id=request_id):
            await answer(scope, receive, send_with_headers)


def _is_foreign(asked: Headers) -> bool:
    """Whether a page of another origin asks; programs say nothing of an origin."""
    site, origin = asked.get("sec-fetch-site"), asked.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    own = asked.get("host", "").lower()
    return origin is not None and origin.lower() not in {f"http://{own}", f"https://{own}"}


def _request_id(asked: Headers) -> str:
    """Take the name that the asker gave the request, or make one."""
    given = asked.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else token_hex(8)


def _cross_site(path: str) -> ASGIApp:
    told = Problem(403, "Forbidden", "a page of another origin may not change anything here")
    return problem_response(told, path)


def _misdirected(path: str) -> ASGIApp:
    return problem_response(
        Problem(
            status=421,
            title="Misdirected request",
            detail="this server does not answer to that name",
            hint="ask http://127.0.0.1 with the server's port, or let it serve with --allow-host",
        ),
        path,
    )

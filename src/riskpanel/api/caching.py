"""Answers that need not be sent again, and smaller ones: ETag, If-None-Match and gzip."""

import gzip
import re
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SMALLEST = 1_024  # bytes; below, gzip saves no packet
_LEVEL = 5
_JSON = ("application/json", "application/problem+json")


class WholeAnswers:
    """Middleware for JSON: a strong validator of each form of an answer, 304 when the asker has that form.

    A stream passes through as it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        parts: list[bytes] = []

        async def send_whole(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_json(message):
                start = message
            elif start is None:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    body = _settle(start, b"".join(parts), scope)
                    await send(start)
                    await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, send_whole)


def _is_json(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").split(";")[0] in _JSON


def _settle(start: Message, body: bytes, scope: Scope) -> bytes:
    """Set the headers of a whole answer, and its status where it need not be sent; return its body."""
    asked, headers = Headers(scope=scope), MutableHeaders(scope=start)
    small = len(body) < _SMALLEST or not accepts_gzip(asked.get("accept-encoding", ""))
    headers.add_vary_header("Accept-Encoding")
    if scope["method"] == "GET" and start["status"] == 200:
        # The two forms differ byte by byte, so that a strong validator must too.
        tag = f'"{sha256(body).hexdigest()}{"" if small else "-gzip"}"'
        headers["etag"] = tag
        if _is_known(asked.getlist("if-none-match"), tag):
            start["status"] = 304
            for name in ("content-length", "content-type"):
                del headers[name]
            return b""
    if not small:
        headers["content-encoding"] = "gzip"
        body = gzip.compress(body, _LEVEL, mtime=0)
    headers["content-length"] = str(len(body))
    return body


def _is_known(listed: list[str], tag: str) -> bool:
    tags = [known.strip().removeprefix("W/") for line in listed for known in line.split(",")]
    return tag in tags or "*" in tags


def accepts_gzip(accepted: str) -> bool:
    """Tell from an Accept-Encoding header whether gzip is welcome."""
    for coding in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in coding.split(";"))
        if name in {"gzip", "*"}:
            return not any(re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) for parameter in parameters)
    return False

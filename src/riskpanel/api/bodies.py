"""Bodies that are too large are refused before they are read: by what they say, and by what arrives."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from riskpanel.api.description import PREFIX
from riskpanel.api.problems import Problem, problem_response

MOST_BYTES = 2**20
MOST_FILE_BYTES = 5 * 2**20

_FILES = f"{PREFIX}/imports/"


class BoundedBodies:
    """Middleware: 413 for a body beyond 1 MiB, of a file 5 MiB."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = MOST_FILE_BYTES if scope["path"].startswith(_FILES) else MOST_BYTES
        said = Headers(scope=scope).get("content-length", "0")
        if not said.isascii() or not said.isdigit() or int(said[:20]) > most:
            told = Problem(413, "Content too large", "the body is too large", f"at most {most // 2**20} MiB")
            await problem_response(told, scope["path"])(scope, receive, send)
            return
        seen = 0

        async def receive_bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413)  # which is answered as a problem too
            return message

        await self._app(scope, receive_bounded, send)

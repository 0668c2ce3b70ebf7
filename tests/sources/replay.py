"""A real server on the loopback that answers from a script, and remembers what it was asked."""

import json
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer: ``delay`` seconds before it, ``cut_at`` bytes of its body, and ``stall`` seconds then."""

    body: bytes = b"[]"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    delay: float = 0.0
    cut_at: int | None = None
    stall: float = 0.0
    sized: bool = True  # says how long it is; if not, it ends where the connection does


@dataclass(frozen=True)
class Asked:
    """A request: its path without the query, its query, its headers, and its target as sent."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    target: str
    at: float


Script = Reply | Callable[[Asked], Reply]


def as_json(value: object, *, status: int = 200, **others) -> Reply:
    return Reply(json.dumps(value).encode(), status, **others)


def as_text(text: str, *, status: int = 200, **others) -> Reply:
    """Text that claims to be JSON, as the real one does."""
    return Reply(text.encode(), status, **others)


@dataclass
class Replay:
    """The script, by path: answers in turn, the last one for ever. An unknown path is ``404 []``."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    scripts: dict[str, deque[Script]] = field(default_factory=lambda: defaultdict(deque))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, path: str, *replies: Script) -> None:
        self.scripts[f"/{path}"] = deque(replies)

    def paths(self) -> list[str]:
        return [asked.path.removeprefix("/") for asked in self.asked]

    def reply_to(self, asked: Asked) -> Reply:
        with self.lock:
            self.asked.append(asked)
            script = self.scripts.get(asked.path)
            if not script:
                return Reply(status=404)
            reply = script.popleft() if len(script) > 1 else script[0]
        return reply if isinstance(reply, Reply) else reply(asked)


def _answering(replay: Replay) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked = Asked(parts.path, query, dict(self.headers.items()), self.path, time.monotonic())
            reply = replay.reply_to(asked)
            time.sleep(reply.delay)
            try:
                self._send(reply)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client has given up, as it was meant to

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            if reply.sized:
                self.send_header("Content-Length", str(len(reply.body)))
            else:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut_at])
            if reply.cut_at is not None or not reply.sized:
                self.wfile.flush()
                time.sleep(reply.stall)
                self.connection.shutdown(socket.SHUT_WR)
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            return

    return Answering


@contextmanager
def replaying() -> Iterator[Replay]:
    """Serve until the block ends."""
    replay = Replay("")
    with ThreadingHTTPServer(("127.0.0.1", 0), _answering(replay)) as server:
        server.daemon_threads = True
        replay.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield replay
        finally:
            server.shutdown()
            thread.join()

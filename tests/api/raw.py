"""Requests byte by byte over a socket: what no client library would send."""

import socket
from collections.abc import Iterable
from urllib.parse import urlsplit


def exchange(address: str, *parts: bytes, close: bool = False) -> bytes:
    """Send parts to a server, and return all that it answers until it closes the connection.

    With ``close`` the sending side ends first, as of a client that has gone.
    """
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            if close:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was sent
        return b"".join(_received(connection))


def _received(connection: socket.socket) -> Iterable[bytes]:
    try:
        while part := connection.recv(65_536):
            yield part
    except ConnectionResetError:
        return


def request(line: bytes, *headers: bytes, host: bytes = b"127.0.0.1", body: bytes = b"") -> bytes:
    """The bytes of one request after which the server is to close."""
    head = [line + b" HTTP/1.1", b"Host: " + host, b"Connection: close", *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def statuses(answer: bytes) -> list[int]:
    """The status of each answer that came."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]

"""Clients that cost little: one connection each, kept open, asking again as soon as they are answered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np


@dataclass(frozen=True)
class Load:
    """What some clients were answered: seconds of each request by kind of address, and what went wrong."""

    clients: int
    elapsed: float
    taken: dict[str, list[float]]
    faults: list[str]

    def per_second(self) -> float:
        """Count the requests answered a second."""
        return sum(map(len, self.taken.values())) / self.elapsed

    def milliseconds(self, kind: str, share: float) -> float:
        """Percentile of a kind of address."""
        return float(np.quantile(self.taken[kind], share)) * 1e3


def put_load(
    port: int, token: str, addresses: Sequence[tuple[str, str]], *, clients: int, seconds: float
) -> Load:
    """Let clients ask addresses, (kind, path) in turn, for some seconds."""
    return asyncio.run(_put_load(port, token, addresses, clients=clients, seconds=seconds))


async def _put_load(
    port: int, token: str, addresses: Sequence[tuple[str, str]], *, clients: int, seconds: float
) -> Load:
    taken: dict[str, list[float]] = {kind: [] for kind, _ in addresses}
    faults: list[str] = []
    started = perf_counter()

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        at = number * 7
        while perf_counter() - started < seconds:
            kind, path = addresses[at % len(addresses)]
            at += 1
            begun = perf_counter()
            status = await _ask(reader, writer, path, token)
            taken[kind].append(perf_counter() - begun)
            if status != 200:
                faults.append(f"{status} {path}")
        writer.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return Load(clients, perf_counter() - started, taken, faults)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, token: str) -> int:
    writer.write(
        f"GET /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        "Accept-Encoding: gzip\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    body = await reader.readexactly(length)
    assert len(body) == length
    return int(head.split(b" ", 2)[1])

"""A source on the loopback that answers as FMP does, and a database that is fetched into."""

import json
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zlib import crc32

import polars as pl

from riskpanel.nightly.fetch import fetch_prices
from riskpanel.nightly.fetch_plan import FetchRequest
from riskpanel.nightly.fetch_reports import FetchReport
from riskpanel.nightly.setup import initialize
from riskpanel.sources.chain import Chain
from riskpanel.sources.fmp import Fmp
from riskpanel.sources.protocol import Source
from riskpanel.sources.web import Pacing
from riskpanel.store.database import Store, open_store
from sources.recorded import history_of
from sources.replay import Asked, Replay, Reply, as_json

FULL, ADJUSTED = "historical-price-eod/full", "historical-price-eod/dividend-adjusted"
KEY = "a-secret-key-of-nobody"
SINCE, SESSION, TODAY = date(2013, 1, 2), date(2022, 12, 28), date(2022, 12, 29)
BEFORE = date(2022, 12, 20)  # last session that a database in the middle of its life has
NOW = datetime(2022, 12, 29, 1, tzinfo=UTC)
QUICK = Pacing(
    per_second=500, per_minute=30_000, attempts=2, first_wait=0.01, jitter=0.01, longest_wait=0.05,
    connect_timeout=2.0, read_timeout=0.5,
)  # fmt: skip


def answers(history: pl.DataFrame) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Write a history as the two endpoints give it, newest first."""
    full, adjusted = [], []
    for row in reversed(history.to_dicts()):
        day = row["date"].isoformat()
        full.append(
            {"symbol": "A", "date": day} | {n: row[n] for n in ("open", "high", "low", "close", "volume")}
        )
        names = {
            "adjOpen": "open",
            "adjHigh": "high",
            "adjLow": "low",
            "adjClose": "adj_close",
            "volume": "volume",
        }
        adjusted.append({"symbol": "A", "date": day} | {theirs: row[ours] for theirs, ours in names.items()})
    return full, adjusted


def scripted(histories: Callable[[str], pl.DataFrame], replay: Replay) -> None:
    """Let the server answer for any symbol, cut to the days that are asked for."""
    kept: dict[str, tuple[list[dict[str, object]], list[dict[str, object]]]] = {}
    lock = threading.Lock()

    def answer(which: int) -> Callable[[Asked], Reply]:
        def reply(asked: Asked) -> Reply:
            symbol = asked.query["symbol"]
            with lock:
                if symbol not in kept:
                    kept[symbol] = answers(histories(symbol))
            first, last = asked.query["from"], asked.query["to"]
            rows = [
                row | {"symbol": symbol} for row in kept[symbol][which] if first <= str(row["date"]) <= last
            ]
            return as_json(rows)

        return reply

    replay.play(FULL, answer(0))
    replay.play(ADJUSTED, answer(1))


@dataclass
class RateLimit:
    """Refuses what is over so many requests in a span, as the source does."""

    most: int
    seconds: float
    seen: deque[float] = field(default_factory=deque)
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def around(self, script: Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
        def reply(asked: Asked) -> Reply:
            with self.lock:
                now = time.monotonic()
                while self.seen and now - self.seen[0] > self.seconds:
                    self.seen.popleft()
                if len(self.seen) >= self.most:
                    self.refused += 1
                    told = {
                        "Error Message": "Limit Reach . Please upgrade your plan or visit our documentation"
                    }
                    return as_json(told, status=429, headers=(("Retry-After", "1"),))
                self.seen.append(now)
            return script(asked)

        return reply


@contextmanager
def database() -> Iterator[Store]:
    """Open a new SQLite database."""
    with tempfile.TemporaryDirectory() as place, open_store(f"sqlite:///{place}/own.sqlite3") as store:
        store.create_file()
        initialize(store, now=NOW)
        yield store


@contextmanager
def source(replay: Replay, pacing: Pacing = QUICK) -> Iterator[Fmp]:
    fmp = Fmp(KEY, base_url=f"{replay.url}/", pacing=pacing)
    try:
        yield fmp
    finally:
        fmp.close()


def fetched(
    store: Store, *sources: Source, symbols: tuple[str, ...] = ("A",), session: date = SESSION
) -> FetchReport:
    return fetch_prices(
        store,
        Chain(sources),
        FetchRequest(symbols, SINCE),
        today=TODAY,
        session=session,
        clock=lambda: NOW,
        progress=lambda done, total: None,
    )


def one_history(symbol: str) -> pl.DataFrame:
    """Make the same history for a symbol at every asking."""
    return history_of(SINCE, SESSION, seed=crc32(symbol.encode()))


def as_body(value: object) -> bytes:
    return json.dumps(value).encode()

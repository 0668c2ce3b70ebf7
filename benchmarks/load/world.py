"""A database to ask from, a server that answers from it, and a night that keeps writing to it."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Event, Thread

from builders import day, fill_store, panel_of, random_books, random_prices
from nightly.nights import night
from riskpanel.api.accounts.users import issue_token
from riskpanel.book.panel import PricePanel
from riskpanel.store import migrate
from riskpanel.store.database import open_store
from riskpanel.store.portfolios import load_local_user

PORTFOLIOS, SYMBOLS, HELD, SESSIONS, STORED = 1_000, 200, 30, 320, 5
NOW = datetime(2025, 6, 30, 21, tzinfo=UTC)


def build_world(url: str) -> tuple[list[int], str, PricePanel]:
    """Fill a database with 1,000 portfolios of 30 positions; return their ids, a token and the prices."""
    symbols = [f"S{at:03d}" for at in range(SYMBOLS)]
    panel = panel_of(random_prices(6, SESSIONS, symbols))
    books = random_books(6, PORTFOLIOS, symbols, held=HELD)
    with open_store(url) as store:
        migrate.upgrade(store)
        ids = fill_store(store, panel, books, now=NOW)
        night(store, day(panel, -STORED), day(panel))
        with store.read() as conn:
            user = load_local_user(conn)
        moment = datetime.now(UTC)
        _, token = issue_token(
            store, user, "load test", scopes=("read",), now=moment, expires_at=moment + timedelta(days=1)
        )
    return list(ids.values()), token, panel


@contextmanager
def serving(url: str) -> Iterator[int]:
    """Run a real server on a free port of loopback; yield the port."""
    command = [*_riskpanel(url), "serve", "--port", "0"]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().split(":")[2].split("/")[0])
        process.terminate()


class Writing:
    """Nights by another process, each with another window of beta, so that each writes every row again."""

    def __init__(self, url: str, first: date, last: date) -> None:
        self._url, self._span = url, ("--from", f"{first}", "--to", f"{last}")
        self._stop = Event()
        self._thread = Thread(target=self._write)
        self.nights = self.failed = 0

    def __enter__(self) -> "Writing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        for window in itertools.cycle((82, 90)):
            if self._stop.is_set():
                return
            setting = f"RISKPANEL_POLICY__BETA_WINDOW={window}"
            command = [*_riskpanel(self._url, setting), "backfill", *self._span]
            done = subprocess.run(command, check=False, capture_output=True)
            self.nights += STORED
            self.failed += done.returncode != 0


def _riskpanel(url: str, *settings: str) -> list[str]:
    return ["env", f"RISKPANEL_DATABASE_URL={url}", *settings, sys.executable, "-m", "riskpanel"]

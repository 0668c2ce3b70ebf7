"""When browsers and tokens were last heard of: kept in memory, stored now and then by the worker.

A read of stored rows does not wait for a night that is writing just to say that somebody was here.
"""

from datetime import datetime, timedelta
from threading import Lock

from riskpanel.store.database import Store
from riskpanel.store.login_sessions import delete_old_login_sessions, save_last_seen

_EVERY = timedelta(seconds=30)


class LastSeen:
    """The newest sign of life of each browser and token since they were last stored."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._logins: dict[str, datetime] = {}
        self._tokens: dict[int, datetime] = {}
        self._stored_at: datetime | None = None

    def note_login(self, secret_hash: str, now: datetime) -> None:
        """Note that a browser asked for something."""
        with self._lock:
            self._logins[secret_hash] = now

    def note_token(self, token_id: int, now: datetime) -> None:
        """Note that a token was used."""
        with self._lock:
            self._tokens[token_id] = now

    def of_login(self, secret_hash: str, stored: datetime) -> datetime:
        """Return the newest sign of life of a browser."""
        with self._lock:
            return max(self._logins.get(secret_hash, stored), stored)

    def store(self, store: Store, now: datetime, *, idle: timedelta) -> None:
        """Store what was noted, at most every half minute, and remove the browsers whose time is over."""
        if self._stored_at is not None and now - self._stored_at < _EVERY:
            return
        self.store_now(store, now, idle=idle)

    def store_now(self, store: Store, now: datetime, *, idle: timedelta) -> None:
        """Store what was noted; what cannot be stored is kept for the next time."""
        with self._lock:
            logins, tokens = dict(self._logins), dict(self._tokens)
        with store.begin() as conn:
            save_last_seen(conn, logins, tokens)
            delete_old_login_sessions(conn, now=now, idle_since=now - idle)
        with self._lock:
            # What was seen while storing is kept for the next time.
            self._logins = {key: at for key, at in self._logins.items() if logins.get(key) != at}
            self._tokens = {key: at for key, at in self._tokens.items() if tokens.get(key) != at}
            self._stored_at = now

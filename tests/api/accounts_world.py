"""The application with accounts, a clock that tests move, and people who ask it by cookie or by token."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.conftest import NOW, app_at
from builders import table_rows
from riskpanel.api.access import CSRF_HEADER, Accounts, open_accounts
from riskpanel.api.accounts.keys import csrf_key, hash_key, make_key
from riskpanel.api.accounts.passwords import hash_password
from riskpanel.api.accounts.policy import AccountPolicy
from riskpanel.api.accounts.users import first_setup_link, invite_user, issue_token
from riskpanel.api.cookies import COOKIE
from riskpanel.store.database import Store
from riskpanel.store.login_sessions import save_login_session
from riskpanel.store.portfolios import ensure_local_user
from riskpanel.store.schema import metadata, users
from riskpanel.store.users import find_user, save_password, save_user

API = "/api/v1"
HERE = "http://127.0.0.1"
PASSWORD = "an owl counts to ninety"
ANOTHER = "nobody rows on a Tuesday"
_OF_THE_REQUEST = frozenset({"x-request-id", "date"})  # headers that differ between two equal answers


@cache
def password_hash() -> str:
    """The stored form of PASSWORD, made once: each hash takes a tenth of a second."""
    return hash_password(PASSWORD)


class MovableClock:
    """Stands still until a test moves it; ``at_look`` says what happens at which of the coming looks."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment
        self.at_look: dict[int, Callable[[], object]] = {}

    def __call__(self) -> datetime:
        coming = {look - 1: happens for look, happens in self.at_look.items()}
        happens, self.at_look = coming.pop(0, None), coming
        if happens is not None:
            happens()
        return self.moment

    def move(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class World:
    """An application that requires accounts, over a store that has the local administrator alone."""

    store: Store
    policy: AccountPolicy = field(default_factory=AccountPolicy)
    clock: MovableClock = field(default_factory=MovableClock)
    accounts: Accounts = field(init=False)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        with self.store.begin() as conn:
            ensure_local_user(conn, now=self.clock())
        self.start()

    def start(self, **options) -> None:
        """Start the application anew, as a restarted server would: nothing in memory is left."""
        self.accounts = options.pop("accounts", None) or open_accounts(required=True, policy=self.policy)
        self.app = app_at(self.store, self.clock, accounts=self.accounts, **options)

    def client(self, *, address: str = "9.9.9.9", base_url: str = HERE, **headers: str) -> TestClient:
        """Somebody who is not signed in."""
        return TestClient(
            self.app,
            base_url=base_url,
            client=(address, 50_000),
            headers=headers,
            raise_server_exceptions=False,
        )

    def add_user(self, name: str, *, is_admin: bool = False, password: bool = True) -> int:
        """A user, whose password is PASSWORD."""
        with self.store.begin() as conn:
            user_id = save_user(conn, name, is_admin=is_admin, now=self.clock())
            if password:
                save_password(conn, user_id, password_hash(), now=self.clock())
        return user_id

    def id_of(self, name: str) -> int:
        with self.store.read() as conn:
            return find_user(conn, name).id

    def set_user(self, name: str, **values: object) -> None:
        """Change columns of a user in the database."""
        with self.store.begin() as conn:
            conn.execute(sa.update(users).where(users.c.name == name).values(**values))

    def browser(self, name: str, **options) -> TestClient:
        """A browser of a user that is signed in already, and sends the CSRF token with everything."""
        key, now = make_key(), self.clock()
        with self.store.begin() as conn:
            user_id = find_user(conn, name).id
            expires_at = now + self.policy.absolute
            save_login_session(conn, hash_key(key), user_id=user_id, now=now, expires_at=expires_at)
        asking = self.client(**options)
        asking.cookies.set(COOKIE, key)
        asking.headers[CSRF_HEADER] = csrf_key(key)
        return asking

    def token(self, name: str, *scopes: str, days: float = 90) -> str:
        """A token of a user."""
        now = self.clock()
        expires_at = now + timedelta(days=days)
        _, token = issue_token(
            self.store, self.id_of(name), "program", scopes=scopes, now=now, expires_at=expires_at
        )
        return token

    def program(self, name: str, *scopes: str, **options) -> TestClient:
        """A program of a user that asks by token."""
        return self.bearer(self.token(name, *scopes), **options)

    def bearer(self, token: str, **options) -> TestClient:
        return self.client(Authorization=f"Bearer {token}", **options)

    def first_link(self) -> str:
        """The secret of the link that the first start prints."""
        key = first_setup_link(self.store, policy=self.policy, now=self.clock())
        assert key is not None
        return key

    def invite(self, name: str, *, is_admin: bool = False) -> str:
        """The secret of the link of a new user."""
        _, key = invite_user(self.store, name, is_admin=is_admin, policy=self.policy, now=self.clock())
        return key


def log_in(client: TestClient, name: str, password: str = PASSWORD):
    """Sign in by name and password; the client keeps the cookie, and sends the CSRF token from now on."""
    answer = client.post(f"{API}/auth/login", json={"name": name, "password": password})
    if answer.status_code == 200:
        client.headers[CSRF_HEADER] = answer.json()["csrf_token"]
    return answer


def who(client: TestClient) -> str:
    """How the application knows a client: nobody, login, token or local."""
    answer = client.get(f"{API}/auth/session")
    assert answer.status_code == 200, answer.text
    return answer.json()["kind"]


def cookie_of(client: TestClient) -> str:
    """The secret that a browser keeps."""
    return client.cookies[COOKIE]


def all_rows(store: Store) -> dict[str, list[dict[str, object]]]:
    """Every row of every table."""
    return {name: table_rows(store, name) for name in metadata.tables}


def stored_text(store: Store) -> str:
    """Everything that is stored, as one text to search for secrets."""
    return "\n".join(f"{name} {row}" for name, rows in all_rows(store).items() for row in rows)


def alike(one, other) -> bool:
    """Whether two answers are the same byte for byte, but for what names the request itself."""
    return _comparable(one) == _comparable(other)


def _comparable(answer):
    headers = {name: value for name, value in answer.headers.items() if name not in _OF_THE_REQUEST}
    return answer.status_code, answer.content, headers

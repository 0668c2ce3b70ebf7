"""Short ways to change things over HTTP, on behalf of the local user or of others by their tokens."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from time import sleep
from typing import Any

import httpx2
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.conftest import NOW, app_over
from api.listed import PREFIX
from builders import rows_of_tables
from riskpanel.api.access import open_accounts
from riskpanel.api.accounts.users import SCOPES, issue_token
from riskpanel.book.policy import RiskPolicy
from riskpanel.nightly.worker import Worker
from riskpanel.store.database import Store
from riskpanel.store.schema import metadata, users

TABLES = tuple(sorted(metadata.tables))
Request = tuple[str, str, dict[str, Any]]


def ask(client: TestClient, method: str, path: str, status: int, **options: Any) -> Any:
    """The answer to a request that must have a status: its JSON, None for nothing."""
    answer = client.request(method, PREFIX + path, **options)
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "Traceback" not in answer.text
    return answer.json() if answer.content else None


def faults(document: dict[str, Any]) -> dict[str, str]:
    """What a problem says of each place of the request."""
    return {fault["location"]: fault["detail"] for fault in document["errors"]}


def everything(store: Store) -> dict[str, list[dict[str, object]]]:
    """Every row of every table."""
    return rows_of_tables(store, TABLES)


def work(store: Store) -> int:
    """Compute all that was asked for; return how many requests that were."""
    worker, done = Worker(store, RiskPolicy(), lambda: NOW), 0
    while worker.work_once() != "idle":
        done += 1
    return done


def user_id(store: Store, name: str, *, is_admin: bool = False) -> int:
    """The id of a user of that name, who is created when missing; nobody has a password."""
    with store.begin() as conn:
        known = conn.execute(sa.select(users.c.id).where(users.c.name == name)).scalar_one_or_none()
        if known is None:
            row = {"name": name, "is_admin": is_admin, "created_at": NOW, "updated_at": NOW}
            known = conn.execute(sa.insert(users).values(row)).inserted_primary_key[0]
    return known


def token_of(store: Store, name: str, *, scopes: tuple[str, ...] = SCOPES) -> str:
    """A token of a user."""
    own = user_id(store, name)
    _, token = issue_token(store, own, "test", scopes=scopes, now=NOW, expires_at=NOW + timedelta(days=1))
    return token


@contextmanager
def client_of(store: Store, name: str, app: FastAPI | None = None) -> Iterator[TestClient]:
    """A client that asks by a token of a user, of an application with accounts."""
    accounts = app or app_over(store, accounts=open_accounts(required=True))
    headers = {"authorization": f"Bearer {token_of(store, name)}"}
    with TestClient(
        accounts, base_url="http://127.0.0.1", headers=headers, raise_server_exceptions=False
    ) as asking:
        yield asking


def overlapping(
    store: Store, client: TestClient, first: Request, second: Request
) -> tuple[httpx2.Response, httpx2.Response]:
    """Answers to two requests, of which the second is sent when the first is about to commit.

    Each is a method, a path and what `TestClient.request` takes.
    """
    answers: list[Future[httpx2.Response]] = []

    def send(request: Request) -> httpx2.Response:
        method, path, options = request
        return client.request(method, PREFIX + path, **options)

    with ThreadPoolExecutor(1) as thread:

        def overtake(_: sa.Connection) -> None:
            if not answers:
                answers.append(thread.submit(send, second))
                sleep(0.4)  # by now it waits for what the first does, or has come as far as it gets

        sa.event.listen(store._engine, "commit", overtake)
        try:
            return send(first), answers[0].result(timeout=30)
        finally:
            sa.event.remove(store._engine, "commit", overtake)

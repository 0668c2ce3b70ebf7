"""Ways to read lists to their end, what is stored as JSON shows it, and another user's rows."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from starlette.testclient import TestClient

from builders import Book, Lot, fill_books, table_rows
from riskpanel.cli import edge
from riskpanel.store.database import Store
from riskpanel.store.schema import portfolios, positions, users

PREFIX = "/api/v1"
THEIRS = "kept from others"  # stands in the name of every portfolio of the other user


def walk(client: TestClient, path: str, *, limit: int = 2, **query: str) -> list[dict]:
    """Every item of a list, page by page."""
    items: list[dict] = []
    cursor = None
    while True:
        page = one_page(client, path, limit=limit, cursor=cursor, **query)
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
        assert len(page["items"]) == limit


def one_page(client: TestClient, path: str, *, limit: int, cursor: str | None = None, **query: str) -> dict:
    """One page of a list."""
    asked = query | {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
    answer = client.get(PREFIX + path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(client: TestClient, path: str, status: int = 404, **query: str) -> dict:
    """What a request is refused with."""
    answer = client.get(PREFIX + path, params=query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


def shown(document: object) -> object:
    """A document as the command line writes it and JSON reads it."""
    return json.loads(json.dumps(document, default=edge._plain))


def rows(store: Store, table: str, fields: Sequence[str], **where: object) -> list[dict]:
    """Fields of the rows of a table by primary key, as JSON shows them; ``where`` names values of columns."""
    found = [row for row in table_rows(store, table) if all(row[k] == v for k, v in where.items())]
    return [shown({name: row[name] for name in fields}) for row in found]


def other_user(store: Store, *, now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """Another user with two portfolios of two lots; ids of portfolios by name, and of lots by symbol."""
    books = [Book(f"{name}, {THEIRS}", (Lot("A", 2.0), Lot("B", 5.0)), cash=50.0) for name in ("p", "z")]
    ids = fill_books(store, books, now=now)
    with store.begin() as conn:
        stamps = {"created_at": now, "updated_at": now}
        conn.execute(sa.insert(users).values(name="other", is_admin=False, **stamps))
        other = conn.execute(sa.select(users.c.id).where(users.c.name == "other")).scalar_one()
        conn.execute(sa.update(portfolios).where(portfolios.c.id.in_(ids.values())).values(user_id=other))
    return ids, lots_of(store, ids[f"p, {THEIRS}"])


def lots_of(store: Store, portfolio_id: int) -> dict[str, int]:
    """Ids of the lots of a portfolio by symbol; of several the last."""
    with store.read() as conn:
        found = sa.select(positions.c.symbol, positions.c.id).where(positions.c.portfolio_id == portfolio_id)
        return {row.symbol: row.id for row in conn.execute(found.order_by(positions.c.id))}


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that the store executes meanwhile."""
    statements: list[str] = []

    def note(*seen: object) -> None:
        statements.append(str(seen[2]))

    sa.event.listen(store._engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(store._engine, "before_cursor_execute", note)

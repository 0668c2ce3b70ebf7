"""How much a user may own: of all of it a night must be computed."""

import pytest
import sqlalchemy as sa

from builders import Book, Lot, fill_books
from riskpanel.errors import ConflictError
from riskpanel.store import quotas
from riskpanel.store.schema import users


@pytest.fixture
def user(store, now):
    """The owner of three lots of two symbols in two portfolios, who is no administrator."""
    fill_books(store, [Book("a", (Lot("A", 1.0), Lot("B", 2.0))), Book("b", (Lot("A", 3.0),))], now=now)
    with store.begin() as conn:
        conn.execute(sa.update(users).values(is_admin=False))
        return conn.execute(sa.select(users.c.id)).scalar_one()


def require(store, user):
    with store.begin() as conn:
        quotas.require_room(conn, user)


@pytest.mark.parametrize(
    ("limit", "count", "noun"),
    [("MOST_PORTFOLIOS", 2, "portfolios"), ("MOST_LOTS", 3, "lots"), ("MOST_SYMBOLS", 2, "symbols")],
)
def test_a_user_may_own_as_much_as_the_limit_and_no_more(store, user, monkeypatch, limit, count, noun):
    monkeypatch.setattr(quotas, limit, count)
    require(store, user)
    monkeypatch.setattr(quotas, limit, count - 1)
    with pytest.raises(ConflictError, match=f"more than {count - 1} {noun} of one user"):
        require(store, user)


def test_an_administrator_may_own_what_they_like(store, user, monkeypatch):
    monkeypatch.setattr(quotas, "MOST_LOTS", 0)
    with store.begin() as conn:
        conn.execute(sa.update(users).values(is_admin=True))
    require(store, user)

"""One change at a time: of what a user owns, and of the prices of a symbol."""

import sqlalchemy as sa

from riskpanel.store.schema import market_data_cache, users


def lock_user(conn: sa.Connection, user_id: int) -> None:
    """Wait until no other transaction changes what a user owns, and let none begin until this one ends.

    The first statement of each transaction that reads what is stored before it changes it: what it then
    reads is what it changes. SQLite's write transactions take turns by themselves, and it knows no such lock.
    """
    conn.execute(sa.select(users.c.id).where(users.c.id == user_id).with_for_update())


def lock_prices(conn: sa.Connection, symbol: str) -> None:
    """Wait until no other transaction changes what is stored of a symbol, and let none until this one ends.

    As `lock_user`, for changes that follow from what is stored: a past that two scaled at once was scaled
    twice.
    """
    prices = market_data_cache.c
    rows = sa.select(prices.date).where(prices.symbol == symbol).order_by(prices.date)
    conn.execute(rows.with_for_update())

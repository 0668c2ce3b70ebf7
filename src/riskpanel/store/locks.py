"""One change of a user's belongings at a time."""

import sqlalchemy as sa

from riskpanel.store.schema import users


def lock_user(conn: sa.Connection, user_id: int) -> None:
    """Wait until no other transaction changes what a user owns, and let none begin until this one ends.

    The first statement of each transaction that reads what is stored before it changes it: what it then
    reads is what it changes. SQLite's write transactions take turns by themselves, and it knows no such lock.
    """
    conn.execute(sa.select(users.c.id).where(users.c.id == user_id).with_for_update())

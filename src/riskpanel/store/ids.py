"""Ids that are never given twice: what was stored of a removed portfolio must not become another one's."""

import sqlalchemy as sa

from riskpanel.store.schema import id_counters


def take_ids(conn: sa.Connection, table: sa.Table, count: int) -> list[int] | None:
    """Return ids that no row of a table ever had; None where the database sees to that by itself.

    SQLite gives the largest id again once its row is removed; its write transactions take turns, so that a
    counter in a table is enough. PostgreSQL's sequences never go back.
    """
    if conn.dialect.name == "postgresql":
        return None
    counter = id_counters.c
    known = conn.execute(sa.select(counter.last_id).where(counter.name == table.name)).scalar_one_or_none()
    newest = conn.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0
    first = max(known or 0, newest) + 1
    last = {"last_id": first + count - 1}
    if known is None:
        conn.execute(sa.insert(id_counters).values(name=table.name, **last))
    else:
        conn.execute(sa.update(id_counters).where(counter.name == table.name).values(last))
    return list(range(first, first + count))

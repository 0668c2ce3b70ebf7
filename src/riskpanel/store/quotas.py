"""How much one user may own: a night computes all of it, and shares its time and memory among all users."""

import sqlalchemy as sa

from riskpanel.errors import ConflictError
from riskpanel.store.schema import portfolios, positions, users

MOST_PORTFOLIOS = 1_000
MOST_LOTS = 50_000
MOST_SYMBOLS = 5_000


def require_room(conn: sa.Connection, user_id: int) -> None:
    """Refuse a transaction after which a user would own too much; administrators may own what they like.

    Raises
    ------
    ConflictError
        Naming what there would be too many of.
    """
    mine = portfolios.c.user_id == user_id
    symbol = positions.c.symbol
    counts = {
        "portfolios": (MOST_PORTFOLIOS, sa.select(sa.func.count()).select_from(portfolios).where(mine)),
        "lots": (MOST_LOTS, sa.select(sa.func.count(positions.c.id)).join(portfolios).where(mine)),
        "symbols": (MOST_SYMBOLS, sa.select(sa.func.count(symbol.distinct())).join(portfolios).where(mine)),
    }
    if conn.execute(sa.select(users.c.is_admin).where(users.c.id == user_id)).scalar():
        return
    for noun, (most, query) in counts.items():
        if conn.execute(query).scalar_one() > most:
            raise ConflictError(f"more than {most:,} {noun} of one user", hint="ask an administrator")

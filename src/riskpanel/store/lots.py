"""Single lots and portfolios, as their owner edits them one at a time."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from riskpanel.book.imports import LotRow
from riskpanel.errors import ConflictError, NotFoundError
from riskpanel.store.instruments import ensure_instruments
from riskpanel.store.portfolios import PortfolioTerms, lot_values, terms_values
from riskpanel.store.rows import insert_row
from riskpanel.store.schema import portfolios, positions


def insert_lot(conn: sa.Connection, portfolio_id: int, lot: LotRow, *, source: str, now: datetime) -> int:
    """Add a lot to a portfolio; its instrument comes to be as needed. Return its id."""
    ensure_instruments(conn, [lot.symbol], source=source, now=now)
    stamps = {"created_at": now, "updated_at": now}
    return insert_row(conn, positions, portfolio_id=portfolio_id, **lot_values(lot), **stamps)


def update_lot(conn: sa.Connection, lot_id: int, lot: LotRow, *, source: str, now: datetime) -> None:
    """Give a lot other values; its instrument comes to be as needed.

    Raises
    ------
    NotFoundError
        When it is gone.
    """
    ensure_instruments(conn, [lot.symbol], source=source, now=now)
    own = sa.update(positions).where(positions.c.id == lot_id)
    if conn.execute(own.values(**lot_values(lot), updated_at=now)).rowcount == 0:
        raise NotFoundError(f"no position has the id {lot_id}")


def delete_lot(conn: sa.Connection, lot_id: int) -> None:
    """Remove a lot.

    Raises
    ------
    NotFoundError
        When it is gone.
    """
    if conn.execute(sa.delete(positions).where(positions.c.id == lot_id)).rowcount == 0:
        raise NotFoundError(f"no position has the id {lot_id}")


def update_portfolio(
    conn: sa.Connection, portfolio_id: int, terms: PortfolioTerms, *, user_id: int, now: datetime
) -> None:
    """Give a portfolio other terms.

    Raises
    ------
    ConflictError
        When another portfolio of the user has the name.
    """
    require_free_portfolio_name(conn, terms.name, user_id=user_id, except_id=portfolio_id)
    own = sa.update(portfolios).where(portfolios.c.id == portfolio_id)
    if conn.execute(own.values(**terms_values(terms), name=terms.name, updated_at=now)).rowcount == 0:
        raise NotFoundError(f"no portfolio has the id {portfolio_id}")


def require_free_portfolio_name(
    conn: sa.Connection, name: str, *, user_id: int, except_id: int | None = None
) -> None:
    """Refuse a name that another portfolio of the user has.

    Raises
    ------
    ConflictError
        Naming it.
    """
    own = portfolios.c
    taken = conn.execute(sa.select(own.id).where(own.user_id == user_id, own.name == name)).scalar()
    if taken not in {None, except_id}:
        raise ConflictError(f"you have a portfolio of that name: {name}", hint="choose another name")


def delete_portfolio(conn: sa.Connection, portfolio_id: int, *, user_id: int) -> None:
    """Remove a portfolio of a user with its lots, snapshots and stress tests.

    Raises
    ------
    NotFoundError
        When the user has none with this id, whether or not another user has.
    """
    own = (portfolios.c.id == portfolio_id, portfolios.c.user_id == user_id)
    if conn.execute(sa.delete(portfolios).where(*own)).rowcount == 0:
        raise NotFoundError(f"no portfolio has the id {portfolio_id}")


def load_existing_portfolios(conn: sa.Connection, portfolio_ids: Collection[int]) -> frozenset[int]:
    """Load which of some portfolios still exist."""
    found = sa.select(portfolios.c.id).where(portfolios.c.id.in_(portfolio_ids))
    return frozenset(conn.execute(found).scalars())

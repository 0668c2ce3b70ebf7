"""Users, portfolios and their lots."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches

import sqlalchemy as sa

from riskpanel.book.imports import LotRow
from riskpanel.book.lots import Lot, LotPlan
from riskpanel.errors import NotFoundError, StoreError
from riskpanel.store.ids import take_ids
from riskpanel.store.instruments import ensure_instruments
from riskpanel.store.rows import insert_missing
from riskpanel.store.schema import portfolios, positions, users

LOCAL_USER = "local"
"""What the local administrator is called until the account is set up."""

_LISTED_NAMES = 10
_IDS_PER_QUERY = 5_000
_LOT_FIELDS = ("symbol", "position_type", "quantity", "multiplier", "entry_price", "entry_date", "exit_price",
               "exit_date")  # fmt: skip
_TERMS = ("currency", "market_index", "benchmark_code", "cash_balance")


@dataclass(frozen=True, slots=True)
class PortfolioTerms:
    """What a portfolio is, besides its lots. The name is its key within a user."""

    name: str
    currency: str
    market_index: str
    benchmark_code: str
    cash_balance: Decimal


@dataclass(frozen=True, slots=True)
class PortfolioRecord(PortfolioTerms):
    """A stored portfolio."""

    id: int


def ensure_local_user(conn: sa.Connection, *, now: datetime) -> int:
    """Return the id of the local administrator, who is created when missing."""
    row = {"name": LOCAL_USER, "is_admin": True, "is_local": True, "created_at": now, "updated_at": now}
    found = sa.select(users.c.id).where(users.c.is_local)
    known = conn.execute(found).scalar_one_or_none()
    if known is None:
        insert_missing(conn, users, [row])
        known = conn.execute(found).scalar_one()
    return known


def load_local_user(conn: sa.Connection) -> int:
    """Load the id of the local administrator, whatever the account is called; reading creates nothing.

    Raises
    ------
    StoreError
        When the database was never initialised.
    """
    known = conn.execute(sa.select(users.c.id).where(users.c.is_local)).scalar_one_or_none()
    if known is None:
        raise StoreError("the database has no local user", hint="run: riskpanel init")
    return known


def list_portfolios(conn: sa.Connection, *, user_id: int) -> list[PortfolioRecord]:
    """Load a user's portfolios, by name."""
    query = (
        sa.select(*(portfolios.c[name] for name in ("name", *_TERMS, "id")))
        .where(portfolios.c.user_id == user_id)
        .order_by(portfolios.c.name)
    )
    return [PortfolioRecord(*row) for row in conn.execute(query)]


def load_portfolio(conn: sa.Connection, portfolio_id: int, *, user_id: int) -> PortfolioRecord:
    """Load one portfolio of a user.

    Raises
    ------
    NotFoundError
        When the user has none with this id, whether or not another user has.
    """
    query = sa.select(*(portfolios.c[name] for name in ("name", *_TERMS, "id"))).where(
        portfolios.c.id == portfolio_id, portfolios.c.user_id == user_id
    )
    row = conn.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"no portfolio has the id {portfolio_id}")
    return PortfolioRecord(*row)


def find_portfolio(conn: sa.Connection, key: str, *, user_id: int) -> PortfolioRecord:
    """Find a user's portfolio by its name, or by its id where no portfolio has that name.

    Raises
    ------
    NotFoundError
        When there is none, with the nearest name.
    """
    known = list_portfolios(conn, user_id=user_id)
    wanted = key.strip()
    by_name = {record.name: record for record in known}
    by_id = {str(record.id): record for record in known}
    found = by_name.get(wanted) or by_id.get(wanted)
    if found is None:
        raise NotFoundError(f"no portfolio: {wanted}", hint=_suggestion(wanted, list(by_name)))
    return found


def save_portfolios(
    conn: sa.Connection, wanted: Sequence[PortfolioTerms], *, user_id: int, now: datetime
) -> dict[str, int]:
    """Create or update portfolios by name, writing only what differs; return every id by name."""
    stored = {record.name: record for record in list_portfolios(conn, user_id=user_id)}
    created = [
        terms_values(terms) | {"name": terms.name, "user_id": user_id, "created_at": now, "updated_at": now}
        for terms in wanted
        if terms.name not in stored
    ]
    changed = [
        terms_values(terms) | {"row_id": stored[terms.name].id, "updated_at": now}
        for terms in wanted
        if terms.name in stored and terms_values(terms) != terms_values(stored[terms.name])
    ]
    if created:
        ids = take_ids(conn, portfolios, len(created))
        numbered = [row | {"id": own} for row, own in zip(created, ids, strict=True)] if ids else created
        conn.execute(sa.insert(portfolios), numbered)
    if changed:
        conn.execute(_update_by_id(portfolios, (*_TERMS, "updated_at")), changed)
    return {record.name: record.id for record in list_portfolios(conn, user_id=user_id)}


def load_lots(conn: sa.Connection, portfolio_ids: Collection[int]) -> dict[int, tuple[Lot, ...]]:
    """Load the lots of portfolios, by portfolio, in the order in which they were created."""
    wanted = sorted(set(portfolio_ids))
    lots: dict[int, list[Lot]] = defaultdict(list)
    columns = (positions.c[name] for name in ("portfolio_id", "id", *_LOT_FIELDS))
    query = sa.select(*columns).order_by(positions.c.id)
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        some = positions.c.portfolio_id.in_(wanted[start : start + _IDS_PER_QUERY])
        for portfolio_id, *fields in conn.execute(query.where(some)):
            lots[portfolio_id].append(Lot(*fields))
    return {portfolio_id: tuple(lots[portfolio_id]) for portfolio_id in wanted}


def save_lot_plans(conn: sa.Connection, plans: Mapping[int, LotPlan], *, source: str, now: datetime) -> None:
    """Apply the plans of portfolios: insert, update and delete lots; instruments come to be as needed."""
    added = [(portfolio_id, row) for portfolio_id, plan in plans.items() for row in plan.added]
    changed = [change for plan in plans.values() for change in plan.changed]
    removed = [lot.id for plan in plans.values() for lot in plan.removed]
    ensure_instruments(conn, {row.symbol for _, row in added}, source=source, now=now)
    if removed:
        by_id = positions.c.id == sa.bindparam("row_id")
        conn.execute(sa.delete(positions).where(by_id), [{"row_id": lot_id} for lot_id in removed])
    if changed:
        conn.execute(
            _update_by_id(positions, (*_LOT_FIELDS, "updated_at")),
            [lot_values(change.row) | {"row_id": change.lot.id, "updated_at": now} for change in changed],
        )
    if added:
        stamps = {"created_at": now, "updated_at": now}
        conn.execute(
            sa.insert(positions),
            [lot_values(row) | {"portfolio_id": portfolio_id} | stamps for portfolio_id, row in added],
        )


def terms_values(terms: PortfolioTerms) -> dict[str, object]:
    """Return the columns of a portfolio but its name."""
    return {name: getattr(terms, name) for name in _TERMS}


def lot_values(row: LotRow) -> dict[str, object]:
    """Return the columns of a lot but its portfolio."""
    return {name: getattr(row, name) for name in _LOT_FIELDS}


def _update_by_id(table: sa.Table, names: Sequence[str]) -> sa.Update:
    values: dict[str, object] = {name: sa.bindparam(name) for name in names}
    return sa.update(table).where(table.c.id == sa.bindparam("row_id")).values(values)


def _suggestion(wanted: str, names: list[str]) -> str:
    if not names:
        return "there are no portfolios yet: riskpanel import positions FILE --portfolio NAME"
    near = get_close_matches(wanted, names, n=1, cutoff=0.6)
    listed = ", ".join(names[:_LISTED_NAMES]) + (", ..." if len(names) > _LISTED_NAMES else "")
    return (f"did you mean {near[0]}? " if near else "") + f"known portfolios: {listed}"

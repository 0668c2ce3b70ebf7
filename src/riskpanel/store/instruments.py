"""Instruments: what each symbol is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from riskpanel.book.imports import InstrumentRow
from riskpanel.errors import NotFoundError
from riskpanel.store.keysets import after_key
from riskpanel.store.rows import insert_missing
from riskpanel.store.schema import instruments, market_data_cache, portfolios, positions
from riskpanel.store.upsert import upsert

_FACTS = ("name", "asset_class", "sector", "industry", "taxonomy")


@dataclass(frozen=True, slots=True)
class InstrumentRecord:
    """A stored instrument; None for a fact that no source gave."""

    symbol: str
    name: str | None
    asset_class: str | None
    sector: str | None
    industry: str | None
    taxonomy: str | None
    source: str
    currency: str | None


_COLUMNS = tuple(instruments.c[field.name] for field in fields(InstrumentRecord))


def load_instruments(
    conn: sa.Connection, *, user_id: int, after: tuple[str] | None = None, limit: int
) -> tuple[InstrumentRecord, ...]:
    """Load the instruments that a user may know of, by symbol."""
    known = sa.select(*_COLUMNS).where(_may_be_known(user_id))
    rows = conn.execute(after_key(known, (instruments.c.symbol,), after, limit=limit))
    return tuple(InstrumentRecord(*row) for row in rows)


def load_instrument(conn: sa.Connection, symbol: str, *, user_id: int) -> InstrumentRecord:
    """Load one instrument that a user may know of.

    Raises
    ------
    NotFoundError
        When there is none, or nothing but another user's position tells of it.
    """
    own = sa.select(*_COLUMNS).where(instruments.c.symbol == symbol, _may_be_known(user_id))
    row = conn.execute(own).one_or_none()
    if row is None:
        raise NotFoundError(f"no instrument has the symbol {symbol}")
    return InstrumentRecord(*row)


def _may_be_known(user_id: int) -> sa.ColumnElement[bool]:
    """Whether an instrument is described, priced or the user's own: a symbol alone tells what others hold."""
    own = instruments.c
    priced = sa.select(market_data_cache.c.symbol).where(market_data_cache.c.symbol == own.symbol)
    mine = portfolios.c.user_id == user_id
    held = sa.select(positions.c.id).join(portfolios).where(positions.c.symbol == own.symbol, mine)
    against = sa.select(portfolios.c.id).where(portfolios.c.market_index == own.symbol, mine)
    described = (own[name].is_not(None) for name in _FACTS)
    return sa.or_(*described, priced.exists(), held.exists(), against.exists())


def ensure_instruments(conn: sa.Connection, symbols: Collection[str], *, source: str, now: datetime) -> None:
    """Insert the symbols that are not known yet, as Unclassified."""
    rows = [
        {"symbol": symbol, "source": source, "created_at": now, "updated_at": now}
        for symbol in sorted(set(symbols))
    ]
    insert_missing(conn, instruments, rows)


def save_instruments(
    conn: sa.Connection,
    rows: Sequence[InstrumentRow],
    *,
    source: str,
    now: datetime,
    clear: bool = False,
) -> int:
    """Save instruments; return how many were written.

    An empty fact leaves the stored one alone, or with ``clear`` takes its place.
    """
    return upsert(
        conn,
        instruments,
        [
            {"symbol": row.symbol, "source": source} | {name: getattr(row, name) for name in _FACTS}
            for row in rows
        ],
        now=now,
        keep_when_null=() if clear else _FACTS,
    )

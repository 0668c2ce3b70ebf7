"""Instruments: what each symbol is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from riskpanel.book.imports import InstrumentRow
from riskpanel.store.keysets import after_key
from riskpanel.store.rows import insert_missing
from riskpanel.store.schema import instruments
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


def load_instruments(
    conn: sa.Connection, *, after: tuple[str] | None = None, limit: int
) -> tuple[InstrumentRecord, ...]:
    """Load instruments, by symbol."""
    query = sa.select(*(instruments.c[field.name] for field in fields(InstrumentRecord)))
    rows = conn.execute(after_key(query, (instruments.c.symbol,), after, limit=limit))
    return tuple(InstrumentRecord(*row) for row in rows)


def ensure_instruments(conn: sa.Connection, symbols: Collection[str], *, source: str, now: datetime) -> None:
    """Insert the symbols that are not known yet, as Unclassified."""
    rows = [
        {"symbol": symbol, "source": source, "created_at": now, "updated_at": now}
        for symbol in sorted(set(symbols))
    ]
    insert_missing(conn, instruments, rows)


def save_instruments(
    conn: sa.Connection, rows: Sequence[InstrumentRow], *, source: str, now: datetime
) -> int:
    """Save instruments, an empty fact leaving the stored one alone; return how many were written."""
    return upsert(
        conn,
        instruments,
        [
            {"symbol": row.symbol, "source": source} | {name: getattr(row, name) for name in _FACTS}
            for row in rows
        ],
        now=now,
        keep_when_null=_FACTS,
    )

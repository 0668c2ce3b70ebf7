"""Instruments: what each symbol is."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from riskpanel.book.imports import InstrumentRow
from riskpanel.store.rows import insert_missing
from riskpanel.store.schema import instruments
from riskpanel.store.upsert import upsert

_FACTS = ("name", "asset_class", "sector", "industry", "taxonomy")


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

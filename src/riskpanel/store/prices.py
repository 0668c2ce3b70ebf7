"""Prices: bulk saves into the cache and the quarantine, and the latest closes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from riskpanel.store.instruments import ensure_instruments
from riskpanel.store.rows import insert_missing
from riskpanel.store.schema import market_data_cache, market_data_quarantine
from riskpanel.store.upsert import upsert_columns

_CHUNK = 100_000
_SYMBOLS_PER_QUERY = 5_000
_COLUMNS = ("symbol", "date", "open", "high", "low", "close", "adj_close", "volume")


@dataclass(frozen=True, slots=True)
class PriceCounts:
    """Rows inserted or changed, and rows that were stored already as they are."""

    written: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A refused price row: symbol, date and cells as written, the reason, and its file and line."""

    symbol: str
    date: str
    cells: tuple[tuple[str, str | None], ...]
    reason: str
    origin: str


def save_prices(conn: sa.Connection, frame: pl.DataFrame, *, data_source: str, now: datetime) -> PriceCounts:
    """Save price rows; an empty open, high, low or volume leaves the stored one alone.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns symbol, date, open, high, low, close, adj_close, volume; no (symbol, date) twice.
    data_source : str
        Stored with each row, and with instruments that are seen for the first time.
    """
    ensure_instruments(conn, frame["symbol"].unique().to_list(), source=data_source, now=now)
    ordered = frame.select(*_COLUMNS, data_source=pl.lit(data_source)).sort("symbol", "date")
    written = 0
    for chunk in ordered.iter_slices(_CHUNK):
        written += upsert_columns(
            conn,
            market_data_cache,
            {name: chunk[name] for name in chunk.columns},
            now=now,
            keep_when_null=("open", "high", "low", "volume"),
        )
    return PriceCounts(written, frame.height - written)


def has_prices_of(conn: sa.Connection, data_source: str) -> bool:
    """Tell whether any stored price came from a source."""
    table = market_data_cache
    return bool(conn.scalar(sa.select(sa.exists().where(table.c.data_source == data_source))))


def load_adjusted(conn: sa.Connection, symbols: Collection[str]) -> tuple[str, ...]:
    """Load which of the symbols have a stored adjusted close that differs from its close, sorted."""
    if not symbols:
        return ()
    table = market_data_cache.c
    adjusted = sa.select(table.symbol).where(sa.func.abs(table.adj_close - table.close) > 1e-9 * table.close)
    return tuple(sorted(set(conn.execute(adjusted.distinct()).scalars()) & set(symbols)))


def save_quarantine(
    conn: sa.Connection, rows: Sequence[QuarantineRow], *, data_source: str, now: datetime
) -> None:
    """Record refused rows; the same row from the same place is recorded once."""
    insert_missing(
        conn,
        market_data_quarantine,
        [
            {
                "symbol": row.symbol[:64],
                "date": row.date[:32],
                "raw_row": dict(row.cells),
                "reason": row.reason[:200],
                "data_source": data_source,
                "origin": row.origin[-300:],
                "created_at": now,
            }
            for row in rows
        ],
    )


def load_latest_closes(
    conn: sa.Connection, symbols: Collection[str], as_of: date | None
) -> dict[str, tuple[date, float]]:
    """Load each symbol's last session with a close, and that close; symbols without any are absent."""
    wanted = sorted(set(symbols))
    closes: dict[str, tuple[date, float]] = {}
    for start in range(0, len(wanted), _SYMBOLS_PER_QUERY):
        closes |= _latest(conn, wanted[start : start + _SYMBOLS_PER_QUERY], as_of)
    return closes


def _latest(conn: sa.Connection, symbols: Sequence[str], as_of: date | None) -> dict[str, tuple[date, float]]:
    prices = market_data_cache.c
    last = sa.select(prices.symbol, sa.func.max(prices.date).label("last")).where(prices.symbol.in_(symbols))
    if as_of is not None:
        last = last.where(prices.date <= as_of)
    newest = last.group_by(prices.symbol).subquery()
    query = sa.select(prices.symbol, prices.date, prices.close).join(
        newest, sa.and_(prices.symbol == newest.c.symbol, prices.date == newest.c.last)
    )
    return {symbol: (day, close) for symbol, day, close in conn.execute(query)}

"""Saving one symbol's fetched prices: the good rows, the refused ones, and what they change of older rows."""

from datetime import date, datetime
from typing import cast

import polars as pl

from riskpanel.nightly.fetch_reports import SymbolFetch
from riskpanel.sources.fetching import Fetched
from riskpanel.store.price_history import rescale_before
from riskpanel.store.prices import QuarantineRow, save_prices, save_quarantine
from riskpanel.store.rows import Connection


def save_fetched(conn: Connection, fetched: Fetched, *, now: datetime) -> SymbolFetch:
    """Save in one transaction, which the caller ends, and say what was done."""
    good, bad = fetched.gated.good, fetched.gated.bad
    first, last = cast("tuple[date, date]", good.select(a=pl.min("date"), b=pl.max("date")).row(0))
    if fetched.factors is not None:
        factors = fetched.factors
        rescale_before(conn, fetched.symbol, first, close=factors.close, adj_close=factors.adj_close, now=now)
    frame = good.drop("split").with_columns(symbol=pl.lit(fetched.symbol))
    counts = save_prices(conn, frame, data_source=fetched.source, now=now)
    save_quarantine(conn, _refused(fetched, bad), data_source=fetched.source, now=now)
    second = fetched.second
    return SymbolFetch(
        symbol=fetched.symbol,
        status="written" if counts.written else "unchanged",
        source=fetched.source,
        rows=good.height,
        written=counts.written,
        first=first,
        last=last,
        past=_past(fetched),
        tried=tuple(map(str, fetched.tried)),
        quarantined=bad.height,
        second=second.source if second else None,
        confirmed=len(second.confirmed) if second else 0,
        replaced=len(second.replaced) if second else 0,
        missing=fetched.gated.missing,
        extra=fetched.gated.extra,
    )


def _refused(fetched: Fetched, bad: pl.DataFrame) -> list[QuarantineRow]:
    rows: list[QuarantineRow] = []
    for row in bad.iter_rows(named=True):
        cells = tuple((name, _text(value)) for name, value in row.items() if name not in {"reason", "split"})
        origin = f"fetched from {fetched.source}"
        rows.append(QuarantineRow(fetched.symbol, str(row["date"]), cells, row["reason"], origin))
    return rows


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _past(fetched: Fetched) -> str | None:
    """Say why the whole past came again."""
    factors = fetched.factors
    if factors is None:
        return None
    if abs(factors.close - 1) > abs(factors.adj_close - 1) / 2:
        return f"stored closes times {factors.close:.6g}"
    return f"stored adjusted closes times {factors.adj_close:.6g}"

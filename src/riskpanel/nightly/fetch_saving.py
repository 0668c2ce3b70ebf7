"""Saving one symbol's fetched prices: the good rows, the refused ones, and what they change of other rows."""

from datetime import date, datetime
from typing import cast

import polars as pl

from riskpanel.nightly.fetch_reports import SymbolFetch
from riskpanel.sources.continuity import rescaling
from riskpanel.sources.fetching import Fetched
from riskpanel.store.locks import lock_prices
from riskpanel.store.price_history import load_closes_since, rescale
from riskpanel.store.prices import PriceCounts, QuarantineRow, save_prices, save_quarantine
from riskpanel.store.quarantine import replace_quarantined
from riskpanel.store.rows import Connection

_SAME = 1e-9  # relative difference of what was stored and read again


def save_fetched(conn: Connection, fetched: Fetched, *, now: datetime) -> SymbolFetch:
    """Save in one transaction, which the caller ends, and say what was done.

    What splits and dividends have changed is measured against what is stored at this moment, so that a second
    time, or two at once, change nothing more.
    """
    good, bad = fetched.gated.good, fetched.gated.bad
    lock_prices(conn, fetched.symbol)
    stored = load_closes_since(conn, [fetched.symbol], date.min)
    past = _rescale(conn, fetched, stored, now)
    counts = _save_good(conn, fetched, now)
    refused = _refused(fetched, _undecided(bad, stored))
    _save_refused(conn, fetched, refused, now)
    first, last = cast("tuple[date, date]", good.select(a=pl.min("date"), b=pl.max("date")).row(0))
    second = fetched.second
    return SymbolFetch(
        symbol=fetched.symbol,
        status="written" if counts.written else "unchanged",
        source=fetched.source,
        rows=good.height,
        written=counts.written,
        first=first,
        last=last,
        past=past if past or not fetched.whole else "prices have changed",
        tried=tuple(map(str, fetched.tried)),
        quarantined=len(refused),
        second=second.source if second else None,
        confirmed=len(second.confirmed) if second else 0,
        replaced=len(second.replaced) if second else 0,
        missing=fetched.gated.missing,
        extra=fetched.gated.extra,
    )


def _rescale(conn: Connection, fetched: Fetched, stored: pl.DataFrame, now: datetime) -> str | None:
    """Bring stored rows that do not come again to the level of today; say how the oldest has changed."""
    factors = rescaling(stored, fetched.gated.good)
    for (close, adj_close), rows in factors.partition_by("close", "adj_close", as_dict=True).items():
        days = rows["date"].to_list()
        rescale(
            conn, fetched.symbol, days, close=cast(float, close), adj_close=cast(float, adj_close), now=now
        )
    return _told(stored, fetched.gated.good) if fetched.whole else None


def _told(stored: pl.DataFrame, good: pl.DataFrame) -> str | None:
    """Say by how much the oldest session that both have has changed."""
    both = stored.join(good, on="date", how="inner", suffix="_new").sort("date").head(1)
    for close, new_close, adjusted, new_adjusted in both.select(
        "close", "close_new", "adj_close", "adj_close_new"
    ).iter_rows():
        by_close, by_adjusted = new_close / close, new_adjusted / adjusted
        if abs(by_close - 1) > abs(by_adjusted - 1) / 2:
            return f"stored closes times {by_close:.6g}"
        return f"stored adjusted closes times {by_adjusted:.6g}"
    return None


def _save_good(conn: Connection, fetched: Fetched, now: datetime) -> PriceCounts:
    """Save the good rows, those of a second source under its name."""
    frame = fetched.gated.good.drop("split").with_columns(symbol=pl.lit(fetched.symbol))
    second = fetched.second
    theirs = pl.col("date").is_in(list(second.replaced) if second else [])
    counts = save_prices(conn, frame.filter(~theirs), data_source=fetched.source, now=now)
    if second is None or not second.replaced:
        return counts
    more = save_prices(conn, frame.filter(theirs), data_source=second.source, now=now)
    return PriceCounts(counts.written + more.written, counts.unchanged + more.unchanged)


def _undecided(bad: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Leave out rows that are stored as they are: somebody has released them."""
    same = bad.join(stored, on="date", how="inner", suffix="_stored").filter(
        (pl.col("close_stored") / pl.col("close") - 1).abs() <= _SAME
    )
    return bad.join(same.select("date"), on="date", how="anti", maintain_order="left")


def _save_refused(conn: Connection, fetched: Fetched, refused: list[QuarantineRow], now: datetime) -> None:
    """Save refused rows in place of what came of the same days before: their numbers may have changed."""
    days = {row.date for row in refused} | {str(day) for day in fetched.gated.good["date"].to_list()}
    kept = {(row.date, row.reason): dict(row.cells) for row in refused}
    replace_quarantined(conn, fetched.symbol, _origin(fetched), days, keep=kept)
    save_quarantine(conn, refused, data_source=fetched.source, now=now)


def _origin(fetched: Fetched) -> str:
    return f"fetched from {fetched.source}"


def _refused(fetched: Fetched, bad: pl.DataFrame) -> list[QuarantineRow]:
    rows: list[QuarantineRow] = []
    for row in bad.iter_rows(named=True):
        cells = tuple((name, _text(value)) for name, value in row.items() if name not in {"reason", "split"})
        rows.append(QuarantineRow(fetched.symbol, str(row["date"]), cells, row["reason"], _origin(fetched)))
    return rows


def _text(value: object) -> str | None:
    return None if value is None else str(value)

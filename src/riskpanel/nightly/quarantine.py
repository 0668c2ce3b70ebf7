"""Refused price rows taken back by a person: released into the prices, or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import polars as pl

from riskpanel.errors import ConflictError, InputError
from riskpanel.sources.price_files import field_of
from riskpanel.sources.quarantine_rows import read_refused
from riskpanel.store.database import Store
from riskpanel.store.price_history import load_closes_since
from riskpanel.store.prices import load_adjusted, save_prices
from riskpanel.store.quarantine import (
    Quarantined,
    load_quarantine,
    load_quarantined,
    remove_quarantined,
)
from riskpanel.store.rows import Connection

_HINT = "it stays in the quarantine: drop it, or import a file with the right row"


@dataclass(frozen=True, slots=True)
class Released:
    """Rows that became prices, and how many of them changed what is stored."""

    rows: tuple[Quarantined, ...]
    written: int


def release_rows(
    store: Store,
    ids: Sequence[int],
    *,
    symbol: str | None = None,
    replace: bool = False,
    today: date,
    now: datetime,
) -> Released:
    """Save refused rows as prices, all or none, and take them out of the quarantine.

    Without ids it is all rows of a symbol. A stored price gives way only with ``replace``.

    Raises
    ------
    NotFoundError
        When an id is not there.
    InputError
        When a row stands for no price, or two for the same.
    ConflictError
        When another price is stored for the day of a row.
    """
    with store.begin() as conn:
        rows = _chosen(conn, ids, symbol)
        frames = [_read(row, today) for row in rows]
        _refuse_unadjusted(conn, rows)
        written = 0
        if rows:
            every = pl.concat(frames)
            if not replace:
                _refuse_stored(conn, every)
            written = _save(conn, rows, every, now)
            remove_quarantined(conn, [row.id for row in rows])
    return Released(rows, written)


def drop_rows(store: Store, ids: Sequence[int], *, symbol: str | None = None) -> tuple[Quarantined, ...]:
    """Remove refused rows for good; without ids it is all rows of a symbol.

    Raises
    ------
    NotFoundError
        When an id is not there.
    """
    with store.begin() as conn:
        rows = _chosen(conn, ids, symbol)
        remove_quarantined(conn, [row.id for row in rows])
    return rows


def _chosen(conn: Connection, ids: Sequence[int], symbol: str | None) -> tuple[Quarantined, ...]:
    if ids:
        return load_quarantined(conn, ids)
    if symbol is None:
        raise InputError("no row is named", hint="give ids, or --symbol for all rows of a symbol")
    return load_quarantine(conn, symbol=symbol)


def _read(row: Quarantined, today: date) -> pl.DataFrame:
    try:
        return read_refused(row.symbol, row.date, row.raw_row, today=today)
    except InputError as error:
        raise InputError(f"row {row.id} is no price: {error.what}", hint=_HINT) from None


def _refuse_unadjusted(conn: Connection, rows: Sequence[Quarantined]) -> None:
    """Keep a close from standing in for an adjusted close where the stored ones differ: a false return."""
    lacking = {row.symbol for row in rows if not any(field_of(name) == "adj_close" for name in row.raw_row)}
    adjusted = load_adjusted(conn, lacking)
    if adjusted:
        raise InputError(
            f"no adjusted close in the rows, and stored ones differ: {', '.join(adjusted)}", hint=_HINT
        )


def _refuse_stored(conn: Connection, rows: pl.DataFrame) -> None:
    first = cast(date, rows["date"].min())
    stored = load_closes_since(conn, rows["symbol"].to_list(), first)
    taken = rows.join(stored, on=["symbol", "date"], how="inner", suffix="_stored")
    told = [f"{symbol} {day}" for symbol, day in taken.select("symbol", "date").iter_rows()]
    if told:
        raise ConflictError(
            f"another price is stored: {', '.join(told[:10])}", hint="--replace puts these rows in its place"
        )


def _save(conn: Connection, rows: Sequence[Quarantined], every: pl.DataFrame, now: datetime) -> int:
    if every.select("symbol", "date").is_duplicated().any():
        raise InputError(
            "two rows for the same symbol and date", hint="release the right one alone, by its id"
        )
    sources = pl.Series("data_source", [row.data_source for row in rows])
    return sum(
        save_prices(conn, part.drop("data_source"), data_source=str(source), now=now).written
        for (source,), part in every.with_columns(sources).partition_by("data_source", as_dict=True).items()
    )

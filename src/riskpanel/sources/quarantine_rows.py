"""A refused row read again: what price it stands for, by the rules that a file's rows have."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from riskpanel.errors import InputError
from riskpanel.sources.delimited import LINE
from riskpanel.sources.price_checks import (
    FIELDS,
    find_faults,
    not_traded,
    symbol_spellings,
    undated,
    unreadable,
    value_checks,
)
from riskpanel.sources.price_files import QUOTE_COLUMNS, field_of


def read_refused(symbol: str, day: str, cells: Mapping[str, object], *, today: date) -> pl.DataFrame:
    """Return the one row that a refused one would be, with `QUOTE_COLUMNS`.

    Its values must be prices of a session; how far they are from the row before is not asked. An adjusted
    close that the row does not have is its close.

    Raises
    ------
    InputError
        When it stands for no price, with why.
    """
    texts = {field: cells[name] for name in cells if (field := field_of(name)) in FIELDS}
    wide = [name for name in cells if symbol_spellings([name])[0].get(name) == symbol]
    if "close" not in texts and wide:
        texts["close"] = cells[wide[0]]  # a wide file's column is its symbol
    frame = pl.DataFrame(
        {"symbol_text": [symbol], "date_text": [day]}
        | {f"{field}_text": [None if texts.get(field) is None else str(texts[field])] for field in FIELDS},
        schema={"symbol_text": pl.String, "date_text": pl.String}
        | {f"{field}_text": pl.String for field in FIELDS},
    )
    spellings, refused = symbol_spellings([symbol])
    if refused:
        raise InputError(refused[symbol])
    quotes = frame.with_columns(
        pl.lit(0, pl.UInt32).alias("row"),
        pl.lit(0, pl.Int64).alias(LINE),
        pl.lit(spellings[symbol]).alias("symbol"),
        pl.col("date_text").str.head(10).str.to_date("%Y-%m-%d", strict=False).alias("date"),
        *(pl.col(f"{field}_text").cast(pl.Float64, strict=False).alias(field) for field in FIELDS),
    )
    checks = [undated(), not_traded(quotes["date"], today=today), *value_checks()]
    checks += [unreadable(field, f"{field}_text", pl.String()) for field in FIELDS]
    faults = find_faults(quotes, checks, {name: name for name in (*FIELDS, "date")})
    told = [f"{row['column']}: {row['reason']}" for row in faults.iter_rows(named=True)]
    if quotes["close"].null_count():
        told.append("close: there is none")
    if told:
        raise InputError("; ".join(dict.fromkeys(told)))
    return quotes.with_columns(pl.col("adj_close").fill_null(pl.col("close"))).select(QUOTE_COLUMNS)

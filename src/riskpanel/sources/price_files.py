"""Price files, wide (a column a symbol) or long (a row a symbol and date), checked column by column."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from riskpanel.book.imports import RowError
from riskpanel.errors import InputError
from riskpanel.sources.delimited import LINE
from riskpanel.sources.files import File, Table, fold, read_table
from riskpanel.sources.price_checks import (
    FAULTS,
    FIELDS,
    Check,
    find_faults,
    identical_series,
    not_traded,
    parsed_date,
    parsed_number,
    symbol_spellings,
    unadjusted,
    undated,
    unreadable,
    value_checks,
)

QUOTE_COLUMNS = ("symbol", "date", *FIELDS)
WHOLE_LINE = "*"  # stands for the symbol where a whole line of a wide file is bad

_NAMES = {
    "date": "date", "timestamp": "date",
    "symbol": "symbol", "ticker": "symbol",
    "open": "open", "high": "high", "low": "low", "close": "close", "volume": "volume",
    "adj_close": "adj_close", "adjusted_close": "adj_close", "adjclose": "adj_close",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BadPrice:
    """A bad row: where, whose, why, and its cells as written. ``symbol`` and ``date`` are as written too."""

    path: File
    symbol: str
    date: str
    error: RowError
    cells: tuple[tuple[str, str | None], ...]

    def __str__(self) -> str:
        return f"{self.path.name}: {self.error}"


@dataclass(frozen=True, slots=True)
class PriceRows:
    """What price files hold: ``frame`` of the good rows with `QUOTE_COLUMNS`, the bad ones, and warnings.

    ``unadjusted`` are symbols of files without adjusted closes: their close stands for both.
    """

    frame: pl.DataFrame
    bad: tuple[BadPrice, ...]
    warnings: tuple[str, ...]
    unadjusted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Quotes:
    """One file's rows in the common shape, its faults so far, and how it calls the fields."""

    table: Table
    frame: pl.DataFrame
    faults: pl.DataFrame
    headers: dict[str, str]
    warnings: tuple[str, ...]


def field_of(name: str) -> str | None:
    """Return which field a column of a price file is, by its head; None for another column."""
    return _NAMES.get(fold(name))


def read_prices(paths: Sequence[Path], *, today: date) -> PriceRows:
    """Read and check price files as one: the same symbol and date may come once among all of them.

    Raises
    ------
    InputError
        When a file cannot be read as a table, has no date column, or is named twice.
    """
    named = Counter(path.resolve() for path in paths)
    for path in paths:
        if named[path.resolve()] > 1:
            raise InputError(f"file named twice: {path}")
    files = _faulted_duplicates([_read_quotes(path, today) for path in paths])
    frame = pl.concat([quotes.frame.select(QUOTE_COLUMNS) for quotes in files]).sort("symbol", "date")
    told = [f"{quotes.table.path.name}: {text}" for quotes in files for text in quotes.warnings]
    return PriceRows(
        frame=frame,
        bad=tuple(bad for quotes in files for bad in _bad_prices(quotes)),
        warnings=(*told, *identical_series(frame)),
        unadjusted=tuple(
            sorted({s for q in files if "adj_close" not in q.headers for s in q.frame["symbol"].unique()})
        ),
    )


def _read_quotes(path: Path, today: date) -> _Quotes:
    table = read_table(path)
    named = {name: _NAMES[fold(name)] for name in table.columns if fold(name) in _NAMES}
    for field, count in Counter(named.values()).items():
        twice = [name for name in named if named[name] == field]
        if count > 1 and (field == "date" or "symbol" in named.values()):
            raise InputError(f"two columns for {field}: {', '.join(twice)} in {path}")
    headers = {field: name for name, field in named.items()}
    if "date" not in headers:
        raise InputError(
            f"no date column: {path}",
            hint="a price file has `date` and a column a symbol, or `date,symbol,close`",
        )
    if "symbol" in headers:
        return _checked(_long_quotes(table, headers), today)
    if "close" in headers:
        raise InputError(
            f"prices without a symbol: {path}",
            hint="add a `symbol` column, or name the close column after its symbol",
        )
    return _checked(_wide_quotes(table, headers["date"]), today)


def _long_quotes(table: Table, headers: dict[str, str]) -> _Quotes:
    if "close" not in headers:
        raise InputError(f"no close column: {table.path}", hint="a long price file has `date,symbol,close`")
    ignored = [name for name in table.columns if name not in headers.values()]
    texts = {field: headers[field] for field in FIELDS if field in headers}
    frame = table.frame.with_row_index("row").select(
        "row",
        LINE,
        pl.col(headers["symbol"]).cast(pl.String).alias("symbol_text"),
        pl.col(headers["date"]).cast(pl.String).alias("date_text"),
        parsed_date(headers["date"], table.frame.schema[headers["date"]]).alias("date"),
        *(pl.col(name).alias(f"{field}_text") for field, name in texts.items()),
        *(parsed_number(name, table.frame.schema[name]).alias(field) for field, name in texts.items()),
        *(pl.lit(None, pl.Float64).alias(field) for field in FIELDS if field not in texts),
    )
    frame, symbol_check = _with_symbols(frame)
    dtypes = table.frame.schema
    checks = [undated(), symbol_check]
    checks += [unreadable(field, f"{field}_text", dtypes[name]) for field, name in texts.items()]
    warnings = (f"columns not used: {', '.join(ignored)}",) if ignored else ()
    frame, faults = _without_bad(frame, find_faults(frame, checks, headers))
    missing = int(frame["close"].null_count())
    if missing:
        warnings += (f"rows without a close, left out: {missing:,}",)
    frame = frame.filter(pl.col("close").is_not_null())
    return _Quotes(table, frame, faults, headers, warnings)


def _wide_quotes(table: Table, day: str) -> _Quotes:
    named = [name for name in table.columns if name != day]
    headers = {"date": day}
    columns, faults = _symbol_columns(named)
    lines = table.frame.with_row_index("row").with_columns(
        pl.col(day).cast(pl.String).alias("date_text"),
        parsed_date(day, table.frame.schema[day]).alias("date"),
        pl.lit(WHOLE_LINE).alias("symbol_text"),
    )
    lines, undated_lines = _without_bad(lines, find_faults(lines, [undated()], headers))
    dtypes = table.frame.schema
    parts: list[pl.DataFrame] = []
    found = [faults, undated_lines]
    for name, symbol in columns.items():
        cells = lines.filter(pl.col(name).is_not_null()).select(
            LINE,
            "date_text",
            "date",
            symbol_text=pl.lit(name),
            symbol=pl.lit(symbol),
            close_text=pl.col(name),
            close=parsed_number(name, dtypes[name]),
            row=pl.lit(0, pl.UInt32),
        )
        found.append(find_faults(cells, [unreadable("close", "close_text", dtypes[name])], headers))
        parts.append(cells.filter(pl.col("close").is_not_null()).drop("close_text", "row"))
    empty = pl.DataFrame(
        schema={LINE: pl.Int64, "date_text": pl.String, "date": pl.Date, "symbol_text": pl.String,
                "symbol": pl.String, "close": pl.Float64}
    )  # fmt: skip
    absent = (pl.lit(None, pl.Float64).alias(field) for field in FIELDS if field != "close")
    frame = pl.concat([empty, *parts]).with_columns(*absent).with_row_index("row")
    return _Quotes(table, frame, pl.concat(found), headers, ())


def _symbol_columns(named: list[str]) -> tuple[dict[str, str], pl.DataFrame]:
    """Normalise the header of a wide file; two columns of one symbol are both refused."""
    spellings, refused = symbol_spellings(named)
    counts = Counter(spellings.values())
    for name, symbol in spellings.items():
        if counts[symbol] > 1:
            twins = [other for other in spellings if spellings[other] == symbol and other != name]
            refused[name] = f"the same symbol as column {', '.join(twins)}"
    columns = {name: symbol for name, symbol in spellings.items() if name not in refused}
    rows = [(0, 1, name, name, "", refused[name]) for name in named if name in refused]
    return columns, pl.DataFrame(rows, schema=FAULTS, orient="row")


def _with_symbols(frame: pl.DataFrame) -> tuple[pl.DataFrame, Check]:
    text = pl.col("symbol_text")
    spellings, refused = symbol_spellings(frame["symbol_text"].drop_nulls().unique().to_list())
    frame = frame.with_columns(symbol=text.replace_strict(spellings, default=None, return_dtype=pl.String))
    reason = text.replace_strict(refused, default=None, return_dtype=pl.String).fill_null("no symbol")
    return frame, Check("symbol", pl.col("symbol").is_null(), reason)


def _checked(quotes: _Quotes, today: date) -> _Quotes:
    """Check dates and values; an adjusted close that the file does not have is the close."""
    traded = find_faults(quotes.frame, [not_traded(quotes.frame["date"], today=today)], quotes.headers)
    frame, _ = _without_bad(quotes.frame, traded)
    if "symbol" not in quotes.headers:
        traded = traded.unique(LINE, keep="first").with_columns(symbol_text=pl.lit(WHOLE_LINE))
    checks = value_checks() if "adj_close" not in quotes.headers else (*value_checks(), unadjusted())
    frame, values = _without_bad(frame, find_faults(frame, checks, quotes.headers))
    frame = frame.with_columns(pl.col("adj_close").fill_null(pl.col("close")))
    faults = pl.concat([quotes.faults, traded, values])
    return _Quotes(quotes.table, frame, faults, quotes.headers, quotes.warnings)


def _without_bad(frame: pl.DataFrame, faults: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    if faults.is_empty():
        return frame, faults
    return frame.join(faults.select("row").unique(), on="row", how="anti", maintain_order="left"), faults


def _faulted_duplicates(files: list[_Quotes]) -> list[_Quotes]:
    """Move every copy of a repeated (symbol, date) to the faults: none can be trusted over the others."""
    keys = [
        quotes.frame.select("row", "symbol", "date", LINE, file=pl.lit(number, pl.UInt32))
        for number, quotes in enumerate(files)
    ]
    every = pl.concat(keys)
    repeated = every.filter(pl.struct("symbol", "date").is_duplicated())
    if repeated.is_empty():
        return files
    names = {number: f"{quotes.table.path.name} " for number, quotes in enumerate(files)}
    label = pl.format("{}line {}", pl.col("file").replace_strict(names, return_dtype=pl.String), pl.col(LINE))
    key = ["symbol", "date"]
    repeated = repeated.with_columns(label=label).with_columns(
        twin=pl.when(pl.col("label") == pl.col("label").first().over(key))
        .then(pl.col("label").get(1).over(key))
        .otherwise(pl.col("label").first().over(key))
    )
    return [_with_twins(quotes, repeated.filter(file=number)) for number, quotes in enumerate(files)]


def _with_twins(quotes: _Quotes, repeated: pl.DataFrame) -> _Quotes:
    frame = quotes.frame.join(repeated.select("row", "twin"), on="row", how="inner", maintain_order="left")
    field = "date" if "symbol" in quotes.headers else "close"
    reason = pl.format("the same symbol and date ({} {}) as {}", "symbol", "date", "twin")
    twins = find_faults(frame, [Check(field, pl.lit(value=True), reason)], quotes.headers)
    kept, _ = _without_bad(quotes.frame, twins)
    faults = pl.concat([quotes.faults, twins])
    return _Quotes(quotes.table, kept, faults, quotes.headers, quotes.warnings)


def _bad_prices(quotes: _Quotes) -> list[BadPrice]:
    table = quotes.table
    faults = quotes.faults.sort(LINE, maintain_order=True)
    lines = table.frame.filter(pl.col(LINE).is_in(faults[LINE].unique().to_list()))
    written = {
        row[LINE]: row for row in lines.select(LINE, pl.exclude(LINE).cast(pl.String)).iter_rows(named=True)
    }
    long = "symbol" in quotes.headers
    bad: list[BadPrice] = []
    for fault in faults.iter_rows(named=True):
        row = written.get(fault[LINE], {})
        whole = long or fault["symbol_text"] == WHOLE_LINE
        columns = table.columns if whole else (quotes.headers["date"], fault["symbol_text"])
        bad.append(
            BadPrice(
                path=table.path,
                symbol=fault["symbol_text"] or "",
                date=fault["date_text"] or "",
                error=RowError(fault[LINE], fault["column"], fault["reason"]),
                cells=tuple((name, row.get(name)) for name in columns),
            )
        )
    return bad

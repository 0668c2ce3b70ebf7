"""Checks of price rows, one array expression each: what is wrong with which row, and why.

A frame of quotes has ``row``, `LINE`, ``symbol_text`` and ``date_text`` (as written), the parsed ``symbol``
and ``date``, and `FIELDS`. A frame of faults has the columns of `FAULTS`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from riskpanel.book.symbols import normalize_symbol
from riskpanel.errors import InputError
from riskpanel.sources.calendar import FIRST_DAY, sessions_between
from riskpanel.sources.delimited import LINE

PRICES = ("open", "high", "low", "close", "adj_close")
FIELDS = (*PRICES, "volume")
FAULTS: dict[str, type[pl.DataType]] = {
    "row": pl.UInt32,
    LINE: pl.Int64,
    "column": pl.String,
    "symbol_text": pl.String,
    "date_text": pl.String,
    "reason": pl.String,
}

# float32 files round high and low apart from each other by less than this
_ROUNDING = 1e-6
_ISO_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?(?:Z| ?[+-]\d{2}:?\d{2})?)?$"


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that makes a row bad, the field it is about, and the reason to give."""

    field: str
    when: pl.Expr
    reason: pl.Expr


def parsed_date(name: str, dtype: pl.DataType) -> pl.Expr:
    """Parse a column to dates: typed ones, and text as YYYY-MM-DD with or without a midnight; else null."""
    column = pl.col(name)
    if isinstance(dtype, pl.Date):
        return column
    if isinstance(dtype, pl.Datetime):
        return pl.when(column.dt.time() == pl.time(0)).then(column.dt.date())
    day = column.cast(pl.String).str.extract(_ISO_MIDNIGHT, 1)
    return day.str.to_date("%Y-%m-%d", strict=False)


def parsed_number(name: str, dtype: pl.DataType) -> pl.Expr:
    """Parse a column to float64; a typed NaN is missing; text that is no number is null."""
    number = pl.col(name).cast(pl.Float64, strict=False)
    return number.fill_nan(None) if dtype.is_numeric() else number


def unreadable(field: str, text: str, dtype: pl.DataType) -> Check:
    """Find text that is no number."""
    wrong = pl.col(text).is_not_null() & pl.col(field).is_null()
    if dtype.is_numeric():
        wrong = pl.lit(value=False)
    return Check(field, wrong, pl.format("not a number: '{}'", pl.col(text)))


def undated() -> Check:
    """Find dates that cannot be read."""
    text = pl.col("date_text")
    reason = (
        pl.when(text.is_null())
        .then(pl.lit("no date"))
        .otherwise(pl.format("not a date: '{}' (write YYYY-MM-DD, as in 2022-12-28)", text))
    )
    return Check("date", pl.col("date").is_null(), reason)


def not_traded(days: pl.Series, *, today: date) -> Check:
    """Find dates in the future and dates that are not sessions."""
    reasons = _day_reasons(days.drop_nulls().unique().sort().to_list(), today)
    day = pl.col("date")
    return Check(
        "date", day.is_in(list(reasons)), day.replace_strict(reasons, default=None, return_dtype=pl.String)
    )


_LEAST_ROWS = 20
LEAST_PRICE, MOST_PRICE = 1e-9, 1e12  # beyond these, squares of returns leave the range of a double


def value_checks() -> tuple[Check, ...]:
    """List what numbers must satisfy; NaN and infinities satisfy nothing."""
    checks = [
        Check(name, ~pl.col(name).is_finite(), pl.format("not a finite number: {}", pl.col(name)))
        for name in FIELDS
    ]
    checks += [
        Check(name, pl.col(name) <= 0, pl.format("must be above 0, not {}", pl.col(name))) for name in PRICES
    ]
    checks += [
        Check(
            name,
            (pl.col(name) > 0) & ~pl.col(name).is_between(LEAST_PRICE, MOST_PRICE) & pl.col(name).is_finite(),
            pl.format("not a price: {}", pl.col(name)),
        )
        for name in PRICES
    ]
    volume, high, low = pl.col("volume"), pl.col("high"), pl.col("low")
    checks.append(Check("volume", volume < 0, pl.format("must not be negative: {}", volume)))
    crossed = high < low * (1 - _ROUNDING)
    checks.append(Check("high", crossed, pl.format("high {} is below low {}", high, low)))
    return tuple(checks)


def identical_series(frame: pl.DataFrame) -> tuple[str, ...]:
    """Describe symbols that share every date and close: a broken file, whose betas would all be equal.

    Fewer than 20 rows may agree by chance, and a constant series says nothing.
    """
    series = frame.sort("symbol", "date").group_by("symbol", maintain_order=True).agg("date", "close")
    long = series.filter((pl.col("close").list.len() >= _LEAST_ROWS) & (pl.col("close").list.n_unique() > 1))
    hashed = long.select("symbol", key=pl.struct("date", "close").hash())
    twins = hashed.group_by("key", maintain_order=True).agg("symbol").filter(pl.col("symbol").list.len() > 1)
    return tuple(f"the same prices under {', '.join(names)}" for names in twins["symbol"].to_list())


def unadjusted() -> Check:
    """Find empty adjusted closes of symbols that have some: a raw close instead would fake a return."""
    missing = pl.col("adj_close").is_null()
    partly = pl.col("adj_close").is_not_null().any().over("symbol")
    reason = pl.format("empty, but other rows of {} have one", pl.col("symbol"))
    return Check("adj_close", missing & partly, reason)


def find_faults(frame: pl.DataFrame, checks: Iterable[Check], headers: Mapping[str, str]) -> pl.DataFrame:
    """Apply checks to quotes with a ``row`` column; ``headers`` says how the file calls each field.

    A field that the file does not name is a wide file's close: the error names the symbol's column.
    """
    found = [pl.DataFrame(schema=FAULTS)]
    for check in checks:
        column = pl.lit(headers[check.field]) if check.field in headers else pl.col("symbol_text")
        found.append(
            frame.filter(check.when).select(
                "row", LINE, column.alias("column"), "symbol_text", "date_text", check.reason.alias("reason")
            )
        )
    return pl.concat(found)


def symbol_spellings(texts: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Normalise symbols: as written to canonical, and as written to why it is none."""
    spellings: dict[str, str] = {}
    refused: dict[str, str] = {}
    for text in texts:
        try:
            spellings[text] = normalize_symbol(text)
        except InputError as error:
            refused[text] = error.what
    return spellings, refused


def _day_reasons(days: list[date], today: date) -> dict[date, str]:
    known = [day for day in days if FIRST_DAY <= day <= today]
    sessions = sessions_between(known[0], known[-1]) if known else np.array([], dtype="datetime64[D]")
    traded = set(sessions.tolist())
    return {day: _day_reason(day, today) for day in days if day not in traded}


def _day_reason(day: date, today: date) -> str:
    if day > today:
        return f"{day} is in the future"
    if day < FIRST_DAY:
        return f"{day} is before {FIRST_DAY}, where the exchange calendar starts"
    kind = f"a {day:%A}" if day.weekday() > 4 else "an exchange holiday"
    return f"{day} is {kind}; not an XNYS session"

"""Cells of row-wise files (holdings, portfolios, instruments) turned into values, faults collected."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

import polars as pl

from riskpanel.book.imports import RowError
from riskpanel.book.symbols import normalize_symbol, shortened
from riskpanel.errors import InputError
from riskpanel.sources.delimited import LINE
from riskpanel.sources.files import Table, fold

_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?")
_LONGEST_REASON = 300
_LISTED = 20
_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})([ T]00:00(:00(\.0+)?)?)?")


@dataclass(frozen=True, slots=True)
class Columns:
    """How a file calls the fields that are known, and the names of its other columns."""

    headers: Mapping[str, str]
    unknown: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say which columns are not used."""
        if not self.unknown:
            return ()
        more = f" and {len(self.unknown) - _LISTED:,} more" if len(self.unknown) > _LISTED else ""
        return (f"columns not used: {', '.join(map(shortened, self.unknown[:_LISTED]))}{more}",)


def match_columns(table: Table, aliases: Mapping[str, str], required: tuple[str, ...]) -> Columns:
    """Find the fields in a header; ``aliases`` leads from folded names to fields.

    Raises
    ------
    InputError
        When a required field is missing, or two columns are the same field.
    """
    headers: dict[str, str] = {}
    unknown: list[str] = []
    for name in table.columns:
        field = aliases.get(fold(name))
        if field is None:
            unknown.append(name)
        elif field in headers:
            raise InputError(f"two columns for {field}: {headers[field]}, {name} in {table.path}")
        else:
            headers[field] = name
    missing = [field for field in required if field not in headers]
    if missing:
        raise InputError(
            f"no {' and no '.join(missing)} column: {table.path}",
            hint=f"known columns: {', '.join(dict.fromkeys(aliases.values()))}",
        )
    return Columns(headers, tuple(unknown))


class RowCells:
    """One row: reads cells as values, and keeps what is wrong in ``errors``."""

    def __init__(self, line: int, cells: Mapping[str, str | None], headers: Mapping[str, str]) -> None:
        self.line = line
        self.errors: list[RowError] = []
        self._cells = cells
        self._headers = headers

    def refuse(self, field: str, reason: str) -> None:
        """Add an error about a field."""
        column = shortened(self._headers.get(field, field))
        self.errors.append(RowError(self.line, column, shortened(reason, _LONGEST_REASON)))

    def raw(self, field: str) -> str | None:
        """Return the trimmed text; None where the cell is empty or the file has no such column."""
        header = self._headers.get(field)
        text = self._cells[header] if header is not None else None
        return (text.strip() or None) if text is not None else None

    def text(self, field: str, *, longest: int) -> str | None:
        """Return printable text of bounded length."""
        text = self.raw(field)
        if text is not None and not text.isprintable():
            self.refuse(field, f"has a control character: {shortened(text)!r}")
        elif text is not None and len(text) > longest:
            self.refuse(field, f"longer than {longest} characters: {text[:30]}...")
        return text

    def symbol(self, field: str) -> str | None:
        """Return a symbol in its canonical spelling."""
        text = self.raw(field)
        if text is None:
            return None
        try:
            return normalize_symbol(text)
        except InputError as error:
            self.refuse(field, error.what)
            return None

    def number(self, field: str, *, integer_digits: int, decimals: int) -> Decimal | None:
        """Return a plain decimal number within a column's size; never rounded."""
        text = self.raw(field)
        if text is None:
            return None
        number = _plain_number(text)
        if number is None:
            self.refuse(field, f"not a plain number: '{shortened(text)}'")
        elif abs(number) >= 10**integer_digits or abs(float(number)) >= 10**integer_digits:
            self.refuse(field, f"more than {integer_digits} digits before the point: {shortened(text)}")
        elif number != round(number, decimals):
            self.refuse(field, f"more than {decimals} decimals: {shortened(text)}")
        else:
            return number
        return None

    def day(self, field: str) -> date | None:
        """Return a date written as YYYY-MM-DD, with or without a midnight."""
        text = self.raw(field)
        match = _ISO_DAY.fullmatch(text or "")
        try:
            return date.fromisoformat(match[1]) if match else self._no_day(field, text)
        except ValueError:
            return self._no_day(field, text)

    def _no_day(self, field: str, text: str | None) -> None:
        if text is not None:
            self.refuse(field, f"not a date: '{shortened(text)}' (write YYYY-MM-DD, as in 2022-12-28)")


def rows_of(table: Table, headers: Mapping[str, str]) -> Iterator[RowCells]:
    """Yield the rows of a table as text."""
    names = list(headers.values())
    frame = table.frame.select(LINE, pl.col(names).cast(pl.String))
    for cells in frame.iter_rows(named=True):
        yield RowCells(cells[LINE], cells, headers)


def _plain_number(text: str) -> Decimal | None:
    if len(text) > 40 or not _PLAIN_NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None

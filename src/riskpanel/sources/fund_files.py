"""Holdings files of funds, as iShares and SPDR publish them: a few lines of text, a table, and a footer."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from riskpanel.book.benchmark import FundHolding, FundHoldings
from riskpanel.book.benchmark_build import TOTAL_TOLERANCE
from riskpanel.book.import_reports import BadRow
from riskpanel.book.imports import RowError
from riskpanel.book.symbols import shortened
from riskpanel.errors import InputError
from riskpanel.sources.cells import RowCells
from riskpanel.sources.delimited import Rows, split_rows
from riskpanel.sources.files import EMPTY_HINT, File, fold, read_content

_SEPARATORS = (",", ";", "\t")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AS_OF = re.compile(r"\bas of:?\s+(.+)$", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"(?P<month>[A-Za-z]{3})[a-z]* (?P<day>\d{1,2}) (?P<year>\d{4})")
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})-(?P<month>[A-Za-z]{3})-(?P<year>\d{4})")
_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][+-]?\d{1,2})?")
_NOTHING = frozenset({"-", "--"})
_FUND_NAME = "fund name: "
_EXCEL = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a publisher calls its columns (folded, by field), what else its header has, and its own labels."""

    columns: Mapping[str, str]
    others: frozenset[str]
    labels: Mapping[str, str]


_LAYOUTS = (
    _Layout(
        {
            "symbol": "ticker",
            "name": "name",
            "sector": "sector",
            "asset_class": "asset_class",
            "market_value": "market_value",
            "weight": "weight_(%)",
        },
        frozenset(),
        {
            "Communication": "Communication Services"
        },  # the rest of its labels are GICS's names letter for letter
    ),
    _Layout(
        {"symbol": "ticker", "name": "name", "sector": "sector", "weight": "weight"},
        frozenset({"identifier", "sedol"}),
        {},
    ),
)


@dataclass(frozen=True, slots=True)
class _Found:
    """Where the header stands (index of its line), whose layout it is, and what separates its cells."""

    index: int
    layout: _Layout
    separator: str


def read_fund_holdings(file: File) -> FundHoldings:
    """Read the holdings of a fund: weights as fractions, values in the fund's currency, labels by sector.

    Whose file it is shows in its header, not in its name. Cells of nothing but a dash are empty.

    Raises
    ------
    InputError
        For a file that is no such table, has no date or holdings, bad cells (each with its line), or weights
        that do not sum to about 1.
    """
    lines = _text(file).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = _header(file, lines)
    fund, as_of = _preamble(file, lines[: found.index])
    rows = _rows(file, lines, found)
    total = math.fsum(row.weight for row in rows if row.weight is not None)
    if any(row.weight is not None for row in rows) and not abs(total - 1.0) <= TOTAL_TOLERANCE:
        raise InputError(
            f"the weights sum to {total:.2%}, not to 100 %: {file}",
            hint="the download may have stopped early, or its weights are not percents",
        )
    return FundHoldings(fund, as_of, rows)


def _text(file: File) -> str:
    raw = read_content(file)
    if not raw.strip():
        raise InputError(f"empty file: {file}", hint=EMPTY_HINT)
    if raw.startswith(_EXCEL):
        raise InputError(f"an Excel workbook, not CSV: {file}", hint="open it and save it as CSV UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"not UTF-8 text: {file}", hint="save it as CSV UTF-8") from None
    if text.lstrip().startswith("<"):
        raise InputError(f"a web page, not a table: {file}", hint="save the CSV itself")
    return text


def _header(file: File, lines: Sequence[str]) -> _Found:
    for index, line in enumerate(lines):
        separator = max(_SEPARATORS, key=line.count)
        names = {fold(name) for name in _cells(line, separator)}
        for layout in _LAYOUTS:
            if names >= {*layout.columns.values(), *layout.others}:
                return _Found(index, layout, separator)
    raise InputError(
        f"no table of fund holdings: {file}",
        hint="the CSV files of iShares (Ticker,Name,Sector,Asset Class,Market Value,Weight (%),...) "
        "and of SPDR (Name,Ticker,Identifier,SEDOL,Weight,Sector,...) are read",
    )


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for row in csv.reader([line], delimiter=separator) for cell in row]
    except csv.Error:  # longer than any cell of a table
        return []


def _preamble(file: File, lines: Sequence[str]) -> tuple[str, date]:
    """Return the fund's name and the day of its holdings."""
    plain = [" ".join(re.sub(r'[",;\t]', " ", line).split()) for line in lines]
    dated = [match[1] for line in plain if (match := _AS_OF.search(line))]
    if not dated:
        raise InputError(f"no date of the holdings above the table: {file}")
    named = [line[len(_FUND_NAME) :] for line in plain if line.casefold().startswith(_FUND_NAME)]
    named += [line for line in plain if line and not _AS_OF.search(line)]
    if not named or not named[0].isprintable():
        raise InputError(f"no name of the fund above the table: {file}")
    return named[0], _day(file, dated[0])


def _day(file: File, text: str) -> date:
    if text in _NOTHING:
        raise InputError(f"no holdings: {file} (their date is '{text}')", hint="ask for a day with holdings")
    match = _MONTH_FIRST.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    try:
        if match is not None:
            month = _MONTHS.index(match["month"].casefold()) + 1
            return date(int(match["year"]), month, int(match["day"]))
    except ValueError:
        pass
    raise InputError(f"the date of the holdings cannot be read: '{shortened(text)}' in {file}")


def _rows(file: File, lines: Sequence[str], found: _Found) -> tuple[FundHolding, ...]:
    below = range(found.index + 1, len(lines))
    end = next((index for index in below if re.fullmatch(r'[\s,;"]*', lines[index])), len(lines))
    table = _split(file, found, lines[found.index : end])
    if table is None:
        raise InputError(f"no holdings: {file}")
    header = [name.strip() for name in table.header]
    names = {fold(name): name for name in header}
    columns = {field: names[folded] for field, folded in found.layout.columns.items()}
    errors = _misplaced(table, lines, found, end)
    rows: list[FundHolding] = []
    for line, *texts in table.frame.iter_rows():
        if not any(map(str.strip, texts[1:])):
            continue  # a line of the footer, padded
        cells = RowCells(line, dict(zip(header, texts, strict=True)), columns)
        rows.append(_holding(cells, found.layout))
        errors += cells.errors
    if errors:
        raise InputError(
            f"bad cells in the holdings: {file}",
            details=tuple(str(BadRow(file.name, error)) for error in sorted(errors, key=lambda e: e.line)),
        )
    if not rows:
        raise InputError(f"no holdings: {file}")
    return tuple(rows)


def _split(file: File, found: _Found, lines: Sequence[str]) -> Rows | None:
    try:
        return split_rows("\n" * found.index + "\n".join(lines))  # so that lines are numbered as in the file
    except InputError as error:
        raise InputError(f"{file}: {error.what}", hint=error.hint) from None


def _misplaced(table: Rows, lines: Sequence[str], found: _Found, end: int) -> list[RowError]:
    """Return the rows that are cut, and those below the empty line that ends the table."""
    width = len(table.header)
    errors = [
        RowError(line, "row", f"{cells} cells where the header has {width}")
        for line, cells in table.ragged
        if cells > 1  # one cell is a line of the footer
    ]
    weight = [fold(name) for name in table.header].index(found.layout.columns["weight"])
    for index in range(end, len(lines)):
        cells = _cells(lines[index], found.separator)
        if len(cells) == width and _NUMBER.fullmatch(cells[weight]):
            errors.append(RowError(index + 1, "row", "stands below an empty line, which ends the table"))
    return errors


def _holding(cells: RowCells, layout: _Layout) -> FundHolding:
    label = _written(cells, "sector")
    weight, value = _amount(cells, "weight"), _amount(cells, "market_value")
    if weight is None and value is None and not cells.errors:
        cells.refuse("weight", "empty")
    return FundHolding(
        symbol=None if _written(cells, "symbol") is None else cells.symbol("symbol"),
        name=_written(cells, "name"),
        sector=None if label is None else layout.labels.get(label, label),
        asset_class=_written(cells, "asset_class"),
        weight=None if weight is None else weight / 100.0,
        market_value=value,
    )


def _written(cells: RowCells, field: str) -> str | None:
    text = cells.raw(field)
    return None if text in _NOTHING else text


def _amount(cells: RowCells, field: str) -> float | None:
    text = _written(cells, field)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        cells.refuse(field, f"not a number: '{shortened(text)}'")
        return None
    return float(text.replace(",", ""))

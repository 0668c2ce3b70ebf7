"""Instrument files: names, asset classes and sectors of symbols."""

from collections.abc import Iterable, Mapping

from riskpanel.book.imports import InstrumentRow, Parsed, RowError
from riskpanel.book.sectors import classify_sector
from riskpanel.sources.cells import RowCells, match_columns, rows_of
from riskpanel.sources.files import File, read_table

_ALIASES = {
    "symbol": "symbol",
    "ticker": "symbol",
    "name": "name",
    "security": "name",
    "asset_class": "asset_class",
    "sector": "sector",
    "gics_sector": "sector",
    "industry": "industry",
    "gics_sub_industry": "industry",
}
# The S&P constituents file: all of it is equity, and the rest of its columns is known to have no use here.
_CONSTITUENTS = frozenset({"Security", "GICS Sector"})
_CONSTITUENTS_UNUSED = frozenset({"Headquarters Location", "Date added", "CIK", "Founded"})


def read_instruments(file: File) -> Parsed[InstrumentRow]:
    """Read an instruments file, or the S&P constituents file as it is published."""
    table = read_table(file)
    columns = match_columns(table, _ALIASES, ("symbol",))
    constituents = set(table.columns) >= _CONSTITUENTS
    ignored = [name for name in columns.unknown if not (constituents and name in _CONSTITUENTS_UNUSED)]
    rows: list[InstrumentRow] = []
    errors: list[RowError] = []
    unknown: dict[str, list[str]] = {}
    for cells in rows_of(table, columns.headers):
        label = cells.raw("sector")
        row = _instrument(cells, "equity" if constituents else None)
        errors += cells.errors
        if row is None:
            continue
        rows.append(row)
        if label is not None and not classify_sector(label).recognized:
            unknown.setdefault(label, []).append(row.symbol)
    errors += _repeated_symbols(rows)
    warnings = [f"columns not used: {', '.join(ignored)}"] if ignored else []
    warnings += [
        f"unknown sector '{label}', left Unclassified: {', '.join(symbols)}"
        for label, symbols in unknown.items()
    ]
    return Parsed(tuple(rows), tuple(sorted(errors, key=lambda error: error.line)), tuple(warnings))


def parse_instrument(fields: Mapping[str, str | None]) -> Parsed[InstrumentRow]:
    """Read one instrument from its fields, by the rules of a file's rows; an unknown sector is a fault."""
    cells = RowCells(0, fields, {name: name for name in fields})
    row = _instrument(cells, None)
    label = cells.raw("sector")
    if label is not None and not classify_sector(label).recognized:
        cells.refuse("sector", f"unknown sector: '{label}'")
    return Parsed(() if row is None else (row,), tuple(cells.errors))


def _instrument(cells: RowCells, asset_class: str | None) -> InstrumentRow | None:
    if cells.raw("symbol") is None:
        cells.refuse("symbol", "empty")
    symbol = cells.symbol("symbol")
    sector = classify_sector(cells.raw("sector"))
    name = cells.text("name", longest=200)
    written_class = cells.text("asset_class", longest=40)
    industry = cells.text("industry", longest=120)
    if cells.errors or symbol is None:
        return None
    return InstrumentRow(
        line=cells.line,
        symbol=symbol,
        name=name,
        asset_class=(written_class or asset_class or "").lower() or None,
        sector=sector.sector,
        industry=industry,
        taxonomy=sector.taxonomy,
    )


def _repeated_symbols(rows: Iterable[InstrumentRow]) -> list[RowError]:
    first: dict[str, int] = {}
    errors: list[RowError] = []
    for row in rows:
        line = first.setdefault(row.symbol, row.line)
        if line != row.line:
            errors.append(RowError(row.line, "symbol", f"{row.symbol} is already on line {line}"))
    return errors

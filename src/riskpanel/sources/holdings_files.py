"""Positions and portfolios files."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from riskpanel.book.imports import LotRow, Parsed, PortfolioRow, RowError
from riskpanel.book.symbols import shortened
from riskpanel.sources.cells import Columns, RowCells, match_columns, rows_of
from riskpanel.sources.files import File, read_table

SUPPORTED_CURRENCY = "USD"
LONGEST_NAME = 200

_POSITION_FIELDS = ("symbol", "quantity", "portfolio", "position_type", "entry_date", "entry_price",
                    "exit_date", "exit_price", "multiplier")  # fmt: skip
_POSITION_ALIASES = {name: name for name in _POSITION_FIELDS} | {"ticker": "symbol"}
_PORTFOLIO_FIELDS = ("name", "currency", "market_index", "benchmark_code", "cash_balance", "equity_balance")
_PORTFOLIO_ALIASES = {name: name for name in _PORTFOLIO_FIELDS} | {
    "portfolio": "name",
    "cash": "cash_balance",
    "equity": "equity_balance",
}
_OPTION_TYPES = frozenset({"LC", "LP", "SC", "SP"})
_QUANTITY_DIGITS = 18
_QUANTITY_DECIMALS = 10
_MOST_UNITS = Decimal(10) ** 18
_CASH_DIGITS = 16
_CASH_DECIMALS = 4


def read_positions(file: File, *, portfolio: str | None = None) -> Parsed[LotRow]:
    """Read a positions file; ``portfolio`` names the owner of every row of a file without that column."""
    table = read_table(file)
    columns = match_columns(table, _POSITION_ALIASES, ("symbol", "quantity"))
    rows: list[LotRow] = []
    errors: list[RowError] = []
    for cells in rows_of(table, columns.headers):
        row = _lot(cells, portfolio)
        errors += cells.errors
        if row is not None:
            rows.append(row)
    errors += _repeated_lots(rows)
    return Parsed(tuple(rows), tuple(sorted(errors, key=_by_line)), columns.warnings)


def read_portfolios(file: File) -> Parsed[PortfolioRow]:
    """Read a portfolios file."""
    table = read_table(file)
    columns = match_columns(table, _PORTFOLIO_ALIASES, ("name",))
    rows: list[PortfolioRow] = []
    errors: list[RowError] = []
    for cells in rows_of(table, columns.headers):
        row = _portfolio(cells)
        errors += cells.errors
        if row is not None:
            rows.append(row)
    errors += _repeated_names(rows, columns)
    return Parsed(tuple(rows), tuple(sorted(errors, key=_by_line)), columns.warnings)


def parse_position(fields: Mapping[str, str | None], *, portfolio: str) -> Parsed[LotRow]:
    """Read one position from its fields, by the rules of a file's rows."""
    cells = RowCells(0, fields, {name: name for name in fields})
    row = _lot(cells, portfolio)
    return Parsed(() if row is None else (row,), tuple(cells.errors))


def parse_positions(fields: Sequence[Mapping[str, str | None]], *, portfolio: str) -> Parsed[LotRow]:
    """Read positions from their fields, by the rules of a file's rows; a line is a place in the list."""
    rows: list[LotRow] = []
    errors: list[RowError] = []
    for line, own in enumerate(fields):
        cells = RowCells(line, own, {name: name for name in own})
        row = _lot(cells, portfolio)
        errors += cells.errors
        if row is not None:
            rows.append(row)
    return Parsed(tuple(rows), (*errors, *_repeated_lots(rows)))


def parse_portfolio(fields: Mapping[str, str | None]) -> Parsed[PortfolioRow]:
    """Read one portfolio from its fields, by the rules of a file's rows."""
    cells = RowCells(0, fields, {name: name for name in fields})
    row = _portfolio(cells)
    return Parsed(() if row is None else (row,), tuple(cells.errors))


def _by_line(error: RowError) -> int:
    return error.line


def _lot(cells: RowCells, portfolio: str | None) -> LotRow | None:
    symbol = _required_symbol(cells)
    position_type, quantity = _side_and_quantity(cells)
    owner = _owner(cells, portfolio)
    entry_date, exit_date = cells.day("entry_date"), cells.day("exit_date")
    if entry_date is not None and exit_date is not None and exit_date <= entry_date:
        cells.refuse("exit_date", f"{exit_date} is not after the entry date {entry_date}")
    entry_price, exit_price = _positive(cells, "entry_price"), _positive(cells, "exit_price")
    multiplier = _positive(cells, "multiplier")
    if quantity is not None and abs(quantity * (multiplier or 1)) >= _MOST_UNITS:
        cells.refuse("quantity", "too many units, with their multiplier, to be valued")
    if cells.errors or symbol is None or quantity is None or owner is None:
        return None
    return LotRow(
        line=cells.line,
        portfolio=owner,
        symbol=symbol,
        position_type=position_type,
        quantity=quantity,
        multiplier=Decimal(1) if multiplier is None else multiplier,
        entry_price=entry_price,
        entry_date=entry_date,
        exit_price=exit_price,
        exit_date=exit_date,
    )


def _required_symbol(cells: RowCells) -> str | None:
    if cells.raw("symbol") is None:
        cells.refuse("symbol", "empty")
    return cells.symbol("symbol")


def _side_and_quantity(cells: RowCells) -> tuple[str, Decimal | None]:
    """Read type and size; a negative quantity is SHORT, and cannot be LONG."""
    written = (cells.raw("position_type") or "").upper()
    if cells.raw("quantity") is None:
        cells.refuse("quantity", "empty")
    quantity = cells.number("quantity", integer_digits=_QUANTITY_DIGITS, decimals=_QUANTITY_DECIMALS)
    if quantity is not None and quantity == 0:
        cells.refuse("quantity", "must not be 0")
    if written in _OPTION_TYPES:
        cells.refuse(
            "position_type", f"{written}: option positions need deltas, which riskpanel does not have yet"
        )
    elif written not in {"", "LONG", "SHORT"}:
        cells.refuse("position_type", f"unknown: '{shortened(written)}' (LONG or SHORT)")
    negative = quantity is not None and quantity < 0
    if written == "LONG" and negative:
        cells.refuse("quantity", f"{quantity} is negative, but the position is LONG")
    side = "SHORT" if negative or written == "SHORT" else "LONG"
    return side, None if quantity is None else abs(quantity)


def _owner(cells: RowCells, portfolio: str | None) -> str | None:
    """Return the portfolio's name: the row's own, else the one given for the file."""
    name = cells.text("portfolio", longest=LONGEST_NAME)
    if name is None and portfolio is None:
        cells.refuse(
            "portfolio", "no portfolio name (add a `portfolio` column, or name one for the whole file)"
        )
    if name is not None and portfolio is not None and name != portfolio:
        cells.refuse("portfolio", f"the row says '{name}', but the file is for '{portfolio}'")
    return portfolio if name is None else name


def _positive(cells: RowCells, field: str) -> Decimal | None:
    number = cells.number(field, integer_digits=_QUANTITY_DIGITS, decimals=_QUANTITY_DECIMALS)
    if number is not None and number <= 0:
        cells.refuse(field, f"must be above 0, not {number}")
    return number


def _repeated_lots(rows: Iterable[LotRow]) -> list[RowError]:
    first: dict[tuple[str | Decimal | date | None, ...], int] = {}
    errors: list[RowError] = []
    for row in rows:
        key = (row.portfolio, row.symbol, row.position_type, row.quantity, row.multiplier,
               row.entry_price, row.entry_date, row.exit_price, row.exit_date)  # fmt: skip
        line = first.setdefault(key, row.line)
        if line != row.line:
            errors.append(RowError(row.line, "symbol", f"the same position ({row.symbol}) as line {line}"))
    return errors


def _portfolio(cells: RowCells) -> PortfolioRow | None:
    name = cells.text("name", longest=LONGEST_NAME)
    if name is None:
        cells.refuse("name", "empty")
    currency = (cells.raw("currency") or SUPPORTED_CURRENCY).upper()
    if currency != SUPPORTED_CURRENCY:
        cells.refuse("currency", f"currency {currency} is not supported until exchange rates exist")
    market_index = cells.symbol("market_index")
    benchmark_code = cells.text("benchmark_code", longest=40)
    cash = cells.number("cash_balance", integer_digits=_CASH_DIGITS, decimals=_CASH_DECIMALS)
    equity = cells.number("equity_balance", integer_digits=_CASH_DIGITS, decimals=_CASH_DECIMALS)
    if cash is not None and equity is not None:
        cells.refuse("equity_balance", "given together with cash_balance: give one of them")
    if cells.errors or name is None:
        return None
    return PortfolioRow(cells.line, name, currency, market_index, benchmark_code, cash, equity)


def _repeated_names(rows: Iterable[PortfolioRow], columns: Columns) -> list[RowError]:
    first: dict[str, int] = {}
    errors: list[RowError] = []
    for row in rows:
        line = first.setdefault(row.name, row.line)
        if line != row.line:
            errors.append(
                RowError(row.line, columns.headers["name"], f"'{row.name}' is already on line {line}")
            )
    return errors

"""What users change by hand: portfolios and lots, by the rules of files, and the runs that follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from riskpanel.book.import_reports import Edited
from riskpanel.book.imports import LotRow, Parsed, PortfolioRow, Row
from riskpanel.book.lots import Lot
from riskpanel.errors import FieldsError
from riskpanel.nightly.balances import Balances, Terms
from riskpanel.nightly.import_transaction import FILE_SOURCE
from riskpanel.nightly.ingest_holdings import save_wanted_lots, unpriced
from riskpanel.sources.holdings_files import parse_portfolio, parse_position, parse_positions
from riskpanel.store.database import Store
from riskpanel.store.locks import lock_user
from riskpanel.store.lots import (
    delete_lot,
    delete_portfolio,
    insert_lot,
    require_free_portfolio_name,
    update_lot,
    update_portfolio,
)
from riskpanel.store.portfolios import PortfolioTerms, load_lots, load_portfolio
from riskpanel.store.positions import PositionRecord, load_position
from riskpanel.store.quotas import require_room
from riskpanel.store.rows import Connection
from riskpanel.store.run_requests import WantedRun, save_run_request

Fields: TypeAlias = Mapping[str, str | None]
"""Fields as text, as a file would hold them; None is an empty cell."""

_LOT_FIELDS = ("symbol", "position_type", "quantity", "multiplier", "entry_price", "entry_date",
               "exit_price", "exit_date")  # fmt: skip
_COUNTING = tuple(name for name in _LOT_FIELDS if name not in {"entry_price", "exit_price"})
"""What the numbers of a portfolio depend on."""
_ALWAYS_THERE = frozenset({"position_type", "multiplier"})


@dataclass(frozen=True, slots=True)
class HoldingsEditor:
    """Changes what a user owns, each change and the run that it needs in one transaction."""

    store: Store
    clock: Callable[[], datetime]

    def create_portfolio(self, user_id: int, fields: Fields, lots: Sequence[Fields]) -> Edited:
        """Create a portfolio with its lots.

        Raises
        ------
        FieldsError
            Naming each field that cannot be used; those of lots as ``positions.0.symbol``.
        ConflictError
            When the user has one of that name.
        """
        now = self.clock()
        row, rows = _read_whole(fields, lots)
        with self.store.begin() as conn:
            lock_user(conn, user_id)
            require_free_portfolio_name(conn, row.name, user_id=user_id)
            changes, warnings = save_wanted_lots(
                conn,
                {row.name: rows},
                {row.name: _terms(row)},
                user_id=user_id,
                replace_lots=False,
                today=now.date(),
                now=now,
            )
            require_room(conn, user_id)
            (created,) = (change.portfolio_id or 0 for change in changes)
            return Edited(created, _ask(conn, user_id, created, now), warnings)

    def change_portfolio(self, user_id: int, portfolio_id: int, fields: Fields) -> Edited:
        """Change what is given of a portfolio, and leave the rest.

        Raises
        ------
        FieldsError
            Naming each field that cannot be used.
        NotFoundError, ConflictError
            When the user has no such portfolio, or another one of that name.
        """
        now = self.clock()
        with self.store.begin() as conn:
            lock_user(conn, user_id)
            stored = load_portfolio(conn, portfolio_id, user_id=user_id)
            row = _read_portfolio({"name": stored.name, **fields})
            held = {row.name: load_lots(conn, [portfolio_id])[portfolio_id]}
            if row.equity_balance is not None and not held[row.name]:
                raise FieldsError((("equity_balance", "needs positions: give cash_balance"),))
            balances = Balances(conn, held, {row.name: _terms(row)}, now.date())
            settled = balances.settle(row.name, stored, _terms(row))
            update_portfolio(conn, portfolio_id, settled, user_id=user_id, now=now)
            before = PortfolioTerms(
                row.name, stored.currency, stored.market_index, stored.benchmark_code, stored.cash_balance
            )
            asked = None if settled == before else _ask(conn, user_id, portfolio_id, now)
            return Edited(portfolio_id, asked, balances.warnings())

    def delete_portfolio(self, user_id: int, portfolio_id: int) -> None:
        """Remove a portfolio with all that is stored of it.

        Raises
        ------
        NotFoundError
            When the user has no such portfolio.
        """
        with self.store.begin() as conn:
            lock_user(conn, user_id)
            delete_portfolio(conn, portfolio_id, user_id=user_id)

    def create_position(self, user_id: int, portfolio_id: int, fields: Fields) -> Edited:
        """Add a lot to a portfolio.

        Raises
        ------
        FieldsError
            Naming each field that cannot be used.
        NotFoundError
            When the user has no such portfolio.
        """
        now = self.clock()
        with self.store.begin() as conn:
            lock_user(conn, user_id)
            name = load_portfolio(conn, portfolio_id, user_id=user_id).name
            (lot,) = good_rows(parse_position(fields, portfolio=name))
            _require_another(load_lots(conn, [portfolio_id])[portfolio_id], lot)
            created = insert_lot(conn, portfolio_id, lot, source=FILE_SOURCE, now=now)
            require_room(conn, user_id)
            return Edited(created, _ask(conn, user_id, portfolio_id, now), _warnings(conn, lot, now.date()))

    def change_position(self, user_id: int, position_id: int, fields: Fields) -> Edited:
        """Change what is given of a lot, and leave the rest.

        Raises
        ------
        FieldsError
            Naming each field that cannot be used.
        NotFoundError
            When the user has no such lot.
        """
        now = self.clock()
        with self.store.begin() as conn:
            lock_user(conn, user_id)
            stored = load_position(conn, position_id, user_id=user_id)
            name = load_portfolio(conn, stored.portfolio_id, user_id=user_id).name
            (lot,) = good_rows(parse_position({**_as_text(stored), **_given(fields)}, portfolio=name))
            others = load_lots(conn, [stored.portfolio_id])[stored.portfolio_id]
            _require_another([other for other in others if other.id != position_id], lot)
            update_lot(conn, position_id, lot, source=FILE_SOURCE, now=now)
            counts = any(getattr(lot, name) != getattr(stored, name) for name in _COUNTING)
            asked = _ask(conn, user_id, stored.portfolio_id, now) if counts else None
            return Edited(position_id, asked, _warnings(conn, lot, now.date()))

    def delete_position(self, user_id: int, position_id: int) -> Edited:
        """Remove a lot.

        Raises
        ------
        NotFoundError
            When the user has no such lot.
        """
        now = self.clock()
        with self.store.begin() as conn:
            lock_user(conn, user_id)
            stored = load_position(conn, position_id, user_id=user_id)
            delete_lot(conn, position_id)
            return Edited(position_id, _ask(conn, user_id, stored.portfolio_id, now), ())


def good_rows(parsed: Parsed[Row]) -> tuple[Row, ...]:
    """Return the rows of what was sent.

    Raises
    ------
    FieldsError
        Naming each field that cannot be used.
    """
    if parsed.errors:
        raise FieldsError(tuple((error.column, error.reason) for error in parsed.errors))
    return parsed.rows


def _read_portfolio(fields: Fields) -> PortfolioRow:
    (row,) = good_rows(parse_portfolio(fields))
    return row


def _read_whole(fields: Fields, lots: Sequence[Fields]) -> tuple[PortfolioRow, list[LotRow]]:
    """Read a portfolio and its lots, every fault of both at once."""
    own = parse_portfolio(fields)
    parsed = parse_positions(lots, portfolio=fields.get("name") or "")
    faults = [(error.column, error.reason) for error in own.errors]
    faults += [(f"positions.{error.line}.{error.column}", error.reason) for error in parsed.errors]
    told = {column for column, _ in faults}
    if fields.get("equity_balance") is not None and not lots and "equity_balance" not in told:
        faults.append(("equity_balance", "needs positions: give them, or cash_balance"))
    if faults:
        raise FieldsError(tuple(faults))
    return own.rows[0], list(parsed.rows)


def _given(fields: Fields) -> Fields:
    """Leave out what cannot be absent and was set to null: it stays as it is."""
    return {name: cell for name, cell in fields.items() if cell is not None or name not in _ALWAYS_THERE}


def _require_another(stored: Sequence[Lot], lot: LotRow) -> None:
    """Refuse a lot that is there already, as a file may not have a row twice."""
    if any(all(getattr(own, name) == getattr(lot, name) for name in _LOT_FIELDS) for own in stored):
        reason = "the same position is there already: change its quantity"
        raise FieldsError((("symbol", reason),))


def _terms(row: PortfolioRow) -> Terms:
    return Terms(row.cash_balance, row.equity_balance, row.market_index, row.benchmark_code)


def _as_text(lot: PositionRecord) -> dict[str, str | None]:
    return {name: _cell(getattr(lot, name)) for name in _LOT_FIELDS}


def _cell(value: Decimal | date | str | None) -> str | None:
    if isinstance(value, Decimal):
        return format(value, "f")
    return None if value is None else str(value)


def _ask(conn: Connection, user_id: int, portfolio_id: int, now: datetime) -> int:
    return save_run_request(conn, WantedRun(user_id, portfolio_id), now=now)


def _warnings(conn: Connection, lot: LotRow, today: date) -> tuple[str, ...]:
    return unpriced(conn, {lot.symbol}, today)

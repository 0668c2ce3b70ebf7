"""Imports of positions and portfolios: portfolios come to be, lots are matched, equity becomes cash."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from riskpanel.book.imports import LotRow, PortfolioRow
from riskpanel.book.lots import Lot, LotPlan, active_lots, build_cash, plan_lots
from riskpanel.book.symbols import normalize_symbol
from riskpanel.errors import InputError
from riskpanel.nightly.import_reports import HoldingsReport, PortfolioChange
from riskpanel.nightly.import_transaction import FILE_SOURCE, bad_rows, import_transaction, refuse_bad_rows
from riskpanel.sources.holdings_files import LONGEST_NAME, SUPPORTED_CURRENCY, read_portfolios, read_positions
from riskpanel.store.database import Store
from riskpanel.store.portfolios import (
    PortfolioRecord,
    PortfolioTerms,
    ensure_local_user,
    list_portfolios,
    load_lots,
    save_lot_plans,
    save_portfolios,
)
from riskpanel.store.prices import load_latest_closes
from riskpanel.store.rows import Connection

DEFAULT_MARKET_INDEX = "SPY"
DEFAULT_BENCHMARK = "SP500"

_MOST_CASH = Decimal(10) ** 16
_LISTED = 20

HeldLots = Sequence[Lot | LotRow]


@dataclass(frozen=True, slots=True)
class _Terms:
    """What an import says about a portfolio; None leaves the stored value, or takes the default."""

    cash: Decimal | None = None
    equity: Decimal | None = None
    market_index: str | None = None
    benchmark_code: str | None = None


def import_positions(
    store: Store,
    path: Path,
    *,
    today: date,
    now: datetime,
    portfolio: str | None = None,
    cash: Decimal | None = None,
    equity: Decimal | None = None,
    market_index: str | None = None,
    replace: bool = False,
    dry_run: bool = False,
) -> HoldingsReport:
    """Import a positions file; portfolios are created when new.

    ``portfolio`` owns the rows of a file without that column; ``cash``, ``equity`` and ``market_index`` are
    stored when given; lots that the file lacks are kept, or with ``replace`` removed.

    Raises
    ------
    InputError
        When the file cannot be read, has bad rows, or the options do not fit it.
    """
    terms = _given_terms(cash, equity, market_index)
    parsed = read_positions(path, portfolio=_checked_name(portfolio))
    bad = bad_rows(path, parsed)
    refuse_bad_rows(bad, dry_run=dry_run)
    if bad:
        return HoldingsReport(dry_run, bad, parsed.warnings, ())
    wanted: dict[str, list[LotRow]] = defaultdict(list)
    for row in parsed.rows:
        wanted[row.portfolio].append(row)
    if len(wanted) > 1 and (cash is not None or equity is not None):
        raise InputError(
            f"one balance for {len(wanted)} portfolios: {path}",
            hint="give balances by a portfolios file, or import one portfolio at a time",
        )
    with import_transaction(store, dry_run=dry_run) as conn:
        changes, warnings = _save_positions(conn, wanted, terms, replace=replace, today=today, now=now)
    return HoldingsReport(dry_run, bad, (*parsed.warnings, *warnings), changes)


def import_portfolios(
    store: Store, path: Path, *, today: date, now: datetime, dry_run: bool = False
) -> HoldingsReport:
    """Import a portfolios file; an equity balance needs the portfolio's positions to be there.

    Raises
    ------
    InputError
        When the file cannot be read, has bad rows, or an equity balance cannot be turned into cash.
    """
    parsed = read_portfolios(path)
    bad = bad_rows(path, parsed)
    refuse_bad_rows(bad, dry_run=dry_run)
    if bad:
        return HoldingsReport(dry_run, bad, parsed.warnings, ())
    with import_transaction(store, dry_run=dry_run) as conn:
        changes, warnings = _save_portfolio_rows(conn, path, parsed.rows, today=today, now=now)
    return HoldingsReport(dry_run, bad, (*parsed.warnings, *warnings), changes)


def _save_positions(
    conn: Connection,
    wanted: Mapping[str, Sequence[LotRow]],
    terms: _Terms,
    *,
    replace: bool,
    today: date,
    now: datetime,
) -> tuple[tuple[PortfolioChange, ...], tuple[str, ...]]:
    user_id = ensure_local_user(conn, now=now)
    stored = {record.name: record for record in list_portfolios(conn, user_id=user_id)}
    lots = load_lots(conn, [stored[name].id for name in wanted if name in stored])
    plans = {
        name: plan_lots(lots[stored[name].id] if name in stored else (), rows, replace=replace)
        for name, rows in wanted.items()
    }
    held = {name: _held(plan) for name, plan in plans.items()}
    balances = _Balances(conn, held, dict.fromkeys(wanted, terms), today)
    settled = {name: balances.settle(name, stored.get(name), terms) for name in wanted}
    ids = save_portfolios(conn, list(settled.values()), user_id=user_id, now=now)
    save_lot_plans(conn, {ids[name]: plan for name, plan in plans.items()}, source=FILE_SOURCE, now=now)
    changes = tuple(_change(settled[name], stored.get(name), plans[name]) for name in sorted(wanted))
    kept = tuple(
        f"{name}: positions kept that the file lacks (--replace removes them): {_symbols(plan.kept)}"
        for name, plan in plans.items()
        if plan.kept
    )
    twins = _twins(wanted, stored)
    return changes, (*twins, *kept, *balances.warnings(), *_unpriced(conn, held, settled, today))


def _save_portfolio_rows(
    conn: Connection, path: Path, rows: Sequence[PortfolioRow], *, today: date, now: datetime
) -> tuple[tuple[PortfolioChange, ...], tuple[str, ...]]:
    terms = {
        row.name: _Terms(row.cash_balance, row.equity_balance, row.market_index, row.benchmark_code)
        for row in rows
    }
    user_id = ensure_local_user(conn, now=now)
    stored = {record.name: record for record in list_portfolios(conn, user_id=user_id)}
    lots = load_lots(conn, [stored[name].id for name in terms if name in stored])
    held = {name: lots[stored[name].id] if name in stored else () for name in terms}
    _require_positions(path, rows, held)
    balances = _Balances(conn, held, terms, today)
    settled = {name: balances.settle(name, stored.get(name), terms[name]) for name in terms}
    save_portfolios(conn, list(settled.values()), user_id=user_id, now=now)
    changes = tuple(_change(settled[name], stored.get(name), None) for name in sorted(terms))
    return changes, balances.warnings()


class _Balances:
    """Cash of portfolios, an equity being valued at the latest closes; one read for all of them."""

    def __init__(
        self, conn: Connection, held: Mapping[str, HeldLots], terms: Mapping[str, _Terms], today: date
    ) -> None:
        self._held = held
        self._valued = [name for name in held if terms[name].equity is not None]
        symbols = {lot.symbol for name in self._valued for lot in held[name]}
        self._latest = load_latest_closes(conn, symbols, today)
        self._today = today

    def settle(self, name: str, stored: PortfolioTerms | None, terms: _Terms) -> PortfolioTerms:
        """Return the portfolio as it is to be stored."""
        base = stored or PortfolioTerms(
            name, SUPPORTED_CURRENCY, DEFAULT_MARKET_INDEX, DEFAULT_BENCHMARK, Decimal(0)
        )
        cash = terms.cash if terms.equity is None else self._cash(name, terms.equity)
        return PortfolioTerms(
            name=name,
            currency=base.currency,
            market_index=terms.market_index or base.market_index,
            benchmark_code=terms.benchmark_code or base.benchmark_code,
            cash_balance=base.cash_balance if cash is None else cash,
        )

    def warnings(self) -> tuple[str, ...]:
        """Name the closes that are older than the day at which an equity was valued."""
        texts: list[str] = []
        for name in self._valued:
            day = self._day(name)
            lots = active_lots(self._held[name], day)
            old = sorted({lot.symbol for lot in lots if self._latest[lot.symbol][0] < day})
            if old:
                texts.append(f"{name}: equity of {day} uses older closes of {_listed(old)}")
        return tuple(texts)

    def _day(self, name: str) -> date:
        """Return the latest session with a close of anything that the portfolio holds."""
        days = (self._latest[lot.symbol][0] for lot in self._held[name] if lot.symbol in self._latest)
        return max(days, default=self._today)

    def _cash(self, name: str, equity: Decimal) -> Decimal:
        day = self._day(name)
        lots = active_lots(self._held[name], day)
        missing = sorted({lot.symbol for lot in lots if lot.symbol not in self._latest})
        if missing:
            raise InputError(
                f"equity of {name} needs prices of {_listed(missing)}",
                hint="import the prices first, or give the cash balance",
            )
        cash = build_cash(equity, lots, {symbol: close for symbol, (_, close) in self._latest.items()}, day)
        if abs(cash) >= _MOST_CASH:
            raise InputError(f"cash of {name} would be too large to store: {cash}")
        return cash


def _given_terms(cash: Decimal | None, equity: Decimal | None, market_index: str | None) -> _Terms:
    if cash is not None and equity is not None:
        raise InputError("both a cash and an equity balance are given", hint="give one of them")
    for balance in (cash, equity):
        if balance is not None and not (balance.is_finite() and abs(balance) < _MOST_CASH):
            raise InputError(f"not a balance that can be stored: {balance}")
        if balance is not None and balance != round(balance, 4):
            raise InputError(f"a balance has at most 4 decimals: {balance}")
    return _Terms(cash, equity, normalize_symbol(market_index) if market_index is not None else None)


def _checked_name(name: str | None) -> str | None:
    if name is None:
        return None
    trimmed = name.strip()
    if not trimmed or len(trimmed) > LONGEST_NAME or not trimmed.isprintable():
        raise InputError(
            f"not a portfolio name: {trimmed[:40]!r}", hint=f"1 to {LONGEST_NAME} printable characters"
        )
    return trimmed


def _held(plan: LotPlan) -> HeldLots:
    return [*plan.unchanged, *plan.kept, *(change.row for change in plan.changed), *plan.added]


def _change(terms: PortfolioTerms, stored: PortfolioRecord | None, plan: LotPlan | None) -> PortfolioChange:
    same = stored is not None and astuple(stored)[:-1] == astuple(terms)
    return PortfolioChange(
        name=terms.name,
        status="created" if stored is None else "unchanged" if same else "changed",
        cash_balance=terms.cash_balance,
        market_index=terms.market_index,
        added=len(plan.added) if plan else 0,
        changed=len(plan.changed) if plan else 0,
        unchanged=len(plan.unchanged) if plan else 0,
        kept=len(plan.kept) if plan else 0,
        removed=len(plan.removed) if plan else 0,
    )


def _require_positions(path: Path, rows: Sequence[PortfolioRow], held: Mapping[str, HeldLots]) -> None:
    # Taken as cash now, an equity would be counted twice once the positions arrive.
    empty = [row for row in rows if row.equity_balance is not None and not held[row.name]]
    if empty:
        raise InputError(
            f"equity_balance without positions: {_listed([row.name for row in empty])} in {path}",
            hint="import their positions first, or give cash_balance",
        )


def _unpriced(
    conn: Connection, held: Mapping[str, HeldLots], settled: Mapping[str, PortfolioTerms], today: date
) -> tuple[str, ...]:
    symbols = {lot.symbol for lots in held.values() for lot in lots}
    symbols |= {terms.market_index for terms in settled.values()}
    missing = sorted(symbols - load_latest_closes(conn, symbols, today).keys())
    if not missing:
        return ()
    return (f"no prices stored for {_listed(missing)}: import them before the next run",)


def _twins(wanted: Iterable[str], stored: Iterable[str]) -> tuple[str, ...]:
    """Name portfolios about to be created beside one whose name differs in nothing but capitals."""
    known = {name.casefold(): name for name in stored}
    return tuple(
        f"{name}: a new portfolio, not the stored {twin}"
        for name in wanted
        if (twin := known.get(name.casefold(), name)) != name and name not in known.values()
    )


def _symbols(lots: Sequence[Lot]) -> str:
    return _listed(sorted({lot.symbol for lot in lots}))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more

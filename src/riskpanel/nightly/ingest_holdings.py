"""Imports of positions and portfolios: portfolios come to be, lots are matched, equity becomes cash."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from datetime import date, datetime
from decimal import Decimal

from riskpanel.book.import_reports import HoldingsReport, PortfolioChange
from riskpanel.book.imports import LotRow, PortfolioRow
from riskpanel.book.lots import Lot, LotPlan, plan_lots
from riskpanel.errors import InputError
from riskpanel.nightly.balances import Balances, HeldLots, Terms, given_terms, listed
from riskpanel.nightly.import_transaction import FILE_SOURCE, bad_rows, import_transaction, refuse_bad_rows
from riskpanel.sources.files import File
from riskpanel.sources.holdings_files import LONGEST_NAME, read_portfolios, read_positions
from riskpanel.store.database import Store
from riskpanel.store.locks import lock_user
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
from riskpanel.store.quotas import require_room
from riskpanel.store.rows import Connection
from riskpanel.store.run_requests import WantedRun, save_run_request


def import_positions(
    store: Store,
    file: File,
    *,
    today: date,
    now: datetime,
    user_id: int | None = None,
    portfolio: str | None = None,
    cash: Decimal | None = None,
    equity: Decimal | None = None,
    market_index: str | None = None,
    replace: bool = False,
    dry_run: bool = False,
    recompute: bool = False,
) -> HoldingsReport:
    """Import a positions file for a user, by default the local one; portfolios are created when new.

    ``portfolio`` owns the rows of a file without that column; ``cash``, ``equity`` and ``market_index`` are
    stored when given; lots that the file lacks are kept, or with ``replace`` removed. With ``recompute`` a
    run of what changed is asked for, of all the user's portfolios where several changed, and the user may
    not come to own too much.

    Raises
    ------
    InputError
        When the file cannot be read, has bad rows, or the options do not fit it.
    """
    terms = given_terms(cash, equity, market_index)
    parsed = read_positions(file, portfolio=_checked_name(portfolio))
    bad = bad_rows(file, parsed)
    refuse_bad_rows(bad, dry_run=dry_run)
    if bad:
        return HoldingsReport(dry_run, bad, parsed.warnings, (), None)
    wanted: dict[str, list[LotRow]] = defaultdict(list)
    for row in parsed.rows:
        wanted[row.portfolio].append(row)
    if len(wanted) > 1 and (cash is not None or equity is not None):
        raise InputError(
            f"one balance for {len(wanted)} portfolios: {file}",
            hint="give balances by a portfolios file, or import one portfolio at a time",
        )
    with import_transaction(store, dry_run=dry_run) as conn:
        owner = user_id or ensure_local_user(conn, now=now)
        lock_user(conn, owner)
        changes, warnings = save_wanted_lots(
            conn,
            wanted,
            dict.fromkeys(wanted, terms),
            user_id=owner,
            replace_lots=replace,
            today=today,
            now=now,
        )
        if recompute:
            require_room(conn, owner)
        asked = _ask_for_run(conn, changes, owner, now=now) if recompute and not dry_run else None
    return HoldingsReport(dry_run, bad, (*parsed.warnings, *warnings), _told(changes, dry_run=dry_run), asked)


def import_portfolios(
    store: Store,
    file: File,
    *,
    today: date,
    now: datetime,
    user_id: int | None = None,
    dry_run: bool = False,
    recompute: bool = False,
) -> HoldingsReport:
    """Import a portfolios file; an equity balance needs the portfolio's positions to be there.

    ``user_id`` and ``recompute`` are as in `import_positions`.

    Raises
    ------
    InputError
        When the file cannot be read, has bad rows, or an equity balance cannot be turned into cash.
    """
    parsed = read_portfolios(file)
    bad = bad_rows(file, parsed)
    refuse_bad_rows(bad, dry_run=dry_run)
    if bad:
        return HoldingsReport(dry_run, bad, parsed.warnings, (), None)
    with import_transaction(store, dry_run=dry_run) as conn:
        owner = user_id or ensure_local_user(conn, now=now)
        lock_user(conn, owner)
        changes, warnings = _save_portfolio_rows(conn, file, parsed.rows, user_id=owner, today=today, now=now)
        if recompute:
            require_room(conn, owner)
        asked = _ask_for_run(conn, changes, owner, now=now) if recompute and not dry_run else None
    return HoldingsReport(dry_run, bad, (*parsed.warnings, *warnings), _told(changes, dry_run=dry_run), asked)


def save_wanted_lots(
    conn: Connection,
    wanted: Mapping[str, Sequence[LotRow]],
    terms: Mapping[str, Terms],
    *,
    user_id: int,
    replace_lots: bool,
    today: date,
    now: datetime,
) -> tuple[tuple[PortfolioChange, ...], tuple[str, ...]]:
    """Bring portfolios, by name, to what is wanted of them; return what changed, and warnings."""
    stored = {record.name: record for record in list_portfolios(conn, user_id=user_id)}
    lots = load_lots(conn, [stored[name].id for name in wanted if name in stored])
    plans = {
        name: plan_lots(lots[stored[name].id] if name in stored else (), rows, replace=replace_lots)
        for name, rows in wanted.items()
    }
    held = {name: _held(plan) for name, plan in plans.items()}
    balances = Balances(conn, held, terms, today)
    settled = {name: balances.settle(name, stored.get(name), terms[name]) for name in wanted}
    ids = save_portfolios(conn, list(settled.values()), user_id=user_id, now=now)
    save_lot_plans(conn, {ids[name]: plan for name, plan in plans.items()}, source=FILE_SOURCE, now=now)
    changes = tuple(
        _change(ids[name], settled[name], stored.get(name), plans[name]) for name in sorted(wanted)
    )
    kept = tuple(
        f"{name}: positions kept that the file lacks (replace removes them): {_symbols(plan.kept)}"
        for name, plan in plans.items()
        if plan.kept
    )
    symbols = {lot.symbol for lots in held.values() for lot in lots}
    symbols |= {terms.market_index for terms in settled.values()}
    twins = _twins(wanted, stored)
    return changes, (*twins, *kept, *balances.warnings(), *unpriced(conn, symbols, today))


def _save_portfolio_rows(
    conn: Connection, file: File, rows: Sequence[PortfolioRow], *, user_id: int, today: date, now: datetime
) -> tuple[tuple[PortfolioChange, ...], tuple[str, ...]]:
    terms = {
        row.name: Terms(row.cash_balance, row.equity_balance, row.market_index, row.benchmark_code)
        for row in rows
    }
    stored = {record.name: record for record in list_portfolios(conn, user_id=user_id)}
    lots = load_lots(conn, [stored[name].id for name in terms if name in stored])
    held = {name: lots[stored[name].id] if name in stored else () for name in terms}
    _require_positions(file, rows, held)
    balances = Balances(conn, held, terms, today)
    settled = {name: balances.settle(name, stored.get(name), terms[name]) for name in terms}
    ids = save_portfolios(conn, list(settled.values()), user_id=user_id, now=now)
    changes = tuple(_change(ids[name], settled[name], stored.get(name), None) for name in sorted(terms))
    return changes, balances.warnings()


def _ask_for_run(
    conn: Connection, changes: Sequence[PortfolioChange], user_id: int, *, now: datetime
) -> int | None:
    """Ask for a run of what changed, within the transaction that changed it; None when nothing did."""
    ids = [change.portfolio_id for change in changes if change.touched]
    if not ids:
        return None
    return save_run_request(conn, WantedRun(user_id, ids[0] if len(ids) == 1 else None), now=now)


def _told(changes: Sequence[PortfolioChange], *, dry_run: bool) -> tuple[PortfolioChange, ...]:
    """Leave out the ids of portfolios that a dry run has created and undone."""
    return tuple(
        replace(change, portfolio_id=None) if dry_run and change.status == "created" else change
        for change in changes
    )


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


def _change(
    portfolio_id: int, terms: PortfolioTerms, stored: PortfolioRecord | None, plan: LotPlan | None
) -> PortfolioChange:
    same = stored is not None and astuple(stored)[:-1] == astuple(terms)
    return PortfolioChange(
        portfolio_id=portfolio_id,
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


def _require_positions(file: File, rows: Sequence[PortfolioRow], held: Mapping[str, HeldLots]) -> None:
    # Taken as cash now, an equity would be counted twice once the positions arrive.
    empty = [row for row in rows if row.equity_balance is not None and not held[row.name]]
    if empty:
        raise InputError(
            f"equity_balance without positions: {listed([row.name for row in empty])} in {file}",
            hint="import their positions first, or give cash_balance",
        )


def unpriced(conn: Connection, symbols: Collection[str], today: date) -> tuple[str, ...]:
    """Warn of what is held or measured against and has no price."""
    missing = sorted(set(symbols) - load_latest_closes(conn, symbols, today).keys())
    if not missing:
        return ()
    return (f"no prices stored for {listed(missing)}: import them before the next run",)


def _twins(wanted: Iterable[str], stored: Iterable[str]) -> tuple[str, ...]:
    """Name portfolios about to be created beside one whose name differs in nothing but capitals."""
    known = {name.casefold(): name for name in stored}
    return tuple(
        f"{name}: a new portfolio, not the stored {twin}"
        for name in wanted
        if (twin := known.get(name.casefold(), name)) != name and name not in known.values()
    )


def _symbols(lots: Sequence[Lot]) -> str:
    return listed(sorted({lot.symbol for lot in lots}))

"""`evaluate`: stored forecasts against what followed, read at one moment of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from riskpanel.book.forecast_scores import HORIZON, StoredForecasts
from riskpanel.book.mix_outcomes import mix_outcomes
from riskpanel.book.panel import DateArray, PricePanel
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.track_record import (
    Outcomes,
    TrackRecord,
    build_track_record,
    choose_origins,
    instrument_outcomes,
)
from riskpanel.errors import InputError
from riskpanel.nightly.loading import NO_PRICES_HINT
from riskpanel.risk.arrays import BoolArray
from riskpanel.sources.calendar import FIRST_DAY, is_session, previous_session, sessions_between
from riskpanel.store.database import Store
from riskpanel.store.night import load_holdings, load_panel, load_price_dates, load_symbols
from riskpanel.store.rows import Connection
from riskpanel.store.track_record import (
    INSTRUMENT_FORECASTS,
    PORTFOLIO_FORECASTS,
    ForecastTable,
    load_annualizations,
    load_forecast_dates,
    load_forecast_symbols,
    load_instrument_forecasts,
    load_portfolio_forecasts,
    load_presence,
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The track record of the forecasts dated ``first`` to ``last``, with prices up to ``prices_until``.

    ``first_due`` is the session that the oldest open forecast's 21 sessions end with; None without one.
    """

    first: date
    last: date
    prices_until: date
    first_due: date | None
    instruments: TrackRecord
    portfolios: TrackRecord


def evaluate_forecasts(
    store: Store, policy: RiskPolicy, *, first: date | None, last: date | None, today: date
) -> Evaluation:
    """Score the stored forecasts of a range of days; nothing is written.

    Parameters
    ----------
    store : Store
    policy : RiskPolicy
        Its annualisation must be that of the stored forecasts.
    first, last : date or None
        Days of the forecasts, not of what followed; None leaves an end open.
    today : date
        Prices after it are not looked at.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        When no forecast or no price is stored, the range is empty, or forecasts were annualised otherwise.
    """
    if first is not None and last is not None and first > last:
        raise InputError(f"the range is empty: {first} is after {last}")
    with store.read() as conn:
        scope = _find_scope(conn, policy, first=first, last=last, today=today)
        symbols = tuple(sorted({*load_symbols(conn), *load_forecast_symbols(conn, scope.first, scope.last)}))
        panel = load_panel(conn, scope.sessions[: scope.last_row + 1], symbols)
        instruments, open_days = _score_instruments(conn, panel, policy, scope)
        portfolios, open_snapshots = _score_portfolios(conn, panel, policy, scope)
    return Evaluation(
        first=scope.first,
        last=scope.last,
        prices_until=scope.sessions[scope.last_row].item(),
        first_due=_first_due(scope, open_days | open_snapshots),
        instruments=instruments,
        portfolios=portfolios,
    )


@dataclass(frozen=True, slots=True)
class _Scope:
    """Days of the forecasts, sessions (T,) from before the first to after the last, and the newest priced."""

    first: date
    last: date
    sessions: DateArray
    last_row: int


def _find_scope(
    conn: Connection, policy: RiskPolicy, *, first: date | None, last: date | None, today: date
) -> _Scope:
    dates = load_forecast_dates(conn, first=first, last=last)
    if dates is None:
        raise _nothing_stored(first, last, load_forecast_dates(conn))
    priced = load_price_dates(conn, until=today)
    if priced is None:
        raise InputError("no prices are stored", hint=NO_PRICES_HINT)
    _check_annualization(load_annualizations(conn, *dates), policy)
    newest = priced[1] if is_session(priced[1]) else previous_session(priced[1])
    # A position may be valued at a close from before the first forecast; a session takes 1.45 days.
    earliest = min(dates[0] - timedelta(days=2 * (policy.max_price_age + 5)), newest)
    sessions = sessions_between(max(earliest, FIRST_DAY), max(dates[1], newest))
    last_row = int(np.searchsorted(sessions, np.datetime64(newest, "D")))
    return _Scope(dates[0], dates[1], sessions, last_row)


def _nothing_stored(first: date | None, last: date | None, stored: tuple[date, date] | None) -> InputError:
    if stored is None:
        return InputError("no forecast is stored", hint="compute some: riskpanel run, or riskpanel backfill")
    ends = (f" from {first}" if first else "", f" up to {last}" if last else "")
    return InputError(
        f"no forecast is stored{''.join(ends)}", hint=f"stored forecasts go from {stored[0]} to {stored[1]}"
    )


def _check_annualization(stored: frozenset[int], policy: RiskPolicy) -> None:
    """Refuse forecasts of another year than the one that what followed would be annualised with."""
    if stored - {policy.annualization}:
        years = " and ".join(str(year) for year in sorted(stored))
        raise InputError(
            f"stored forecasts are annualised with {years} sessions, the policy has {policy.annualization}",
            hint="set RISKPANEL_POLICY__ANNUALIZATION as it was, choose other days, or backfill them again",
        )


def _score_instruments(
    conn: Connection, panel: PricePanel, policy: RiskPolicy, scope: _Scope
) -> tuple[TrackRecord, BoolArray]:
    present, chosen = _choose(conn, INSTRUMENT_FORECASTS, panel.symbols, scope)
    forecasts = load_instrument_forecasts(conn, chosen, panel.symbols, scope.sessions)
    outcomes = instrument_outcomes(forecasts, panel, annualization=policy.annualization)
    return _record(forecasts, outcomes, present, panel.symbols, scope)


def _score_portfolios(
    conn: Connection, panel: PricePanel, policy: RiskPolicy, scope: _Scope
) -> tuple[TrackRecord, BoolArray]:
    holdings = load_holdings(conn, panel.symbols)
    ids: list[int] = holdings.portfolio_ids.tolist()
    present, chosen = _choose(conn, PORTFOLIO_FORECASTS, ids, scope)
    forecasts, books = load_portfolio_forecasts(conn, chosen, ids, scope.sessions)
    outcomes = mix_outcomes(holdings, panel, policy, forecasts=forecasts, books=books)
    return _record(forecasts, outcomes, present, holdings.names, scope)


def _choose(
    conn: Connection, table: ForecastTable, keys: Sequence[object], scope: _Scope
) -> tuple[BoolArray, BoolArray]:
    present = load_presence(conn, table, keys, sessions=scope.sessions, first=scope.first, last=scope.last)
    return present, choose_origins(present, last_row=scope.last_row)


def _record(
    forecasts: StoredForecasts,
    outcomes: Outcomes,
    present: BoolArray,
    names: Sequence[str],
    scope: _Scope,
) -> tuple[TrackRecord, BoolArray]:
    """Score one kind, and tell the sessions (T,) on which it has an open forecast."""
    record = build_track_record(
        forecasts, outcomes, present, last_row=scope.last_row, names=names, sessions=scope.sessions
    )
    still_open: BoolArray = np.logical_or.reduce(present, axis=1)
    still_open[: max(scope.last_row - HORIZON + 1, 0)] = False
    return record, still_open


def _first_due(scope: _Scope, still_open: BoolArray) -> date | None:
    if not still_open.any():
        return None
    oldest: date = scope.sessions[int(still_open.argmax())].item()
    due: date = sessions_between(oldest, oldest + timedelta(days=3 * HORIZON))[HORIZON].item()
    return due

"""One examination: what is stored is read once, and every check judges it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

import numpy as np

from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import LockedError, StoreError
from riskpanel.nightly.doctor.access import ACCESS_CHECKS, NOT_LOOKED
from riskpanel.nightly.doctor.checks import Check, Severity, Trouble, Unexamined
from riskpanel.nightly.doctor.facts import Access, AsksSources, Facts, Prices
from riskpanel.nightly.doctor.registry import FACT_CHECKS, AnyCheck
from riskpanel.nightly.due import Timetable
from riskpanel.risk import simple_returns
from riskpanel.sources.calendar import last_complete_session, previous_sessions
from riskpanel.store.database import Store
from riskpanel.store.diagnosis import (
    load_adjusted_closes,
    load_benchmark_dates,
    load_held,
    load_last_night,
    load_locks,
    load_measures,
    load_quarantined_symbols,
    load_requests,
    load_unclassified,
    touch,
)
from riskpanel.store.night import load_price_dates
from riskpanel.store.price_history import load_last_prices
from riskpanel.store.revisions import known_revisions, stored_revision
from riskpanel.store.rows import Connection
from riskpanel.store.runs import load_finished_nights
from riskpanel.store.sizes import StoreSize, load_sizes

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Found:
    """A check that has found something."""

    check: AnyCheck
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Examination:
    """What an examination came to: findings, the worst first, what is fine, and what could not be examined.

    ``as_of`` is the newest session with prices, ``due`` the newest that is due; both None, like ``size``,
    where the database could not be looked at.
    """

    findings: tuple[Found, ...]
    fine: tuple[AnyCheck, ...]
    unexamined: tuple[tuple[AnyCheck, str], ...]
    as_of: date | None = None
    due: date | None = None
    size: StoreSize | None = None
    free_bytes: int | None = None

    def of(self, severity: Severity) -> tuple[Found, ...]:
        """Return the findings of one severity."""
        return tuple(found for found in self.findings if found.check.severity is severity)

    @property
    def looked(self) -> bool:
        """Whether the database could be looked at."""
        return self.size is not None


def examine(store: Store, policy: RiskPolicy, *, now: datetime, ask_sources: AsksSources) -> Examination:
    """Look at everything, and change nothing; a database that cannot be read is a finding too."""
    try:
        access = _load_access(store)
        if access.found != access.known[-1]:
            return _judge_access(access)
        facts = load_facts(store, policy, now=now, ask_sources=ask_sources)
    except StoreError as error:
        return _judge_access(Access(error, None, known_revisions()))
    return judge(facts)


def judge(facts: Facts) -> Examination:
    """Let every check judge what was loaded."""
    findings, fine, unexamined = _judged(FACT_CHECKS, facts)
    order = list(Severity)
    return Examination(
        findings=tuple(sorted(findings, key=lambda found: order.index(found.check.severity))),
        fine=(*ACCESS_CHECKS, *fine),
        unexamined=tuple(unexamined),
        as_of=None if facts.prices is None else facts.prices.as_of,
        due=facts.due,
        size=facts.size,
        free_bytes=facts.free_bytes,
    )


def _load_access(store: Store) -> Access:
    with store.read(any_schema=True) as conn:
        return Access(None, stored_revision(conn), known_revisions())


def _judge_access(access: Access) -> Examination:
    findings, fine, unexamined = _judged(ACCESS_CHECKS, access)
    others = ((check, NOT_LOOKED) for check in FACT_CHECKS)
    return Examination(tuple(findings), tuple(fine), (*unexamined, *others))


def _judged(
    checks: Sequence[Check[F]], facts: F
) -> tuple[list[Found], list[Check[F]], list[tuple[Check[F], str]]]:
    findings: list[Found] = []
    fine: list[Check[F]] = []
    unexamined: list[tuple[Check[F], str]] = []
    for check in checks:
        told = check.examine(facts)
        if isinstance(told, Trouble):
            findings.append(Found(check, told))  # pyright: ignore[reportArgumentType]
        elif isinstance(told, Unexamined):
            unexamined.append((check, told.why))
        else:
            fine.append(check)
    return findings, fine, unexamined


def load_facts(store: Store, policy: RiskPolicy, *, now: datetime, ask_sources: AsksSources) -> Facts:
    """Load everything that the checks judge, at one moment of a database of the current schema.

    Raises
    ------
    StoreError
        When the database fails.
    """
    due = last_complete_session(now, delay=Timetable().delay)
    write_fault = _write_fault(store)
    with store.read() as conn:
        indexes, benchmarks = load_measures(conn)
        dates = load_price_dates(conn, until=due)
        as_of = due if dates is None else previous_sessions(dates[1], 1)[0]
        held = load_held(conn, as_of)
        tracked = tuple(sorted({*held.holders, *indexes}))
        prices = None if dates is None else _load_prices(conn, policy, as_of, tracked)
        main = max(sorted(indexes), key=lambda index: indexes[index], default=None)
        facts = Facts(
            now=now,
            due=due,
            policy=policy,
            write_fault=write_fault,
            size=load_sizes(conn),
            free_bytes=store.free_bytes(),
            indexes=indexes,
            benchmarks=benchmarks,
            held=held,
            prices=prices,
            unclassified=load_unclassified(conn),
            benchmark_dates=load_benchmark_dates(conn),
            quarantined=load_quarantined_symbols(conn),
            last_night=load_last_night(conn),
            nights=load_finished_nights(conn),
            locks=load_locks(conn),
            requests=load_requests(conn),
        )
    return replace(facts, sources=tuple(ask_sources(main)))


def _load_prices(conn: Connection, policy: RiskPolicy, as_of: date, symbols: tuple[str, ...]) -> Prices:
    sessions = np.array(previous_sessions(as_of, policy.return_sessions + 1), dtype="datetime64[D]")
    closes = load_adjusted_closes(conn, sessions, symbols)
    returns = np.full(closes.shape, np.nan)
    returns[1:] = simple_returns(closes)
    return Prices(sessions, symbols, closes, returns, load_last_prices(conn, on_day=as_of))


def _write_fault(store: Store) -> StoreError | None:
    """Return why the database cannot be written; another program that writes is no reason."""
    try:
        with store.begin() as conn:
            touch(conn)
    except LockedError:
        return None
    except StoreError as error:
        return error
    return None

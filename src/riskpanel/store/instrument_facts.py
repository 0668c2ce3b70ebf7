"""What is known of instruments, filled where it is not known yet; what is known is never overwritten."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

import sqlalchemy as sa

from riskpanel.store.schema import fund_components, instruments, portfolios, positions
from riskpanel.store.upsert import upsert

_SYMBOLS_PER_QUERY = 5_000


@dataclass(frozen=True, slots=True)
class InstrumentFacts:
    """Facts of one instrument; None for what is not known."""

    symbol: str
    name: str | None = None
    asset_class: str | None = None
    sector: str | None = None
    industry: str | None = None
    taxonomy: str | None = None
    currency: str | None = None


_NAMES = tuple(field.name for field in fields(InstrumentFacts))


def load_facts(conn: sa.Connection, symbols: Collection[str]) -> dict[str, InstrumentFacts]:
    """Load what is known of symbols; one that is no instrument yet is absent."""
    columns = [instruments.c[name] for name in _NAMES]
    found: dict[str, InstrumentFacts] = {}
    wanted = sorted(set(symbols))
    for at in range(0, len(wanted), _SYMBOLS_PER_QUERY):
        part = wanted[at : at + _SYMBOLS_PER_QUERY]
        rows = conn.execute(sa.select(*columns).where(instruments.c.symbol.in_(part)))
        found |= {row.symbol: InstrumentFacts(*row) for row in rows}
    return found


def fill_facts(conn: sa.Connection, facts: Sequence[InstrumentFacts], *, source: str, now: datetime) -> int:
    """Save the facts that are not known yet; return how many instruments changed.

    ``source`` is kept of instruments that are new. A sector brings its taxonomy along; neither is filled
    where a sector is known.
    """
    known = load_facts(conn, [one.symbol for one in facts])
    rows: list[Mapping[str, object]] = []
    for one in facts:
        before = known.get(one.symbol, InstrumentFacts(one.symbol))
        kept = {name: getattr(before, name) for name in _NAMES}
        new = {name: getattr(one, name) if kept[name] is None else kept[name] for name in _NAMES}
        if before.sector is not None:
            new["taxonomy"] = before.taxonomy
        if new != kept or one.symbol not in known:
            rows.append(new | {"source": source})
    return upsert(conn, instruments, rows, now=now, keep=("created_at", "source"))


def load_fund_dates(conn: sa.Connection) -> dict[str, date]:
    """Load of which day the newest parts of each fund are."""
    newest = sa.select(fund_components.c.symbol, sa.func.max(fund_components.c.asof_date))
    rows = conn.execute(newest.group_by(fund_components.c.symbol))
    return {row[0]: row[1] for row in rows}


def load_holder_currencies(conn: sa.Connection) -> dict[str, set[str]]:
    """Load in which currencies the portfolios that hold a symbol are kept."""
    pairs = sa.select(positions.c.symbol, portfolios.c.currency).join(portfolios).distinct()
    found: dict[str, set[str]] = {}
    for symbol, currency in conn.execute(pairs):
        found.setdefault(symbol, set()).add(currency)
    return found

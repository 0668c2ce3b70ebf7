"""Users' scenarios, and the closes that replays of the past need."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import numpy as np
import sqlalchemy as sa

from riskpanel.book.panel import DateArray
from riskpanel.book.scenarios import UserScenario, Window
from riskpanel.errors import ConflictError, NotFoundError
from riskpanel.risk.arrays import FloatArray
from riskpanel.store.keysets import after_key
from riskpanel.store.rows import insert_row
from riskpanel.store.schema import market_data_cache, portfolios, positions, scenarios

MOST_SCENARIOS = 200
"""Of one user: each is computed for each of the user's portfolios every night."""

_BATCH = 100_000
_IDS_PER_QUERY = 5_000
_TERMS = ("description", "kind", "definition")


@dataclass(frozen=True, slots=True)
class ScenarioChanges:
    """Names of a user's scenarios by what an import did to them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]


def load_scenarios(conn: sa.Connection, *, user_ids: Collection[int]) -> tuple[tuple[int, UserScenario], ...]:
    """Load the scenarios of users, each with its owner's id, by owner and name."""
    wanted = sorted(set(user_ids))
    found: list[tuple[int, UserScenario]] = []
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        some = scenarios.c.user_id.in_(wanted[start : start + _IDS_PER_QUERY])
        found += [
            (row.user_id, _scenario(row.name, row.description, row.definition))
            for row in conn.execute(sa.select(scenarios).where(some))
        ]
    return tuple(sorted(found, key=lambda one: (one[0], one[1].name)))  # the order of databases differs


def save_scenarios(
    conn: sa.Connection, wanted: Sequence[UserScenario], *, user_id: int, replace: bool, now: datetime
) -> ScenarioChanges:
    """Create or update a user's scenarios by name, writing only what differs.

    Stored ones that are not among the wanted are kept, or with ``replace`` removed.
    """
    stored = {own.name: own for _, own in load_scenarios(conn, user_ids=(user_id,))}
    added = [own for own in wanted if own.name not in stored]
    changed = [own for own in wanted if own.name in stored and own != stored[own.name]]
    others = sorted(stored.keys() - {own.name for own in wanted})
    mine = scenarios.c.user_id == user_id
    _require_room(conn, user_id, len(added) - (len(others) if replace else 0))
    if added:
        stamps = {"user_id": user_id, "created_at": now, "updated_at": now}
        conn.execute(sa.insert(scenarios), [_row(own) | {"name": own.name} | stamps for own in added])
    if changed:
        values: dict[str, object] = {name: sa.bindparam(name) for name in (*_TERMS, "updated_at")}
        by_name = sa.update(scenarios).where(mine, scenarios.c.name == sa.bindparam("own_name"))
        rows = [_row(own) | {"own_name": own.name, "updated_at": now} for own in changed]
        conn.execute(by_name.values(values), rows)
    if replace and others:
        conn.execute(sa.delete(scenarios).where(mine, scenarios.c.name.in_(others)))
    unchanged = {own.name for own in wanted} - {own.name for own in (*added, *changed)}
    return ScenarioChanges(
        added=tuple(own.name for own in added),
        changed=tuple(own.name for own in changed),
        unchanged=tuple(sorted(unchanged)),
        kept=() if replace else tuple(others),
        removed=tuple(others) if replace else (),
    )


def load_own_scenarios(
    conn: sa.Connection, *, user_id: int, after: tuple[str] | None = None, limit: int
) -> tuple[tuple[int, UserScenario], ...]:
    """Load a user's scenarios, each with its id, by name."""
    own = scenarios.c
    mine = sa.select(scenarios).where(own.user_id == user_id)
    rows = conn.execute(after_key(mine, (own.name,), after, limit=limit))
    return tuple((row.id, _scenario(row.name, row.description, row.definition)) for row in rows)


def load_own_scenario(conn: sa.Connection, scenario_id: int, *, user_id: int) -> UserScenario:
    """Load one scenario of a user.

    Raises
    ------
    NotFoundError
        When the user has none with this id, whether or not another user has.
    """
    own = scenarios.c
    row = conn.execute(
        sa.select(own.name, own.description, own.definition).where(
            own.id == scenario_id, own.user_id == user_id
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"no scenario has the id {scenario_id}")
    return _scenario(row.name, row.description, row.definition)


def save_own_scenario(
    conn: sa.Connection, wanted: UserScenario, *, user_id: int, scenario_id: int | None, now: datetime
) -> int:
    """Create a scenario of a user, or change the one with an id; return the id.

    Raises
    ------
    NotFoundError
        When the user has none with this id.
    ConflictError
        When another scenario of the user has the name, or there are too many.
    """
    own = scenarios.c
    named = sa.select(own.id).where(own.user_id == user_id, own.name == wanted.name)
    if conn.execute(named).scalar() not in {None, scenario_id}:
        raise ConflictError(f"you have a scenario of that name: {wanted.name}", hint="choose another name")
    if scenario_id is None:
        _require_room(conn, user_id, 1)
        stamps = {"created_at": now, "updated_at": now}
        return insert_row(conn, scenarios, user_id=user_id, name=wanted.name, **_row(wanted), **stamps)
    load_own_scenario(conn, scenario_id, user_id=user_id)
    change = sa.update(scenarios).where(own.id == scenario_id)
    conn.execute(change.values(name=wanted.name, **_row(wanted), updated_at=now))
    return scenario_id


def delete_own_scenario(conn: sa.Connection, scenario_id: int, *, user_id: int) -> None:
    """Remove a scenario of a user; what was computed by it stays until its session is computed again.

    Raises
    ------
    NotFoundError
        When the user has none with this id, whether or not another user has.
    """
    mine = (scenarios.c.id == scenario_id, scenarios.c.user_id == user_id)
    if conn.execute(sa.delete(scenarios).where(*mine)).rowcount == 0:
        raise NotFoundError(f"no scenario has the id {scenario_id}")


def _require_room(conn: sa.Connection, user_id: int, wanted: int) -> None:
    count = sa.select(sa.func.count()).select_from(scenarios).where(scenarios.c.user_id == user_id)
    if wanted and conn.execute(count).scalar_one() + wanted > MOST_SCENARIOS:
        raise ConflictError(
            f"more than {MOST_SCENARIOS} scenarios", hint="remove some: every night computes each of them"
        )


def load_adjusted_closes(conn: sa.Connection, sessions: DateArray, symbols: tuple[str, ...]) -> FloatArray:
    """Load adjusted closes on some sessions, of what is held or measured against: one statement.

    Parameters
    ----------
    conn : sqlalchemy.Connection
    sessions : (D,) datetime64[D]
        Any sessions, ascending, no day twice.
    symbols : tuple of str
        The columns.

    Returns
    -------
    (D, N) float64
        NaN where there is no close, and for symbols that are neither held nor a market index.
    """
    prices = np.full((len(sessions), len(symbols)), np.nan)
    column = {symbol: position for position, symbol in enumerate(symbols)}
    days: list[date] = sessions.tolist()
    row = {day: position for position, day in enumerate(days)}
    table = market_data_cache.c
    held = sa.select(positions.c.symbol).union(sa.select(portfolios.c.market_index))
    query = sa.select(table.date, table.symbol, table.adj_close).where(
        table.date.in_(days), table.symbol.in_(held)
    )
    for batch in conn.execution_options(yield_per=_BATCH).execute(query).partitions():
        cells = [(row[day], column[symbol], price) for day, symbol, price in batch if symbol in column]
        found = np.array(cells, dtype=np.float64).reshape(-1, 3)
        prices[found[:, 0].astype(np.int64), found[:, 1].astype(np.int64)] = found[:, 2]
    return prices


def _row(own: UserScenario) -> dict[str, object]:
    moves = {"market": own.market, "sectors": dict(own.sectors)}
    window = own.window and {"from": own.window.first.isoformat(), "to": own.window.last.isoformat()}
    return {"description": own.description, "kind": own.kind, "definition": window or moves}


def _scenario(name: str, description: str | None, definition: Mapping[str, object]) -> UserScenario:
    if "from" in definition:
        first, last = (date.fromisoformat(str(definition[end])) for end in ("from", "to"))
        return UserScenario(name, description, None, {}, Window(first, last))
    sectors = cast("Mapping[str, float]", definition["sectors"])
    moves = {sector: float(move) for sector, move in sectors.items()}
    return UserScenario(name, description, cast("float | None", definition["market"]), moves, None)

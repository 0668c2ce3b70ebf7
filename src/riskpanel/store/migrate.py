"""Moving the schema between revisions; each move is one transaction on both databases."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeAlias

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from riskpanel.errors import InputError
from riskpanel.store.database import Store
from riskpanel.store.revisions import (
    MIGRATIONS,
    head_revision,
    known_revisions,
    refuse_ahead,
    stored_revision,
)

__all__ = [
    "Revision",
    "SchemaChange",
    "current_revision",
    "downgrade",
    "head_revision",
    "revisions",
    "revisions_to_undo",
    "take_turns",
    "upgrade",
]

_LOCK_KEY = 7475_6901  # any number that no other program locks

Guard: TypeAlias = Callable[[sa.Connection], None]
"""Refuses to let the schema move, by raising; or lets it, and nothing begin before it has moved."""


def _nobody(_conn: sa.Connection) -> None:
    """Refuse nothing: nobody else uses the database."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One migration: its id, what it is for, and what going down from it drops."""

    id: str
    title: str
    drops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """Revisions before and after a move; None is a database without tables."""

    before: str | None
    after: str | None


@cache
def revisions() -> tuple[Revision, ...]:
    """All migrations, oldest first."""
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    oldest_first = reversed(list(scripts))
    return tuple(
        Revision(script.revision, script.doc.rstrip("."), script.module.DROPS) for script in oldest_first
    )


def current_revision(store: Store) -> str | None:
    """Id of the revision that the database is at, None when it has no riskpanel tables."""
    with store.read(any_schema=True) as conn:
        return stored_revision(conn)


def upgrade(store: Store, revision: str = "head", *, guard: Guard = _nobody) -> SchemaChange:
    """Bring the schema up to a revision, creating a SQLite file and its folder where there is none.

    ``guard`` is called in the transaction before a schema moves that is there already, and may refuse it.

    Raises
    ------
    InputError
        When the revision does not exist, or the database is past it.
    StoreError
        When the database is ahead of this version of riskpanel, or cannot be written.
    """
    _position(revision, 0)  # before a file is made for a revision that does not exist
    store.create_file()
    return _move(store, partial(_checked_upgrade, revision=revision, guard=guard))


def downgrade(store: Store, revision: str = "-1", *, guard: Guard = _nobody) -> SchemaChange:
    """Take the schema down to a revision, ``base``, or some steps (``-1``); what it drops is lost.

    ``guard`` is as in `upgrade`.

    Raises
    ------
    InputError
        When the revision does not exist, or the database is not past it.
    """
    return _move(store, partial(_checked_downgrade, revision=revision, guard=guard), tables_anew=True)


def revisions_to_undo(store: Store, revision: str = "-1") -> tuple[Revision, ...]:
    """Migrations that ``downgrade`` would undo, newest first; nothing is changed."""
    current = _known_position(current_revision(store))
    return revisions()[_downgrade_target(revision, current) : current][::-1]


def take_turns(conn: sa.Connection) -> None:
    """Wait until no other transaction moves the schema; SQLite's write transaction is exclusive by itself."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))


def _move(
    store: Store, step: Callable[[sa.Connection, int], None], *, tables_anew: bool = False
) -> SchemaChange:
    with store.begin(any_schema=True, tables_anew=tables_anew) as conn:
        take_turns(conn)
        before = stored_revision(conn)
        step(conn, _known_position(before))
        return SchemaChange(before, stored_revision(conn))


def _checked_upgrade(conn: sa.Connection, current: int, *, revision: str, guard: Guard) -> None:
    target = _position(revision, current)
    if target < current:
        raise InputError(
            f"the database is past that revision: {_name(current)} is newer than {_name(target)}",
            hint=f"to go back: riskpanel migrate down {_name(target)}",
        )
    if 0 < current < target:
        guard(conn)
    command.upgrade(_config(conn), _name(target))


def _checked_downgrade(conn: sa.Connection, current: int, *, revision: str, guard: Guard) -> None:
    target = _downgrade_target(revision, current)
    guard(conn)
    command.downgrade(_config(conn), _name(target))


def _downgrade_target(revision: str, current: int) -> int:
    target = _position(revision, current)
    if target >= current:
        raise InputError(
            f"nothing to undo: the database is at {_name(current)}", hint="riskpanel migrate up goes forward"
        )
    return target


def _position(revision: str, current: int) -> int:
    """Count of migrations that are in place at a revision."""
    known = known_revisions()
    if revision in {"head", "base"}:
        return len(known) if revision == "head" else 0
    if revision[:1] in {"-", "+"} and revision[1:].isdecimal():
        steps = int(revision)
        if 0 <= current + steps <= len(known):
            return current + steps
        if steps > 0 and current == len(known):
            return current  # nothing is newer: up from here is done, as `head` is
    matches = [place for place, name in enumerate(known, start=1) if revision and name.startswith(revision)]
    if len(matches) != 1:
        raise InputError(f"unknown revision: {revision}", hint=f"one of: base, {', '.join(known)}, head")
    return matches[0]


def _known_position(revision: str | None) -> int:
    if revision is None:
        return 0
    refuse_ahead(revision)
    return known_revisions().index(revision) + 1


def _name(position: int) -> str:
    return known_revisions()[position - 1] if position else "base"


def _config(conn: sa.Connection) -> Config:
    config = Config(attributes={"connection": conn})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config

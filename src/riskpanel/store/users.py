"""Who may sign in: users, their passwords, and the one-time links by which a password is first set."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskpanel.errors import ConflictError, NotFoundError
from riskpanel.store.keysets import after_key
from riskpanel.store.rows import insert_row
from riskpanel.store.schema import api_tokens, login_sessions, setup_links, users


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user; ``has_password`` tells whether the account can be signed in to."""

    id: int
    name: str
    is_admin: bool
    is_local: bool
    has_password: bool
    disabled_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is checked against; None where none was set."""

    user: UserRecord
    password_hash: str | None


_COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
    users.c.id,
    users.c.name,
    users.c.is_admin,
    users.c.is_local,
    users.c.password_hash.is_not(None),
    users.c.disabled_at,
    users.c.created_at,
)


def load_users(
    conn: sa.Connection, *, after: tuple[str] | None = None, limit: int | None = None
) -> tuple[UserRecord, ...]:
    """Load users, by name."""
    rows = conn.execute(after_key(sa.select(*_COLUMNS), (users.c.name,), after, limit=limit))
    return tuple(UserRecord(*row) for row in rows)


def load_user(conn: sa.Connection, user_id: int) -> UserRecord:
    """Load one user.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    return _load_one(conn, users.c.id == user_id, NotFoundError(f"no user has the id {user_id}"))


def find_user(conn: sa.Connection, name: str) -> UserRecord:
    """Load a user by name.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    missing = NotFoundError(f"no user: {name}", hint="riskpanel user list names them")
    return _load_one(conn, users.c.name == name, missing)


def _load_one(conn: sa.Connection, which: sa.ColumnElement[bool], missing: NotFoundError) -> UserRecord:
    row = conn.execute(sa.select(*_COLUMNS).where(which)).one_or_none()
    if row is None:
        raise missing
    return UserRecord(*row)


def load_credentials(conn: sa.Connection, name: str) -> Credentials | None:
    """Load what a password of a name is checked against; None for a name that nobody has."""
    row = conn.execute(sa.select(*_COLUMNS, users.c.password_hash).where(users.c.name == name)).one_or_none()
    if row is None:
        return None
    *own, password_hash = row
    return Credentials(UserRecord(*own), password_hash)


def administrator_can_sign_in(conn: sa.Connection) -> bool:
    """Whether any administrator has a password: until then the server is not set up."""
    able = (users.c.is_admin, users.c.disabled_at.is_(None), users.c.password_hash.is_not(None))
    return conn.execute(sa.select(users.c.id).where(*able).limit(1)).first() is not None


def save_user(conn: sa.Connection, name: str, *, is_admin: bool, now: datetime) -> int:
    """Create a user without a password; return the id.

    Raises
    ------
    ConflictError
        When the name is taken, be it in other capitals.
    """
    _lock_names(conn)
    require_free_name(conn, name)
    stamps = {"created_at": now, "updated_at": now}
    return insert_row(conn, users, name=name, is_admin=is_admin, is_local=False, **stamps)


def require_free_name(conn: sa.Connection, name: str, *, except_id: int | None = None) -> None:
    """Refuse a name that another user has, be it in other capitals.

    Raises
    ------
    ConflictError
        Naming it.
    """
    taken = {row.name.casefold(): row.id for row in conn.execute(sa.select(users.c.name, users.c.id))}
    if taken.get(name.casefold(), except_id) != except_id:
        raise ConflictError(f"a user of that name exists: {name}", hint="choose another name")


def _lock_names(conn: sa.Connection) -> None:
    """Let nobody else create or rename a user until this transaction ends."""
    conn.execute(sa.select(users.c.id).where(users.c.is_local).with_for_update())


def save_password(conn: sa.Connection, user_id: int, password_hash: str, *, now: datetime) -> None:
    """Store a password; every browser that is signed in is signed out, and links that could set it go."""
    change = {"password_hash": password_hash, "updated_at": now}
    conn.execute(sa.update(users).where(users.c.id == user_id).values(change))
    conn.execute(sa.delete(setup_links).where(setup_links.c.user_id == user_id))
    delete_login_sessions(conn, user_id)


def save_user_name(conn: sa.Connection, user_id: int, name: str, *, now: datetime) -> None:
    """Rename a user.

    Raises
    ------
    ConflictError
        When another user has the name.
    """
    _lock_names(conn)
    require_free_name(conn, name, except_id=user_id)
    conn.execute(sa.update(users).where(users.c.id == user_id).values(name=name, updated_at=now))


def save_user_state(
    conn: sa.Connection, user_id: int, *, disabled: bool | None, is_admin: bool | None, now: datetime
) -> None:
    """Disable or enable a user, or change what they may; None leaves it. Disabling signs them out everywhere.

    Raises
    ------
    NotFoundError
        When there is no such user.
    ConflictError
        When nobody who can administer would be left.
    """
    _lock_names(conn)
    user = load_user(conn, user_id)
    values: dict[str, object] = {}
    if disabled is not None and disabled is not (user.disabled_at is not None):
        values["disabled_at"] = now if disabled else None
    if is_admin is not None and is_admin is not user.is_admin:
        values["is_admin"] = is_admin
    if not values:
        return
    conn.execute(sa.update(users).where(users.c.id == user_id).values(values | {"updated_at": now}))
    took_one = user.is_admin and user.has_password and user.disabled_at is None
    if took_one and not administrator_can_sign_in(conn):
        raise ConflictError(
            "nobody who can administer would be left", hint="make another user an administrator first"
        )
    if disabled:
        delete_login_sessions(conn, user_id)
        revoked = sa.update(api_tokens).where(
            api_tokens.c.user_id == user_id, api_tokens.c.revoked_at.is_(None)
        )
        conn.execute(revoked.values(revoked_at=now))
        conn.execute(sa.delete(setup_links).where(setup_links.c.user_id == user_id))


def delete_login_sessions(conn: sa.Connection, user_id: int) -> None:
    """Sign a user out everywhere."""
    conn.execute(sa.delete(login_sessions).where(login_sessions.c.user_id == user_id))


def save_setup_link(
    conn: sa.Connection, user_id: int, secret_hash: str, *, now: datetime, expires_at: datetime
) -> None:
    """Store a one-time link by which a user sets a password; an older one of the user is void."""
    conn.execute(sa.delete(setup_links).where(setup_links.c.user_id == user_id))
    row = {"secret_hash": secret_hash, "user_id": user_id, "created_at": now, "expires_at": expires_at}
    conn.execute(sa.insert(setup_links).values(row))


def load_setup_link_user(conn: sa.Connection, secret_hash: str, *, now: datetime) -> UserRecord | None:
    """Load whose password a one-time link sets; None for a link that is no good."""
    link = setup_links.c
    query = (
        sa.select(*_COLUMNS).join(setup_links).where(link.secret_hash == secret_hash, link.expires_at > now)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else UserRecord(*row)


def take_setup_link(conn: sa.Connection, secret_hash: str, *, now: datetime) -> UserRecord | None:
    """Use up a one-time link: of two that try at once, one gets the user. None for a link that is no good."""
    link = setup_links.c
    mine = sa.select(link.user_id).where(link.secret_hash == secret_hash, link.expires_at > now)
    user_id = conn.execute(mine).scalar_one_or_none()
    if user_id is None:
        return None
    used = conn.execute(sa.delete(setup_links).where(link.secret_hash == secret_hash))
    user = load_user(conn, user_id)
    return user if used.rowcount == 1 and user.disabled_at is None else None

"""Signed-in browsers and tokens of programs: found by the hash of their secret, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

import sqlalchemy as sa

from riskpanel.errors import NotFoundError
from riskpanel.store.keysets import after_key
from riskpanel.store.rows import insert_row
from riskpanel.store.schema import api_tokens, login_sessions, users


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A signed-in browser and its user."""

    user_id: int
    user_name: str
    is_admin: bool
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenUse:
    """A token that is good, and its user."""

    id: int
    user_id: int
    user_name: str
    is_admin: bool
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token as its owner sees it: never the secret, only how it begins."""

    id: int
    name: str
    beginning: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def save_login_session(
    conn: sa.Connection, secret_hash: str, *, user_id: int, now: datetime, expires_at: datetime
) -> None:
    """Store a browser that has signed in."""
    row = {"secret_hash": secret_hash, "user_id": user_id, "created_at": now, "last_seen_at": now}
    conn.execute(sa.insert(login_sessions).values(row | {"expires_at": expires_at}))


def load_login_session(conn: sa.Connection, secret_hash: str, *, now: datetime) -> LoginSession | None:
    """Load a browser that is signed in, of a user who is not disabled; None when there is none."""
    own = login_sessions.c
    query = (
        sa.select(own.user_id, users.c.name, users.c.is_admin, own.last_seen_at, own.expires_at)
        .join(users, users.c.id == own.user_id)
        .where(own.secret_hash == secret_hash, own.expires_at > now, users.c.disabled_at.is_(None))
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else LoginSession(*row)


def delete_login_session(conn: sa.Connection, secret_hash: str) -> None:
    """Sign one browser out."""
    conn.execute(sa.delete(login_sessions).where(login_sessions.c.secret_hash == secret_hash))


def delete_old_login_sessions(conn: sa.Connection, *, now: datetime, idle_since: datetime) -> int:
    """Remove the browsers whose time is over; return how many."""
    own = login_sessions.c
    over = sa.or_(own.expires_at <= now, own.last_seen_at <= idle_since)
    return conn.execute(sa.delete(login_sessions).where(over)).rowcount


def save_token(
    conn: sa.Connection,
    *,
    user_id: int,
    name: str,
    secret_hash: str,
    beginning: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime,
) -> TokenRecord:
    """Store a token; return it as its owner will see it."""
    token_id = insert_row(
        conn,
        api_tokens,
        user_id=user_id,
        name=name,
        secret_hash=secret_hash,
        beginning=beginning,
        scopes=" ".join(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    return TokenRecord(token_id, name, beginning, tuple(scopes), now, expires_at, None, None)


def load_token_use(conn: sa.Connection, secret_hash: str, *, now: datetime) -> TokenUse | None:
    """Load a token that is good, of a user who is not disabled; None when there is none."""
    own = api_tokens.c
    query = (
        sa.select(own.id, own.user_id, users.c.name, users.c.is_admin, own.scopes)
        .join(users, users.c.id == own.user_id)
        .where(
            own.secret_hash == secret_hash,
            own.expires_at > now,
            own.revoked_at.is_(None),
            users.c.disabled_at.is_(None),
        )
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else TokenUse(*row[:-1], scopes=frozenset(row.scopes.split()))


def load_tokens(
    conn: sa.Connection, *, user_id: int, after: tuple[int] | None = None, limit: int | None = None
) -> tuple[TokenRecord, ...]:
    """Load a user's tokens in the order in which they were made, revoked and expired ones too."""
    own = api_tokens.c
    mine = sa.select(*(own[field.name] for field in fields(TokenRecord))).where(own.user_id == user_id)
    rows = conn.execute(after_key(mine, (own.id,), after, limit=limit))
    return tuple(replace(TokenRecord(*row), scopes=tuple(row.scopes.split())) for row in rows)


def revoke_token(conn: sa.Connection, token_id: int, *, user_id: int, now: datetime) -> None:
    """Make a token of a user void for good; one that is void already stays as it is.

    Raises
    ------
    NotFoundError
        When the user has none with this id, whether or not another user has.
    """
    mine = (api_tokens.c.id == token_id, api_tokens.c.user_id == user_id)
    if conn.execute(sa.select(api_tokens.c.id).where(*mine)).one_or_none() is None:
        raise NotFoundError(f"no token has the id {token_id}", hint="riskpanel token list shows the ids")
    void = sa.update(api_tokens).where(*mine, api_tokens.c.revoked_at.is_(None))
    conn.execute(void.values(revoked_at=now))


def save_last_seen(
    conn: sa.Connection, sessions: Mapping[str, datetime], tokens: Mapping[int, datetime]
) -> None:
    """Store when browsers and tokens were last heard of; what is gone meanwhile stays gone."""
    if sessions:
        seen = login_sessions.c
        query = sa.update(login_sessions).where(seen.secret_hash == sa.bindparam("own_hash"))
        rows = [{"own_hash": own, "moment": moment} for own, moment in sessions.items()]
        conn.execute(query.values(last_seen_at=sa.bindparam("moment", type_=seen.last_seen_at.type)), rows)
    if tokens:
        used = api_tokens.c
        query = sa.update(api_tokens).where(used.id == sa.bindparam("own_id"))
        rows = [{"own_id": own, "moment": moment} for own, moment in tokens.items()]
        conn.execute(query.values(last_used_at=sa.bindparam("moment", type_=used.last_used_at.type)), rows)

"""Users come to be by an invitation: who opens its link chooses the password, and nobody else knows it."""

from datetime import datetime
from typing import Literal, get_args

from riskpanel.api.accounts.keys import SHOWN, TOKEN_PREFIX, hash_key, make_key
from riskpanel.api.accounts.passwords import hash_password, require_good_password
from riskpanel.api.accounts.policy import AccountPolicy
from riskpanel.errors import ConflictError, FieldsError, InputError
from riskpanel.store.database import Store
from riskpanel.store.locks import lock_user
from riskpanel.store.login_sessions import TokenRecord, save_token
from riskpanel.store.portfolios import LOCAL_USER, load_local_user
from riskpanel.store.users import (
    Credentials,
    UserRecord,
    administrator_can_sign_in,
    load_setup_link_user,
    load_user,
    save_password,
    save_setup_link,
    save_user,
    save_user_name,
    take_setup_link,
)

ScopeName = Literal["read", "write", "admin"]

SCOPES: tuple[ScopeName, ...] = get_args(ScopeName)
LONGEST_NAME = 60


def scopes_of(*, is_admin: bool) -> tuple[ScopeName, ...]:
    """Return the scopes of a user who has signed in; a token has some of them."""
    return SCOPES if is_admin else tuple(scope for scope in SCOPES if scope != "admin")


def invite_user(
    store: Store, name: str, *, is_admin: bool, policy: AccountPolicy, now: datetime
) -> tuple[UserRecord, str]:
    """Create a user; return the user and the secret of the link by which they set their password.

    Raises
    ------
    FieldsError
        For a name that cannot be used.
    ConflictError
        For a name that is taken.
    """
    checked = require_good_name(name)
    key = make_key()
    with store.begin() as conn:
        user_id = save_user(conn, checked, is_admin=is_admin, now=now)
        save_setup_link(conn, user_id, hash_key(key), now=now, expires_at=now + policy.setup_link)
        return load_user(conn, user_id), key


def make_setup_link(
    store: Store, user_id: int, *, policy: AccountPolicy, now: datetime, only_unused: bool = False
) -> str:
    """Return the secret of a link by which a user sets a password, new or again; an older link is void.

    With ``only_unused`` none is made for an account that is in use, or whose user is disabled.

    Raises
    ------
    ConflictError
        When there is to be none.
    """
    key = make_key()
    with store.begin() as conn:
        lock_user(conn, user_id)
        if only_unused:
            _require_unused(load_user(conn, user_id))
        save_setup_link(conn, user_id, hash_key(key), now=now, expires_at=now + policy.setup_link)
    return key


def first_setup_link(store: Store, *, policy: AccountPolicy, now: datetime) -> str | None:
    """Return the secret of the link that sets up the local administrator; None once anybody can sign in."""
    with store.read() as conn:
        if administrator_can_sign_in(conn):
            return None
        user_id = load_local_user(conn)
    return make_setup_link(store, user_id, policy=policy, now=now)


def use_setup_link(store: Store, key: str, *, name: str | None, password: str, now: datetime) -> Credentials:
    """Set the password of a link's user, and of the local administrator also the name; return both.

    Raises
    ------
    FieldsError
        For a password or name that cannot be used; the link stays good.
    InputError
        When the link is used up, expired or wrong.
    """
    with store.read() as conn:
        invited = load_setup_link_user(conn, hash_key(key), now=now)
    if invited is None:
        raise _not_valid()
    chosen = invited.name if name is None or name.strip() == invited.name else require_good_name(name)
    require_good_password(password, name=chosen)
    password_hash = hash_password(password)  # before the transaction, which must be short
    with store.begin() as conn:
        user = take_setup_link(conn, hash_key(key), now=now)
        if user is None:
            raise _not_valid()
        if chosen != user.name:
            if not user.is_local:
                raise FieldsError((("name", f"is {user.name}, as your administrator has set it"),))
            save_user_name(conn, user.id, chosen, now=now)
        save_password(conn, user.id, password_hash, now=now)
        return Credentials(load_user(conn, user.id), password_hash)


def _not_valid() -> InputError:
    return InputError("the link is not valid", hint="it works once and for a day: ask for another one")


def _require_unused(user: UserRecord) -> None:
    """Refuse a link to an account in use: by it an administrator could read what is in it."""
    if user.has_password or user.is_local:
        raise ConflictError(
            f"the account is in use: {user.name}", hint="on the server: riskpanel user link NAME"
        )
    if user.disabled_at is not None:
        raise ConflictError(f"the account is disabled: {user.name}", hint="enable it first")


def issue_token(
    store: Store, user_id: int, name: str, *, scopes: tuple[str, ...], now: datetime, expires_at: datetime
) -> tuple[TokenRecord, str]:
    """Make a token for programs; return what is stored of it, and the token, which nobody can read again."""
    token = TOKEN_PREFIX + make_key()
    ordered = tuple(scope for scope in SCOPES if scope in scopes)
    with store.begin() as conn:
        lock_user(conn, user_id)
        owner = load_user(conn, user_id)
        if owner.disabled_at is not None:
            raise ConflictError(f"the account is disabled: {owner.name}", hint="enable it first")
        record = save_token(
            conn,
            user_id=user_id,
            name=name,
            secret_hash=hash_key(token),
            beginning=token[:SHOWN],
            scopes=ordered,
            now=now,
            expires_at=expires_at,
        )
    return record, token


def require_good_name(name: str) -> str:
    """Return a name for an account, trimmed.

    Raises
    ------
    FieldsError
        When it cannot be one.
    """
    trimmed = name.strip()
    if not 0 < len(trimmed) <= LONGEST_NAME or not trimmed.isprintable():
        raise FieldsError(
            (("name", f"must have 1 to {LONGEST_NAME} printable characters"),), hint="choose one, as in anna"
        )
    if trimmed.casefold() == LOCAL_USER:
        raise FieldsError(
            (("name", f"{LOCAL_USER} is what the user of the command line is called"),),
            hint="choose another name",
        )
    return trimmed

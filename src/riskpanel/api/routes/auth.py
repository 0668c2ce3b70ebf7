"""Signing in and out by a browser, and the passwords behind it."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from riskpanel.api.access import (
    Accounts,
    AccountsOf,
    HolderOf,
    RequiredAccounts,
    address_of,
    find_identity,
)
from riskpanel.api.accounts.keys import csrf_key, hash_key, make_key
from riskpanel.api.accounts.passwords import hash_password, is_password, require_good_password
from riskpanel.api.accounts.users import SCOPES, scopes_of, use_setup_link
from riskpanel.api.context import ClockOf, StoreOf
from riskpanel.api.cookies import delete_login_cookie, login_key_of, set_login_cookie
from riskpanel.api.problems import Problem, ProblemError
from riskpanel.api.schemas.accounts import LoginInput, PasswordInput, SessionModel, SetupInput
from riskpanel.errors import FieldsError
from riskpanel.store.database import Store
from riskpanel.store.locks import lock_user
from riskpanel.store.login_sessions import delete_login_session, load_login_session, save_login_session
from riskpanel.store.runs import Transaction
from riskpanel.store.users import (
    Credentials,
    administrator_can_sign_in,
    delete_login_sessions,
    load_credentials,
    save_password,
)

router = APIRouter(prefix="/auth", tags=["accounts"])


@router.get("/session", summary="Who you are")
def show_session(request: Request, store: StoreOf, accounts: AccountsOf) -> SessionModel:
    """Answer on whose behalf you ask, and what a page needs to change anything; also to nobody."""
    identity = find_identity(request)
    with store.read() as conn:
        needed = accounts.required and not administrator_can_sign_in(conn)
    if identity is None:
        return _nobody(setup_needed=needed)
    return SessionModel(
        kind=identity.kind,
        setup_needed=needed,
        user_id=identity.user_id,
        name=identity.name,
        is_admin=identity.is_admin,
        scopes=tuple(scope for scope in SCOPES if scope in identity.scopes),
        csrf_token=identity.csrf,
    )


@router.post("/setup", summary="Set a password by a one-time link")
def set_up(
    request: Request,
    response: Response,
    store: StoreOf,
    accounts: RequiredAccounts,
    clock: ClockOf,
    asked: SetupInput,
) -> SessionModel:
    """Set the password of the link's account, and sign in. The link works once."""
    accounts.attempts.begin_link(address_of(request))
    found = use_setup_link(store, asked.link, name=asked.name, password=asked.password, now=clock())
    return _sign_in(request, response, store, accounts, found, clock())


@router.post("/login", summary="Sign in")
def sign_in(
    request: Request,
    response: Response,
    store: StoreOf,
    accounts: RequiredAccounts,
    clock: ClockOf,
    asked: LoginInput,
) -> SessionModel:
    """Sign a browser in: the answer sets a cookie that scripts cannot read."""
    name, address = asked.name.strip(), address_of(request)
    accounts.attempts.begin_sign_in(name, address)
    with store.read() as conn:
        found = load_credentials(conn, name)
    good = is_password(asked.password, None if found is None else found.password_hash)
    if found is None or not good or found.user.disabled_at is not None:
        raise _wrong()
    accounts.attempts.end_sign_in(name, address)
    return _sign_in(request, response, store, accounts, found, clock())


@router.post("/logout", status_code=204, summary="Sign out")
def sign_out(request: Request, response: Response, store: StoreOf, identity: HolderOf) -> None:
    """Sign this browser out."""
    with store.begin() as conn:
        delete_login_session(conn, hash_key(identity.login_key))
    delete_login_cookie(request, response)


@router.post("/logout-everywhere", status_code=204, summary="Sign out everywhere")
def sign_out_everywhere(request: Request, response: Response, store: StoreOf, identity: HolderOf) -> None:
    """Sign every browser of yours out, this one too; tokens of programs keep working."""
    with store.begin() as conn:
        delete_login_sessions(conn, identity.user_id)
    delete_login_cookie(request, response)


@router.post("/password", summary="Change your password")
def change_password(
    request: Request,
    response: Response,
    store: StoreOf,
    accounts: AccountsOf,
    clock: ClockOf,
    identity: HolderOf,
    asked: PasswordInput,
) -> SessionModel:
    """Change your password: every other browser is signed out, and this one gets another cookie."""
    address = address_of(request)
    accounts.attempts.begin_sign_in(identity.name, address)
    with store.read() as conn:
        found = load_credentials(conn, identity.name)
    if found is None or not is_password(asked.current_password, found.password_hash):
        raise FieldsError((("current_password", "is wrong"),))
    accounts.attempts.end_sign_in(identity.name, address)
    require_good_password(asked.password, name=identity.name)
    password_hash = hash_password(asked.password)
    now = clock()
    with store.begin() as conn:
        lock_user(conn, identity.user_id)
        _require_same(conn, found)
        if load_login_session(conn, hash_key(identity.login_key), now=now) is None:
            raise _wrong()  # signed out meanwhile, perhaps because somebody else had the password
        save_password(conn, identity.user_id, password_hash, now=now)
    return _sign_in(request, response, store, accounts, Credentials(found.user, password_hash), now)


def _sign_in(
    request: Request, response: Response, store: Store, accounts: Accounts, found: Credentials, now: datetime
) -> SessionModel:
    """Start a session of a browser with a secret of its own; the one that it had before ends."""
    key, before, user = make_key(), login_key_of(request), found.user
    with store.begin() as conn:
        lock_user(conn, user.id)
        _require_same(conn, found)
        if before is not None:
            delete_login_session(conn, hash_key(before))
        expires_at = now + accounts.policy.absolute
        save_login_session(conn, hash_key(key), user_id=user.id, now=now, expires_at=expires_at)
        needed = not administrator_can_sign_in(conn)
    set_login_cookie(request, response, key, lifetime=accounts.policy.absolute)
    response.headers["cache-control"] = "no-store"
    return SessionModel(
        kind="login",
        setup_needed=needed,
        user_id=user.id,
        name=user.name,
        is_admin=user.is_admin,
        scopes=scopes_of(is_admin=user.is_admin),
        csrf_token=csrf_key(key),
    )


def _require_same(conn: Transaction, found: Credentials) -> None:
    """Refuse what was checked when it was changed meanwhile: the password, or who may sign in."""
    now = load_credentials(conn, found.user.name)
    if now is None or now.password_hash != found.password_hash or now.user.disabled_at is not None:
        raise _wrong()


def _wrong() -> ProblemError:
    return ProblemError(Problem(401, "Not signed in", "name or password is wrong"))


def _nobody(*, setup_needed: bool) -> SessionModel:
    return SessionModel(
        kind="nobody",
        setup_needed=setup_needed,
        user_id=None,
        name=None,
        is_admin=False,
        scopes=(),
        csrf_token=None,
    )

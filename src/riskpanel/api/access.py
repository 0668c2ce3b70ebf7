"""On whose behalf a request asks, and what it may: a signed-in browser, a token, or the local user."""

from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal, cast

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer

from riskpanel.api.accounts.attempts import Attempts
from riskpanel.api.accounts.keys import csrf_key, hash_key
from riskpanel.api.accounts.last_seen import LastSeen
from riskpanel.api.accounts.policy import AccountPolicy
from riskpanel.api.accounts.users import SCOPES, scopes_of
from riskpanel.api.context import clock_of, request_store
from riskpanel.api.cookies import COOKIE, login_key_of
from riskpanel.api.problems import Problem, ProblemError
from riskpanel.store.login_sessions import load_login_session, load_token_use
from riskpanel.store.portfolios import load_local_user
from riskpanel.store.users import load_user

CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: ``kind`` tells how that is known; ``login_key`` is the secret of a signed-in browser."""

    user_id: int
    name: str
    is_admin: bool
    scopes: frozenset[str]
    kind: Literal["local", "login", "token"]
    login_key: str = ""

    @property
    def csrf(self) -> str | None:
        """What a page must send with each change; None where nothing of the kind is needed."""
        return csrf_key(self.login_key) if self.kind == "login" else None


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of a serving process; without them (``required`` False) everybody is the local user."""

    required: bool
    policy: AccountPolicy
    last_seen: LastSeen
    attempts: Attempts


def open_accounts(*, required: bool, policy: AccountPolicy | None = None) -> Accounts:
    """Return accounts of which nobody was seen and nothing was tried yet."""
    chosen = policy or AccountPolicy()
    return Accounts(required, chosen, LastSeen(), Attempts(chosen))


def accounts_of(request: Request) -> Accounts:
    """Return the accounts that the application was created with."""
    return cast("Accounts", request.app.state.accounts)


AccountsOf = Annotated[Accounts, Depends(accounts_of)]


def require_accounts(accounts: AccountsOf) -> Accounts:
    """Refuse what needs accounts where they are switched off."""
    if not accounts.required:
        raise ProblemError(Problem(409, "Conflict", "accounts are switched off", "serve without --no-auth"))
    return accounts


RequiredAccounts = Annotated[Accounts, Depends(require_accounts)]


def address_of(request: Request) -> str:
    """Return where a request comes from, as attempts are counted by: of IPv6 the network of a household."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ip_network(f"{address}/64", strict=False))


def find_identity(request: Request) -> Identity | None:
    """Find out who asks; None where nobody is signed in.

    Raises
    ------
    ProblemError
        401 for a token that is no good, 429 when the address has tried too many of them.
    """
    accounts = accounts_of(request)
    if not accounts.required:
        return _local(request)
    authorization = request.headers.get("authorization")
    found = (
        _by_login(request, accounts) if authorization is None else _by_token(request, accounts, authorization)
    )
    request.state.user_id = None if found is None else found.user_id
    return found


def request_identity(
    request: Request,
    _bearer: Annotated[object, Depends(HTTPBearer(auto_error=False, scheme_name="token"))],
    _cookie: Annotated[object, Depends(APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="login"))],
    _csrf: Annotated[object, Depends(APIKeyHeader(name=CSRF_HEADER, auto_error=False, scheme_name="csrf"))],
) -> Identity:
    """Find out who asks; of a signed-in browser a change must carry what other pages cannot know.

    Raises
    ------
    ProblemError
        401 where nobody is signed in, 403 for a change without the CSRF token.
    """
    identity = find_identity(request)
    if identity is None:
        raise _unknown("nobody is signed in")
    if identity.csrf is not None and request.method not in SAFE_METHODS:
        given = request.headers.get(CSRF_HEADER, "")
        if not compare_digest(given.encode(), identity.csrf.encode()):
            hint = f"send {CSRF_HEADER} with the csrf_token of GET /api/v1/auth/session"
            raise ProblemError(Problem(403, "Forbidden", "the CSRF token is missing or old", hint))
    return identity


IdentityOf = Annotated[Identity, Depends(request_identity)]


def _require_scope(identity: Identity, scope: str) -> None:
    if scope not in identity.scopes:
        hint = f"make a token with the scope {scope}"
        raise ProblemError(Problem(403, "Forbidden", f"this token may not {_MAY[scope]}", hint))


_MAY = {"read": "read", "write": "change anything", "admin": "administer"}


def reading_user(identity: IdentityOf) -> int:
    """Return the id of the user on whose behalf a request reads."""
    _require_scope(identity, "read")
    return identity.user_id


def writing_user(identity: IdentityOf) -> int:
    """Return the id of the user on whose behalf a request changes something."""
    _require_scope(identity, "write")
    return identity.user_id


def administrator(identity: IdentityOf) -> Identity:
    """Return who administers; anybody else is refused."""
    if not identity.is_admin:
        raise ProblemError(Problem(403, "Forbidden", "only administrators may do this"))
    _require_scope(identity, "admin")
    return identity


def account_holder(_: RequiredAccounts, identity: IdentityOf) -> Identity:
    """Return who manages an account of their own: by a browser, never by a token, which may have leaked."""
    if identity.kind != "login":
        raise ProblemError(Problem(403, "Forbidden", "a token may not manage the account", "sign in instead"))
    return identity


UserOf = Annotated[int, Depends(reading_user)]
WriterOf = Annotated[int, Depends(writing_user)]
AdminOf = Annotated[Identity, Depends(administrator)]
HolderOf = Annotated[Identity, Depends(account_holder)]


def _local(request: Request) -> Identity:
    with request_store(request).read() as conn:
        user = load_user(conn, load_local_user(conn))
    return Identity(user.id, user.name, is_admin=True, scopes=frozenset(SCOPES), kind="local")


def _by_login(request: Request, accounts: Accounts) -> Identity | None:
    key = login_key_of(request)
    if key is None:
        return None
    now, key_hash = clock_of(request)(), hash_key(key)
    with request_store(request).read() as conn:
        found = load_login_session(conn, key_hash, now=now)
    if (
        found is None
        or now - accounts.last_seen.of_login(key_hash, found.last_seen_at) > accounts.policy.idle
    ):
        return None
    accounts.last_seen.note_login(key_hash, now)
    scopes = frozenset(scopes_of(is_admin=found.is_admin))
    return Identity(found.user_id, found.user_name, found.is_admin, scopes, "login", key)


def _by_token(request: Request, accounts: Accounts, authorization: str) -> Identity:
    scheme, _, token = authorization.partition(" ")
    now = clock_of(request)()
    found = None
    if scheme.casefold() == "bearer":
        with request_store(request).read() as conn:
            found = load_token_use(conn, hash_key(token.strip()), now=now)
    if found is None:
        accounts.attempts.note_wrong_token(address_of(request))
        raise _unknown("the token is wrong, expired or revoked")
    accounts.last_seen.note_token(found.id, now)
    scopes = found.scopes.intersection(scopes_of(is_admin=found.is_admin))
    return Identity(found.user_id, found.user_name, found.is_admin, scopes, "token")


def _unknown(detail: str) -> ProblemError:
    told = Problem(401, "Not signed in", detail, "send Authorization: Bearer TOKEN, or sign in")
    return ProblemError(told, headers={"www-authenticate": 'Bearer realm="riskpanel"'})

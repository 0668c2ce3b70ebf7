"""``riskpanel user`` and ``riskpanel token``: accounts, by whoever runs the server."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.markup import escape
from rich.table import Table

from riskpanel.api.accounts.policy import AccountPolicy
from riskpanel.api.accounts.users import SCOPES, invite_user, issue_token, make_setup_link
from riskpanel.cli.edge import JsonFlag, notes, now, open_edge, print_json, reports_errors, stdout, summary
from riskpanel.errors import InputError
from riskpanel.store.login_sessions import TokenRecord, load_tokens, revoke_token
from riskpanel.store.portfolios import load_local_user
from riskpanel.store.rows import Connection
from riskpanel.store.users import UserRecord, find_user, load_user, load_users, save_user_state

user_app = typer.Typer(help="Accounts: who may sign in.", no_args_is_help=True)
token_app = typer.Typer(help="Tokens, by which programs ask.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.", show_default=False)]
Server = Annotated[str, typer.Option("--address", metavar="URL", help="How its user reaches the server.")]
Owner = Annotated[
    str | None, typer.Option("--user", metavar="NAME", help="Whose; by default the user of this machine.")
]
_HERE = "http://127.0.0.1:8321"
_POLICY = AccountPolicy()


@user_app.command("list")
@reports_errors
def list_users(as_json: JsonFlag = False) -> None:
    """List the accounts."""
    with open_edge().store as store, store.read() as conn:
        found = load_users(conn)
    if as_json:
        print_json([_document(user) for user in found])
        return
    table = _table("Name", "Role", "State", "Since")
    for user in found:
        role = "administrator" if user.is_admin else "user"
        role += ", commands on this machine" if user.is_local else ""
        table.add_row(escape(user.name), role, _state(user), f"{user.created_at:%Y-%m-%d}")
    stdout().print(table)


@user_app.command("add")
@reports_errors
def add_user(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="May administer.")] = False,
    address: Server = _HERE,
    as_json: JsonFlag = False,
) -> None:
    """Create an account, and print the link by which its user sets a password."""
    _require_address(address)
    with open_edge().store as store:
        user, key = invite_user(store, name, is_admin=admin, policy=_POLICY, now=now())
    _print_link(user, key, address, as_json=as_json)


@user_app.command("link")
@reports_errors
def link(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Name of the account; by default the user of this machine."),
    ] = None,
    address: Server = _HERE,
    as_json: JsonFlag = False,
) -> None:
    """Print a link by which a user sets a password, also one who has forgotten it."""
    _require_address(address)
    with open_edge().store as store:
        with store.read() as conn:
            user = _find(conn, name)
        if user.disabled_at is not None:
            raise InputError(
                f"the account is disabled: {user.name}", hint=f"riskpanel user enable {user.name}"
            )
        key = make_setup_link(store, user.id, policy=_POLICY, now=now())
    _print_link(user, key, address, as_json=as_json)


@user_app.command("disable")
@reports_errors
def disable(name: Name, as_json: JsonFlag = False) -> None:
    """Sign a user out everywhere, make their tokens void, and let them sign in no more."""
    _change(name, disabled=True, as_json=as_json)


@user_app.command("enable")
@reports_errors
def enable(name: Name, as_json: JsonFlag = False) -> None:
    """Let a disabled user sign in again."""
    _change(name, disabled=False, as_json=as_json)


@token_app.command("list")
@reports_errors
def list_tokens(user: Owner = None, as_json: JsonFlag = False) -> None:
    """List the tokens of a user; the secrets are not stored."""
    with open_edge().store as store, store.read() as conn:
        found = load_tokens(conn, user_id=_find(conn, user).id)
    if as_json:
        print_json([_document(token) for token in found])
        return
    if not found:
        stdout().print("there are no tokens yet")
        return
    table = _table("Id", "Name", "Begins", "May", "State")
    for token in found:
        table.add_row(
            str(token.id), escape(token.name), token.beginning, " ".join(token.scopes), _token_state(token)
        )
    stdout().print(table)


@token_app.command("create")
@reports_errors
def create_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.", show_default=False)],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE", help="read, write (which does not include read) or admin; can be repeated."
        ),
    ] = None,
    days: Annotated[int, typer.Option(metavar="DAYS", min=1, max=366, help="How long it works.")] = 90,
    user: Owner = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a token and print it; it is never shown again. By default it may read."""
    scopes = tuple(scope or ("read",))
    unknown = [word for word in scopes if word not in SCOPES]
    if unknown:
        raise InputError(f"unknown scope: {unknown[0]}", hint=f"one of: {', '.join(SCOPES)}")
    if not 0 < len(name.strip()) <= 60 or not name.isprintable():
        raise InputError("not a name for a token", hint="1 to 60 printable characters")
    with open_edge().store as store:
        with store.read() as conn:
            owner = _find(conn, user)
        if "admin" in scopes and not owner.is_admin:
            raise InputError(f"not an administrator: {owner.name}", hint="leave out --scope admin")
        moment = now()
        record, token = issue_token(
            store,
            owner.id,
            name.strip(),
            scopes=scopes,
            now=moment,
            expires_at=moment + timedelta(days=days),
        )
    if as_json:
        print_json({"token": token, "details": _document(record)})
        return
    typer.echo(token)
    notes().print(
        f"{owner.name} may {', '.join(record.scopes)} with it until {record.expires_at:%Y-%m-%d}; "
        "it is not shown again",
        soft_wrap=True,
        markup=False,
    )


@token_app.command("revoke")
@reports_errors
def revoke(
    token_id: Annotated[int, typer.Argument(metavar="ID", help="Id of the token, as listed.")],
    user: Owner = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a token void for good."""
    with open_edge().store as store, store.begin() as conn:
        revoke_token(conn, token_id, user_id=_find(conn, user).id, now=now())
    if as_json:
        print_json({"revoked": token_id})
    else:
        summary().print(f"token {token_id} is void")


def _change(name: str, *, disabled: bool, as_json: bool) -> None:
    with open_edge().store as store, store.begin() as conn:
        user = find_user(conn, name)
        save_user_state(conn, user.id, disabled=disabled, is_admin=None, now=now())
        user = load_user(conn, user.id)
    if as_json:
        print_json(_document(user))
    else:
        summary().print(f"{user.name}: {_state(user)}", markup=False)


def _find(conn: Connection, name: str | None) -> UserRecord:
    return load_user(conn, load_local_user(conn)) if name is None else find_user(conn, name)


def _require_address(url: str) -> None:
    """Refuse an address that no browser could follow."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and not (parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not usable:
        raise InputError(f"not an address of a server: {url}", hint="as in https://risk.example.org")


def _print_link(user: UserRecord, key: str, address: str, *, as_json: bool) -> None:
    url = f"{address.rstrip('/')}/setup#{key}"
    if as_json:
        print_json({"user": _document(user), "link": url})
        return
    typer.echo(url)
    notes().print(f"for {user.name}: works once, for a day", soft_wrap=True, markup=False)


def _state(user: UserRecord) -> str:
    if user.disabled_at is not None:
        return f"disabled since {user.disabled_at:%Y-%m-%d}"
    return "active" if user.has_password else "no password yet"


def _token_state(token: TokenRecord) -> str:
    if token.revoked_at is not None:
        return f"revoked on {token.revoked_at:%Y-%m-%d}"
    if token.expires_at <= now():
        return f"expired on {token.expires_at:%Y-%m-%d}"
    used = f", last used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else ", never used"
    return f"until {token.expires_at:%Y-%m-%d}{used}"


def _document(record: UserRecord | TokenRecord) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(record).items()
    }


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black")
    for head in heads:
        table.add_column(head)
    return table

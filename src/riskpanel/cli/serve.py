"""``riskpanel serve``: the API for the accounts of this database, or for the user of this machine alone."""

import errno
import signal
import socket
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Thread
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from riskpanel.api.access import Accounts, open_accounts
from riskpanel.api.accounts.users import first_setup_link
from riskpanel.api.app import create_app
from riskpanel.api.edits import Edits
from riskpanel.api.headers import LOOPBACK_HOSTS, is_loopback
from riskpanel.cli.demo import ensure_demo, find_demo_url
from riskpanel.cli.edge import (
    JsonFlag,
    count_sessions,
    notes,
    now,
    print_json,
    read_settings,
    reports_errors,
    stderr,
)
from riskpanel.errors import InputError
from riskpanel.nightly.definitions import DefinitionsEditor
from riskpanel.nightly.editor import HoldingsEditor
from riskpanel.nightly.uploads import Uploads
from riskpanel.nightly.worker import Worker
from riskpanel.settings import Settings
from riskpanel.store.database import Store, open_store

_GRACE = 5  # seconds that Ctrl-C leaves to answers on their way
_LOCK_TIMEOUT = 15.0  # seconds that a change waits for a night that is writing


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to listen, and by which names others may call."""

    host: str
    port: int
    family: socket.AddressFamily
    names: frozenset[str]
    public_name: str | None
    loopback: bool

    def address(self, port: int) -> str:
        """Return the first part of every address; a public name is a proxy's, which speaks TLS."""
        if self.public_name is not None:
            return f"https://{self.public_name}"
        host = self.host
        if ip_address(host).is_unspecified:  # an address of every network, this machine's own among them
            host = "127.0.0.1" if self.family is socket.AF_INET else "::1"
        own = f"[{host}]" if self.family is socket.AF_INET6 else host
        return f"http://{own}:{port}"


@reports_errors
def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address of this machine to listen at.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65_535, help="Port to listen at; 0 takes a free one.")
    ] = 8321,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="No accounts: everybody is the local user. Only on loopback.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve the demo without accounts, and load it where it is missing.")
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name by which others call this server; can be repeated."),
    ] = None,
    trusted_proxy: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address of a proxy that says from where requests come."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Answer the REST API until Ctrl-C, and compute what its users ask for.

    The first start prints a link, good once, by which you set a name and a password. Off loopback put a
    proxy with TLS in front: browsers send the cookie of a sign-in over TLS alone. Exit code 2: the address
    cannot be used; 3: the database failed.
    """
    place = _find_place(host, port, allow_host or ())
    if (no_auth or demo) and not place.loopback:
        raise InputError(
            f"not an address of this machine alone: {host}",
            hint="without accounts anybody who reaches the server could read and change everything: use "
            "127.0.0.1, or leave out --no-auth and --demo",
        )
    if (no_auth or demo) and (allow_host or trusted_proxy):
        raise InputError(
            "without accounts nobody but this machine may ask: --allow-host, --trusted-proxy",
            hint="leave them out, or leave out --no-auth and --demo",
        )
    if trusted_proxy is not None:
        _require_address(trusted_proxy)
    settings = read_settings(least="info")
    # The server raises again what it was stopped by: let a service manager's signal end it as Ctrl-C does,
    # and Ctrl-C itself where a script that began it in the background has it ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with _open(settings, demo=demo) as store, _listening(place) as listener:
        accounts = open_accounts(required=not (no_auth or demo))
        address = place.address(listener.getsockname()[1])
        link = _setup_key(store, accounts)
        _tell_address(store, f"{address}/", as_json=as_json)
        notes().print(f"serving {store.url_for_people}; stop with Ctrl-C", soft_wrap=True, markup=False)
        _tell_setup_link(link, accounts, address)
        app = _application(store, accounts, place)
        with _working(store, settings, accounts):
            _answer(uvicorn.Server(_configuration(app, trusted_proxy)), listener)


def _open(settings: Settings, *, demo: bool) -> Store:
    url = find_demo_url(settings) if demo else settings.database_url
    store = open_store(url, lock_timeout=_LOCK_TIMEOUT)
    try:
        if demo:
            ensure_demo(store, settings)
        store.require_current_schema()
    except BaseException:
        store.dispose()
        raise
    return store


def _tell_address(store: Store, address: str, *, as_json: bool) -> None:
    """Say at once, on stdout, where to ask: a program that started the server waits for it."""
    if as_json:
        print_json({"address": address, "database": store.url_for_people})
    else:
        typer.echo(address)
    sys.stdout.flush()


def _application(store: Store, accounts: Accounts, place: _Place) -> FastAPI:
    return create_app(
        store,
        clock=now,
        timer=time.perf_counter,
        sessions_between=count_sessions,
        edits=Edits(HoldingsEditor(store, now), DefinitionsEditor(store, now), Uploads(store, now)),
        accounts=accounts,
        hosts=place.names,
    )


def _setup_key(store: Store, accounts: Accounts) -> str | None:
    """Return the secret of the link of a first start; None where accounts are set up, or there are none."""
    return first_setup_link(store, policy=accounts.policy, now=now()) if accounts.required else None


def _tell_setup_link(key: str | None, accounts: Accounts, address: str) -> None:
    if key is None:
        return
    hours = accounts.policy.setup_link.total_seconds() / 3_600
    stderr().print(
        f"set up your account (works once, for {hours:.0f} hours):\n  {address}/setup#{key}",
        soft_wrap=True,
        markup=False,
    )


@contextmanager
def _working(store: Store, settings: Settings, accounts: Accounts) -> Generator[None]:
    """Compute in a thread of its own what is asked for, as long as the server answers."""

    def chores() -> None:
        accounts.last_seen.store(store, now(), idle=accounts.policy.idle)

    worker = Worker(store, settings.policy, now, chores)
    thread = Thread(target=worker.run, name="worker")
    thread.start()
    try:
        yield
    finally:
        worker.stop.set()
        thread.join()
        accounts.last_seen.store_now(store, now(), idle=accounts.policy.idle)


def _configuration(app: FastAPI, trusted_proxy: str | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=trusted_proxy is not None,
        forwarded_allow_ips=trusted_proxy or "",
        timeout_graceful_shutdown=_GRACE,
    )


def _answer(server: uvicorn.Server, listener: socket.socket) -> None:
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # which the server raises again when it has ended as asked
        notes().print("stopped", soft_wrap=True)


def _require_address(proxy: str) -> None:
    try:
        ip_address(proxy)
    except ValueError:
        raise InputError(
            f"not the address of a proxy: {proxy}", hint="an IP address, such as 127.0.0.1"
        ) from None


def _find_place(host: str, port: int, allowed: Sequence[str]) -> _Place:
    """Check the address, and whether others know by which name to call it."""
    try:
        address = ip_address("127.0.0.1" if host.lower() == "localhost" else host)
    except ValueError:
        raise InputError(
            f"not an address of this machine: {host!r}", hint="an IP address, such as 127.0.0.1 or 0.0.0.0"
        ) from None
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    own = f"[{host}]" if family is socket.AF_INET6 else host
    names = LOOPBACK_HOSTS | {name.strip().lower() for name in allowed}
    if address.is_unspecified:
        if not allowed:
            raise InputError(
                f"no name to call the server by: {host}",
                hint="say which ones are good, as in --allow-host risk.example.org",
            )
    else:
        names |= {own.lower()}
    shown = str(address) if host.lower() == "localhost" else host
    public = (name for name in allowed if not is_loopback(name.strip().lower()))
    return _Place(shown, port, family, names, next(public, None), address.is_loopback)


def _listening(place: _Place) -> socket.socket:
    """Open the socket before anything is said, so that a port in use is an error and not a traceback."""
    # Said to be TCP, or each answer waits 40 ms for an acknowledgement: only then is its delay switched off.
    listener = socket.socket(place.family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((place.host, place.port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"the port is in use: {place.port}",
                hint="stop what uses it, or choose another: --port 8322",
            ) from error
        raise InputError(
            f"cannot listen at {place.host} port {place.port}: {error.strerror}",
            hint="choose another address or port",
        ) from error
    return listener

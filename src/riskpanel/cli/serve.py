"""``riskpanel serve``: the REST API for the user of this machine."""

import errno
import socket
from ipaddress import ip_address
from typing import Annotated

import typer
import uvicorn

from riskpanel.api.app import create_app
from riskpanel.api.headers import LOOPBACK_HOSTS
from riskpanel.cli.edge import count_sessions, now, open_edge, reports_errors, stderr
from riskpanel.errors import InputError

_GRACE = 5  # seconds that Ctrl-C leaves to answers on their way


@reports_errors
def serve(
    host: Annotated[str, typer.Option(help="Address of this machine to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen at; 0 takes a free one.")
    ] = 8321,
) -> None:
    """Answer the read-only REST API on this machine until Ctrl-C.

    Everything stored is read on behalf of the local user, without a password: only loopback addresses are
    accepted. Exit code 2: the address cannot be used; 3: the database failed.
    """
    family = _loopback_family(host)
    with open_edge().store as store, _listening(family, host, port) as listener:
        name = f"[{host}]" if family is socket.AF_INET6 else host
        app = create_app(
            store, clock=now, sessions_between=count_sessions, hosts=LOOPBACK_HOSTS | {name.lower()}
        )
        typer.echo(f"http://{name}:{listener.getsockname()[1]}/api/v1/openapi.json")
        stderr().print(f"reading {store.url_for_people}; stop with Ctrl-C", soft_wrap=True)
        _answer(uvicorn.Server(_configuration(app)), listener)


def _configuration(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # pyright: ignore[reportArgumentType]
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
    )


def _answer(server: uvicorn.Server, listener: socket.socket) -> None:
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # which the server raises again when it has ended as asked
        stderr().print("stopped", soft_wrap=True)


def _loopback_family(host: str) -> socket.AddressFamily:
    """Return the family of an address of this machine alone, and refuse every other."""
    try:
        address = ip_address("127.0.0.1" if host.lower() == "localhost" else host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise InputError(
            f"not an address of this machine alone: {host}",
            hint="there are no accounts yet, so that anybody who reaches the server could read everything: "
            "use 127.0.0.1, and a tunnel (ssh -L) from elsewhere",
        )
    return socket.AF_INET if address.version == 4 else socket.AF_INET6


def _listening(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    """Open the socket before anything is said, so that a port in use is an error and not a traceback."""
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"the port is in use: {port}", hint="stop what uses it, or choose another: --port 8322"
            ) from error
        raise InputError(
            f"cannot listen at {host} port {port}: {error.strerror}", hint="choose another address or port"
        ) from error
    return listener

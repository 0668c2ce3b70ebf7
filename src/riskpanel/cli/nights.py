"""``riskpanel run`` and ``riskpanel backfill``."""

import re
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from riskpanel.cli.completion import complete_portfolio
from riskpanel.cli.edge import (
    Edge,
    JsonFlag,
    notes,
    now,
    open_edge,
    print_json,
    progress_bar,
    reports_errors,
    stderr,
    summary,
    today,
    warn_of_age,
)
from riskpanel.errors import BusyError, InputError
from riskpanel.nightly.night import Engine, LocalEngine, Progress
from riskpanel.nightly.run import NightReport, NightRequest, latest_session, run_night
from riskpanel.store.portfolios import find_portfolio, load_local_user
from riskpanel.store.run_requests import any_running

_PATIENCE = timedelta(minutes=10)
_LOOK = 0.1  # seconds
_ADDRESS = re.compile(
    r"(?:(?:tcp|tls|ws|wss|ucx)://)?(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):[1-9]\d{0,4}/?", re.ASCII
)


class EngineName(StrEnum):
    """Where shards are computed."""

    LOCAL = "local"
    DASK = "dask"


PortfolioFlag = Annotated[
    list[str] | None,
    typer.Option(
        "--portfolio",
        metavar="NAME|ID",
        autocompletion=complete_portfolio,
        help="Only this portfolio, by name or id; can be repeated.",
    ),
]
EngineFlag = Annotated[
    EngineName, typer.Option("--engine", help="Where to compute: in this process, or on a Dask cluster.")
]
SchedulerFlag = Annotated[
    str | None, typer.Option("--scheduler", metavar="tcp://HOST:PORT", help="Scheduler of the Dask cluster.")
]


@reports_errors
def run(
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Session to compute; by default the newest with prices.",
        ),
    ] = None,
    portfolio: PortfolioFlag = None,
    engine: EngineFlag = EngineName.LOCAL,
    scheduler: SchedulerFlag = None,
    json: JsonFlag = False,
) -> None:
    """Compute and store the snapshots of one session.

    Exit code 0: everything; 1: some portfolios or symbols failed, the others are saved; 2: the request is
    wrong; 3: the database failed.
    """
    chosen, edge = _chosen_engine(engine, scheduler), open_edge()
    with edge.store:
        day = as_of.date() if as_of else latest_session(edge.store, today())
        if as_of is None:
            warn_of_age("the newest prices are", day)
        _compute(edge, _request(edge, "run", day, day, portfolio), chosen, json=json)


@reports_errors
def backfill(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="First date.")
    ],
    last: Annotated[
        datetime,
        typer.Option("--to", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Last date, included."),
    ],
    portfolio: PortfolioFlag = None,
    engine: EngineFlag = EngineName.LOCAL,
    scheduler: SchedulerFlag = None,
    json: JsonFlag = False,
) -> None:
    """Compute and store the snapshots of every session of a range, as each would have been on its day."""
    chosen, edge = _chosen_engine(engine, scheduler), open_edge()
    with edge.store:
        request = _request(edge, "backfill", first.date(), last.date(), portfolio)
        _compute(edge, request, chosen, json=json)


def _chosen_engine(name: EngineName, scheduler: str | None) -> Engine:
    """Return the engine asked for; what only a cluster needs is imported only then."""
    if name is EngineName.LOCAL:
        if scheduler is not None:
            raise InputError("--scheduler is of no use to the local engine", hint="add --engine dask")
        return LocalEngine()
    if scheduler is None:
        raise InputError("the dask engine needs a scheduler", hint="add --scheduler tcp://HOST:8786")
    if _ADDRESS.fullmatch(scheduler) is None:
        raise InputError(f"not the address of a scheduler: {scheduler}", hint="as in tcp://10.0.0.5:8786")
    try:
        module = import_module("riskpanel.nightly.dask_engine")
    except ModuleNotFoundError as error:
        raise InputError(
            f"the dask engine is not installed: {error.name}", hint="pip install 'riskpanel[dask]'"
        ) from error
    return module.DaskEngine(scheduler)


def _compute(edge: Edge, request: NightRequest, engine: Engine, *, json: bool) -> None:
    with progress_bar() as bar:
        task = bar.add_task("sessions", total=None)
        report = _run_when_free(
            edge, request, engine, lambda done, total: bar.update(task, completed=done, total=total)
        )
    if json:
        print_json(asdict(report) | {"complete": report.complete})
    else:
        print_report(report)
    print_problems(report)
    if not report.complete:
        raise typer.Exit(1)


def _run_when_free(edge: Edge, request: NightRequest, engine: Engine, progress: Progress) -> NightReport:
    """Run a night; it waits for what users have asked a server for, and for no other run."""
    until = now() + _PATIENCE
    while True:
        try:
            return run_night(
                edge.store,
                request,
                edge.settings.policy,
                today=today(),
                clock=now,
                progress=progress,
                engine=engine,
            )
        except BusyError:
            with edge.store.read() as conn:
                waits = any_running(conn) and now() < until
            if not waits:
                raise
            time.sleep(_LOOK)


def print_report(report: NightReport, console: Console | None = None) -> None:
    """Print one line of what was done, on stdout unless told otherwise."""
    span = f"{report.as_of_from}"
    if report.sessions > 1:
        span += f" to {report.as_of_to} ({report.sessions:,} sessions)"
    (console or summary()).print(
        f"{span}: {_counted(report.snapshots, 'snapshot')} of {_counted(report.portfolios, 'portfolio')}, "
        f"{_counted(report.instruments, 'instrument')}, {_counted(report.rows_written, 'row')} written "
        f"in {report.duration_seconds:.1f} s",
        soft_wrap=True,
    )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def print_problems(report: NightReport) -> None:
    """Print on stderr what could not be computed, and what to do about it."""
    for name in report.empty:
        notes().print(
            f"[bold yellow]warning:[/] portfolio holds nothing, not even cash, up to {report.as_of_to}: "
            f"{escape(name)}",
            soft_wrap=True,
        )
    console = stderr()
    for symbol in report.unpriced:
        console.print(f"[bold red]error:[/] symbol has no price: {escape(symbol)}", soft_wrap=True)
    if report.unpriced:
        console.print(
            "[bold cyan]hint:[/] import the prices of every symbol that is held and of the market index",
            soft_wrap=True,
        )
    for failure in report.failures:
        console.print(
            f"[bold red]error:[/] portfolio failed: {escape(failure.name)}: {escape(failure.error)}",
            soft_wrap=True,
        )
        console.print(f"[bold cyan]hint:[/] {escape(failure.hint)}", soft_wrap=True)


def _request(edge: Edge, kind: str, first: date, last: date, keys: Sequence[str] | None) -> NightRequest:
    """Ask for all portfolios, or for some; what is computed of some is their owner's run, and no night."""
    if not keys:
        return NightRequest(kind, first, last)
    with edge.store.read() as conn:
        user = load_local_user(conn)
        ids = tuple(find_portfolio(conn, key, user_id=user).id for key in keys)
    return NightRequest(kind, first, last, ids, user)

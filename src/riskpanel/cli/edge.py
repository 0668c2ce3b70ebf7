"""What every command shares: the clock, the consoles, the settings and the open store."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import wraps
from typing import Annotated, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from riskpanel.cli.logs import configure_logs
from riskpanel.errors import RiskpanelError
from riskpanel.settings import Settings, load_settings
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.database import Store, open_store
from riskpanel.store.freshness import FRESH

P = ParamSpec("P")
R = TypeVar("R")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")]

_SHOWN_DETAILS = 40
_INTERRUPTED = 130  # what a shell expects of a program that Ctrl-C ended


def now() -> datetime:
    """Read the clock: aware UTC. Nothing outside cli/ does."""
    return datetime.now(UTC)


def today() -> date:
    """Read the calendar date in UTC."""
    return now().date()


def count_sessions(first: date, last: date) -> int:
    """Count the sessions after ``first``, itself a session, up to and with ``last``."""
    return max(len(sessions_between(first, last)) - 1, 0)


def warn_of_age(what: str, day: date) -> None:
    """Say on stderr that something is old, as in "the newest prices are", when it is more than 3 sessions."""
    behind = count_sessions(day, today())
    if behind > FRESH:
        stderr().print(f"[bold yellow]warning:[/] {what} of {day}, {behind:,} sessions ago", soft_wrap=True)


def stdout() -> Console:
    """Console for data."""
    return Console(highlight=False)


def stderr() -> Console:
    """Console for progress, warnings and errors."""
    return Console(stderr=True, highlight=False)


def print_json(document: object) -> None:
    """Print one JSON document on stdout: dates as ISO text, decimals as numbers; NaN cannot be written."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False, default=_plain))


def _plain(value: object) -> str | float:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")


def print_error(error: RiskpanelError) -> None:
    """Print ``error: what: which``, the details one a line, and the hint, on stderr."""
    console = stderr()
    console.print(f"[bold red]error:[/] {escape(error.what)}", soft_wrap=True)
    for detail in error.details[:_SHOWN_DETAILS]:
        console.print(f"  {escape(detail)}", soft_wrap=True)
    if len(error.details) > _SHOWN_DETAILS:
        console.print(f"  ... and {len(error.details) - _SHOWN_DETAILS:,} more", soft_wrap=True)
    if error.hint:
        console.print(f"[bold cyan]hint:[/] {escape(error.hint)}", soft_wrap=True)


def reports_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a RiskpanelError into its message and exit code; everything else is a bug and shows itself."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except RiskpanelError as error:
            print_error(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            stderr().print(
                "\nstopped: nothing is half-written; run the command again to finish", soft_wrap=True
            )
            raise typer.Exit(_INTERRUPTED) from None

    return wrapped


@dataclass(frozen=True, slots=True)
class Edge:
    """Settings and an open, current store."""

    settings: Settings
    store: Store


def open_edge() -> Edge:
    """Read the settings and open the store, refusing a database that is missing or behind."""
    settings = load_settings()
    configure_logs(form=settings.log_format, level=settings.log_level)
    store = open_store(settings.database_url)
    try:
        store.require_current_schema()
    except BaseException:
        store.dispose()
        raise
    return Edge(settings, store)


def progress_bar() -> Progress:
    """Progress on stderr; silent where stderr is not a terminal."""
    console = stderr()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )

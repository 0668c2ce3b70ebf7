"""What every command shares: the clock, the consoles, the settings and the open store."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import wraps
from traceback import format_exception
from typing import Annotated, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from riskpanel.cli.logs import configure_logs
from riskpanel.cli.loudness import loudness
from riskpanel.cli.secrets import without_secrets
from riskpanel.errors import RiskpanelError
from riskpanel.settings import Settings, load_settings
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.database import Store, open_store
from riskpanel.store.freshness import FRESH

P = ParamSpec("P")
R = TypeVar("R")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")]

_SHOWN_DETAILS = 100  # all that going down to nothing drops, too
_INTERRUPTED = 130  # what a shell expects of a program that Ctrl-C ended
_UNREAD = 141  # and of one whose reader went away, as `head` does


def now() -> datetime:
    """Read the clock: aware UTC. Nothing outside cli/ does."""
    return datetime.now(UTC)


def today() -> date:
    """Read the calendar date in UTC."""
    return now().date()


def count_sessions(first: date, last: date) -> int:
    """Count the sessions after ``first``, itself a session, up to and with ``last``."""
    return max(len(sessions_between(first, last)) - 1, 0)


def count_stale(day: date) -> int:
    """Count the sessions since ``day`` when they are more than 3, else 0."""
    behind = count_sessions(day, today())
    return behind if behind > FRESH else 0


def warn_of_age(what: str, day: date) -> None:
    """Say on stderr that something is old, as in "the newest prices are", when it is more than 3 sessions."""
    if behind := count_stale(day):
        notes().print(f"[bold yellow]warning:[/] {what} of {day}, {behind:,} sessions ago", soft_wrap=True)


class _Console(Console):
    """Leaves it to the command what becomes of a reader that went away."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def stdout() -> Console:
    """Console for the data that was asked for."""
    return _Console(highlight=False)


def summary() -> Console:
    """Console on stdout for what a command says that it has done; silent with --quiet."""
    return _Console(highlight=False, quiet=loudness().quiet)


def stderr() -> Console:
    """Console for errors."""
    return _Console(stderr=True, highlight=False)


def notes() -> Console:
    """Console on stderr for progress, warnings and what to do next; silent with --quiet."""
    return _Console(stderr=True, highlight=False, quiet=loudness().quiet)


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
    """Turn a RiskpanelError into its message and exit code; anything else is a defect (``failures``)."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except RiskpanelError as error:
            if loudness().debug:
                sys.stderr.write(without_secrets("".join(format_exception(error))))
            print_error(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            notes().print(
                "\nstopped: nothing is half-written; run the command again to finish", soft_wrap=True
            )
            raise typer.Exit(_INTERRUPTED) from None
        except BrokenPipeError:
            forget_stdout()
            raise typer.Exit(_UNREAD) from None

    return wrapped


def forget_stdout() -> None:
    """Write to nowhere from here on: nobody reads stdout any more, and the interpreter would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@dataclass(frozen=True, slots=True)
class Edge:
    """Settings and an open, current store."""

    settings: Settings
    store: Store


def read_settings(*, least: str | None = None) -> Settings:
    """Read the settings and begin to log by them and the options; what serves logs from ``least`` on."""
    settings = load_settings()
    usual = settings.log_level if least is None or settings.log_level == "debug" else least
    configure_logs(form=settings.log_format, level=loudness().log_level(usual))
    return settings


def open_edge() -> Edge:
    """Read the settings and open the store, refusing a database that is missing or behind."""
    settings = read_settings()
    store = open_store(settings.database_url)
    try:
        store.require_current_schema()
    except BaseException:
        store.dispose()
        raise
    return Edge(settings, store)


def progress_bar() -> Progress:
    """Progress on stderr; silent where stderr is not a terminal."""
    console = notes()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=console.quiet or not console.is_terminal,
    )

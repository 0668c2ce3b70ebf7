"""Structured logs on stderr: one line an event, JSON for machines and text for people, without secrets."""

import logging
import sys
from typing import Literal, TextIO, cast

import structlog
from rich.console import Console
from structlog.typing import EventDict, Processor, WrappedLogger

# Where in the code something failed, and never with which values: they may be anybody's holdings or secrets.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
_SECRET = ("password", "token", "secret", "authorization", "cookie", "apikey", "api_key")


def configure_logs(*, form: Literal["auto", "json", "text"], level: str) -> None:
    """Send what the packages log to stderr from a severity on, with the ids of request and run."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    people = form == "text" or (form == "auto" and sys.stderr.isatty())
    console = Console(stderr=True)  # which knows of NO_COLOR, FORCE_COLOR and TERM
    colours = console.color_system is not None and not console.no_color
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]
        if people
        else [_TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    lines = _Stderr()
    lines.setFormatter(formatter)
    # What a source or a database cannot do, and what fails in a timer, their callers say.
    of_others = {
        "uvicorn": "WARNING",
        "yfinance": "CRITICAL",
        "apscheduler": "CRITICAL",
        "psycopg": "CRITICAL",
    }
    for name, least in {"riskpanel": level.upper(), **of_others}.items():
        logger = logging.getLogger(name)
        logger.handlers[:] = [lines]
        logger.setLevel(least)
    logging.getLogger("uvicorn.error").addFilter(_logged_by_the_api)


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is at the moment."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        self.stream = sys.stderr
        super().emit(record)


def _logged_by_the_api(record: logging.LogRecord) -> bool:
    """Whether the server's own line is wanted: the API logs a failed request once, with its id."""
    return "ASGI application" not in record.getMessage()


def _hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide what is called like a secret; nothing logs one on purpose."""
    return {name: _shown(name, value) for name, value in event.items()}


def _shown(name: str, value: object) -> object:
    if any(word in name.lower() for word in _SECRET):
        return "***"
    if isinstance(value, dict):
        return {key: _shown(str(key), own) for key, own in cast("dict[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_shown("", own) for own in cast("list[object]", value)]
    return value

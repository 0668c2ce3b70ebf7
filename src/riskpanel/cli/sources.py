"""The sources of market data that the settings name, opened for one command."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Event

from platformdirs import user_cache_path

from riskpanel.errors import InputError
from riskpanel.nightly.doctor.facts import SourceState
from riskpanel.settings import Settings, SourceName
from riskpanel.sources.fmp import PACING, Fmp
from riskpanel.sources.folder import Folder
from riskpanel.sources.protocol import Source, SourceError
from riskpanel.sources.web import SECRET
from riskpanel.sources.yahoo import Yahoo


@contextmanager
def opened_sources(
    settings: Settings, *, today: date, stop: Event | None = None
) -> Generator[tuple[Source, ...]]:
    """Yield the sources in the order in which they are asked, and close them afterwards.

    Once ``stop`` is set they ask nothing more, and wait for nothing.

    Raises
    ------
    InputError
        When a source lacks what it needs: a key, or a folder.
    """
    with ExitStack() as stack:
        yield tuple(_open(name, settings, today, stack, stop) for name in settings.source_names)


_ASKED = timedelta(days=7)


def source_states(
    symbol: str | None, *, settings: Settings, today: date, online: bool
) -> tuple[SourceState, ...]:
    """Tell of each source whether it can be used as set; ``online`` asks it for a week of a symbol too."""
    states: list[SourceState] = []
    for name in settings.source_names:
        try:
            _require(name, settings, today)
        except InputError as error:
            states.append(SourceState(name, fault=error.what, hint=error.hint))
            continue
        if online and symbol is not None:
            states.append(SourceState(name, asked=True, silent=_ask(name, settings, today, symbol)))
        else:
            states.append(SourceState(name))
    return tuple(states)


def _ask(name: SourceName, settings: Settings, today: date, symbol: str) -> str:
    """Return why a source has no answer; empty where it has one."""
    with ExitStack() as stack:
        try:
            _open(name, settings, today, stack).history(symbol, today - _ASKED, today)
        except SourceError as error:
            return error.what
    return ""


def _require(name: SourceName, settings: Settings, today: date) -> None:
    """Refuse a source that lacks what it needs, without opening it."""
    if name == "fmp":
        _fmp_key(settings)
    elif name == "files":
        _folder(settings, today)


def _open(
    name: SourceName, settings: Settings, today: date, stack: ExitStack, stop: Event | None = None
) -> Source:
    if name == "fmp":
        fmp = Fmp(
            _fmp_key(settings),
            base_url=settings.fmp_url,
            pacing=replace(PACING, per_minute=settings.fmp_per_minute),
            cache=_cache_folder() / "fmp.sqlite3",
            stop=stop,
        )
        stack.callback(fmp.close)
        return fmp
    if name == "files":
        return _folder(settings, today)
    return Yahoo(_cache_folder() / "yfinance", per_second=settings.yfinance_per_second, stop=stop)


def _folder(settings: Settings, today: date) -> Folder:
    if settings.source_folder is None:
        raise InputError("the source files has no folder", hint="set RISKPANEL_SOURCE_FOLDER")
    return Folder(settings.source_folder, today=today)


def _fmp_key(settings: Settings) -> str:
    if settings.fmp_api_key is None:
        raise InputError(
            "the source fmp has no key", hint="set FMP_API_KEY, or leave fmp out of RISKPANEL_SOURCES"
        )
    key = settings.fmp_api_key.get_secret_value()
    if not SECRET.fullmatch(key):
        raise InputError(
            "the source fmp has a malformed key: letters, digits and the signs . ~ - _ are allowed",
            hint="set FMP_API_KEY to the key as FMP shows it, and nothing else",
        )
    return key


def _cache_folder() -> Path:
    folder = user_cache_path("riskpanel", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder

"""The sources of market data that the settings name, opened for one command."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from platformdirs import user_cache_path

from riskpanel.errors import InputError
from riskpanel.settings import Settings, SourceName
from riskpanel.sources.fmp import PACING, Fmp
from riskpanel.sources.folder import Folder
from riskpanel.sources.protocol import Source
from riskpanel.sources.yahoo import Yahoo


@contextmanager
def opened_sources(settings: Settings, *, today: date) -> Generator[tuple[Source, ...]]:
    """Yield the sources in the order in which they are asked, and close them afterwards.

    Raises
    ------
    InputError
        When a source lacks what it needs: a key, or a folder.
    """
    with ExitStack() as stack:
        yield tuple(_open(name, settings, today, stack) for name in settings.source_names)


def _open(name: SourceName, settings: Settings, today: date, stack: ExitStack) -> Source:
    if name == "fmp":
        fmp = _fmp(settings)
        stack.callback(fmp.close)
        return fmp
    if name == "files":
        if settings.source_folder is None:
            raise InputError("the source files has no folder", hint="set RISKPANEL_SOURCE_FOLDER")
        return Folder(settings.source_folder, today=today)
    return Yahoo(_cache_folder() / "yfinance", per_second=settings.yfinance_per_second)


def _fmp(settings: Settings) -> Fmp:
    if settings.fmp_api_key is None:
        raise InputError(
            "the source fmp has no key", hint="set FMP_API_KEY, or leave fmp out of RISKPANEL_SOURCES"
        )
    return Fmp(
        settings.fmp_api_key.get_secret_value(),
        base_url=settings.fmp_url,
        pacing=replace(PACING, per_minute=settings.fmp_per_minute),
        cache=_cache_folder() / "fmp.sqlite3",
    )


def _cache_folder() -> Path:
    folder = user_cache_path("riskpanel", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder

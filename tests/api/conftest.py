"""The application over a real database, and a small world of stored rows."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from time import perf_counter

import numpy as np
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from builders import Book, Lot, day, fill_store, panel_of, random_prices
from nightly.nights import night
from riskpanel.api.access import open_accounts
from riskpanel.api.app import create_app
from riskpanel.api.edits import Edits
from riskpanel.book.panel import PricePanel
from riskpanel.nightly.definitions import DefinitionsEditor
from riskpanel.nightly.editor import HoldingsEditor
from riskpanel.nightly.uploads import Uploads
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.database import Store, open_store

NOW = datetime(2025, 6, 30, 21, tzinfo=UTC)


def sessions_after(first: date, last: date) -> int:
    """Sessions after one day, up to and with another."""
    return len(sessions_between(first, last)) - len(sessions_between(first, first))


def app_over(store: Store, moment: datetime = NOW, **options) -> FastAPI:
    """The application at a fixed moment, for the local user unless ``accounts`` says otherwise."""
    return app_at(store, lambda: moment, **options)


def app_at(store: Store, clock: Callable[[], datetime], **options) -> FastAPI:
    """The application by a clock."""
    return create_app(
        store,
        clock=clock,
        timer=perf_counter,
        sessions_between=sessions_after,
        edits=Edits(HoldingsEditor(store, clock), DefinitionsEditor(store, clock), Uploads(store, clock)),
        accounts=options.pop("accounts", None) or open_accounts(required=False),
        **options,
    )


@pytest.fixture
def app(store: Store) -> FastAPI:
    """The application over an empty database, on both."""
    return app_over(store)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of the application that is told of bugs as any client is."""
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as asking:
        yield asking


@pytest.fixture
def panel() -> PricePanel:
    """An index and three stocks; X is new and stopped two sessions ago."""
    prices = random_prices(66, 140, "ABX")
    prices["X"][:130] = np.nan
    prices["X"][-2:] = np.nan
    return panel_of(prices)


@pytest.fixture(scope="session")
def _worlds() -> dict[str, tuple[str, dict[str, int]]]:
    """Where the small world stands filled, by kind of database, and the ids of its portfolios."""
    return {}


@pytest.fixture
def migrated_url(dialect, tmp_path, request, panel, _worlds) -> Iterator[str]:
    """URL of a database at the newest schema: of the small world where a test asks for it, else empty."""
    empty = request.getfixturevalue(f"_{'sqlite' if dialect == 'sqlite' else 'postgres'}_template")
    wanted = "api_world" in request.fixturenames
    server = None if dialect == "sqlite" else request.getfixturevalue("postgres_server")
    if wanted and dialect not in _worlds:
        _worlds[dialect] = _fill_world(empty, panel, request, server)
    template = _worlds[dialect][0] if wanted else empty
    if server is None:
        path = tmp_path / "riskpanel.sqlite3"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    with server.database(template=template) as url:
        yield url


def _fill_world(
    empty, panel: PricePanel, request: pytest.FixtureRequest, server
) -> tuple[str, dict[str, int]]:
    """Fill a copy of the empty database, to be copied by each test that wants it."""
    if server is None:
        path = request.getfixturevalue("tmp_path_factory").mktemp("world") / "world.sqlite3"
        shutil.copy(empty, path)
        with open_store(f"sqlite:///{path}") as store:
            ids = fill_small_world(store, panel)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return str(path), ids
    filled = server.database(template=empty)
    url = filled.__enter__()
    request.session.stash[_KEPT] = filled  # as long as the tests run; the server is thrown away with it
    with open_store(url) as store:
        ids = fill_small_world(store, panel)
    return str(sa.make_url(url).database), ids


_KEPT = pytest.StashKey()


@pytest.fixture
def api_world(store: Store, dialect: str, _worlds) -> dict[str, int]:
    """Three sessions of three portfolios, and one that no run has seen; ids by name."""
    return dict(_worlds[dialect][1])


def fill_small_world(store: Store, panel: PricePanel) -> dict[str, int]:
    """Fill a store with the small world; return the ids of its portfolios by name."""
    books = [
        Book("p", (Lot("A", 3.0), Lot("A", 1.0, multiplier=2.0), Lot("B", -2.0), Lot("X", 1.0)), cash=100.0),
        Book("cash alone", cash=7.0),
        Book("new", (Lot("X", 1.0),)),
    ]
    sectors = {"A": "Energy", "B": "Utilities"}
    ids = fill_store(store, panel, [*books, Book("no run")], sectors, now=NOW)
    seen = tuple(ids[book.name] for book in books)
    night(store, day(panel, -3), day(panel), portfolio_ids=seen)
    return ids

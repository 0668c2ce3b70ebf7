"""The complete page over HTTP with 1,000 portfolios stored, against computing a snapshot afresh."""

import threading
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

import httpx2
import numpy as np
import pytest
import sqlalchemy as sa
import uvicorn
from pytest_benchmark.fixture import BenchmarkFixture

from builders import day, fill_store, panel_of, random_books, random_prices, snapshots_of
from nightly.nights import night
from riskpanel.api.access import open_accounts
from riskpanel.api.accounts.users import issue_token
from riskpanel.api.app import create_app
from riskpanel.api.edits import Edits
from riskpanel.book.panel import PricePanel
from riskpanel.store import migrate
from riskpanel.store.database import Store, open_store
from riskpanel.store.schema import portfolio_snapshots

PORTFOLIOS, SYMBOLS, HELD, SESSIONS, ASKED, YEAR = 1_000, 60, 20, 300, 100, 250
GOAL = 0.020  # seconds
NOW = datetime(2025, 6, 30, 21, tzinfo=UTC)


def _no_sessions(_first: date, _last: date) -> int:
    return 0


@pytest.fixture
def world(tmp_path):
    """Store a night of 1,000 portfolios of 20 positions, and what it was computed from."""
    symbols = [f"S{at:02d}" for at in range(SYMBOLS)]
    panel = panel_of(random_prices(5, SESSIONS, symbols))
    books = random_books(5, PORTFOLIOS, symbols, held=HELD)
    with open_store(f"sqlite:///{tmp_path / 'benchmark.sqlite3'}") as store:
        store.create_file()
        migrate.upgrade(store)
        ids = fill_store(store, panel, books, now=NOW)
        night(store, day(panel))
        _repeat_for_a_year(store, panel, [ids[book.name] for book in books[:ASKED]])
        yield store, panel, books, ids


def _repeat_for_a_year(store: Store, panel: PricePanel, asked: list[int]) -> None:
    """Store the snapshots of some portfolios again on earlier sessions, so that they have a year of them."""
    names = [column.name for column in portfolio_snapshots.c if column.name != "snapshot_date"]
    columns = [portfolio_snapshots.c[name] for name in names]
    newest = portfolio_snapshots.c.snapshot_date == day(panel)
    with store.begin() as conn:
        for row in range(1, YEAR):
            earlier = sa.select(*columns, sa.literal(day(panel, -1 - row))).where(
                newest, portfolio_snapshots.c.portfolio_id.in_(asked)
            )
            conn.execute(sa.insert(portfolio_snapshots).from_select([*names, "snapshot_date"], earlier))


@pytest.fixture
def address(world):
    """Serve in a thread of its own; the requests are timed from outside, over a socket."""
    app = create_app(
        world[0],
        clock=lambda: NOW,
        timer=perf_counter,
        sessions_between=_no_sessions,
        edits=Edits(None, None, None),  # nothing is changed here
        accounts=open_accounts(required=True),
    )
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, lifespan="off", access_log=False, log_level="warning")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        pass
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def _values(store: Store) -> dict[int, float]:
    with store.read() as conn:
        query = sa.select(portfolio_snapshots.c.portfolio_id, portfolio_snapshots.c.market_beta_weighted)
        return dict(conn.execute(query).all())


@pytest.mark.benchmark(group="complete page over HTTP, 1,000 portfolios in SQLite")
def test_the_complete_page_is_read_and_not_computed(benchmark: BenchmarkFixture, world, address: str) -> None:
    """The benchmark times one request; 300 requests of 100 portfolios give the percentile."""
    store, panel, books, ids = world
    betas = _values(store)
    _, token = issue_token(
        store, 1, "benchmark", scopes=("read",), now=NOW, expires_at=NOW + timedelta(days=1)
    )
    signed = {"authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=address, trust_env=False, headers=signed) as client:

        def ask(portfolio_id: int) -> dict:
            return client.get(f"/api/v1/data/portfolio/{portfolio_id}/complete").raise_for_status().json()

        benchmark.pedantic(ask, args=(ids[books[0].name],), rounds=50, warmup_rounds=5)
        taken = []
        for book in books[:ASKED] * 3:
            started = perf_counter()
            document = ask(ids[book.name])
            taken.append(perf_counter() - started)
            assert document["snapshot"]["market_beta_weighted"] == betas[ids[book.name]]
            assert len(document["holdings"]) == HELD
            assert len(document["timeseries"]) == YEAR
    started = perf_counter()
    snapshots_of(panel, [books[0]])
    afresh = perf_counter() - started
    p50, p95 = np.quantile(taken, (0.5, 0.95))
    benchmark.extra_info["p95_ms"] = round(p95 * 1e3, 2)
    benchmark.extra_info["ratio_to_computing"] = round(afresh / p95, 2)
    assert p95 < GOAL
    print(
        f"\ncomplete page p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms; computing one snapshot "
        f"from prices in memory {afresh * 1e3:.0f} ms: {afresh / p95:,.1f}x"
    )

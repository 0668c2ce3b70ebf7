"""The night against the naive ways, on both databases: every answer that both give is compared.

The naive ways run on a sample and are scaled by position-days; ours computes and stores everything.
"""

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import pytest
import sqlalchemy as sa
from benchmarks.night.databases import KINDS, fresh_database, remove_results
from benchmarks.night.naive import require_same, time_naive
from benchmarks.night.one import run_alone
from benchmarks.night.world import NOW, Size, World, draw_world, fill
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy.orm import Session, registry

from riskpanel.book.assembly import build_snapshots
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.snapshots import Market, Snapshots
from riskpanel.nightly.loading import load_inputs
from riskpanel.nightly.shards import build_session
from riskpanel.store.database import Store, open_store
from riskpanel.store.results import save_snapshots
from riskpanel.store.schema import portfolio_snapshots
from riskpanel.store.snapshot_columns import snapshot_columns

DAYS = 87
SAMPLE_PORTFOLIOS = [3, 500, 998]


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(Size(portfolios=1_000))


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, world: World) -> Iterator[str]:
    """Fill a database with 10,000 symbols x 400 sessions and 1,000 portfolios."""
    with fresh_database(request.param) as address:
        fill(address, world).dispose()
        yield address


@pytest.mark.benchmark(group="1,000 portfolios x 87 sessions, everything stored")
def test_a_backfill_against_the_naive_ways(benchmark: BenchmarkFixture, url: str, world: World) -> None:
    sessions = [world.sessions[-1].item(), world.sessions[-40].item()]
    plain = time_naive(url, sessions, SAMPLE_PORTFOLIOS, with_har=False)
    with_har = time_naive(url, sessions[:1], SAMPLE_PORTFOLIOS[:2], with_har=True)
    with open_store(url) as store:
        remove_results(store)
        figures = benchmark.pedantic(run_alone, args=(url, DAYS), rounds=1)
        require_same(store, plain.answers)
    position_days = world.positions.height * DAYS
    ratios = {
        "ratio": plain.seconds * position_days / figures.seconds,
        "ratio_with_har": with_har.seconds * position_days / figures.seconds,
    }
    benchmark.extra_info |= {name: round(ratio) for name, ratio in ratios.items()}
    print(
        f"\n{position_days:,} position-days in {figures.seconds:.1f} s, {figures.rows:,} rows; naive "
        f"{plain.seconds * 1e3:.1f} ms each: {ratios['ratio']:,.0f}x; with a HAR fit "
        f"{with_har.seconds * 1e3:.1f} ms: {ratios['ratio_with_har']:,.0f}x"
    )


@pytest.fixture(scope="module")
def session_world(world: World) -> Iterator[tuple[Market, Snapshots]]:
    """Everything of one session in memory."""
    with fresh_database("sqlite") as address, fill(address, world) as store:
        market, holdings = load_inputs(store, [world.last], RiskPolicy(), portfolio_ids=None)
    instruments = build_session(market, RiskPolicy(), world.last, market_indices=("SPY",))
    return market, build_snapshots(holdings, market, instruments, RiskPolicy(), world.last)


@pytest.mark.benchmark(group="write of 1,000 snapshots with their stress tests")
def test_snapshots_are_written_in_bulk(
    benchmark: BenchmarkFixture, url: str, session_world: tuple[Market, Snapshots]
) -> None:
    """Against the same snapshot rows, without the stress tests, by an ORM that commits each."""
    _, snapshots = session_world
    mapped = type("Mapped", (), {})
    registry().map_imperatively(mapped, portfolio_snapshots)
    with open_store(url) as store:
        remove_results(store)
        run_id = _some_run(store)
        orm = _time_orm(store, mapped, snapshots, run_id)
        remove_results(store)

        def write() -> None:
            with store.begin() as conn:
                save_snapshots(conn, snapshots, run_id=run_id, now=NOW)

        benchmark.pedantic(write, setup=lambda: remove_results(store), rounds=3)
        with store.read() as conn:
            stored = conn.execute(sa.select(portfolio_snapshots.c.net_asset_value)).scalars().all()
    assert len(stored) == len(snapshots.holdings)
    ours = benchmark.stats.stats.min / len(stored)
    benchmark.extra_info["ratio_to_orm"] = round(orm / ours, 1)
    print(f"\nORM {orm * 1e3:.2f} ms a snapshot, in bulk {ours * 1e3:.3f} ms: {orm / ours:,.0f}x")


def _some_run(store: Store) -> int:
    with store.begin() as conn:
        conn.execute(
            sa.text(
                "INSERT INTO batch_runs (id, kind, status, as_of_from, as_of_to, engine, version, policy,"
                " policy_fingerprint, started_at) VALUES (9999, 'run', 'succeeded', '2025-06-30',"
                " '2025-06-30', 'local', '0', '{}', '0', '2025-06-30') ON CONFLICT DO NOTHING"
            )
        )
    return 9999


def _time_orm(store: Store, mapped: type, snapshots: Snapshots, run_id: int, sample: int = 200) -> float:
    columns = {name: list(cells) for name, cells in snapshot_columns(snapshots).items()}
    stamps = {"created_at": NOW, "updated_at": NOW, "snapshot_date": snapshots.as_of, "run_id": run_id}
    with store.begin() as conn:
        engine = conn.engine
    started = perf_counter()
    for row in range(sample):
        with Session(engine) as session:
            one = mapped()
            for name, cells in columns.items():
                cell = cells[row]
                missing = isinstance(cell, float) and np.isnan(cell)
                plain = cell.item() if isinstance(cell, np.generic) else cell
                setattr(one, name, None if missing else plain)
            for name, value in stamps.items():
                setattr(one, name, value)
            session.add(one)
            session.commit()
    return (perf_counter() - started) / sample


@pytest.mark.benchmark(group="what a night grows with")
def test_the_cost_grows_with_portfolios_and_symbols_and_not_with_shared_positions(
    benchmark: BenchmarkFixture,
) -> None:
    """Twice as many cost twice as much: the exponent of a power law through three sizes is near 1."""
    policy, last = RiskPolicy(), draw_world(Size(symbols=50, portfolios=1)).last

    def timed(symbols: int, portfolios: int) -> tuple[float, float]:
        drawn = draw_world(Size(symbols=symbols, portfolios=portfolios))
        with fresh_database("sqlite") as address, fill(address, drawn) as store:
            market, holdings = load_inputs(store, [last], policy, portfolio_ids=None)
        best = [np.inf, np.inf]
        for _ in range(3):
            started = perf_counter()
            instruments = build_session(market, policy, last, market_indices=("SPY",))
            between = perf_counter()
            snapshots = build_snapshots(holdings, market, instruments, policy, last)
            best = [min(best[0], between - started), min(best[1], perf_counter() - between)]
        assert len(snapshots.holdings) == portfolios
        return best[0], best[1]

    sizes = np.array([2_500, 5_000, 10_000])
    by_symbols = [timed(size, 100)[0] for size in sizes]
    by_portfolios = [timed(2_000, size)[1] for size in sizes]
    shared, spread = timed(60, 5_000)[1], timed(10_000, 5_000)[1]
    exponents = {
        name: float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
        for name, seconds in (("symbols", by_symbols), ("portfolios", by_portfolios))
    }
    benchmark.pedantic(timed, args=(2_500, 100), rounds=1)
    benchmark.extra_info |= {name: round(exponent, 2) for name, exponent in exponents.items()}
    benchmark.extra_info["shared_over_spread"] = round(shared / spread, 2)
    print(f"\nexponents {exponents}; 60 shared symbols over 10,000: {shared / spread:.2f}")
    assert all(exponent < 1.25 for exponent in exponents.values())
    assert shared < 1.25 * spread

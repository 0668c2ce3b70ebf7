"""The numbers of one session: 10,000 instruments, and 20,000 portfolios of about 30 positions.

Three forms in one run, of the same bits: all series at once, in blocks that fit the cache, and in blocks with
compiled loops. Beside them stands what no form can beat: the time to read once what must be read, at the
bandwidth of a copy in the same run.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from time import process_time
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from benchmarks.night.world import INDEX, Size, World, draw_world
from pytest_benchmark.fixture import BenchmarkFixture

from builders import market_of
from riskpanel.book.assembly import build_snapshots
from riskpanel.book.holdings import Holdings
from riskpanel.book.instruments import InstrumentMetrics, build_instrument_metrics
from riskpanel.book.panel import RawRanges, build_panel
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.snapshots import Market, Snapshots
from riskpanel.risk import blocks
from riskpanel.risk.kernels import compiler

SIZE = Size(symbols=10_000, sessions=546, portfolios=20_000)
POLICY = RiskPolicy()
FLOOR = 1.1  # of everything at once over blocks with compiled loops; a quiet machine shows more


class Scene(NamedTuple):
    """A market and the books in it."""

    market: Market
    holdings: Holdings

    def instruments(self) -> InstrumentMetrics:
        panel = self.market.panel
        return build_instrument_metrics(panel, POLICY, len(panel.sessions) - 1, market_indices=[INDEX])

    def snapshots(self, instruments: InstrumentMetrics) -> Snapshots:
        as_of = self.market.panel.sessions[-1].item()
        return build_snapshots(self.holdings, self.market, instruments, POLICY, as_of)


@pytest.fixture(scope="module")
def scene() -> Scene:
    world = draw_world(SIZE)
    rng = np.random.default_rng(21)
    opened = world.close * np.exp(rng.normal(0, 0.005, world.close.shape))
    above, below = np.exp(np.abs(rng.normal(0, 0.006, (2, *world.close.shape))))
    ranges = RawRanges(opened, np.fmax(opened, world.close) * above, np.fmin(opened, world.close) / below)
    panel = build_panel(
        world.sessions, world.symbols, close=world.close, adj_close=world.adj_close, ranges=ranges
    )
    return Scene(market_of(panel), holdings_of(world))


def holdings_of(world: World) -> Holdings:
    count, lots = world.size.portfolios, world.positions
    columns = {symbol: column for column, symbol in enumerate(world.symbols)}
    sign = pl.when(pl.col("position_type") == "SHORT").then(-1.0).otherwise(1.0)
    never = np.full(len(lots), np.datetime64("NaT"), dtype="datetime64[D]")
    return Holdings(
        portfolio_ids=np.arange(1, count + 1),
        user_ids=np.ones(count, dtype=np.int64),
        names=tuple(world.portfolios["name"]),
        market_indices=(INDEX,) * count,
        benchmark_codes=("SP500",) * count,
        cash=np.full(count, 50_000.0),
        lot_portfolio=lots["portfolio_id"].to_numpy() - 1,
        lot_symbol=np.array([columns[symbol] for symbol in lots["symbol"]]),
        lot_quantity=lots.select(pl.col("quantity") * sign).to_series().to_numpy(),
        lot_entry=never,
        lot_exit=never,
    )


def compute_time(call: Callable[[], Any]) -> float:
    """Seconds of the processor, which others on the machine do not lengthen as they do a clock's."""
    started = process_time()
    call()
    return process_time() - started


def bandwidth() -> float:
    """Bytes a second that a copy reads and writes."""
    source = np.ones(32_000_000)
    target = np.empty_like(source)
    return 2 * source.nbytes / min(compute_time(lambda: np.copyto(target, source)) for _ in range(5))


def assert_same_bits(one: Any, other: Any) -> int:
    """Compare every array of two answers, and count them."""
    if isinstance(one, np.ndarray):
        assert one.tobytes() == other.tobytes()
        return 1
    if isinstance(one, dict):
        return sum(assert_same_bits(value, other[key]) for key, value in one.items())
    if is_dataclass(one):
        names = [field.name for field in fields(one)]
        return sum(assert_same_bits(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, tuple) and one and is_dataclass(one[0]):
        return sum(assert_same_bits(*both) for both in zip(one, other, strict=True))
    return 0


def compare(
    benchmark: BenchmarkFixture,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[[], Any],
    *,
    rounds: int,
    read: int,
) -> Any:
    """Time the three forms, compare their answers, note the ratios."""
    forms = {
        "all at once": (10**9, np.inf),
        "in blocks": (blocks.WIDTH, np.inf),
        "compiled": (blocks.WIDTH, compiler.LEAST_CELLS),
    }
    seconds: dict[str, list[float]] = {name: [] for name in forms}
    answers: dict[str, Any] = {}
    for _ in range(rounds + 1):  # in turn, so that all meet the same machine; the first time is not counted
        for name, (width, least) in forms.items():
            monkeypatch.setattr(blocks, "WIDTH", width)
            monkeypatch.setattr(compiler, "LEAST_CELLS", least)
            seconds[name].append(compute_time(lambda name=name: answers.update({name: call()})))
    benchmark.pedantic(call, rounds=2)
    assert assert_same_bits(answers["compiled"], answers["in blocks"]) > 30
    assert assert_same_bits(answers["compiled"], answers["all at once"]) > 30
    at_once, in_blocks, best = (min(times[1:]) for times in seconds.values())
    bound = read / bandwidth()
    benchmark.extra_info["ratio_of_all_at_once"] = round(at_once / best, 2)
    benchmark.extra_info["ratio_of_numpy_in_blocks"] = round(in_blocks / best, 2)
    benchmark.extra_info["times_the_bandwidth_bound"] = round(best / bound, 1)
    print(
        f"\nall at once {at_once:.2f} s, in blocks {in_blocks:.2f} s, with compiled loops {best:.2f} s:"
        f" {at_once / best:.2f}x and {in_blocks / best:.2f}x;"
        f" reading {read / 1e6:,.0f} MB once takes {bound * 1e3:.0f} ms"
    )
    assert at_once / best > FLOOR
    return answers["compiled"]


@pytest.mark.benchmark(group="one session of 10,000 instruments")
def test_instruments_of_a_session(
    benchmark: BenchmarkFixture, monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    panel = scene.market.panel
    read = 3 * 8 * POLICY.return_sessions * len(panel.symbols)  # returns, variances, spans
    metrics = compare(benchmark, monkeypatch, scene.instruments, rounds=5, read=read)
    market = panel.returns[-90:, panel.column(INDEX)]
    for column in range(100, 110):
        fit = sm.OLS(panel.returns[-90:, column], sm.add_constant(market), missing="drop").fit()
        assert metrics.betas[INDEX].ols.beta[column] == pytest.approx(fit.params[1], rel=1e-9)


@pytest.mark.benchmark(group="one session of 20,000 portfolios of about 30 positions")
def test_portfolios_of_a_session(
    benchmark: BenchmarkFixture, monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    instruments = scene.instruments()
    read = 8 * POLICY.return_sessions * len(scene.holdings.lot_symbol)  # each position's returns
    snapshots = compare(benchmark, monkeypatch, lambda: scene.snapshots(instruments), rounds=3, read=read)
    assert not snapshots.failures
    assert np.isfinite(snapshots.blocks[0].volatility.realized_21d).all()

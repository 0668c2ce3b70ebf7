"""Writes docs/evidence/night.md: ``python -m benchmarks.night``. Takes about a quarter of an hour."""

import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from benchmarks.night.databases import KINDS, fresh_database, remove_results, time_plain_copy
from benchmarks.night.goals import measured_goals
from benchmarks.night.naive import require_same, time_naive
from benchmarks.night.one import Figures, clock, run_alone
from benchmarks.night.phases import Phase, bandwidth, time_phases
from benchmarks.night.world import Size, World, draw_world, fill

from riskpanel.store.database import open_store

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "night.md"
TEMPLATE = Path(__file__).with_name("template.md")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
MANY, FEW, DAYS = 100_000, 1_000, 87
SAMPLE = [3, 500, 998]
MOST_MEMORY = 4 << 30
ANCHOR = 45.9e-3  # seconds a position and session, of the naive way when the goals were set


def main() -> None:
    """Measure, assert the goal of memory, write the page."""
    speed, goals = bandwidth(), measured_goals()
    nights, phases, ratios, dask = [], [], [], "not measured"
    few, many = draw_world(Size(portfolios=FEW)), draw_world(Size(portfolios=MANY))
    for kind in KINDS:
        with _filled(kind, few) as url:
            ratios.append(_ratio_row(kind, url, few))
            nights.append(_night_row(kind, FEW, run_alone(url, 1)))
        with _filled(kind, many) as url:
            with open_store(url) as store:
                phases.append((kind, time_phases(store, many.last, clock)))
            _empty(url)
            alone = run_alone(url, 1)
            assert alone.peak_bytes < MOST_MEMORY, alone
            nights.append(_night_row(kind, MANY, alone))
            nights.append(_night_row(kind, MANY, run_alone(url, 1), "the same again"))
            _empty(url)
            nights.append(_night_row(kind, MANY, run_alone(url, 1, compiled=False), "without numba"))
            if kind == "postgresql":
                dask = _dask_row(url, alone)
        print(*ratios, *nights, phases, dask, sep="\n", file=sys.stderr, flush=True)  # should the rest fail
    page = TEMPLATE.read_text(encoding="utf-8").format(
        nights="\n".join(nights),
        phases=_phase_table(phases, speed),
        ratios="\n".join(ratios),
        dask=dask,
        bandwidth=f"{speed / 1e9:.1f}",
        python=platform.python_version(),
        numpy=np.__version__,
        days=DAYS,
        goals=goals,
    )
    PAGE.write_text(page, encoding="utf-8")
    print(page)


@contextmanager
def _filled(kind: str, world: World) -> Iterator[str]:
    with fresh_database(kind) as url:
        fill(url, world).dispose()
        yield url


def _empty(url: str) -> None:
    with open_store(url) as store:
        remove_results(store)


def _night_row(kind: str, portfolios: int, figures: Figures, what: str = "first time") -> str:
    return (
        f"| {NAMES[kind]} | {portfolios:,} | {what} | {figures.seconds:.1f} | {figures.rows:,} "
        f"| {figures.snapshots / figures.seconds:,.0f} | {figures.peak_bytes / 2**30:.2f} |"
    )


def _ratio_row(kind: str, url: str, world: World) -> str:
    sessions = [world.sessions[-1].item(), world.sessions[-40].item()]
    plain = time_naive(url, sessions, SAMPLE, with_har=False)
    with_har = time_naive(url, sessions[:1], SAMPLE[:2], with_har=True)
    figures = run_alone(url, DAYS)
    with open_store(url) as store:
        require_same(store, plain.answers)
        copying = time_plain_copy(store)
    position_days = world.positions.height * DAYS
    _empty(url)
    return (
        f"| {NAMES[kind]} | {plain.seconds * 1e3:.1f} / {with_har.seconds * 1e3:.1f} ms "
        f"| {plain.seconds * position_days / 3600:,.0f} / {with_har.seconds * position_days / 3600:,.0f} h "
        f"| {figures.seconds:.0f} s, {figures.rows:,} rows | {copying:.0f} s "
        f"| {plain.seconds * position_days / figures.seconds:,.0f} / "
        f"{with_har.seconds * position_days / figures.seconds:,.0f} "
        f"| {ANCHOR * position_days / figures.seconds:,.0f} "
        f"| {plain.seconds * position_days / copying:,.0f} |"
    )


def _dask_row(url: str, local: Figures) -> str:
    from distributed import LocalCluster  # noqa: PLC0415  only here

    _empty(url)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        spread = run_alone(url, 1, cluster.scheduler_address)
    assert (spread.rows, spread.snapshots) == (local.rows, local.snapshots)
    return f"{spread.seconds:.1f} s against {local.seconds:.1f} s in one process"


def _phase_table(measured: list[tuple[str, list[Phase]]], speed: float) -> str:
    lines = []
    for parts in zip(*(phases for _, phases in measured), strict=True):
        seconds = " | ".join(f"{part.seconds:.2f}" for part in parts)
        moved = parts[0].moved
        bound = moved / speed
        times = " / ".join(f"{part.seconds / bound:,.0f}" for part in parts)
        lines.append(f"| {parts[0].name} | {seconds} | {moved / 1e6:,.0f} | {bound:.3f} | {times} |")
    totals = " | ".join(f"{sum(p.seconds for p in phases):.2f}" for _, phases in measured)
    lines.append(f"| **one after the other** | {totals} | | | |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

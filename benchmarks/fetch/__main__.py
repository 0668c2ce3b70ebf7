"""Writes docs/evidence/fetch.md: ``PYTHONPATH=tests python -m benchmarks.fetch``."""

import resource
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.fetch.faults import Outcome, try_all
from benchmarks.fetch.world import (
    ADJUSTED,
    BEFORE,
    FULL,
    SESSION,
    RateLimit,
    database,
    fetched,
    one_history,
    scripted,
    source,
)

from riskpanel.sources.fmp import PACING
from sources.replay import replaying

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "fetch.md"
TEMPLATE = Path(__file__).with_name("template.md")
SYMBOLS = tuple(f"S{number:03d}" for number in range(500))
FAST = 40  # times faster than the real limits, so that the measurement does not take hours


@dataclass(frozen=True)
class Timed:
    """A fetch of all symbols: what it did, and what it took."""

    name: str
    requests: int
    refused: int
    rows: int
    seconds: float


def main() -> None:
    """Try the faults, fetch the symbols, write the page; exit with 1 where something was lost."""
    outcomes = try_all()
    timed = _time_all()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    page = TEMPLATE.read_text(encoding="utf-8").format(
        faults=_fault_table(outcomes),
        timed=_timed_table(timed),
        peak=f"{peak:,.0f}",
        count=len(outcomes),
        fast=FAST,
    )
    PAGE.write_text(page, encoding="utf-8")
    print(_fault_table(outcomes), _timed_table(timed), sep="\n\n")
    sys.exit(not all(outcome.kept for outcome in outcomes))


def _time_all() -> list[Timed]:
    """Fetch ten years of each symbol, then a week, then nothing, from a server that limits requests."""
    limit = RateLimit(300 * FAST // 60, 1.0)
    pacing = replace(PACING, per_second=264 * FAST // 60, per_minute=264 * FAST, first_wait=0.5)
    timed: list[Timed] = []
    with database() as store, replaying() as replay:
        scripted(one_history, replay)
        for path in (FULL, ADJUSTED):
            (script,) = replay.scripts[f"/{path}"]
            replay.play(path, limit.around(script))
        for name, session in (("ten years", BEFORE), ("a week later", SESSION), ("again", SESSION)):
            asked, refused, started = len(replay.asked), limit.refused, time.perf_counter()
            with source(replay, pacing) as fmp:
                report = fetched(store, fmp, symbols=SYMBOLS, session=session)
            assert report.failed == (), report.failed
            seconds = time.perf_counter() - started
            timed.append(
                Timed(name, len(replay.asked) - asked, limit.refused - refused, report.written, seconds)
            )
    return timed


def _fault_table(outcomes: list[Outcome]) -> str:
    lines = ["| fault | what was told | rows before | after | quarantined |", "|---|---|---:|---:|---:|"]
    for one in outcomes:
        told = one.told.error or "; ".join(
            part
            for part in (
                one.told.status,
                f"its last session is {one.told.last}" if one.told.last != SESSION else "",
                f"missing {', '.join(map(str, one.told.missing))}" if one.told.missing else "",
                *one.told.tried,
            )
            if part
        )
        lost = "" if one.kept else " **lost**"
        cells = (one.fault, told.replace("|", "/")[:160], f"{one.before:,}", f"{one.after:,}{lost}")
        lines.append(f"| {' | '.join(cells)} | {one.quarantined:,} |")
    return "\n".join(lines)


def _timed_table(timed: list[Timed]) -> str:
    lines = ["| fetch | requests | of them refused | rows written | seconds |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {t.name} | {t.requests:,} | {t.refused:,} | {t.rows:,} | {t.seconds:.1f} |" for t in timed]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""Writes docs/evidence/kills.md: ``PYTHONPATH=tests python -m benchmarks.kills``."""

import queue
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from zlib import crc32

from benchmarks.kills.tables import (
    Report,
    fault_table,
    holder_table,
    kill_table,
    meeting_table,
    wrong_of,
)

from crash import stage
from crash.children import Children
from crash.databases import Server
from crash.disks import may_mount
from crash.faults import Fault, try_fault
from crash.kills import Kills
from crash.meetings import HOLDERS, Meetings, meetings, try_holder
from crash.postgres_faults import POSTGRES
from crash.sqlite_faults import SQLITE
from crash.world import Command, World, commands

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "kills.md"
TEMPLATE = Path(__file__).with_name("template.md")
KILLS = 100  # of each command on each database, at least
_BESIDE, _PROGRAM = 5, 1  # of them beside another one, and of the program that a shell starts
_WORKERS = 2
_SEED = 20_250_102
_FAULTS: dict[str, tuple[Fault, ...]] = {"sqlite": SQLITE, "postgresql": POSTGRES}

Work = Callable[["Place"], None]


class Place:
    """Where one worker works: a server and a world of each kind of database that nobody else uses."""

    def __init__(self, stack: ExitStack) -> None:
        self.server: Server = stack.enter_context(stage.server())
        self._worlds: dict[str, tuple[World, Children]] = {
            dialect: stack.enter_context(stage.world(dialect, self.server)) for dialect in stage.DIALECTS
        }

    def world(self, dialect: str) -> tuple[World, Children]:
        """Return the world of a kind of database, and who runs commands in it."""
        return self._worlds[dialect]

    def command(self, dialect: str, name: str) -> Command:
        """Return a command of the world of a kind of database."""
        return commands(self._worlds[dialect][0].files)[name]


def main() -> None:
    """Kill, strike and let meet; write the page; exit with 1 where anything was wrong."""
    started, report = time.monotonic(), Report()
    left: queue.SimpleQueue[tuple[str, Work]] = queue.SimpleQueue()
    for job in _jobs(report):
        left.put(job)
    with ExitStack() as stack, ThreadPoolExecutor(_WORKERS) as pool:
        places = [Place(stack) for _ in range(_WORKERS)]
        for worker in [pool.submit(_work, place, left) for place in places]:
            worker.result()
    page = TEMPLATE.read_text(encoding="utf-8").format(
        kills=f"{sum(one.kills for one in report.tallies):,}",
        compared=f"{sum(one.compared for one in report.tallies):,}",
        least=KILLS,
        differences=len(wrong_of(report)),
        kill_table=kill_table(report.tallies),
        fault_table=fault_table(report.outcomes),
        meeting_table=meeting_table(report.met),
        holder_table=holder_table(report.held),
        minutes=f"{(time.monotonic() - started) / 60:.0f}",
    )
    PAGE.write_text(page, encoding="utf-8")
    print(kill_table(report.tallies), fault_table(report.outcomes), sep="\n\n")
    print("\n".join(wrong_of(report)), file=sys.stderr)
    sys.exit(bool(wrong_of(report)))


def _work(place: Place, left: queue.SimpleQueue[tuple[str, Work]]) -> None:
    """Do what is left, piece by piece."""
    while True:
        try:
            name, work = left.get_nowait()
        except queue.Empty:
            return
        started = time.monotonic()
        work(place)
        print(f"{time.monotonic() - started:6.1f} s  {name}", file=sys.stderr, flush=True)


def _jobs(report: Report) -> list[tuple[str, Work]]:
    """Return all the work, what takes long first."""
    jobs: list[tuple[str, Work]] = []
    for dialect in reversed(stage.DIALECTS):
        jobs += [
            (f"{dialect}: faults", lambda place, dialect=dialect: _strike(place, dialect, report)),
            (f"{dialect}: meetings", lambda place, dialect=dialect: _let_meet(place, dialect, report)),
        ]
        jobs += [
            (
                f"{dialect}: {name}",
                lambda place, name=name, dialect=dialect: _kill(place, dialect, name, report),
            )
            for name in commands(Path())
        ]
    return jobs


def _kill(place: Place, dialect: str, name: str, report: Report) -> None:
    kills = Kills(*place.world(dialect), place.command(dialect, name), _SEED + crc32(name.encode()))
    report.tallies.append(kills.tally)
    kills.of_the_program(_PROGRAM)
    kills.beside_another(_BESIDE)
    kills.at_random(KILLS)


def _strike(place: Place, dialect: str, report: Report) -> None:
    known = {}
    for fault in _FAULTS[dialect]:
        if not fault.mounts or may_mount():
            report.outcomes.append(try_fault(*place.world(dialect), fault, known=known, server=place.server))


def _let_meet(place: Place, dialect: str, report: Report) -> None:
    met = Meetings(*place.world(dialect))
    report.met += [met.try_out(meeting) for meeting in meetings(dialect)]
    report.held += [(dialect, holder, *try_holder(*place.world(dialect), holder)) for holder in HOLDERS]


if __name__ == "__main__":
    main()

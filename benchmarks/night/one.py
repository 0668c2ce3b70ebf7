"""One run in a process of its own, as JSON: ``python -m benchmarks.night.one URL SESSIONS SCHEDULER WORD``.

So that the peak of memory is the run's alone. SCHEDULER may be empty; an empty WORD is no compiled loop.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from riskpanel.book.policy import RiskPolicy
from riskpanel.nightly.night import LocalEngine
from riskpanel.nightly.run import NightRequest, latest_session, run_night
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.database import open_store

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run took and wrote."""

    seconds: float
    peak_bytes: int
    snapshots: int
    instruments: int
    rows: int


def clock() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def run_alone(url: str, sessions: int, scheduler: str = "", *, compiled: bool = True) -> Figures:
    """Run the last sessions in another process; every portfolio must come out."""
    command = [sys.executable, "-m", "benchmarks.night.one", url, str(sessions), scheduler]
    command.append("compiled" if compiled else "")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def _peak_bytes() -> int:
    """Read the most memory that this program had; ``getrusage`` would count that of its parent too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(peak) * 1024


def main(url: str, sessions: str, scheduler: str, compiled: str) -> None:
    """Run and print."""
    if not compiled:
        sys.modules["numba"] = None  # importing it fails, as without the extra
    engine = LocalEngine()
    if scheduler:
        from riskpanel.nightly.dask_engine import DaskEngine  # noqa: PLC0415

        engine = DaskEngine(scheduler)
    with open_store(url) as store:
        last = latest_session(store, clock().date())
        first = sessions_between(last.replace(year=last.year - 2), last)[-int(sessions)].item()
        kind = "run" if first == last else "backfill"
        started = perf_counter()
        report = run_night(
            store,
            NightRequest(kind, first, last),
            RiskPolicy(),
            today=clock().date(),
            clock=clock,
            engine=engine,
        )
        seconds = perf_counter() - started
    assert report.failures == (), report.failures[:3]
    assert report.snapshots == report.portfolios * report.sessions
    peak = _peak_bytes()
    print(
        json.dumps(asdict(Figures(seconds, peak, report.snapshots, report.instruments, report.rows_written)))
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The goals of speed beside what `make bench` measures now, as a table."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FILES = ("test_beta.py", "test_rolling_beta.py", "test_night.py")


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio that is wanted: of which benchmark, under which name."""

    what: str
    wanted: float
    benchmark: str
    figure: str


GOALS = (
    Goal("beta, against a statsmodels loop", 1_000, "test_beta_of", "ratio_to_statsmodels_loop"),
    Goal("the same, against an empyrical loop", 500, "test_beta_of", "ratio_to_empyrical_loop"),
    Goal("rolling betas, against RollingOLS for each series", 10_000, "test_rolling", "ratio_to_rolling_ols"),
    Goal("snapshots written, against an ORM row by row, SQLite", 100, "in_bulk[sqlite]", "ratio_to_orm"),
    Goal("the same, PostgreSQL", 100, "in_bulk[postgresql]", "ratio_to_orm"),
)  # fmt: skip


def measured_goals() -> str:
    """Run the benchmarks, which compare their answers, and return a row for each goal.

    A benchmark whose own least ratio a busy machine misses has a figure all the same.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "benchmarks.json"
        command = [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(f"benchmarks/{name}" for name in _FILES),
            *("--benchmark-only", f"--benchmark-json={report}", "-k", "not backfill"),
        ]
        done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
        print(done.stdout, file=sys.stderr)
        timed = json.loads(report.read_text(encoding="utf-8"))["benchmarks"]
    return "\n".join(_row(goal, timed) for goal in GOALS) + "\n" + _growth(timed)


def _row(goal: Goal, timed: list[dict]) -> str:
    (ratio,) = [one["extra_info"][goal.figure] for one in timed if goal.benchmark in one["name"]]
    verdict = "met" if ratio >= goal.wanted else f"missed {goal.wanted / ratio:,.1f} times"
    return f"| {goal.what} | {goal.wanted:,.0f} | {ratio:,.0f} | {verdict} |"


def _growth(timed: list[dict]) -> str:
    (found,) = [one["extra_info"] for one in timed if "grows" in one["name"]]
    return (
        f"| cost by symbols, and by portfolios: exponent of a power law | 1 | {found['symbols']}, "
        f"{found['portfolios']} | asserted below 1.25 |\n"
        f"| 60 symbols shared by all, against 10,000 | 1 | {found['shared_over_spread']} | "
        "asserted below 1.25 |"
    )

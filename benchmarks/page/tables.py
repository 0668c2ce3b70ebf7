"""The tables of the page of figures, and which goals were missed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.page.visits import Visit

INTERACTIVE = 1_500.0  # milliseconds
STILL = 0.0005  # below, a shift is written as 0.000

COLUMNS: dict[str, tuple[Callable[[Visit], float], str, float]] = {
    "first paint, ms": (lambda one: one.paint, ",.0f", 1),
    "largest paint, ms": (lambda one: one.largest, ",.0f", 1),
    "interactive, ms": (lambda one: one.interactive, ",.0f", 1),
    "blocked, ms": (lambda one: one.blocked, ",.0f", 1),
    "shift": (lambda one: one.shifted, ".3f", 1),
    "scripts, kB": (lambda one: one.scripts, ".0f", 1e-3),
    "requests": (lambda one: one.requests, ".0f", 1),
}


@dataclass(frozen=True)
class Goal:
    """A figure beside what it should be."""

    what: str
    wanted: str
    found: str
    met: bool


def goals_of(
    at_once: int, most: int, overview: Sequence[Visit], acted: Sequence[float], every: Sequence[Visit]
) -> list[Goal]:
    """Compare figures with the goals; times by their medians, shifts by the worst visit."""
    shown, used = median(one.interactive for one in overview), median(acted)
    worst = max(one.shifted for one in every)
    return [
        Goal("scripts of the document, gzipped", f"at most {most / 1e3:.0f} kB", f"{at_once / 1e3:.1f} kB",
             at_once <= most),
        Goal("overview interactive", f"under {INTERACTIVE:,.0f} ms", f"{shown:,.0f} ms", shown < INTERACTIVE),
        Goal("overview: a click has taken effect", f"under {INTERACTIVE:,.0f} ms", f"{used:,.0f} ms",
             used < INTERACTIVE),
        Goal("layout shift, the worst visit of all", "0", f"{worst:.3f}", worst < STILL),
    ]  # fmt: skip


def goal_table(goals: Sequence[Goal]) -> str:
    """Write the goals as a table."""
    rows = [[goal.what, goal.wanted, goal.found, "met" if goal.met else "**missed**"] for goal in goals]
    return _table(["what", "goal", "measured", ""], rows)


def visit_table(visits: Mapping[str, Sequence[Visit]], acted: Mapping[str, Sequence[float]]) -> str:
    """Write a row of figures for each kind of visit."""
    rows = [
        [
            name,
            *(_spread([figure(one) * unit for one in of], form) for figure, form, unit in COLUMNS.values()),
            _spread(acted[name], ",.0f") if name in acted else "",
        ]
        for name, of in visits.items()
    ]
    return _table(["page", *COLUMNS, "a click has taken effect, ms"], rows)


def shift_lines(visits: Mapping[str, Sequence[Visit]]) -> str:
    """Name what moved, each element once a page with the pages where it did."""
    pages: dict[str, list[str]] = {}
    for name, of in visits.items():
        for moved in sorted({moved for one in of for moved in one.moved}):
            pages.setdefault(moved, []).append(name)
    if not pages:
        return "Nothing moved in any visit."
    lines = [f"- `{moved}`: {', '.join(names)}" for moved, names in pages.items()]
    return (
        "## What moved\n\nElements with their width, height and place before and after, in pixels.\n\n"
        + "\n".join(lines)
    )


def _spread(values: Sequence[float], form: str) -> str:
    middle, least, most = (format(pick(values), form) for pick in (median, min, max))
    return middle if least == most else f"{middle} ({least} to {most})"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [list(heads), ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

"""The tables of docs/evidence/kills.md."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crash.children import Ended
from crash.faults import Outcome
from crash.kills import Tally
from crash.meetings import Holder, Met

_PLACES = re.compile(r":? (postgresql\+psycopg://\S+?(?=[:,]? |$)|/\S+\.(sqlite3|csv))")


@dataclass
class Report:
    """All that was tried."""

    tallies: list[Tally] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)
    held: list[tuple[str, Holder, Ended, list[str]]] = field(default_factory=list)


def wrong_of(report: Report) -> list[str]:
    """Name everything that was wrong."""
    wrong = [fault for tally in report.tallies for fault in tally.faults]
    wrong += [
        f"{one.dialect}, {one.fault.command}, {one.fault.name}: {fault}"
        for one in report.outcomes
        for fault in one.faults
    ]
    wrong += [f"{one.dialect}, {one.meeting}: {fault}" for one in report.met for fault in one.faults]
    return wrong + [
        f"{dialect}, {holder.name}: {fault}" for dialect, holder, _, faults in report.held for fault in faults
    ]


def kill_table(tallies: Sequence[Tally]) -> str:
    """Write the counts of kills, a line a command and database."""
    names = list(dict.fromkeys(one.command for one in sorted(tallies, key=lambda one: one.dialect)))
    ordered = sorted(tallies, key=lambda one: (names.index(one.command), one.dialect != "sqlite"))
    heads = (
        "command", "database", "kills", "before its first write", "in the middle", "after its last commit",
        "when killed before", "beside another", "compared", "differences",
    )  # fmt: skip
    rows = [
        (one.command, one.dialect, one.kills, one.before, one.middle, one.after, one.again, one.beside,
         one.compared, len(one.faults))
        for one in ordered
    ]  # fmt: skip
    totals = ("all", "", *(sum(column) for column in zip(*(row[2:] for row in rows), strict=True)))
    return _table(heads, [*rows, totals], "llrrrrrrrr")


def fault_table(outcomes: Sequence[Outcome]) -> str:
    """Write what happened, what was said, and what was there."""
    heads = ("what happens", "to", "database", "what is said", "written", "wrong")
    rows = [
        (
            one.fault.name,
            one.fault.command,
            one.dialect,
            _told(one.ended),
            one.left or "(gone)",
            len(one.faults),
        )
        for one in sorted(outcomes, key=lambda one: one.dialect != "sqlite")
    ]
    return _table(heads, rows, "llllrr")


def meeting_table(met: Sequence[Met]) -> str:
    """Write who met whom, and what came of it."""
    heads = ("first", "stands still at", "second", "database", "the second one", "wrong")
    rows = [
        (
            one.meeting.first + (" (killed)" if one.meeting.killed else ""),
            f"{one.meeting.at}",
            one.meeting.second,
            one.dialect,
            f"{one.meeting.does}, then {_end(one.second)}",
            len(one.faults),
        )
        for one in sorted(met, key=lambda one: one.dialect != "sqlite")
    ]
    return _table(heads, rows, "lllllr")


def holder_table(held: Iterable[tuple[str, Holder, Ended, list[str]]]) -> str:
    """Write whose lock was there, and what came of it."""
    heads = ("the lock of", "database", "a run", "wrong")
    rows = [(holder.name, dialect, _end(ended), len(faults)) for dialect, holder, ended, faults in held]
    return _table(heads, rows, "lllr")


def _end(ended: Ended) -> str:
    return f"is done ({ended.code})" if ended.code == 0 else f"ends with {ended.code}: {_told(ended)}"


def _told(ended: Ended) -> str:
    """Return the error without the address of the database, and without what changes from time to time."""
    line = next((line for line in ended.err.splitlines() if line.startswith("error: ")), "nothing")
    told = _PLACES.sub("", line.removeprefix("error: "))
    return re.sub(r"process \d+ on \S+", "process N on HOST", told)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]], sides: str) -> str:
    lines = [heads, ["---:" if side == "r" else "---" for side in sides]]
    lines += [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

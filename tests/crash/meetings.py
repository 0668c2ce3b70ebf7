"""Two commands at once: one waits, is refused or goes on beside the other, and nothing of either is lost."""

import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crash.children import Child, Children, Ended
from crash.databases import Tables
from crash.sameness import differences
from crash.steps import COMMIT, COMMITTED, Moment
from crash.undisturbed import rows_of
from crash.world import World, commands

_LOCK = "INSERT INTO run_locks (name, holder, expires_at) VALUES (?, ?, ?)"
_A_WHILE = 0.5  # seconds after which one that still runs waits; it would for five


_KINDS = ("prices", "instruments", "positions", "portfolios", "scenarios", "fund")


@dataclass(frozen=True)
class Meeting:
    """Two commands that meet: the first one stands still at a moment, the second begins, the first goes on.

    ``does`` is what the second one does meanwhile: ``waits``, ``goes on`` to its end, or ``is refused``.
    ``ends`` is its exit code, and ``told`` what it then says. In the end the database holds what it does
    after the commands of ``like``, one after the other; ``or_like`` where the second one may as well come
    after the end of the first one, and do its work. ``killed`` says that the first one does not go on: it
    dies.
    """

    first: str
    at: Moment
    second: str
    does: str
    like: tuple[str, ...]
    ends: int = 0
    told: str = ""
    or_like: tuple[str, ...] = ()
    killed: bool = False


@dataclass
class Met:
    """What came of a meeting."""

    meeting: Meeting
    dialect: str
    first: Ended
    second: Ended
    faults: list[str] = field(default_factory=list)


class Meetings:
    """Lets commands meet in one world."""

    def __init__(self, world: World, children: Children) -> None:
        self._world = world
        self._children = children
        self._commands = commands(world.files)
        self._expected: dict[tuple[str, ...], Tables] = {}

    def try_out(self, meeting: Meeting) -> Met:
        """Let two commands meet, and compare with one after the other."""
        first, second = self._commands[meeting.first], self._commands[meeting.second]
        scene = self._world.copy(first.start)
        one = self._children.start(first.argv, scene.folder, signals={meeting.at: signal.SIGSTOP})
        one.until_stopped()
        beside = scene.beside()
        other = self._children.start(second.argv, beside.folder)
        does = self._does(other, meeting)
        one.send(signal.SIGKILL if meeting.killed else signal.SIGCONT)
        met = Met(meeting, self._world.database.dialect, one.end(), other.end())
        if does != meeting.does:
            met.faults.append(f"the second one {does}")
        self._judge(met)
        met.faults += [wrong for wrong in (self._world.database.settle(scene),) if wrong]
        late = meeting.ends and not met.second.code
        expected = self._after(first.start, meeting.or_like if late else meeting.like)
        met.faults += differences(expected, rows_of(self._world, scene))
        self._world.database.drop(scene)
        return met

    def _does(self, other: Child, meeting: Meeting) -> str:
        """Say what the second one does while the first one stands still."""
        if meeting.does == "waits":
            return "waits" if other.runs(_A_WHILE) else "does not wait"
        return "is refused" if other.end().code else "goes on"

    def _judge(self, met: Met) -> None:
        """See how both ended, and what the second one said."""
        wanted = -signal.SIGKILL if met.meeting.killed else 0
        if met.first.code != wanted:
            met.faults.append(f"the first one ends with {met.first.code}: {met.first.err[-600:]}")
        said, code = met.second.err, met.second.code
        clear = said.startswith("error: ") and met.meeting.told in said and "\nhint: " in said
        if code != met.meeting.ends and not (met.meeting.or_like and code == 0):
            met.faults.append(f"the second one ends with {code}: {said[-600:]}")
        elif code and not clear:
            met.faults.append(f"the second one says: {said[-600:]}")

    def _after(self, start: str, names: Sequence[str]) -> Tables:
        """Return the rows after commands, one after the other."""
        key = (start, *names)
        if key not in self._expected:
            scene = self._world.copy(start)
            for name in names:
                ended = self._children.run(self._commands[name].argv, scene.folder)
                assert ended.code == 0, ended.err
            self._expected[key] = rows_of(self._world, scene)
            self._world.database.drop(scene)
        return self._expected[key]


def meetings(dialect: str) -> tuple[Meeting, ...]:
    """Return every meeting on a kind of database."""
    sqlite = dialect == "sqlite"  # which lets one transaction write, whatever it writes
    beside = "waits" if sqlite else "goes on"
    between = Moment("BEGIN IMMEDIATE", 5) if sqlite else Moment("UPDATE run_locks", 3)
    within = Moment("INSERT INTO stress_test_results", 3)
    commit = Moment(COMMIT)
    busy, behind = "is in progress: process ", "the database schema is behind"
    same = [
        Meeting(name, commit, name, "waits", (name,))
        for name in ("init", "migrate up", *(f"import {kind}" for kind in _KINDS))
    ]
    return (
        *same,
        Meeting("backfill", commit, "backfill", "waits", ("backfill",), 3, busy, or_like=("backfill",)),
        Meeting("backfill", commit, "backfill", "waits", ("backfill",), killed=True),
        Meeting("backfill", between, "run", "is refused", ("backfill",), 3, busy),
        Meeting(
            "backfill", within, "run", "waits" if sqlite else "is refused", ("backfill",), 3, busy,
            or_like=("backfill", "run"),
        ),
        Meeting("backfill", between, "import positions", "goes on", ("backfill", "import positions")),
        Meeting("backfill", within, "import positions", beside, ("backfill", "import positions")),
        Meeting("backfill", within, "import prices", beside, ("backfill", "import prices")),
        Meeting("backfill", within, "fetch", beside, ("backfill", "fetch")),
        Meeting("backfill", between, "migrate down", "is refused", ("backfill",), 3, busy),
        Meeting(
            "backfill", within, "migrate down", "waits" if sqlite else "is refused", ("backfill",), 3, busy,
            or_like=("backfill", "migrate down"),
        ),
        Meeting("migrate down", commit, "backfill", "waits", ("migrate down",), 3, behind),
        Meeting("migrate down", commit, "import positions", "waits", ("migrate down",), 3, behind),
        Meeting("migrate down", commit, "import prices", "waits", ("import prices", "migrate down")),
        Meeting("migrate up", commit, "backfill", "is refused", ("migrate up",), 3, behind),
        Meeting("migrate up", commit, "init", "waits", ("migrate up", "init")),
        Meeting("fetch", Moment(COMMIT, 4), "fetch", "waits", ("fetch",)),
        Meeting("fetch", Moment(COMMITTED, 4), "fetch", "goes on", ("fetch",)),
        Meeting("fetch", Moment(COMMITTED, 4), "import positions", "goes on", ("fetch", "import positions")),
    )  # fmt: skip


@dataclass(frozen=True)
class Holder:
    """A lock of another run that is in the database before a run begins: whose, and how long it lasts yet."""

    name: str
    who: str
    lasts: timedelta
    ends: int
    told: str = ""


HOLDERS = (
    Holder(
        "a run of another machine, at work",
        "elsewhere/1/a",
        timedelta(minutes=9),
        3,
        "process 1 on elsewhere",
    ),
    Holder("a run of another machine, silent for too long", "elsewhere/1/a", timedelta(seconds=-1), 0),
    Holder("a dead run of this machine", f"{socket.gethostname()}/{{dead}}/a", timedelta(minutes=9), 0),
)


def try_holder(world: World, children: Children, holder: Holder) -> tuple[Ended, list[str]]:
    """Run beside a lock that somebody else has left: return how it ended, and what was wrong."""
    command = commands(world.files)["run"]
    ended = children.run(command.argv, (free := world.begin(command)).folder)
    wanted = rows_of(world, free)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    scene = world.begin(command)
    expires = datetime.now(UTC) + holder.lasts
    world.database.write(
        scene, _LOCK, ("run", holder.who.format(dead=dead.pid), f"{expires:%Y-%m-%d %H:%M:%S.%f}")
    )
    before = rows_of(world, scene)
    ended = children.run(command.argv, scene.folder)
    faults = differences(before if holder.ends else wanted, rows_of(world, scene))
    clear = ended.err.startswith("error: ") and holder.told in ended.err and "\nhint: " in ended.err
    if ended.code != holder.ends or (ended.code and not clear):
        faults.append(f"it ends with {ended.code}: {ended.err[-600:]}")
    for one in (free, scene):
        world.database.drop(one)
    return ended, faults

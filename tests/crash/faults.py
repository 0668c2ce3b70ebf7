"""Everything that may befall a database while a command writes, and what the command then says and leaves."""

import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import pairwise

from crash.children import Children, Ended
from crash.databases import Scene, Server
from crash.sameness import differences
from crash.steps import Moment
from crash.undisturbed import Undisturbed, rows_of, run_undisturbed, shape_of
from crash.world import Command, World, commands

_STORE_FAILED = 3  # the exit code
THIRD = Moment("INSERT INTO stress_test_results", 3)
"""The middle of the third session of a backfill, when most faults strike."""


@dataclass
class Stage:
    """One command, before a database in which something is about to happen."""

    world: World
    children: Children
    command: Command
    undisturbed: Undisturbed
    scene: Scene
    server: Server | None = None
    ended: Ended | None = None

    def run(self, *before: str) -> None:
        """Run the command, from the beginning as something else has arranged it."""
        self.ended = self.children.start(self.command.argv, self.scene.folder, before=before).end()

    def run_and(self, strike: Callable[[], object], *, at: Moment, before: Sequence[str] = ()) -> None:
        """Run the command, hold it at a moment, strike, and let it go on."""
        child = self.children.start(
            self.command.argv, self.scene.folder, signals={at: signal.SIGSTOP}, before=before
        )
        child.until_stopped()
        try:
            strike()
        finally:
            child.send(signal.SIGCONT)
        self.ended = child.end()


Known = dict[tuple[str, str], Undisturbed]
"""What commands do undisturbed, by kind of database and name."""

Play = Callable[[Stage], AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """Something that happens: to which command, what must be said, and how it is played and then lifted.

    ``gone`` says that there is nothing to look at before it is lifted, ``mounts`` that it needs a disk of its
    own.
    """

    name: str
    command: str
    told: str
    play: Play
    gone: bool = False
    mounts: bool = False


def faults_of(name: str, told: str, play: Play, *commands_struck: str) -> tuple[Fault, ...]:
    """Let the same happen to several commands."""
    return tuple(Fault(name, command, told, play) for command in commands_struck)


@dataclass
class Outcome:
    """What a fault did to a command: how it ended, what it said, and what was wrong."""

    fault: Fault
    dialect: str
    ended: Ended
    left: str  # what was written before
    faults: list[str] = field(default_factory=list)

    @property
    def said(self) -> tuple[str, str]:
        """The error and the hint, each a line; empty where there is none."""
        lines = self.ended.err.splitlines()
        return next(
            (
                (one.removeprefix("error: "), two.removeprefix("hint: "))
                for one, two in pairwise(lines)
                if one.startswith("error: ") and two.startswith("hint: ")
            ),
            ("", ""),
        )


def try_fault(
    world: World, children: Children, fault: Fault, *, known: Known, server: Server | None
) -> Outcome:
    """Let a fault happen, look at what is left, lift it, run the command again, and compare."""
    command = commands(world.files)[fault.command]
    key = (world.database.dialect, command.name)
    if key not in known:
        known[key] = run_undisturbed(world, children, command, times=1)
    undisturbed = known[key]
    stage = Stage(world, children, command, undisturbed, world.begin(command), server)
    with fault.play(stage):
        assert stage.ended is not None
        outcome = Outcome(fault, world.database.dialect, stage.ended, "")
        if not fault.gone:
            _look(stage, outcome)
    again = children.run(command.argv, stage.scene.folder)
    if again.code not in {0, command.again}:
        outcome.faults.append(f"run again, it ends with {again.code}: {again.err[-600:]}")
    outcome.faults += differences(undisturbed.after, rows_of(world, stage.scene))
    if shape_of(world, command, stage.scene) != undisturbed.shape:
        outcome.faults.append("the schema differs")
    _judge(outcome)
    world.database.drop(stage.scene)
    return outcome


def _look(stage: Stage, outcome: Outcome) -> None:
    """See that what is left is whole, and how much of it there is."""
    outcome.faults += [wrong for wrong in (stage.world.database.settle(stage.scene),) if wrong]
    found = rows_of(stage.world, stage.scene)
    outcome.faults += stage.undisturbed.wholes.half_written(found)
    outcome.left = "{} of {}".format(*stage.undisturbed.wholes.count(found))


def _judge(outcome: Outcome) -> None:
    """See that the command said what had happened, and what to do."""
    ended, fault = outcome.ended, outcome.fault
    said, hint = outcome.said
    if ended.code != _STORE_FAILED:
        outcome.faults.append(f"it ends with {ended.code}")
    if fault.told not in said or not hint or "Traceback" in ended.err:
        outcome.faults.append(f"it says: {ended.err[-900:]}")

"""A command is killed at any point and run again: what is there at once, and what is there in the end."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from crash.children import Children, Ended, environment
from crash.databases import Scene
from crash.sameness import differences
from crash.steps import Moment, kind_of
from crash.undisturbed import Undisturbed, rows_of, run_undisturbed, shape_of
from crash.world import READ, Command, World

CHAINS = (1, 1, 2, 3)  # times in a row that a command is killed before it may end
READS = 4  # every so many kills somebody reads what is left
_REFUSED, _BUSY = 3, re.compile("in progress|locked by another program")
_BEYOND = 1.05  # a kill may come too late: then there is none

Point = float | Moment
"""When a command is killed: after so many seconds, or by itself at a moment."""


@dataclass
class Tally:
    """Kills of a command on a database: where they hit, and all that was wrong."""

    command: str
    dialect: str
    before: int = 0  # its first write
    middle: int = 0
    after: int = 0  # its last commit
    again: int = 0  # when it had been killed before
    beside: int = 0  # another one of the same, which waits, is refused, or takes over
    program: int = 0  # of the first three, of the program as a shell starts it
    compared: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How often it was killed."""
        return self.before + self.middle + self.after + self.again + self.beside


class Kills:
    """Kills one command in one world, at points that a seed draws."""

    def __init__(
        self,
        world: World,
        children: Children,
        command: Command,
        seed: int,
        *,
        undisturbed: Undisturbed | None = None,
        hooks: Sequence[str] = (),
    ) -> None:
        self._world = world
        self._hooks = hooks
        self._children = children
        self._command = command
        self._random = random.Random(seed)
        self.tally = Tally(command.name, world.database.dialect)
        self.undisturbed = undisturbed or run_undisturbed(world, children, command)
        self._seconds = self.undisturbed.seconds  # that it takes at present: the machine has other work too

    def at_random(self, kills: int) -> None:
        """Kill until there were so many kills, each time a fresh database, up to three times in a row."""
        while self.tally.kills < kills:
            self.at([self._draw_point() for _ in range(self._random.choice(CHAINS))])

    def draw_moments(self, count: int) -> list[Moment]:
        """Draw steps: kinds of steps as often as others, however few there are of a kind."""
        kinds: dict[str, list[int]] = defaultdict(list)
        for number, step in enumerate(self.undisturbed.ended.steps, start=1):
            kinds[kind_of(step)].append(number)
        chosen = self._random.choices(sorted(kinds), k=count)
        return [Moment("", self._random.choice(kinds[kind])) for kind in chosen]

    def at(self, points: Sequence[Point]) -> None:
        """Kill the command at each point in turn, look each time at what is left, then let it end."""
        scene = self._world.begin(self._command)
        told = f"{self._command.name} on {self.tally.dialect}, killed at {points}"
        for number, point in enumerate(points):
            started = time.monotonic()
            ended = self._attempt(scene, point)
            if not ended.killed:
                self._judge(ended, told)
                self._seconds = self._seconds if number else time.monotonic() - started
                break
            self._count(ended, again=number > 0)
            self._look(scene, told)
        self._finish(scene, told)

    def of_the_program(self, kills: int) -> None:
        """Kill the program as a shell starts it, in its last part: before, it imports its modules."""
        whole = 60.0
        while self.tally.program < kills:
            scene, started = self._world.begin(self._command), time.monotonic()
            seconds = whole - self._random.uniform(0, 2 * self._seconds)
            told = f"the program {self._command.name}, killed after {seconds} s"
            if self._program(scene, seconds) == -signal.SIGKILL:
                self.tally.program += 1
                self._count_by_rows(scene)
                self._look(scene, told)
            else:
                whole = time.monotonic() - started
            self._finish(scene, told)

    def beside_another(self, kills: int) -> None:
        """Kill one of two that run at the same time."""
        while self.tally.beside < kills:
            scene = self._world.begin(self._command)
            one = self._children.start(self._command.argv, scene.folder)
            one.runs(self._random.uniform(0, self._seconds))
            other = self._children.start(self._command.argv, scene.beside().folder)
            if one.runs(self._random.uniform(0, self._seconds)):
                one.send(signal.SIGKILL)
            told = f"{self._command.name} on {self.tally.dialect}, killed beside another"
            self.tally.beside += one.end().killed
            self._judge_other(other.end(), told)
            self._look(scene, told)
            self._finish(scene, told)

    def _draw_point(self) -> Point:
        """Draw a moment in its life, or a step."""
        if self._random.random() < 0.5:
            return self._random.uniform(0, _BEYOND * self._seconds)
        return self.draw_moments(1)[0]

    def _judge(self, ended: Ended, told: str) -> None:
        """See that an attempt that was not killed did its work, or found it done."""
        if ended.code not in {0, self._command.again}:
            self._note(told, [f"it ends with {ended.code}: {ended.err[-600:]}"])

    def _judge_other(self, ended: Ended, told: str) -> None:
        """See that the other one did its work, or said that it could not."""
        refused = ended.code == _REFUSED and ended.err.startswith("error: ") and _BUSY.search(ended.err)
        if ended.code not in {0, self._command.again} and not refused:
            self._note(told, [f"the other one ends with {ended.code}: {ended.err[-600:]}"])

    def _attempt(self, scene: Scene, point: Point) -> Ended:
        fatal = {point: signal.SIGKILL} if isinstance(point, Moment) else {}
        child = self._children.start(self._command.argv, scene.folder, signals=fatal, before=self._hooks)
        if isinstance(point, float) and child.runs(point):
            child.send(signal.SIGKILL)
        return child.end()

    def _count(self, ended: Ended, *, again: bool) -> None:
        if again:
            self.tally.again += 1
        elif not ended.began_to_write:
            self.tally.before += 1
        elif ended.commits < self.undisturbed.ended.commits:
            self.tally.middle += 1
        else:
            self.tally.after += 1

    def _count_by_rows(self, scene: Scene) -> None:
        """Count a program, whose steps nobody writes down."""
        self._world.database.settle(scene)
        found = rows_of(self._world, scene)
        before, after = (
            not differences(rows, found) for rows in (self.undisturbed.before, self.undisturbed.after)
        )
        self.tally.before += before
        self.tally.after += after
        self.tally.middle += not before and not after

    def _look(self, scene: Scene, told: str) -> None:
        """Look at what a kill has left: all that is there is whole, and can be read."""
        self._note(told, [fault for fault in (self._world.database.settle(scene),) if fault])
        self._note(told, self.undisturbed.wholes.half_written(rows_of(self._world, scene)))
        if self.tally.kills % READS == 0:
            self._read(scene, told)

    def _read(self, scene: Scene, told: str) -> None:
        """Ask for a report: there is one, or it is said why there is none."""
        reader = self._world.database.for_reader(scene)
        ended = self._children.run(READ, reader.folder)
        if ended.code == 0:
            json.loads(ended.out)
        elif ended.code not in {2, 3} or not ended.err.startswith("error: "):
            self._note(told, [f"a reader ends with {ended.code}: {ended.err[-300:]}"])
        if reader != scene:
            self._world.database.drop(reader)

    def _finish(self, scene: Scene, told: str) -> None:
        """Run the command to its end, and compare with the undisturbed one."""
        self._judge(self._children.run(self._command.argv, scene.folder), told)
        self._note(told, [fault for fault in (self._world.database.settle(scene),) if fault])
        self._note(told, differences(self.undisturbed.after, rows_of(self._world, scene)))
        if shape_of(self._world, self._command, scene) != self.undisturbed.shape:
            self._note(told, ["the schema differs"])
        self.tally.compared += 1
        self._world.database.drop(scene)

    def _program(self, scene: Scene, seconds: float) -> int:
        command = [sys.executable, "-m", "riskpanel", *self._command.argv]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, cwd=scene.folder, env=environment(scene.folder), **quiet) as program:
            try:
                return program.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                program.kill()
                return program.wait()

    def _note(self, told: str, faults: Sequence[str]) -> None:
        self.tally.faults += [f"{told}: {fault}" for fault in faults]

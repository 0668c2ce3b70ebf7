"""What a command does when nobody disturbs it."""

import time
from dataclasses import dataclass

from crash.children import Children, Ended
from crash.databases import Scene, Tables
from crash.sameness import Wholes, what_counts
from crash.world import Command, World


@dataclass(frozen=True)
class Undisturbed:
    """How a command ended, how long it took, what the database was before and after, and what it writes."""

    ended: Ended
    seconds: float
    before: Tables
    after: Tables
    wholes: Wholes
    shape: object


def run_undisturbed(world: World, children: Children, command: Command, *, times: int = 2) -> Undisturbed:
    """Run it, and keep the last time: the first one takes longer, as it finds no cache filled."""
    for _ in range(times):
        scene = world.begin(command)
        before, started = rows_of(world, scene), time.monotonic()
        ended = children.run(command.argv, scene.folder)
        seconds = time.monotonic() - started
        assert ended.code == 0, ended.err
        shape, after = shape_of(world, command, scene), rows_of(world, scene)
        world.database.drop(scene)
    return Undisturbed(ended, seconds, before, after, Wholes(command.whole, before, after), shape)


def rows_of(world: World, scene: Scene) -> Tables:
    """Return all rows without what says when or by which attempt."""
    return what_counts(world.database.rows(scene), world.database.dialect)


def shape_of(world: World, command: Command, scene: Scene) -> object:
    """Return the schema, where the command moves it."""
    return world.database.shape(scene) if command.moves_schema else None

"""The commands that are disturbed, and the databases that they begin with."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crash.children import Children
from crash.databases import Database, Scene
from crash.files import DAYS, SINCE, write_files

NIGHTS = DAYS[-5:]
READ = ("report", "balanced", "--json")


@dataclass(frozen=True)
class Command:
    """A command: how it is called, with which database it begins, and what it writes as a whole.

    ``whole`` says of which rows all are written or none: those of a session, of a symbol, of a table, or all
    that there are. ``again`` is the exit code of the same command where everything is done.
    """

    name: str
    argv: tuple[str, ...]
    start: str
    whole: str = "everything"
    again: int = 0

    @property
    def moves_schema(self) -> bool:
        """Whether tables come and go."""
        return self.argv[0] in {"init", "migrate"}


@dataclass(frozen=True)
class World:
    """Files, databases prepared from them by the command line itself, and the commands."""

    files: Path
    database: Database
    starts: dict[str, Scene]

    def begin(self, command: Command) -> Scene:
        """Make a database in which the command has not run."""
        return self.copy(command.start)

    def copy(self, start: str) -> Scene:
        """Make a database like a prepared one."""
        source = self.files / "source"
        return self.database.copy(
            self.starts[start], RISKPANEL_SOURCES="files", RISKPANEL_SOURCE_FOLDER=source
        )


def prepare(folder: Path, database: Database, children: Children) -> World:
    """Write the files, and make every database that a command begins with."""
    write_files(folder)
    starts: dict[str, Scene] = {}

    def make(name: str, like: str | None, *called: Iterable[str]) -> None:
        starts[name] = scene = database.copy(starts[like] if like else None)
        for argv in called:
            ended = children.run((*argv,), scene.folder)
            assert ended.code == 0, (argv, ended.err)
        assert database.settle(scene) == ""

    before, after = _imports(folder, "_before"), _imports(folder, "")
    make("nothing", None)
    make("fresh", "nothing", ("init",))
    names = ("prices", "instruments", "positions", "portfolios", "scenarios")
    make("known", "fresh", *(before[name] for name in names))
    make("held", "known", after["prices"])
    night = ("backfill", "--from", f"{NIGHTS[1]}", "--to", f"{NIGHTS[2]}")
    make("lots", "held", after["instruments"], after["positions"])
    make("stale", "held", night, *(after[name] for name in ("instruments", "positions", "portfolios")))
    make("old", "stale", ("migrate", "down", "0004", "--yes"))
    return World(folder, database, starts)


def commands(files: Path) -> dict[str, Command]:
    """Return every command that is disturbed, by its name."""
    imports = _imports(files, "")
    first, last = f"{NIGHTS[0]}", f"{NIGHTS[-1]}"
    known = (
        Command("run", ("run", "--as-of", f"{NIGHTS[2]}"), "stale", "session"),
        Command("backfill", ("backfill", "--from", first, "--to", last), "stale", "session"),
        Command("import prices", imports["prices"], "known"),
        Command("import instruments", imports["instruments"], "known"),
        Command("import positions", (*imports["positions"], "--replace"), "held"),
        Command("import portfolios", imports["portfolios"], "lots"),
        Command("import scenarios", (*imports["scenarios"], "--replace"), "known"),
        Command("import fund", imports["fund"], "known"),
        Command("fetch", ("fetch", "--since", f"{SINCE}"), "known", "symbol"),
        Command("init", ("init",), "nothing", "setup"),
        Command("migrate up", ("migrate", "up"), "old"),
        Command("migrate down", ("migrate", "down", "0004", "--yes"), "stale", again=2),
        Command("prune", ("prune", "--before", f"{NIGHTS[2]}", "--yes"), "stale", "table"),
    )
    return {command.name: command for command in known}


def _imports(files: Path, when: str) -> dict[str, tuple[str, ...]]:
    """Return how each kind of file is imported."""
    kinds = ("prices", "instruments", "positions", "portfolios")
    return {kind: ("import", kind, f"{files / f'{kind}{when}.csv'}") for kind in kinds} | {
        "scenarios": ("import", "scenarios", f"{files / f'scenarios{when}.toml'}"),
        "fund": ("import", "fund", "SPY", f"{files / 'fund.csv'}"),
    }

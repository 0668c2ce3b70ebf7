"""The tree of commands: their order, examples, options that go everywhere, and errors in one style."""

import gc
import sys
from collections import UserDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from importlib import import_module
from typing import TypeVar, cast, overload

import typer
from rich.markup import escape
from typer._click.core import Command, Context, Parameter
from typer._click.exceptions import NoArgsIsHelpError
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_group

from riskpanel.cli.edge import print_error
from riskpanel.cli.examples import GUIDES, Guide
from riskpanel.cli.loudness import reset_loudness
from riskpanel.cli.usage import unknown_command, usage_fault
from riskpanel.errors import RiskpanelError

T = TypeVar("T")

PANELS: Mapping[str, Mapping[str, str]] = {
    "First steps": {
        "demo": "demo:demo",
        "init": "database:init",
        "import": "imports:app",
        "fetch": "fetch:fetch",
    },
    "Every night": {
        "run": "nights:run",
        "backfill": "nights:backfill",
        "schedule": "schedule:schedule",
    },
    "Look at numbers": {
        "report": "reports:report",
        "explain": "explain:explain",
        "evaluate": "evaluate:evaluate",
        "serve": "serve:serve",
    },
    "Keep in order": {
        "doctor": "doctor:doctor",
        "benchmark": "benchmarks:app",
        "quarantine": "quarantine:app",
        "backup": "backup:backup",
        "restore": "backup:restore",
        "prune": "prune:prune_history",
        "migrate": "database:migrate_app",
    },
    "Let others in": {
        "user": "accounts:user_app",
        "token": "accounts:token_app",
    },
}
"""Every command in the order in which a newcomer needs it; its module in ``cli/``, and its name there."""

EVERYWHERE = ("quiet", "verbose", "debug")
"""Parameters of the root that may stand after any command too."""

HELP = ["-h", "--help"]
"""Options that print help."""

_CLOSING = "-q, -v and --debug go with every command."


class Group(TyperGroup):
    """A group whose unknown commands are told in the house's words."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """List the parameters, those that Typer adds included."""
        found = super().get_params(ctx)
        _name_values(found)
        return found

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Find the command that is named first."""
        if (
            not ctx.resilient_parsing
            and args
            and not args[0].startswith("-")
            and args[0] not in self.commands
        ):
            raise unknown_command(self, args[0], ctx)
        return super().resolve_command(ctx, args)


class Root(Group):
    """The top of the tree; a command is loaded, and completed, when it is named."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # pyright: ignore[reportArgumentType]
        shared = [one for one in self.params if one.name in EVERYWHERE]
        _complete(self, GUIDES.get(""))
        self.commands = Commands(
            {name: (panel, place) for panel, places in PANELS.items() for name, place in places.items()},
            [cast("TyperOption", one) for one in shared],
        )

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: object,
    ) -> object:
        """Run a command line, and end the program with its exit code unless it is told not to."""
        reset_loudness()
        code = self._run(args, prog_name, complete_var, windows_expand_args, extra)
        reset_loudness()  # not where a defect goes on its way: how it is told depends on it
        if standalone_mode:
            sys.exit(code)
        return code

    def _run(
        self,
        args: Sequence[str] | None,
        prog_name: str | None,
        complete_var: str | None,
        windows_expand_args: bool,
        extra: Mapping[str, object],
    ) -> int:
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
            return code if isinstance(code, int) else 0
        except NoArgsIsHelpError as error:  # the help is printed
            return error.exit_code
        except typer.TyperException as error:
            fault = usage_fault(error, self, sys.argv[1:] if args is None else args)
        except RiskpanelError as error:
            fault = error
        print_error(fault)
        return fault.exit_code


class Commands(UserDict[str, Command]):
    """Commands by their names: all modules together take a second, and a command needs its own alone.

    ``places`` has the panel of each in the help, and where it is written; ``shared`` are the options that may
    stand after any command.
    """

    def __init__(self, places: Mapping[str, tuple[str, str]], shared: Sequence[TyperOption]) -> None:
        super().__init__()
        self._places, self._shared = places, shared

    def __getitem__(self, name: str) -> Command:
        if name not in self.data:
            self.data[name] = self._load(name, *self._places[name])
        return self.data[name]

    @overload
    def get(self, key: str, default: None = None) -> Command | None: ...
    @overload
    def get(self, key: str, default: Command | T) -> Command | T: ...
    def get(self, key: str, default: Command | T | None = None) -> Command | T | None:
        """Return a command; a KeyError of its loading is a defect, and not that there is none."""
        return self[key] if key in self._places else default

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def _load(self, name: str, panel: str, place: str) -> Command:
        parent, found = typer.Typer(), _imported(place)
        if isinstance(found, typer.Typer):
            parent.add_typer(found, name=name, cls=Group)
        else:
            parent.command(name)(found)
        command = get_group(parent).commands[name]
        cast("TyperCommand", command).rich_help_panel = panel
        for path, one in walk(command, name):
            _complete(one, GUIDES.get(path))
            if not isinstance(one, TyperGroup):
                one.params.extend(_hidden(option) for option in self._shared)
        return command


def _imported(place: str) -> Callable[..., object] | typer.Typer:
    """Import a command; meanwhile nothing is garbage, and looking for some would take a fifth of the time."""
    module, _, name = place.partition(":")
    looks = gc.isenabled()
    gc.disable()
    try:
        return getattr(import_module(f"riskpanel.cli.{module}"), name)
    finally:
        if looks:
            gc.enable()


def walk(group: Command, path: str = "") -> Sequence[tuple[str, Command]]:
    """List a command and all below it, each with its names, parted by spaces; the root has none."""
    found = [(path, group)]
    if isinstance(group, TyperGroup):
        for name, command in group.commands.items():
            found += walk(command, f"{path} {name}".strip())
    return found


def _complete(command: Command, guide: Guide | None) -> None:
    """Give a command its examples, and set its texts so that they fit any width."""
    command.help = "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    _name_values([*command.params, command.get_help_option(Context(command, help_option_names=HELP))])
    if guide is not None:
        command.epilog = epilog(guide)


def _name_values(parameters: Sequence[Parameter | None]) -> None:
    """Leave out the type of flags, which take nothing: help would say <bool>."""
    for one in parameters:
        if isinstance(one, TyperOption) and one.metavar is None and (one.is_flag or one.count):
            one.metavar = ""


def epilog(guide: Guide) -> str:
    """Write what stands below the options, in the markup of Rich."""
    lines: list[str] = []
    for what, text in guide.examples:
        lines += [f"  [dim]# {escape(what)}[/]"] * bool(what) + [f"  {escape(text)}"]
    where = f"More: {guide.page}, in the sources."
    return "\n".join(["[bold]Examples[/]", *lines, "", where, _CLOSING])


def _hidden(option: TyperOption) -> TyperOption:
    """Copy an option of the root for a command, whose help does not list it again."""
    twin = copy(option)
    twin.hidden, twin.expose_value = True, False
    return twin

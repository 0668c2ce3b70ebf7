"""What the command line shows, as kept in golden files and on a page; ``make snapshots`` writes them anew."""

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rich.console import Console
from typer._click.core import Command, Parameter
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from cli.report_documents import complete_document
from cli.test_explain_terminal import POLICY, RUN, whole
from riskpanel.book.explained import explain_all
from riskpanel.cli.app import app
from riskpanel.cli.examples import GUIDES
from riskpanel.cli.explain_loading import Page
from riskpanel.cli.explain_terminal import print_all
from riskpanel.cli.groups import EVERYWHERE, PANELS, walk

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "command-line.md"
MARK = "<!-- Below is written by `make snapshots` from the code. -->"
PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "80"}

TREE = get_command(app)
COMMANDS: Mapping[str, Command] = dict(walk(TREE))
LEAVES = [path for path, command in COMMANDS.items() if not isinstance(command, TyperGroup)]


def help_of(path: str, **variables: str) -> str:
    """The help of a command, in 80 columns and without colours unless told otherwise."""
    answer = CliRunner(env=PLAIN | variables).invoke(app, [*path.split(), "--help"], prog_name="riskpanel")
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def all_help() -> str:
    """The help of every command, trailing spaces left out."""
    texts = (f"$ riskpanel {path} --help".replace("  ", " ") + f"\n{help_of(path)}" for path in COMMANDS)
    return "\n".join("\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n" for text in texts)


def explained_list(width: int, *, of_holding: bool) -> str:
    """The list of every number of a known document, or of its first holding."""
    document = whole(complete_document())
    holding = document.holdings[0] if of_holding else None
    file = io.StringIO()
    print_all(
        Page(document, holding, RUN, None, None, 1),
        explain_all(document, POLICY, holding),
        Console(file=file, width=width, highlight=False),
        again=None,
    )
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def explained_lists() -> str:
    """Both lists, in 80 and in 100 columns."""
    return "\n".join(explained_list(width, of_holding=one) for width in (80, 100) for one in (False, True))


SNAPSHOTS: Mapping[Path, Callable[[], str]] = {
    Path(__file__).parent / "golden_help.txt": all_help,
    Path(__file__).parent / "golden_explain_list.txt": explained_lists,
}


def command_page() -> str:
    """The page of the command line: what is written by hand, then every command."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    sections = "\n".join(line for path in _in_order() for line in _section(path))
    return f"{by_hand}{MARK}\n\n{sections}"


def _in_order() -> Iterator[str]:
    for names in PANELS.values():
        for name in names:
            yield from (path for path in COMMANDS if path == name or path.startswith(f"{name} "))


def _section(path: str) -> Iterator[str]:
    command = COMMANDS[path]
    yield f"### riskpanel {path}\n"
    yield f"{command.help}\n"
    shown = [one for one in command.params if one.name != "help" and one.name not in EVERYWHERE]
    if shown:
        yield "| option | what it does |\n|---|---|"
        yield from (_row(one) for one in shown)
        yield ""
    yield "```sh"
    for what, text in GUIDES[path].examples:
        yield from ([f"# {what}"] if what else [])
        yield text
    yield "```\n"


def _row(one: Parameter) -> str:
    words = [*one.opts, *one.secondary_opts] if one.param_type_name == "option" else []
    choices = "|".join(str(choice.value) for choice in one.type_descriptor.choices or ())
    value = choices if one.metavar is None else one.metavar
    name = f"{', '.join(words)} {value}".strip().replace("|", "\\|")
    default = getattr(one.default, "value", one.default)
    shown = one.show_default and default is not None and not isinstance(default, bool)
    told = f" Default: `{default}`." if shown else ""
    needed = " Required." if one.required else ""
    return f"| `{name}` | {one.help}{needed}{told} |"


def write() -> None:
    """Write everything anew."""
    for path, text in SNAPSHOTS.items():
        path.write_text(text(), encoding="utf-8")
    PAGE.write_text(command_page(), encoding="utf-8")


if __name__ == "__main__":
    write()

"""What is wrong with a command line, in the words of every other error."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

import typer
from typer._click.core import Context, Parameter
from typer._click.exceptions import BadOptionUsage, BadParameter, MissingParameter, NoSuchOption, UsageError
from typer.core import TyperGroup

from riskpanel.errors import InputError

_EXTRA = re.compile(r"unexpected extra arguments? \((.*)\)|unexpected extra argument\(s\) \((.*)\)")
_PREFIX = re.compile(r"^(Value error, |Input should be )")
_DATE = "YYYY-MM-DD"
_ALIKE = (
    ("--as-of", "--date", "--day"),
    ("--from", "--since", "--start"),
    ("--to", "--until", "--end"),
    ("--html", "--out", "--output"),
)
"""Options that people write one for the other."""


def usage_fault(error: typer.TyperException, root: TyperGroup, words: Sequence[str]) -> InputError:
    """Say in the house's words what a command line lacks, or has and should not have."""
    context = None
    if isinstance(error, UsageError):
        context = error.ctx = error.ctx or _context(root, words)
    what, hint = _told(error)
    more = "" if context is None else f"{_path(context)} --help"
    if hint.endswith("?"):
        return InputError(what, hint=f"{hint} {more} lists all")
    return InputError(what, hint="; ".join(filter(None, (hint, more and f"see {more}"))))


def unknown_command(group: TyperGroup, name: str, context: Context) -> InputError:
    """Say which command there is not, and which may have been meant."""
    near = get_close_matches(name.lower(), list(group.commands))
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    path = _path(context)
    noun = "command" if context.parent is None else f"command of {path}"
    return InputError(f"unknown {noun}: {name}", hint=f"{meant}{path} --help lists all")


def _told(error: typer.TyperException) -> tuple[str, str]:
    if isinstance(error, NoSuchOption):
        return f"unknown option: {error.option_name}", _meant(error)
    if isinstance(error, BadOptionUsage):
        return f"option without its value: {error.option_name}", f"write {_example(error)}"
    if isinstance(error, MissingParameter):
        return f"missing: {_name(error.param)}", _pattern(error.ctx)
    if isinstance(error, BadParameter):
        return _bad_value(error)
    extra = _EXTRA.search(error.format_message())
    if extra is not None:
        return f"too much: {extra.group(1) or extra.group(2)}", "put what has spaces in quotes"
    return error.format_message().rstrip("."), ""


def _bad_value(error: BadParameter) -> tuple[str, str]:
    """Name the option or argument, what is wrong, and for a date what one looks like."""
    name, metavar = _name(error.param), getattr(error.param, "metavar", None)
    said = _PREFIX.sub("", error.message).rstrip(".")
    given = re.match(r"'(.*)' does not match the formats", said)
    if given is not None:
        return f"not a date: {given.group(1)}", f"{name} takes {metavar or _DATE}, as in 2025-06-30"
    among = re.match(r"'(.*)' is not one of (.*)", said)
    if among is not None:
        return f"not one of its choices: {name} {among.group(1)}", f"one of: {among.group(2)}".replace(
            "'", ""
        )
    if said.startswith("a valid integer"):
        said = "a whole number is wanted"
    elif said.startswith(("greater", "less")):
        said = f"a number {said} is wanted"
    return f"{name} cannot be used: {said}", ""


def _meant(error: NoSuchOption) -> str:
    """Ask for the option that has another name here, or that is spelled alike; the dashes make none alike."""
    given, context = error.option_name, error.ctx
    if context is None or not given.startswith("--"):
        return ""
    known = [name for one in context.command.params for name in one.opts if name.startswith("--")]
    near = [name for names in _ALIKE if given in names for name in names if name in known]
    near = near or [f"--{name}" for name in get_close_matches(given[2:], [name[2:] for name in known])]
    return f"did you mean {' or '.join(sorted(near))}?" if near else ""


def _context(root: TyperGroup, words: Sequence[str]) -> Context:
    """Find the command that a command line names; no option before it takes a value."""
    command, context = root, Context(root, info_name="riskpanel")
    for word in words:
        if isinstance(command, TyperGroup) and word in command.commands:
            command = command.commands[word]
            context = Context(command, parent=context, info_name=word)
    return context


def _example(error: BadOptionUsage) -> str:
    context = error.ctx
    known = [] if context is None else context.command.params
    found = next((one for one in known if error.option_name in one.opts), None)
    return f"{error.option_name} {_value(found)}"


def _value(parameter: Parameter | None) -> str:
    """Return what stands for a value; of NAME|ID the first, for a shell would take the sign for a pipe."""
    return str(getattr(parameter, "metavar", None) or "VALUE").partition("|")[0]


def _name(parameter: Parameter | None) -> str:
    """Return what a person types: the option, or what the argument is called."""
    if parameter is None:
        return "a value"
    if parameter.param_type_name == "option":
        return max(parameter.opts, key=len)
    return str(getattr(parameter, "metavar", None) or parameter.name or "").partition("|")[0].upper()


def _pattern(context: Context | None) -> str:
    """Write what the command wants, in order."""
    if context is None:
        return ""
    wanted = [
        _name(one) for one in context.command.params if one.param_type_name == "argument" and one.required
    ]
    wanted += [
        f"{_name(one)} {_value(one)}"
        for one in context.command.params
        if one.param_type_name == "option" and one.required
    ]
    return f"write {_path(context)} {' '.join(wanted)}" if wanted else ""


def _path(context: Context | None) -> str:
    """Return the names of the command, without the metavars that Typer puts between them."""
    names: list[str] = []
    while context is not None:
        names.insert(0, context.info_name or "")
        context = context.parent
    return " ".join(["riskpanel", *names[1:]])

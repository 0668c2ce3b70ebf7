"""What nobody foresaw: a message in place of a traceback, and without secrets."""

import sys
from traceback import format_exception
from types import TracebackType

from rich.markup import escape

from riskpanel.cli.edge import stderr
from riskpanel.cli.loudness import loudness
from riskpanel.cli.secrets import without_secrets
from riskpanel.settings import completing_shell

EXIT_DEFECT = 70
"""What sysexits.h calls an internal software error: none of what the other codes say."""


def tell_defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say what happened, as ``sys.excepthook`` does, and end the program."""
    if issubclass(kind, KeyboardInterrupt):
        raise SystemExit(130)
    if completing_shell():  # what is said would be taken for words
        raise SystemExit(EXIT_DEFECT)
    debug = loudness().debug or "--debug" in sys.argv  # which a command that cannot be loaded does not read
    if debug:
        sys.stderr.write(without_secrets("".join(format_exception(kind, error, trace))))
    first = next(iter(str(error).splitlines()), "")
    said = f"unexpected: {kind.__name__}: {first}" if first else f"unexpected: {kind.__name__}"
    console = stderr()
    console.print(f"[bold red]error:[/] {escape(without_secrets(said))}", soft_wrap=True)
    hint = "report it with what is above" if debug else "repeat with --debug, and report what it says"
    console.print(f"[bold cyan]hint:[/] {hint}", soft_wrap=True)
    raise SystemExit(EXIT_DEFECT)

"""The ``riskpanel`` command: its root, under which ``groups.PANELS`` lists every command."""

import signal
import sys
from typing import Annotated

import typer
from typer.main import get_command

from riskpanel.cli.edge import forget_stdout
from riskpanel.cli.failures import tell_defect
from riskpanel.cli.groups import HELP, Root
from riskpanel.cli.loudness import be_quiet, be_verbose, show_tracebacks
from riskpanel.cli.welcome import welcome
from riskpanel.version import __version__

app = typer.Typer(
    name="riskpanel",
    cls=Root,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": HELP},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"riskpanel {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", callback=be_quiet, help="Only errors, and the data that was asked for."
        ),
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            callback=be_verbose,
            count=True,
            show_default=False,
            help="Log what is done; -vv logs more.",
        ),
    ] = 0,
    debug: Annotated[
        bool, typer.Option("--debug", callback=show_tracebacks, help="Show the traceback of an error.")
    ] = False,
) -> None:
    """Daily portfolio risk: market beta, sectors, concentration, volatility and stress, with evidence."""
    if context.invoked_subcommand is None:
        welcome(context)


def main() -> None:
    """Run the command line; what asks it to end ends it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.excepthook = tell_defect
    try:
        get_command(app).main(prog_name="riskpanel")  # not app(), which hooks in tracebacks of its own
    finally:
        _flush()


def _flush() -> None:
    """Write what is left; where nobody reads it any more, say nothing of it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        forget_stdout()

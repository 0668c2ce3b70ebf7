"""The ``riskpanel`` command: one sub-module a group."""

import signal
import sys
from typing import Annotated

import typer
from typer.main import get_command

from riskpanel.cli import (
    accounts,
    backup,
    benchmarks,
    database,
    doctor,
    evaluate,
    explain,
    fetch,
    imports,
    nights,
    prune,
    quarantine,
    reports,
    schedule,
    serve,
)
from riskpanel.cli import demo as demo_group
from riskpanel.cli.edge import forget_stdout
from riskpanel.cli.failures import tell_defect
from riskpanel.cli.groups import HELP, Group, Root
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
app.add_typer(imports.app, name="import", cls=Group)
app.add_typer(database.migrate_app, name="migrate", cls=Group)
app.add_typer(quarantine.app, name="quarantine", cls=Group)
app.add_typer(benchmarks.app, name="benchmark", cls=Group)
app.add_typer(accounts.user_app, name="user", cls=Group)
app.add_typer(accounts.token_app, name="token", cls=Group)
app.command("demo")(demo_group.demo)
app.command("init")(database.init)
app.command("fetch")(fetch.fetch)
app.command("run")(nights.run)
app.command("backfill")(nights.backfill)
app.command("schedule")(schedule.schedule)
app.command("doctor")(doctor.doctor)
app.command("prune")(prune.prune_history)
app.command("report")(reports.report)
app.command("explain")(explain.explain)
app.command("evaluate")(evaluate.evaluate)
app.command("serve")(serve.serve)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


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

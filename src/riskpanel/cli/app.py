"""The ``riskpanel`` command: one sub-module a group."""

import signal
from typing import Annotated

import typer

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
from riskpanel.version import __version__

app = typer.Typer(
    name="riskpanel",
    help="Daily portfolio risk: market beta, sectors, concentration, volatility and stress, with evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(imports.app, name="import")
app.add_typer(database.migrate_app, name="migrate")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(benchmarks.app, name="benchmark")
app.add_typer(accounts.user_app, name="user")
app.add_typer(accounts.token_app, name="token")
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
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Daily portfolio risk: market beta, sectors, concentration, volatility and stress, with evidence."""


def main() -> None:
    """Run the command line; what asks it to end ends it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()

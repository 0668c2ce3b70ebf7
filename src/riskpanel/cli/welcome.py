"""What ``riskpanel`` says when it is asked for nothing: first steps, or its help."""

import typer

from riskpanel.cli.edge import read_settings, reports_errors, stdout
from riskpanel.errors import NoDatabaseError
from riskpanel.store.database import open_store


@reports_errors
def welcome(context: typer.Context) -> None:
    """Say where to begin where there is no database yet, else which commands there are."""
    with open_store(read_settings().database_url) as store:
        try:
            store.require_current_schema()
        except NoDatabaseError as error:
            _tell_first_steps(error.what)
            return
    typer.echo(context.get_help(), nl=False)


def _tell_first_steps(what: str) -> None:
    console = stdout()
    console.print(f"{what[0].upper()}{what[1:]}. Begin with one of these:", soft_wrap=True, markup=False)
    for command, told in (
        ("riskpanel demo", "three portfolios on real prices, in a database of their own"),
        ("riskpanel init", "your own database; then: import positions, fetch, run, report"),
        ("riskpanel --help", "every command, with examples"),
    ):
        console.print(f"  {command:<18}{told}", soft_wrap=True, markup=False)

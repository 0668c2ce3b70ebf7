"""``riskpanel report``: one portfolio's page in the terminal, as HTML or as JSON; or all portfolios."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from riskpanel.book.complete import CompleteDocument
from riskpanel.cli import words
from riskpanel.cli.cards import build_page
from riskpanel.cli.completion import complete_portfolio
from riskpanel.cli.edge import (
    JsonFlag,
    count_stale,
    notes,
    open_edge,
    print_json,
    reports_errors,
    stdout,
    warn_of_age,
)
from riskpanel.cli.report_html import render_html
from riskpanel.cli.report_terminal import print_terminal
from riskpanel.cli.terminal_charts import printable
from riskpanel.errors import InputError
from riskpanel.store.complete import load_complete
from riskpanel.store.database import Store
from riskpanel.store.portfolios import find_portfolio, list_portfolios, load_local_user
from riskpanel.store.summaries import Summary, load_summaries

_HEADS = ("Portfolio", "NAV", "Day", "Beta", "Volatility", "HHI", "As of")


@reports_errors
def report(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|ID",
            autocompletion=complete_portfolio,
            help="A portfolio; may be left out.",
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Session to show; by default the newest stored."
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the page to one HTML file, charts inline; replaces it."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show one portfolio's page; without a name all portfolios, or the only one.

    Reads what `run` and `backfill` have stored and computes nothing. Exit code 2: no such portfolio or
    snapshot; 3: the database failed.
    """
    if html is not None and as_json:
        raise InputError("--html and --json exclude each other", hint="run the command twice")
    day = as_of.date() if as_of else None
    with open_edge().store as store:
        found = load_page(store, name, day)
        summaries = _load_summaries(store, day) if found is None and html is None else ()
    if found is None:
        if html is not None:
            raise InputError("--html needs one portfolio", hint="riskpanel report NAME --html FILE")
        _print_list(summaries, as_json=as_json)
    elif html is not None:
        behind = count_stale(found.snapshot["snapshot_date"]) if day is None else 0
        _write_whole(html, render_html(build_page(found), sessions_behind=behind))
        typer.echo(str(html))
    elif as_json:
        print_json(asdict(found))
    else:
        print_terminal(build_page(found), stdout())
    if found is not None and day is None:
        warn_of_age("the newest snapshot is", found.snapshot["snapshot_date"])


def print_page(store: Store, name: str) -> None:
    """Print the newest page of one portfolio on stdout."""
    found = load_page(store, name, None)
    if found is not None:
        print_terminal(build_page(found), stdout())


def load_page(store: Store, name: str | None, day: date | None) -> CompleteDocument | None:
    """Load the named or the only portfolio's page; None when there are several to choose from."""
    with store.read() as conn:
        user = load_local_user(conn)
        if name is not None:
            wanted = find_portfolio(conn, name, user_id=user).id
            return load_complete(conn, wanted, user_id=user, as_of=day)
        known = list_portfolios(conn, user_id=user)
        if not known:
            raise InputError(
                "there are no portfolios yet", hint="riskpanel import positions FILE --portfolio NAME"
            )
        return load_complete(conn, known[0].id, user_id=user, as_of=day) if len(known) == 1 else None


def _load_summaries(store: Store, day: date | None) -> tuple[Summary, ...]:
    with store.read() as conn:
        return load_summaries(conn, user_id=load_local_user(conn), as_of=day)


def _print_list(summaries: Sequence[Summary], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(summary) for summary in summaries])
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black")
    for head in _HEADS:
        table.add_column(
            head, justify="left" if head == "Portfolio" else "right", no_wrap=head != "Portfolio"
        )
    for line in summaries:
        cells = (
            words.money(line.net_asset_value, line.currency),
            words.percent(line.daily_return, 2, signed=True),
            words.beta(line.market_beta_weighted),
            words.percent(line.expected_volatility_21d),
            words.number(line.hhi),
            words.day(line.snapshot_date),
        )
        table.add_row(escape(printable(line.name)), *(cell.replace(words.SPACE, " ") for cell in cells))
    stdout().print(table)
    notes().print(
        "Volatility is the one expected over the next 21 sessions. One page: riskpanel report NAME",
        soft_wrap=True,
    )


def _write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and move it there, so that nobody meets half of it."""
    folder = path.parent
    if not folder.is_dir():
        raise InputError(f"no such folder: {folder}", hint="create it, or name another file")
    if path.is_dir():
        raise InputError(f"not a file but a folder: {path}", hint="name a file in it")
    beside = folder / f".{path.name}.{token_hex(4)}.part"
    try:
        with beside.open("x", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}", hint="name another file") from error
    finally:
        beside.unlink(missing_ok=True)

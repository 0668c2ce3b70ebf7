"""``riskpanel quarantine``: rows that are no prices, or may be none, and what becomes of them."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from riskpanel.book.symbols import normalize_symbol
from riskpanel.cli.edge import JsonFlag, now, open_edge, print_json, reports_errors, stdout, summary, today
from riskpanel.nightly.doctor.checks import plural
from riskpanel.nightly.quarantine import drop_rows, release_rows
from riskpanel.store.quarantine import Quarantined, count_quarantine, load_quarantine

app = typer.Typer(
    help="Look at refused price rows, release them into the prices, or drop them.", no_args_is_help=True
)

Ids = Annotated[
    list[int] | None, typer.Argument(metavar="ID", help="Ids of rows, from `list`.", show_default=False)
]
Symbol = Annotated[str | None, typer.Option(metavar="SYMBOL", help="All rows of a symbol.")]


@app.command("list")
@reports_errors
def show(
    symbol: Symbol = None,
    limit: Annotated[int, typer.Option(metavar="ROWS", min=1, help="Most rows to show.")] = 100,
    as_json: JsonFlag = False,
) -> None:
    """List the refused rows: what came, from where, and why it was refused."""
    name = None if symbol is None else normalize_symbol(symbol)
    with open_edge().store as store, store.read() as conn:
        rows = load_quarantine(conn, symbol=name, limit=limit)
        total = count_quarantine(conn, symbol=name)
    if as_json:
        print_json(
            {"total": total, "rows": [asdict(row) | {"created_at": str(row.created_at)} for row in rows]}
        )
        return
    console = stdout()
    if not rows:
        console.print("the quarantine is empty" if name is None else f"the quarantine has nothing of {name}")
        return
    console.print(_table(rows))
    if total > len(rows):
        console.print(f"{len(rows):,} of {total:,} rows; --limit shows more", soft_wrap=True)


@app.command()
@reports_errors
def release(
    ids: Ids = None,
    symbol: Symbol = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of stored prices.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Save refused rows as prices after all; rows that cannot be prices are refused again."""
    name = None if symbol is None else normalize_symbol(symbol)
    with open_edge().store as store:
        done = release_rows(store, ids or (), symbol=name, replace=replace, today=today(), now=now())
    if as_json:
        print_json({"released": [row.id for row in done.rows], "written": done.written})
    else:
        summary().print(
            f"released: {plural(len(done.rows), 'row')}, {plural(done.written, 'price')} written",
            soft_wrap=True,
        )


@app.command()
@reports_errors
def drop(ids: Ids = None, symbol: Symbol = None, as_json: JsonFlag = False) -> None:
    """Remove refused rows for good."""
    name = None if symbol is None else normalize_symbol(symbol)
    with open_edge().store as store:
        rows = drop_rows(store, ids or (), symbol=name)
    if as_json:
        print_json({"dropped": [row.id for row in rows]})
    else:
        summary().print(f"dropped: {plural(len(rows), 'row')}", soft_wrap=True)


def _table(rows: tuple[Quarantined, ...]) -> Table:
    table = Table()
    table.add_column("id", justify="right")
    for head in ("symbol", "date", "close"):
        table.add_column(head, justify="right" if head == "close" else "left")
    table.add_column("reason", overflow="fold")
    table.add_column("origin", overflow="fold")
    for row in rows:
        close = row.raw_row.get("close", row.raw_row.get(row.symbol))
        cells = (
            str(row.id),
            row.symbol,
            row.date,
            "" if close is None else str(close),
            row.reason,
            row.origin,
        )
        table.add_row(*map(escape, cells))
    return table

"""``riskpanel benchmark``: bring the sector weights of benchmarks up to date, and show them."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from riskpanel.book.benchmark import ComparedTable, SectorChange
from riskpanel.cli import words
from riskpanel.cli.edge import (
    JsonFlag,
    notes,
    now,
    open_edge,
    print_json,
    progress_bar,
    reports_errors,
    stderr,
    stdout,
    summary,
    today,
)
from riskpanel.cli.sources import opened_sources
from riskpanel.nightly.benchmarks import BenchmarkUpdate, compare_with_previous, update_benchmark
from riskpanel.sources.calendar import last_complete_session
from riskpanel.sources.files import read_content

app = typer.Typer(
    help="Bring the sector weights of benchmarks up to date, and show them.", no_args_is_help=True
)

CodeFlag = Annotated[str, typer.Option("--code", metavar="CODE", help="Code of the benchmark.")]

_SOME_FAILED = 1
_BAD_INPUT = 2
_SHOWN_DETAILS = 10
_DONE = {
    "updated": "sector weights saved",
    "unchanged": "the source says what is stored; nothing was written",
    "current": "today's weights are stored; nothing was done (--force asks again)",
    "packaged": "no source gave weights; these are the newest there are",
    "failed": "no source gave weights; nothing was written",
}


@app.command()
@reports_errors
def update(
    code: CodeFlag = "SP500",
    fund: Annotated[
        str | None,
        typer.Option(
            metavar="SYMBOL", help="Fund that stands for the benchmark; SPY for SP500.", show_default=False
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Holdings of a fund, as iShares and SPDR publish them (CSV); tried first."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Ask again, and replace what another source wrote of that date.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Save the newest sector weights of a benchmark; without new ones nothing changes.

    Exit code 0: done, or nothing to do; 1: no source gave weights, or the file was refused and another source
    used; 2: the file or the request is wrong and nothing was saved; 3: the database failed.
    """
    if file is not None:
        read_content(file, hint="name the file of holdings in it")  # nobody is asked for a path mistyped
    edge = open_edge()
    session = last_complete_session(now())
    with edge.store as store, opened_sources(edge.settings, today=today()) as sources, progress_bar() as bar:
        bar.add_task("asking sources", total=None)
        report = update_benchmark(
            store, code, sources, fund=fund, today=session, now=now(), force=force, file=file
        )
    if as_json:
        print_json(asdict(report))
    else:
        _print_update(report)
    _print_failures(report)
    if _exit_code(report):
        raise typer.Exit(_exit_code(report))


@app.command()
@reports_errors
def show(
    code: CodeFlag = "SP500",
    on_day: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Show the weights that this day knew; by default the newest.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the sector weights of a benchmark, and their change since the date before them."""
    edge = open_edge()
    day = None if on_day is None else on_day.date()
    with edge.store, edge.store.read() as conn:
        table = compare_with_previous(conn, code, on_day=day)
    age = ((day or today()) - table.asof_date).days
    old = age > edge.settings.policy.benchmark_max_age
    if as_json:
        print_json(asdict(table) | {"total": _total(table.sectors), "age_days": age, "old": old})
    else:
        _print_table(table)
    if old:
        _warn(f"the weights of {code} are of {table.asof_date}, {age:,} days old")
        notes().print(f"[bold cyan]hint:[/] riskpanel benchmark update --code {escape(code)}", soft_wrap=True)


def _exit_code(report: BenchmarkUpdate) -> int:
    saved = report.status in {"updated", "unchanged"}
    if report.file_refused:
        return _SOME_FAILED if saved else _BAD_INPUT
    asked_in_vain = report.status in {"packaged", "failed"} and bool(report.failed)
    return _SOME_FAILED if asked_in_vain else 0


def _print_update(report: BenchmarkUpdate) -> None:
    console = summary()
    console.print(f"{escape(report.code)}: {_DONE[report.status]}", soft_wrap=True)
    if report.replaced is not None:
        console.print(f"replaced: the weights of {escape(report.replaced)}", soft_wrap=True)
    if report.table is not None:
        _print_table(report.table)


def _print_failures(report: BenchmarkUpdate) -> None:
    for note in report.notes:
        notes().print(f"[bold cyan]note:[/] {escape(note)}", soft_wrap=True)
    console = stderr() if _exit_code(report) else notes()
    for failure in report.failed:
        refused = "[bold red]error:[/]" if _exit_code(report) else "[bold yellow]warning:[/]"
        console.print(f"{refused} {escape(failure.source)}: {escape(failure.reason)}", soft_wrap=True)
        for detail in failure.details[:_SHOWN_DETAILS]:
            console.print(f"  {escape(detail)}", soft_wrap=True)
        if len(failure.details) > _SHOWN_DETAILS:
            console.print(f"  ... and {len(failure.details) - _SHOWN_DETAILS:,} more", soft_wrap=True)
    if report.status == "packaged" and not report.failed:
        _warn("no source of market data is set up")


def _print_table(table: ComparedTable) -> None:
    console = stdout()
    console.print(
        f"{escape(table.code)}, {words.day(table.asof_date)}: {escape(table.source)} "
        f"({table.method}, {table.taxonomy})",
        soft_wrap=True,
    )
    console.print(_sectors(table))
    if table.previous_date is None:
        console.print("no earlier weights are stored", soft_wrap=True)
        return
    console.print(f"points: since {words.day(table.previous_date)}", soft_wrap=True)
    made, made_before = (table.method, table.taxonomy), (table.previous_method, table.previous_taxonomy)
    if made != made_before:
        console.print(
            f"the earlier weights were made in another way ({', '.join(map(str, made_before))}): "
            "a part of the change is that",
            soft_wrap=True,
        )


def _sectors(table: ComparedTable) -> Table:
    rows = table.sectors
    valued = any(row.market_cap is not None for row in rows)
    counted = any(row.num_constituents is not None for row in rows)
    names = ["sector", "weight", "points", *["market value"] * valued, *["constituents"] * counted]
    shown = Table(show_footer=True)
    for name, total in zip(names, _footer(rows, valued=valued, counted=counted), strict=True):
        shown.add_column(name, total, justify="left" if name == "sector" else "right", no_wrap=True)
    for row in rows:
        cells = [row.sector, words.percent(row.weight, 2), _points(row.change)]
        cells += [words.money(row.market_cap, compact=True)] * valued
        cells += [words.number(row.num_constituents)] * counted
        shown.add_row(*cells)
    return shown


def _footer(rows: Sequence[SectorChange], *, valued: bool, counted: bool) -> list[str]:
    caps = sum(row.market_cap for row in rows if row.market_cap is not None)
    counts = sum(row.num_constituents for row in rows if row.num_constituents is not None)
    return [
        "sum",
        words.percent(_total(rows), 2),
        "",
        *[words.money(caps, compact=True)] * valued,
        *[words.number(counts)] * counted,
    ]


def _points(change: float | None) -> str:
    return words.number(None if change is None else change * 100, 2, signed=True)


def _total(rows: Sequence[SectorChange]) -> float:
    return math.fsum(row.weight for row in rows)


def _warn(text: str) -> None:
    notes().print(f"[bold yellow]warning:[/] {escape(text)}", soft_wrap=True)

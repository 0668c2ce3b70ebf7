"""``riskpanel import``: prices, instruments, positions, portfolios, scenarios and funds from files."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from riskpanel.book.import_reports import (
    BadRow,
    HoldingsReport,
    ImportReport,
    InstrumentReport,
    PriceReport,
    ScenarioReport,
)
from riskpanel.cli.completion import complete_portfolio
from riskpanel.cli.edge import (
    JsonFlag,
    notes,
    now,
    open_edge,
    print_json,
    progress_bar,
    reports_errors,
    stdout,
    summary,
    today,
)
from riskpanel.nightly import ingest
from riskpanel.nightly.ingest_funds import import_fund
from riskpanel.nightly.ingest_scenarios import import_scenarios

app = typer.Typer(
    help="Import prices, instruments, positions, portfolios, scenarios and funds from files.",
    no_args_is_help=True,
)

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="CSV, CSV.gz or Parquet files.", show_default=False)
]
File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A CSV, CSV.gz or Parquet file.", show_default=False)
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show every bad row and what would change; write nothing.")
]

_BAD_INPUT = 2
_SOME_FAILED = 1


def _balance(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"not a number: {text}") from None


@app.command()
@reports_errors
def prices(
    files: Files,
    dry_run: DryRun = False,
    quarantine: Annotated[
        bool, typer.Option("--quarantine", help="Set bad rows aside and save the good ones (exit code 1).")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Import prices: wide (`date` and a column a symbol) or long (`date,symbol,close,...`)."""
    with open_edge().store as store, progress_bar() as progress:
        progress.add_task("importing prices", total=None)
        report = ingest.import_prices(
            store, files, today=today(), now=now(), dry_run=dry_run, quarantine=quarantine
        )
    _finish(report, as_json=as_json, bad_exit=_SOME_FAILED if quarantine else _BAD_INPUT)


@app.command()
@reports_errors
def instruments(file: File, dry_run: DryRun = False, as_json: JsonFlag = False) -> None:
    """Import names, asset classes, sectors and industries of symbols."""
    with open_edge().store as store:
        report = ingest.import_instruments(store, file, now=now(), dry_run=dry_run)
    _finish(report, as_json=as_json)


@app.command()
@reports_errors
def positions(
    file: File,
    portfolio: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=complete_portfolio,
            help="Owner of the rows of a file without a `portfolio` column.",
        ),
    ] = None,
    cash: Annotated[
        Decimal | None, typer.Option(parser=_balance, metavar="AMOUNT", help="Cash balance.")
    ] = None,
    equity: Annotated[
        Decimal | None,
        typer.Option(
            parser=_balance, metavar="AMOUNT", help="Cash plus positions; cash follows from latest closes."
        ),
    ] = None,
    market_index: Annotated[str | None, typer.Option(metavar="SYMBOL", help="Symbol of the market.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Remove positions that the file lacks.")] = False,
    dry_run: DryRun = False,
    as_json: JsonFlag = False,
) -> None:
    """Import positions; portfolios are created when new."""
    with open_edge().store as store:
        report = ingest.import_positions(
            store,
            file,
            portfolio=portfolio,
            cash=cash,
            equity=equity,
            market_index=market_index,
            replace=replace,
            dry_run=dry_run,
            today=today(),
            now=now(),
        )
    _finish(report, as_json=as_json)


@app.command()
@reports_errors
def portfolios(file: File, dry_run: DryRun = False, as_json: JsonFlag = False) -> None:
    """Import portfolios: name, currency, market index, benchmark, cash or equity balance."""
    with open_edge().store as store:
        report = ingest.import_portfolios(store, file, today=today(), now=now(), dry_run=dry_run)
    _finish(report, as_json=as_json)


@app.command()
@reports_errors
def scenarios(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file.", show_default=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Remove scenarios that the file lacks.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show every fault and what would change; write nothing.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Import stress scenarios of your own; the next run computes them for your portfolios."""
    with open_edge().store as store:
        report = import_scenarios(store, file, today=today(), now=now(), replace=replace, dry_run=dry_run)
    for warning in report.warnings:
        notes().print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    if as_json:
        print_json(asdict(report))
    else:
        _print_scenarios(report, stdout() if report.faults else summary())
    if report.faults:
        raise typer.Exit(_BAD_INPUT)


@app.command()
@reports_errors
def fund(
    symbol: Annotated[
        str, typer.Argument(metavar="SYMBOL", help="Symbol of the fund, as it is held.", show_default=False)
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Its holdings, as iShares or SPDR publish them.", show_default=False
        ),
    ],
    dry_run: DryRun = False,
    as_json: JsonFlag = False,
) -> None:
    """Import what a fund holds: it then counts by those sectors."""
    with open_edge().store as store:
        report = import_fund(store, symbol, file, now=now(), dry_run=dry_run)
    for warning in report.warnings:
        notes().print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    if as_json:
        print_json(asdict(report))
        return
    console = summary()
    table = Table("sector")
    table.add_column("weight", justify="right")
    for sector, weight in (*report.sectors, ("Unclassified", report.unclassified)):
        table.add_row(sector, f"{weight:.2%}")
    console.print(table)
    verb = "would be written" if dry_run else "written"
    told = f"{report.symbol}, {report.fund}, {report.asof_date}: {report.written:,} rows {verb}"
    console.print(escape(told), soft_wrap=True)


def _finish(report: ImportReport, *, as_json: bool, bad_exit: int = _BAD_INPUT) -> None:
    """Print a report, and leave with the code that its bad rows deserve."""
    beside = notes()
    for warning in report.warnings:
        beside.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    if as_json:
        print_json(_document(report))
    else:
        _print_report(report, stdout() if report.bad else summary())
    if report.bad or (isinstance(report, PriceReport) and report.quarantined):
        raise typer.Exit(bad_exit)


def _document(report: ImportReport) -> object:
    bad = [{"file": row.file, **asdict(row.error)} for row in report.bad]
    return _jsonable({**asdict(report), "bad": bad})


def _jsonable(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _jsonable(item) for name, item in cast(dict[str, object], value).items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in cast(list[object], value)]
    return value


def _print_report(report: ImportReport, console: Console) -> None:
    if report.bad:
        console.print(_bad_table(report.bad))
    if isinstance(report, PriceReport):
        console.print(_price_summary(report), soft_wrap=True)
    elif isinstance(report, InstrumentReport):
        verb = "would be written" if report.dry_run else "written"
        console.print(
            f"instruments: {report.written:,} {verb}, {report.unchanged:,} unchanged", soft_wrap=True
        )
    elif isinstance(report, HoldingsReport) and report.portfolios:
        console.print(_portfolio_table(report))
    if report.dry_run:
        console.print("dry run: nothing was written")


def _price_summary(report: PriceReport) -> str:
    span = f", {report.first} to {report.last}" if report.first else ""
    verb = "would be written" if report.dry_run else "written"
    text = f"prices: {report.rows:,} good rows of {report.symbols:,} symbols{span}: "
    text += f"{report.written:,} {verb}, {report.unchanged:,} unchanged"
    return text + (f"; {report.quarantined:,} faults quarantined" if report.quarantined else "")


def _bad_table(bad: tuple[BadRow, ...]) -> Table:
    table = Table("file", "line", "column", "reason", title=f"bad rows: {len(bad):,}", title_justify="left")
    for row in bad:
        table.add_row(
            escape(row.file), str(row.error.line), escape(row.error.column), escape(row.error.reason)
        )
    return table


def _portfolio_table(report: HoldingsReport) -> Table:
    table = Table()
    for column in ("portfolio", "status", "cash", "market", "positions"):
        table.add_column(column, overflow="fold", justify="right" if column == "cash" else "left")
    for change in report.portfolios:
        counts = {
            name: getattr(change, name) for name in ("added", "changed", "unchanged", "kept", "removed")
        }
        table.add_row(
            escape(change.name),
            change.status,
            f"{change.cash_balance:,.2f}",
            change.market_index,
            ", ".join(f"{count:,} {name}" for name, count in counts.items() if count),
        )
    return table


def _print_scenarios(report: ScenarioReport, console: Console) -> None:
    for fault in report.faults:
        console.print(escape(str(fault)), soft_wrap=True)
    if not report.faults:
        counts = {
            name: len(getattr(report, name)) for name in ("added", "changed", "unchanged", "kept", "removed")
        }
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        console.print(f"scenarios: {told or 'none'}", soft_wrap=True)
    if report.dry_run:
        console.print("dry run: nothing was written")

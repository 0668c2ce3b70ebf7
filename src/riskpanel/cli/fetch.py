"""``riskpanel fetch``: the prices that are missing, from the sources that the settings name."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from threading import Event
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from riskpanel.cli.edge import (
    JsonFlag,
    count_sessions,
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
from riskpanel.cli.fetch_failures import cause, grouped, named
from riskpanel.cli.sources import opened_sources
from riskpanel.nightly.fetch import Progress, fetch_prices
from riskpanel.nightly.fetch_facts import FactsReport, fetch_facts
from riskpanel.nightly.fetch_plan import FetchRequest
from riskpanel.nightly.fetch_reports import FetchReport, SymbolFetch
from riskpanel.settings import Settings
from riskpanel.sources.calendar import last_complete_session
from riskpanel.sources.chain import Chain
from riskpanel.store.database import Store

_SOME_FAILED = 1
_YEARS = 10
_DELAY = timedelta(minutes=45)  # after the close, until which sources still correct it
_LISTED_DAYS = 3
_NO_NETWORK = "look whether there is a network, and fetch again; or import a file of prices"


@reports_errors
def fetch(
    symbols: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SYMBOL",
            help="Symbols; all that are held, and the market indexes, when none is named.",
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="First day of new symbols; ten years ago unless given.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch the whole history of each again.")] = False,
    facts: Annotated[
        bool,
        typer.Option(
            "--facts/--no-facts", help="Also fetch names, sectors and currencies that are not known yet."
        ),
    ] = True,
    as_json: JsonFlag = False,
) -> None:
    """Fetch missing prices up to the last close, check them, and save the good ones.

    Bad rows go to the quarantine. Stopped and started again, it goes on where it was.
    """
    edge = open_edge()
    first = since.date() if since else first_day()
    request = FetchRequest(tuple(symbols or ()), first, force)
    session = last_complete_session(now(), delay=_DELAY)
    with edge.store as store, progress_bar() as bar:

        def begin(text: str) -> Progress:
            task = bar.add_task(text, total=None)
            return lambda done, total: bar.update(task, completed=done, total=total)

        report, told = fetch_and_describe(
            store, edge.settings, request, session=session, facts=facts, begin=begin, stop=Event()
        )
    _finish(report, told, as_json=as_json)


def first_day() -> date:
    """Return from when on new symbols are fetched."""
    return today() - timedelta(days=round(365.25 * _YEARS))


def fetch_and_describe(
    store: Store,
    settings: Settings,
    request: FetchRequest,
    *,
    session: date,
    facts: bool,
    begin: Callable[[str], Progress],
    stop: Event,
) -> tuple[FetchReport, FactsReport]:
    """Fetch prices up to and with a session, and what is not known of their symbols.

    ``begin`` is told what begins, and returns what is then called with symbols done and in all. Once ``stop``
    is set no source is asked or waited for any more.
    """
    with opened_sources(settings, today=today(), stop=stop) as sources:
        chain = Chain(sources)
        report = fetch_prices(
            store,
            chain,
            request,
            today=today(),
            session=session,
            clock=now,
            progress=begin("fetching prices"),
            stop=stop,
        )
        if not facts or report.unreached:
            return report, FactsReport()
        described = tuple(one.symbol for one in report.symbols)
        progress = begin("fetching names and sectors")
        return report, fetch_facts(store, chain, described, today=session, now=now(), progress=progress)


def _finish(report: FetchReport, facts: FactsReport, *, as_json: bool) -> None:
    beside = notes()
    for name, why in report.closed:
        beside.print(f"[yellow]warning:[/] {name} gave up: {escape(why)}", soft_wrap=True)
    for warning in (*report.warnings, *facts.warnings):
        beside.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    if as_json:
        print_json(asdict(report) | {"facts": asdict(facts)})
    else:
        _print(report, facts, stdout() if report.failed else summary())
    if report.quarantined:
        beside.print("see them: riskpanel quarantine list", soft_wrap=True)
    if report.failed:
        hint = _NO_NETWORK if report.unreached else report.failed[0].hint or ""
        stderr().print(f"[bold cyan]hint:[/] {escape(hint)}", soft_wrap=True)
        raise typer.Exit(_SOME_FAILED)


def _print(report: FetchReport, facts: FactsReport, console: Console) -> None:
    shown = [one for one in report.symbols if one.status != "current"]
    if report.unreached:
        console.print(f"no network: {escape(cause(report.failed))}; nothing was fetched", soft_wrap=True)
    elif shown:
        console.print(_table(shown, report.session))
    behind = sum(_behind(one, report.session) > 0 for one in shown)
    counts = {
        "fetched": sum(one.status in {"written", "unchanged"} for one in report.symbols),
        "up to date already": sum(one.status == "current" for one in report.symbols),
        "failed": len(report.failed),
    }
    told = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    console.print(
        f"asked for prices up to {report.session}: {told or 'nothing to do'}; {report.written:,} rows written"
        + (f", {behind:,} end earlier" if behind else "")
        + (f", {report.quarantined:,} rows quarantined" if report.quarantined else ""),
        soft_wrap=True,
    )
    if facts.described or facts.funds:
        console.print(
            f"instruments described: {facts.described:,}; funds with sector weights: {facts.funds:,}",
            soft_wrap=True,
        )


def _table(symbols: list[SymbolFetch], session: date) -> Table:
    table = Table("symbol", "source", "from", "to")
    table.add_column("rows", justify="right")
    table.add_column("written", justify="right")
    table.add_column("note", overflow="fold")
    for same in grouped(symbols):
        one = same[0]
        if one.status == "failed":
            table.add_row(escape(named(same)), "[bold red]failed[/]", "", "", "", "", escape(cause(same)))
            continue
        table.add_row(
            escape(one.symbol),
            one.source or "",
            _day(one.first),
            _day(one.last),
            f"{one.rows:,}",
            f"{one.written:,}",
            escape(_note(one, session)),
        )
    return table


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _behind(one: SymbolFetch, session: date) -> int:
    """Count the sessions that a symbol's prices end before the last one."""
    return 0 if one.last is None else count_sessions(one.last, session)


def _note(one: SymbolFetch, session: date) -> str:
    """Say what a person should know of a symbol, and nothing where all went well."""
    parts = [*one.tried]
    if behind := _behind(one, session):
        parts.append(f"ends {behind:,} {'session' if behind == 1 else 'sessions'} early")
    if one.past:
        parts.append(f"whole past again: {one.past}")
    if one.quarantined:
        parts.append(f"{one.quarantined:,} quarantined")
    if one.confirmed or one.replaced:
        parts.append(f"{one.second}: {one.confirmed:,} confirmed, {one.replaced:,} replaced")
    for word, days in (("missing", one.missing), ("no sessions", one.extra)):
        if days:
            more = f" and {len(days) - _LISTED_DAYS:,} more" if len(days) > _LISTED_DAYS else ""
            parts.append(f"{word}: {', '.join(map(str, days[:_LISTED_DAYS]))}{more}")
    return "; ".join(parts)

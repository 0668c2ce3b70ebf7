"""``riskpanel demo``: numbers on real prices, a minute after the installation."""

import sys
from dataclasses import asdict
from pathlib import Path

import typer
from platformdirs import user_data_path
from rich.console import Console

from riskpanel.cli.edge import (
    JsonFlag,
    notes,
    now,
    print_json,
    progress_bar,
    read_settings,
    reports_errors,
    stdout,
    summary,
    today,
)
from riskpanel.cli.nights import print_report
from riskpanel.cli.reports import load_page, print_page
from riskpanel.nightly.demo import PORTFOLIOS, Demo, refuse_foreign, refuse_prepared, run_demo
from riskpanel.nightly.setup import initialize
from riskpanel.settings import Settings, default_database_url
from riskpanel.store.database import Store, open_store
from riskpanel.store.freshness import load_newest_day


def demo_database_url() -> str:
    """Return the demo's own SQLite file, beside the database of real holdings, never in it."""
    return f"sqlite:///{_demo_file()}"


def _demo_file() -> Path:
    return user_data_path("riskpanel", appauthor=False) / "demo.sqlite3"


def find_demo_url(settings: Settings) -> str:
    """Return the database that the demo uses: the one that is set, else its own."""
    own = settings.database_url != default_database_url()
    return settings.database_url if own else demo_database_url()


def ensure_demo(store: Store, settings: Settings) -> None:
    """Load the demo where its database is missing or was never filled, and leave a filled one as it is."""
    _prepare(store)
    initialize(store, now=now())
    refuse_foreign(store)
    with store.read() as conn:
        newest = load_newest_day(conn)
    if newest is None:
        _compute(store, settings, notes())


@reports_errors
def demo(as_json: JsonFlag = False) -> None:
    """Load real prices and three portfolios into a database of their own, backfill a year, print the reports.

    The database is demo.sqlite3 in the data directory, or RISKPANEL_DATABASE_URL when that is set, which must
    be a new one then: prices of the demo are not for your own portfolios. Running it again changes nothing.
    """
    settings = read_settings()
    url = find_demo_url(settings)
    with open_store(url) as store:
        _prepare(store)
        done = _compute(store, settings, notes() if as_json else summary())
        _print_pages(store, done, as_json=as_json)
    if not done.night.complete:
        raise typer.Exit(1)
    setting = "" if url == settings.database_url else f"RISKPANEL_DATABASE_URL={url} "
    program = _program()
    notes().print(f"\nnext: {setting}{program} report '{PORTFOLIOS[0]}' --html report.html", soft_wrap=True)
    notes().print(f"  or: {program} serve --demo", soft_wrap=True)


def _prepare(store: Store) -> None:
    """Create the file; a database that is set must be the demo's, or empty."""
    store.create_file()
    if store.file != _demo_file():
        refuse_prepared(store)


def _print_pages(store: Store, done: Demo, *, as_json: bool) -> None:
    if as_json:
        pages = [asdict(page) for name in PORTFOLIOS if (page := load_page(store, name, None)) is not None]
        night = asdict(done.night) | {"complete": done.night.complete}
        print_json({"database": store.url_for_people, "night": night, "portfolios": pages})
        return
    for name in PORTFOLIOS:
        stdout().print()
        print_page(store, name)


def _program() -> str:
    """Return what a person may type to come back here."""
    if Path(sys.argv[0]).name == "__main__.py":
        return f"{sys.executable} -m riskpanel"
    return sys.argv[0] if Path(sys.argv[0]).exists() else "riskpanel"


def _compute(store: Store, settings: Settings, console: Console) -> Demo:
    with progress_bar() as bar:
        task = bar.add_task("backfilling a year", total=None)
        done = run_demo(
            store,
            settings.policy,
            today=today(),
            clock=now,
            progress=lambda count, total: bar.update(task, completed=count, total=total),
        )
    prices = done.prices
    console.print(
        f"{prices.rows:,} prices of {prices.symbols:,} symbols, {prices.first} to {prices.last}",
        soft_wrap=True,
    )
    print_report(done.night, console)
    return done

"""What an explanation is made of, read in a fixed number of statements."""

from dataclasses import dataclass
from datetime import date, datetime

from riskpanel.book.complete import CompleteDocument, HoldingRecord
from riskpanel.book.explained import Explained, explain, find_holding
from riskpanel.book.explanations import Metric
from riskpanel.cli.explain_parts import Answer
from riskpanel.errors import NotFoundError
from riskpanel.sources.calendar import previous_sessions
from riskpanel.store.complete import load_complete
from riskpanel.store.portfolios import find_portfolio, load_local_user
from riskpanel.store.provenance import (
    LaterRun,
    PriceOrigin,
    load_beta_stamp,
    load_later_run,
    load_price_origins,
    load_run_at,
    load_run_portfolios,
    load_volatility_stamp,
)
from riskpanel.store.rows import Connection
from riskpanel.store.run_records import RunDetail, load_run_detail

_OF_PRICES = frozenset({"price_coverage", "volatility_coverage"})  # findings


@dataclass(frozen=True, slots=True)
class Page:
    """A stored page, what it held of the symbol that was asked for, and the run that wrote its snapshot.

    ``portfolio_ids`` are what that run was asked for, None for all; ``later`` is the newest run that found
    the snapshot as it was.
    """

    document: CompleteDocument
    holding: HoldingRecord | None
    run: RunDetail
    portfolio_ids: tuple[int, ...] | None
    later: LaterRun | None
    user_id: int


def load_page(conn: Connection, name: str, day: date | None, symbol: str | None) -> Page:
    """Load the page of a portfolio.

    Raises
    ------
    NotFoundError
        When there is no such portfolio or snapshot, or it held nothing of the symbol.
    """
    user = load_local_user(conn)
    wanted = find_portfolio(conn, name, user_id=user).id
    document = load_complete(conn, wanted, user_id=user, as_of=day)
    holding = None if symbol is None else find_holding(document, symbol)
    run, session = document.meta.run_id, document.snapshot["snapshot_date"]
    return Page(
        document=document,
        holding=holding,
        run=load_run_detail(conn, run, user_id=user),
        portfolio_ids=load_run_portfolios(conn, run),
        later=load_later_run(conn, run, portfolio_id=wanted, user_id=user, day=session),
        user_id=user,
    )


def load_answer(conn: Connection, page: Page, metric: Metric) -> Answer:
    """Load everything there is to say of one number."""
    explained = explain(metric, page.document, page.run.policy, page.holding)
    days = previous_sessions(explained.as_of, explained.sessions or 1)
    of_snapshot = metric.kept in {"snapshot", "nowhere"}
    writer = page.run if of_snapshot else _load_writer(conn, page, explained)
    return Answer(
        document=page.document,
        holding=page.holding,
        explained=explained,
        first=days[0],
        origins=_load_origins(conn, page, explained, days[0]),
        run=writer,
        portfolio_ids=None if writer is None else load_run_portfolios(conn, writer.run.id),
        later=page.later if of_snapshot else None,
    )


def _load_origins(conn: Connection, page: Page, explained: Explained, first: date) -> tuple[PriceOrigin, ...]:
    """Load where the prices of a number are from; none where it is made of none."""
    if page.holding is not None:
        symbols = {page.holding.symbol}
    elif _OF_PRICES & set(explained.metric.findings):
        symbols = {holding.symbol for holding in page.document.holdings}
    else:
        return ()
    if "index" in explained.metric.sources:
        symbols.add(page.document.snapshot["market_index"] or page.document.portfolio.market_index)
    if (explained.sessions or 0) > 2:  # returns: the first one begins at the close of the session before
        first = previous_sessions(first, 2)[0]
    return load_price_origins(conn, sorted(symbols), first=first, last=explained.as_of)


def _load_writer(conn: Connection, page: Page, explained: Explained) -> RunDetail | None:
    """Load the run that wrote the number of an instrument, where it may be seen."""
    changed = _load_stamp(conn, page, explained)
    run_id = None if changed is None else load_run_at(conn, changed, explained.as_of)
    try:
        return None if run_id is None else load_run_detail(conn, run_id, user_id=page.user_id)
    except NotFoundError:
        return None


def _load_stamp(conn: Connection, page: Page, explained: Explained) -> datetime | None:
    kept, symbol, day = explained.metric.kept, explained.symbol or "", explained.as_of
    if kept == "volatility":
        return load_volatility_stamp(conn, symbol, day)
    return load_beta_stamp(
        conn,
        symbol,
        day,
        method=kept,
        window=explained.sessions or 0,
        market_index=page.document.portfolio.market_index,
    )

"""``riskpanel explain``: where a number comes from."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from riskpanel.book.explained import explain_all
from riskpanel.book.explanations import OF_HOLDINGS, OF_SNAPSHOTS, Metric, find_metric
from riskpanel.cli.completion import complete_metric, complete_portfolio
from riskpanel.cli.edge import JsonFlag, open_edge, print_json, reports_errors, stdout, warn_of_age
from riskpanel.cli.explain_documents import answer_document, list_document
from riskpanel.cli.explain_loading import Page, load_answer, load_page
from riskpanel.cli.explain_parts import Answer
from riskpanel.cli.explain_terminal import print_all, print_answer
from riskpanel.errors import InputError
from riskpanel.nightly.recompute import Recomputation, differs, recompute
from riskpanel.store.database import Store


@reports_errors
def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|ID", autocompletion=complete_portfolio, help="A portfolio.", show_default=False
        ),
    ],
    metric: Annotated[
        str | None,
        typer.Argument(
            metavar="METRIC",
            autocompletion=complete_metric,
            help="A column; without one all are listed.",
            show_default=False,
        ),
    ] = None,
    symbol: Annotated[
        str | None, typer.Option(metavar="SYMBOL", help="Explain this holding's: beta --symbol AAPL.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Session; by default the newest stored."
        ),
    ] = None,
    again: Annotated[
        bool,
        typer.Option("--recompute", help="Compute it again from what is stored now, and compare."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show where a number comes from: formula, inputs, coverage, constants, run.

    For example: riskpanel explain "My portfolio" market_beta_weighted

    Without a metric all numbers are listed. Exit code 1: computed again it is
    not the same; 2: no such portfolio, session, holding or metric; 3: the
    database failed.
    """
    day = as_of.date() if as_of else None
    with open_edge().store as store:
        with store.read() as conn:
            page = load_page(conn, name, day, symbol)
            asked = None if metric is None else _find(metric, page, again=again)
            answer = None if asked is None else load_answer(conn, page, asked)
        found = _recompute(store, page, answer) if again else None
    if answer is None:
        same = _print_all(page, found, as_json=as_json)
    else:
        same = _print_one(replace(answer, again=found), as_json=as_json)
    if day is None:
        warn_of_age("the newest snapshot is", page.document.snapshot["snapshot_date"])
    if not same:
        raise typer.Exit(1)


def _find(name: str, page: Page, *, again: bool) -> Metric:
    if page.holding is None:
        held = f"of one holding: riskpanel explain NAME {name.strip().lower()} --symbol SYMBOL"
        found = find_metric(name, OF_SNAPSHOTS, also=dict.fromkeys(OF_HOLDINGS, held))
    else:
        found = find_metric(
            name, OF_HOLDINGS, also=dict.fromkeys(OF_SNAPSHOTS, "of the portfolio: leave --symbol out")
        )
    if again and found.kept == "nowhere":
        raise InputError(
            f"not a stored number: {found.name}", hint="it is made of lots and closes when it is read"
        )
    return found


def _recompute(store: Store, page: Page, answer: Answer | None) -> Recomputation:
    """Compute again what the run computed that wrote the number, else the one that wrote the snapshot."""
    run, ids = page.run, page.portfolio_ids
    if answer is not None and answer.run is not None:
        run, ids = answer.run, answer.portfolio_ids
    return recompute(store, page.document, run, page.holding, portfolio_ids=ids)


def _print_one(answer: Answer, *, as_json: bool) -> bool:
    """Print one number; return whether it is the same again."""
    if as_json:
        print_json(answer_document(answer))
    else:
        print_answer(answer, stdout())
    return answer.again is None or not differs(answer.explained, answer.again)


def _print_all(page: Page, again: Recomputation | None, *, as_json: bool) -> bool:
    """Print every number; return whether all are the same again."""
    found = explain_all(page.document, page.run.policy, page.holding)
    if as_json:
        print_json(list_document(page.document, found, page.run, again))
    else:
        print_all(page, found, stdout(), again=again)
    return again is None or not any(differs(one, again) for one in found)

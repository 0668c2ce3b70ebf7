"""Explanations as JSON documents."""

from collections.abc import Sequence
from dataclasses import asdict

from riskpanel.book.complete import Cell, CompleteDocument
from riskpanel.book.explained import Explained
from riskpanel.cli import words
from riskpanel.cli.explain_parts import Answer, model
from riskpanel.cli.explain_values import shown
from riskpanel.cli.shapes import context_of
from riskpanel.nightly.recompute import Recomputation, differs
from riskpanel.store.run_records import RunDetail

_METHODS = "docs/methods.md"


def answer_document(answer: Answer) -> dict[str, object]:
    """Build the document of one number."""
    explained, document = answer.explained, answer.document
    metric = explained.metric
    cells = document.snapshot
    return {
        **_heading(document, explained),
        **_value(explained, document),
        "meaning": metric.meaning,
        "formula": metric.formula,
        "functions": [f"riskpanel.{name}" for name in metric.functions],
        "section": {"page": _METHODS, "heading": metric.section},
        "inputs": {
            "window": {
                "sessions": explained.sessions,
                "first": answer.first,
                "last": explained.as_of,
                "note": metric.window.note,
            },
            "observations": explained.observations,
            "positions": cells["positions_count"],
            "coverage": explained.coverage,
            "market_index": cells["market_index"] if "index" in metric.sources else None,
            "benchmark": _benchmark(document) if "benchmark" in metric.sources else None,
            "model": model(answer) if "model" in metric.sources else None,
            "prices": [asdict(origin) for origin in answer.origins],
        },
        "findings": [asdict(finding) for finding in explained.findings],
        "policy": [asdict(constant) for constant in explained.constants],
        "run": None if answer.run is None else _run(answer.run),
        "later_run": None if answer.later is None else asdict(answer.later),
        "recomputed": None if answer.again is None else _again(explained, answer.again),
    }


def list_document(
    document: CompleteDocument, found: Sequence[Explained], run: RunDetail, again: Recomputation | None
) -> dict[str, object]:
    """Build the document of every number."""
    return {
        **_heading(document, found[0]),
        "metrics": [
            _value(one, document) | ({} if again is None else {"recomputed": _again(one, again)})
            for one in found
        ],
        "run": _run(run),
    }


def _heading(document: CompleteDocument, explained: Explained) -> dict[str, object]:
    portfolio = document.portfolio
    return {
        "portfolio": {"id": portfolio.id, "name": portfolio.name, "currency": portfolio.currency},
        "symbol": explained.symbol,
        "as_of": explained.as_of,
    }


def _value(explained: Explained, document: CompleteDocument) -> dict[str, object]:
    metric = explained.metric
    missing = explained.value is None
    told = shown(metric, explained.value, document.portfolio.currency)
    return {
        "metric": metric.name,
        "title": metric.title,
        "value": explained.value,
        "shown": told.replace(words.SPACE, " "),
        "unit": metric.unit,
        "reason": explained.reason,
        "why": words.why(explained.reason, context_of(document)) if missing else None,
    }


def _benchmark(document: CompleteDocument) -> dict[str, object]:
    return {name: document.snapshot[f"sector_benchmark_{name}"] for name in ("code", "date", "source")}


def _run(run: RunDetail) -> dict[str, object]:
    return {**asdict(run.run), "inputs_hash": run.inputs_hash, "inputs": run.inputs}


def _again(explained: Explained, again: Recomputation) -> dict[str, object]:
    value: Cell = again.cells.get(explained.metric.name)
    return {
        "same": None if explained.metric.kept == "nowhere" else not differs(explained, again),
        "value": value,
        "failure": again.failure,
        "changed_inputs": again.changed,
        "default_constants": again.constants,
        "version": again.version,
    }

"""Where a stored number comes from: the value, what it rests on, and what was known when it was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskpanel.book.complete import Cell, CompleteDocument, HoldingRecord
from riskpanel.book.explanations import OF_HOLDINGS, OF_SNAPSHOTS, Metric
from riskpanel.book.findings import Finding
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.symbols import normalize_symbol
from riskpanel.errors import NotFoundError

_LISTED = 12
_DEFAULTS = RiskPolicy()
_PRICED = frozenset({"price", "value", "weight", "share"})


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of the policy as a run used it; ``value`` None where that run did not know it."""

    name: str
    value: float | bool | None
    default: float | bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A number of a portfolio, or of one symbol that it holds, with what it rests on.

    ``reason`` is why ``value`` is None; ``sessions`` of the window, None where the run did not know its
    constant; ``findings`` are those that are about the number, ``constants`` those that it depends on.
    """

    metric: Metric
    symbol: str | None
    as_of: date
    value: Cell
    reason: str | None
    sessions: int | None
    observations: int | None
    coverage: float | None
    findings: tuple[Finding, ...]
    constants: tuple[Constant, ...]


def find_holding(document: CompleteDocument, symbol: str) -> HoldingRecord:
    """Return what the portfolio held of a symbol.

    Raises
    ------
    NotFoundError
        When it held none, with what it held.
    """
    wanted = normalize_symbol(symbol)
    held = {holding.symbol: holding for holding in document.holdings}
    if wanted not in held:
        names = ", ".join([*held][:_LISTED]) + (", ..." if len(held) > _LISTED else "")
        raise NotFoundError(
            f"not held by {document.portfolio.name!r} on {document.snapshot['snapshot_date']}: {wanted}",
            hint=f"it held {names}" if held else "it held nothing but cash",
        )
    return held[wanted]


def explain_all(
    document: CompleteDocument, policy: Mapping[str, Any], holding: HoldingRecord | None = None
) -> tuple[Explained, ...]:
    """Explain every number of a portfolio, or of what it holds of one symbol.

    Parameters
    ----------
    document : CompleteDocument
    policy : mapping of str to value
        As the run stored it that made the numbers.
    holding : HoldingRecord, optional
    """
    known = OF_SNAPSHOTS if holding is None else OF_HOLDINGS
    return tuple(explain(metric, document, policy, holding) for metric in known.values())


def explain(
    metric: Metric,
    document: CompleteDocument,
    policy: Mapping[str, Any],
    holding: HoldingRecord | None = None,
) -> Explained:
    """Explain one number of a portfolio, or of what it holds of one symbol; as :func:`explain_all`."""

    def cell(name: str | None) -> Cell:
        if name is None:
            return None
        return document.snapshot[name] if holding is None else getattr(holding, name)

    value = cell(metric.name)
    return Explained(
        metric=metric,
        symbol=None if holding is None else holding.symbol,
        as_of=document.snapshot["snapshot_date"],
        value=value,
        reason=None if value is not None else _reason(metric, document, holding),
        sessions=_sessions(metric, policy),
        observations=cell(metric.observations),
        coverage=cell(metric.coverage),
        findings=_findings(metric, document, holding),
        constants=tuple(_constant(name, policy) for name in metric.policy),
    )


def _reason(metric: Metric, document: CompleteDocument, holding: HoldingRecord | None) -> str | None:
    if holding is None:
        return document.data_quality.missing.get(metric.name)
    if metric.name == "risk_contribution":
        return document.data_quality.missing.get("risk_contributions", "left_out")
    if metric.name in _PRICED:
        return "unpriced"
    band = metric.name in {"expected_volatility_low", "expected_volatility_high"}
    if band and holding.expected_volatility_method == "ewma_fallback":
        return "short_history"
    return holding.reasons.get(metric.name) or holding.reasons.get(metric.parent or metric.name)


def _sessions(metric: Metric, policy: Mapping[str, Any]) -> int | None:
    named = metric.window.sessions
    counted = policy.get(named) if isinstance(named, str) else named
    return None if counted is None else int(counted) + metric.window.more


def _findings(
    metric: Metric, document: CompleteDocument, holding: HoldingRecord | None
) -> tuple[Finding, ...]:
    """Return the findings about a number; why it is missing stands beside its value already."""
    about = {*metric.findings, "holdings"}
    return tuple(
        finding
        for finding in document.data_quality.findings
        if finding.metric in about
        and finding.kind != "missing"
        and (holding is None or not finding.symbols or holding.symbol in finding.symbols)
    )


def _constant(name: str, policy: Mapping[str, Any]) -> Constant:
    meaning = RiskPolicy.model_fields[name].description or ""
    return Constant(name, policy.get(name), getattr(_DEFAULTS, name), meaning)

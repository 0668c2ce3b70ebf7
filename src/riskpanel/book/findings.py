"""What a reader must know about a number: why it is missing, or what it leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskpanel.risk import Reason
from riskpanel.risk.arrays import BoolArray, CodeArray, IntArray
from riskpanel.risk.matrices import SparseRows


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on one metric of one portfolio.

    ``kind`` is ``missing`` (the metric is null), ``partial`` (it leaves out or imputes ``symbols``) or
    ``flag`` (it stands, but look at it); ``reason`` is a word of the documented list.
    """

    metric: str
    kind: str
    reason: str
    symbols: tuple[str, ...] = ()


_NO_FAULT = frozenset({"small_universe", "one_position"})  # nothing is wrong with the data
_OF_CASH = frozenset({"daily_pnl", "daily_return"})  # what there is to know without any position


def causes(findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """Group findings by what lies behind them, which is what readers count and mend.

    What is no fault of the data is left out. Where only cash is held, that is the cause of all that is not
    about the day's P&L. A market index without prices comes first, since much follows from it.

    Examples
    --------
    >>> short = [Finding(metric, "missing", "short_history") for metric in ("max_drawdown", "tracking_error")]
    >>> [len(cause) for cause in causes([*short, Finding("average_correlation", "missing", "one_position")])]
    [2]
    """
    told = [finding for finding in findings if finding.reason not in _NO_FAULT]
    cash = any(only_cash(finding) for finding in told)
    groups: dict[object, list[Finding]] = {}
    for finding in told:
        groups.setdefault(_cause(finding, cash=cash), []).append(finding)
    return tuple(tuple(group) for group in sorted(groups.values(), key=_order))


def only_cash(finding: Finding) -> bool:
    """Tell whether a finding says that no position is held."""
    return finding.metric == "hhi" and finding.reason == "no_positions"


def _cause(finding: Finding, *, cash: bool) -> object:
    if cash and finding.metric not in _OF_CASH:
        return "no_positions"
    if finding.reason == "market_index_unpriced":
        return finding.reason
    return finding.kind, finding.reason, finding.symbols


def _order(group: Sequence[Finding]) -> int:
    """Put what most follows from first; a group of cash has a finding that says so."""
    if any(only_cash(finding) for finding in group):
        return 0
    return 1 if group[0].reason == "market_index_unpriced" else 2


@dataclass(frozen=True, slots=True)
class Failure:
    """A portfolio that could not be computed, with the error and the remedy to show."""

    portfolio_id: int
    name: str
    error: str
    hint: str


class FindingLog:
    """Collects findings per portfolio; only portfolios that have any cost anything."""

    def __init__(self, rows: int, symbols: tuple[str, ...]) -> None:
        self._findings: list[list[Finding]] = [[] for _ in range(rows)]
        self._symbols = symbols

    def add(self, row: int, metric: str, kind: str, reason: str) -> None:
        """Note one finding for one portfolio."""
        self._findings[row].append(Finding(metric, kind, reason))

    def add_missing(self, rows: IntArray, metric: str, codes: CodeArray) -> None:
        """Note a null metric for each of ``rows`` (B,) whose reason code (B,) says so."""
        for position in np.flatnonzero(codes):
            self.add(int(rows[position]), metric, "missing", str(Reason(codes[position]).label))

    def add_symbols(
        self, rows: IntArray, held: SparseRows, affected: BoolArray, *, metric: str, kind: str, reason: str
    ) -> None:
        """Note the affected instruments (N,) of each of ``rows`` (B,) that holds any; ``held`` is (B, N)."""
        self.add_entries(rows, held, affected[held.columns], metric=metric, kind=kind, reason=reason)

    def add_entries(
        self, rows: IntArray, held: SparseRows, stored: BoolArray, *, metric: str, kind: str, reason: str
    ) -> None:
        """Note the affected positions (nnz,) of ``held`` (B, N), for each of ``rows`` (B,) that has any."""
        positions, columns = held.rows[stored], held.columns[stored]
        affected: list[int] = columns.tolist()
        names = [self._symbols[column] for column in affected]
        for position, first, last in _runs(positions):
            self._findings[int(rows[position])].append(
                Finding(metric, kind, reason, tuple(names[first:last]))
            )

    def frozen(self) -> tuple[tuple[Finding, ...], ...]:
        """Return the findings of each portfolio."""
        return tuple(tuple(row) for row in self._findings)


def _runs(positions: IntArray) -> list[tuple[int, int, int]]:
    """Split an ascending array into (value, first, last + 1) runs."""
    values, first, counts = np.unique(positions, return_index=True, return_counts=True)
    return list(zip(values.tolist(), first.tolist(), (first + counts).tolist(), strict=True))

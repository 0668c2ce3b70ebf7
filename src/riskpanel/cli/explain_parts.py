"""An explanation in words: what each of its parts says, for the terminal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from riskpanel.book.complete import CompleteDocument, HoldingRecord
from riskpanel.book.explained import Explained
from riskpanel.book.explanations import OF_HOLDINGS, OF_SNAPSHOTS, Metric
from riskpanel.cli import words
from riskpanel.cli.explain_values import change, shown, stored
from riskpanel.cli.shapes import context_of
from riskpanel.cli.words import Remark
from riskpanel.nightly.recompute import Recomputation, differs
from riskpanel.store.provenance import LaterRun, PriceOrigin
from riskpanel.store.run_records import RunDetail

_SHORT = 16  # digits of a hash that people are shown
_PAGE = "docs/methods.md"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything there is to say of one number.

    ``first`` is the first session of its window; ``origins`` are those of its prices, empty where it needs
    none; ``run`` wrote it, None where it is not known, and was asked for ``portfolio_ids``, None for all;
    ``later`` is a run that found it as it was; ``again`` is the number computed again.
    """

    document: CompleteDocument
    holding: HoldingRecord | None
    explained: Explained
    first: date | None
    origins: tuple[PriceOrigin, ...]
    run: RunDetail | None
    portfolio_ids: tuple[int, ...] | None
    later: LaterRun | None
    again: Recomputation | None = None

    @property
    def name(self) -> str:
        """The portfolio, and the symbol where it is about one."""
        portfolio = self.document.portfolio.name
        return portfolio if self.holding is None else f"{portfolio} · {self.holding.symbol}"


def reason(answer: Answer) -> str:
    """Say why a number is missing."""
    return words.why(answer.explained.reason, context_of(answer.document))


def value_pairs(answer: Answer) -> Iterable[Pair]:
    """Say how the number is stored."""
    metric = answer.explained.metric
    yield "Column", metric.name
    yield "Stored", stored(answer.explained.value)
    yield "Unit", metric.unit
    if answer.explained.value is None:
        yield "Remedy", words.remedy(answer.explained.reason, context_of(answer.document))


def method_pairs(metric: Metric) -> Iterable[Pair]:
    """Say how the number is made."""
    yield "Formula", "\n".join(metric.formula)
    yield "Function", "\n".join(f"riskpanel.{name}" for name in metric.functions)
    yield "Section", f"{metric.section} in {_PAGE}"


def input_pairs(answer: Answer) -> Iterable[Pair]:
    """Say what the number rests on."""
    explained, cells = answer.explained, answer.document.snapshot
    metric = explained.metric
    known = OF_SNAPSHOTS if answer.holding is None else OF_HOLDINGS
    yield "Window", _window(answer)
    if explained.observations is not None and metric.observations is not None:
        what = known[metric.observations]
        yield "Returns", f"{words.number(explained.observations)}: {what.formula[0]}"
    if answer.holding is None:
        yield "Positions", f"{words.number(cells['positions_count'])} held"
    else:
        quantity, lots = answer.holding.quantity.normalize(), words.count(answer.holding.lots, "lot")
        yield "Holding", f"{quantity:,f} {answer.holding.symbol} in {lots}"
    if explained.coverage is not None and metric.coverage is not None:
        yield "Coverage", f"{words.percent(explained.coverage)}: {known[metric.coverage].formula[0]}"
    yield from _source_pairs(answer)
    if answer.origins:
        yield "Prices", "\n".join(_origin(origin) for origin in answer.origins)


def _source_pairs(answer: Answer) -> Iterable[Pair]:
    sources, document = answer.explained.metric.sources, answer.document
    if "index" in sources:
        yield "Index", document.snapshot["market_index"] or document.portfolio.market_index
    if "benchmark" in sources:
        yield "Benchmark", _benchmark(document)
    if "universe" in sources:
        yield "Universe", "every instrument that has prices, held or not"
    if "model" in sources:
        yield "Model", model(answer) or words.MISSING


def model(answer: Answer) -> str | None:
    """Name the model of the forecast."""
    if answer.holding is not None:
        return answer.holding.expected_volatility_method
    return answer.document.snapshot["expected_volatility_method"]


def _window(answer: Answer) -> str:
    explained, last = answer.explained, words.day(answer.explained.as_of)
    if explained.sessions is None:
        return f"not in the policy of that run: {explained.metric.window.sessions}"
    note = f" ({explained.metric.window.note})" if explained.metric.window.note else ""
    if explained.sessions == 1 or answer.first is None:
        return f"the as-of session, {last}{note}"
    count = words.count(explained.sessions, "session")
    return f"{count}, {words.day(answer.first)} to {last}{note}"


def _benchmark(document: CompleteDocument) -> str:
    cells = document.snapshot
    code, day, source = (cells[f"sector_benchmark_{name}"] for name in ("code", "date", "source"))
    if day is None:
        return f"{code}: no weights are stored"
    return f"{code}, weights of {words.day(day)}, {source}"


def _origin(origin: PriceOrigin) -> str:
    prices, symbols = words.count(origin.prices, "price"), words.count(origin.symbols, "symbol")
    newest = words.day(origin.newest.date())
    return f"{prices} of {symbols} from {origin.source}, the newest stored on {newest}"


def remarks(answer: Answer) -> tuple[Remark, ...]:
    """Say what was left out, imputed or worth a look."""
    context = context_of(answer.document)
    return tuple(words.describe(finding, context) for finding in answer.explained.findings)


def notes(answer: Answer) -> Iterable[str]:
    """Warn of what no run has seen."""
    if answer.run is None:
        return
    if any(origin.newest > answer.run.run.started_at for origin in answer.origins):
        yield "Some of these prices were stored after the run began; --recompute tells whether it matters."


def run_pairs(answer: Answer) -> Iterable[Pair]:
    """Say which run wrote the number, and what that run was made of."""
    if answer.run is None:
        yield "Run", "not known: another user asked for it, or its record is gone"
        return
    run = answer.run.run
    days = [words.day(day) for day in dict.fromkeys((run.as_of_from, run.as_of_to))]
    yield "Run", f"{run.id}, a {run.kind} of {' to '.join(days)}: {run.status}"
    yield "Made by", f"riskpanel {run.version}, engine {run.engine}"
    yield "Policy", run.policy_fingerprint
    yield "Began", moment(run.started_at)
    if run.finished_at is not None:
        yield "Ended", moment(run.finished_at)
    yield "Inputs", (answer.run.inputs_hash or words.MISSING)[:_SHORT]
    for name, digest in (answer.run.inputs or {}).items():
        yield f"  {name}", (digest or words.MISSING)[:_SHORT]
    if answer.later is not None:
        day = words.day(answer.later.started_at.date())
        yield "Since then", f"run {answer.later.id} of {day} computed the same row again"


def moment(when: datetime) -> str:
    """Write an instant in UTC."""
    return f"{words.day(when.date())}, {when:%H:%M:%S}{words.SPACE}UTC"


def verdict(answer: Answer, again: Recomputation) -> Iterable[str]:
    """Say whether a number computed again is the same, and if not what has changed."""
    explained = answer.explained
    if explained.metric.name not in again.cells:
        cause = again.failure or "it holds nothing"
        yield f"The portfolio has no snapshot of this session any more: {cause}."
    elif not differs(explained, again):
        yield "From what is stored now: the same to the last bit."
    else:
        yield f"From what is stored now: different, {_compared(answer, again)}."
    yield from changes(answer.run, again)


def _compared(answer: Answer, again: Recomputation) -> str:
    metric, currency = answer.explained.metric, answer.document.portfolio.currency
    computed = again.cells[metric.name]
    told, exact = shown(metric, computed, currency), stored(computed)
    moved = change(metric, answer.explained.value, computed, currency)
    parts = (exact, f"shown as {told}", moved) if isinstance(computed, float | Decimal) else (told, moved)
    return ", ".join(filter(None, parts))


def changes(run: RunDetail | None, again: Recomputation) -> Iterable[str]:
    """Say which inputs are no longer those of the run."""
    if again.changed is None:
        yield "Which inputs have changed is not known: that run did not record them one by one."
    elif again.changed:
        yield f"Inputs that have changed since the run: {_listed(again.changed)}."
    else:
        yield "No input has changed since the run."
    if run is not None and run.run.version != again.version:
        yield f"The run was of riskpanel {run.run.version}, this is {again.version}."
    if again.constants:
        yield f"Not in the policy of that run, taken at their defaults: {_listed(again.constants)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)

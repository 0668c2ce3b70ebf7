"""Explanations in a terminal: panels of labelled lines, and a list of everything there is."""

from collections.abc import Iterable, Sequence
from shlex import quote

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from riskpanel.book.complete import CompleteDocument
from riskpanel.book.explained import Constant, Explained
from riskpanel.book.explanations import FAMILIES
from riskpanel.cli import words
from riskpanel.cli.explain_loading import Page
from riskpanel.cli.explain_parts import (
    Answer,
    Pair,
    changes,
    input_pairs,
    method_pairs,
    notes,
    reason,
    remarks,
    run_pairs,
    value_pairs,
    verdict,
)
from riskpanel.cli.explain_values import broken, change, shown
from riskpanel.cli.shapes import context_of
from riskpanel.cli.terminal_charts import ACCENT, QUIET, TONES, printable, spaced, without_colour, wrapped
from riskpanel.cli.words import Remark
from riskpanel.nightly.recompute import Recomputation, differs
from riskpanel.store.run_records import RunDetail

_WIDEST, _NARROWEST = 120, 60
_PADDING = 4  # of a panel: border and one space on each side
_LABEL = 14
_FRAME = "bright_black"
_ROOMY = 100  # columns
_LONGEST, _SHORTENED = 24, 15  # letters of a value on a line of the list


def print_answer(answer: Answer, console: Console) -> None:
    """Print where one number comes from."""
    width = max(_NARROWEST, min(console.width, _WIDEST))
    inner = width - _PADDING
    target = without_colour(console, width)
    target.print(_header(answer.name, answer.explained, width))
    for title, lines in (
        (answer.explained.metric.title, [*_headline(answer, inner), *_pairs(value_pairs(answer), inner)]),
        ("How it is made", _pairs(method_pairs(answer.explained.metric), inner)),
        ("What it rests on", [*_pairs(input_pairs(answer), inner), *_foot(answer, inner)]),
        ("Policy of the run", list(_constants(answer.explained.constants, inner))),
        ("Run", _pairs(run_pairs(answer), inner)),
        ("Computed again", list(_verdict(answer, inner))),
    ):
        if lines:
            target.print(_framed(title, lines, width), width=width)


def print_all(
    page: Page, found: Sequence[Explained], console: Console, *, again: Recomputation | None
) -> None:
    """Print every number with what it is, by family, and what it was made of."""
    document = page.document
    width = max(_NARROWEST, min(console.width, _WIDEST))
    target = without_colour(console, width)
    name = document.portfolio.name
    symbol = found[0].symbol
    target.print(_header(name if symbol is None else f"{name} · {symbol}", found[0], width))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=QUIET, width=width - 1)
    table.add_column("Metric", no_wrap=True, min_width=max(len(one.metric.name) for one in found))
    longest = _LONGEST if width >= _ROOMY else _SHORTENED
    table.add_column("Value", justify="right", no_wrap=True)
    table.add_column("What it is" if again is None else "Computed again", ratio=1)
    by_name = {one.metric.name: one for one in found}
    families = {"": by_name} if symbol else {title: [m.name for m in own] for title, own in FAMILIES.items()}
    for title, names in families.items():
        if title:
            table.add_row()
            table.add_row(Text(title, style="bold"))
        for name in names:
            table.add_row(*_line(by_name[name], document, again, longest))
    target.print(table)
    for told in (" ".join(_summary(found, again, page.run)), _provenance(page)):
        if told:
            target.print(Text("\n").append(wrapped(told, width - 2)))
    target.print(Text(f"One number: {_command(page)}", QUIET), soft_wrap=True)


def _summary(found: Sequence[Explained], again: Recomputation | None, run: RunDetail) -> Iterable[str]:
    """Say how many numbers are the same when they are computed again."""
    if again is None:
        return
    compared = [one for one in found if one.metric.kept != "nowhere"]
    different = sum(differs(one, again) for one in compared)
    if again.failure is not None:
        yield f"The portfolio cannot be computed any more: {again.failure}."
    elif different:
        yield f"Computed again: {different:,} of {words.count(len(compared), 'number')} are not the same."
    else:
        yield f"Computed again: all {len(compared):,} are the same to the last bit."
    yield from changes(run, again)


def _provenance(page: Page) -> str:
    run, of_whom = page.run.run, "Run" if page.holding is None else "Snapshot by run"
    return (
        f"{of_whom} {run.id} ({run.kind}, {run.engine}), riskpanel {run.version}, "
        f"policy {run.policy_fingerprint}."
    )


def _command(page: Page) -> str:
    """Write what to type for one of the numbers that are listed."""
    name = quote(printable(page.document.portfolio.name))
    of_holding = "" if page.holding is None else f" --symbol {quote(page.holding.symbol)}"
    return f"riskpanel explain {name} METRIC{of_holding}"


def _line(
    one: Explained, document: CompleteDocument, again: Recomputation | None, longest: int
) -> tuple[Text, Text, Text]:
    currency = document.portfolio.currency
    told = printable(shown(one.metric, one.value, currency, brief=True))
    value = spaced(Text(broken(told, longest)))
    if one.value is None:
        value.stylize(QUIET)
    if again is not None:
        return Text(one.metric.name), value, _again(one, again, currency)
    what = Text(one.metric.title)
    if one.value is None:
        what.append(f": {words.why(one.reason, context_of(document))}", style=QUIET)
    return Text(one.metric.name), value, spaced(what)


def _again(one: Explained, again: Recomputation, currency: str) -> Text:
    if one.metric.kept == "nowhere":
        return Text("made when it is read", style=QUIET)
    if not differs(one, again):
        return Text("the same", style=QUIET)
    computed = again.cells.get(one.metric.name)
    told = shown(one.metric, computed, currency, brief=True)
    moved = change(one.metric, one.value, computed, currency)
    told = f"{told}, {moved}" if moved else f"different: {told}"
    return spaced(Text(told, style=TONES["more"]))


def _header(name: str, explained: Explained, width: int) -> Text:
    right = Text(f"as of the close of {words.day(explained.as_of)}", style=QUIET)
    left = Text(printable(name), style=f"bold {ACCENT}")
    left.truncate(max(8, width - right.cell_len - 4), overflow="ellipsis")
    gap = max(2, width - left.cell_len - right.cell_len - 2)
    return spaced(Text.assemble(" ", left, " " * gap, right))


def _framed(title: str, lines: Sequence[Text], width: int) -> Panel:
    return Panel(
        Group(*lines),
        title=spaced(Text(title, style="bold")),
        title_align="left",
        box=box.ROUNDED,
        border_style=_FRAME,
        width=width,
    )


def _headline(answer: Answer, width: int) -> Iterable[Text]:
    explained = answer.explained
    value = shown(explained.metric, explained.value, answer.document.portfolio.currency)
    if explained.value is None:
        value = f"{value}  {reason(answer)}"
    yield wrapped(value, width, "bold")
    yield wrapped(explained.metric.meaning, width)
    yield Text("")


def _pairs(pairs: Iterable[Pair], width: int) -> list[Text]:
    """Set labels left and what they are of beside them, broken between words."""
    lines: list[Text] = []
    for label, told in pairs:
        rows = [line for part in told.split("\n") for line in wrapped(part, width - _LABEL).split("\n")]
        for at, row in enumerate(rows):
            lines.append(Text.assemble(((label if at == 0 else "").ljust(_LABEL), QUIET), row))
    return lines


def _constants(constants: Sequence[Constant], width: int) -> Iterable[Text]:
    longest = max((len(constant.name) for constant in constants), default=0)
    values = [words.MISSING if constant.value is None else str(constant.value) for constant in constants]
    room = max((len(value) for value in values), default=0)
    for constant, value in zip(constants, values, strict=True):
        start = f"{constant.name.ljust(longest)}  {value.rjust(room)}  "
        usual = "" if constant.value == constant.default else f" (default{words.SPACE}{constant.default})"
        for at, line in enumerate(wrapped(constant.meaning + usual, width - len(start)).split("\n")):
            yield Text.assemble(start if at == 0 else " " * len(start), (line.plain, QUIET))


def _foot(answer: Answer, width: int) -> Iterable[Text]:
    told: list[Text] = [line for remark in remarks(answer) for line in _remark(remark, width)]
    told += [wrapped(f"! {note}", width, TONES["more"], indent=2) for note in notes(answer)]
    return [Text(""), *told] if told else []


def _remark(remark: Remark, width: int) -> Iterable[Text]:
    yield wrapped(f"● {remark.what}", width, TONES["more"], indent=2)
    yield wrapped(f"  {remark.effect}", width, indent=2)
    yield wrapped(f"  → {remark.remedy}", width, QUIET, indent=4)


def _verdict(answer: Answer, width: int) -> Iterable[Text]:
    if answer.again is not None:
        for sentence in verdict(answer, answer.again):
            yield wrapped(sentence, width)

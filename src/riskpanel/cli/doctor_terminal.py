"""An examination in a terminal: the worst first, each finding with its fix on a line of its own."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from riskpanel.book.byte_sizes import size_of
from riskpanel.cli import words
from riskpanel.cli.terminal_charts import ACCENT, QUIET, TONES, spaced, without_colour, wrapped
from riskpanel.nightly.doctor.checks import Affected, Severity
from riskpanel.nightly.doctor.examination import Examination, Found
from riskpanel.store.sizes import StoreSize

_WIDEST, _NARROWEST = 120, 60
_PADDING = 4  # of a panel: border and one space on each side
_FRAME = "bright_black"
_NAMED = 6  # symbols that a finding names
_STYLES = {Severity.ERROR: "red", Severity.WARNING: TONES["more"], Severity.NOTE: TONES["less"]}
_MARKS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.NOTE: "·"}
_FINE = "green"


def print_examination(
    examination: Examination, database: str, console: Console, *, verbose: bool = False
) -> None:
    """Print an examination; without colour and attributes where the console has none or must not use them."""
    width = max(_NARROWEST, min(console.width, _WIDEST))
    target = without_colour(console, width)
    target.print(_header(examination, width))
    target.print(wrapped(f" {database}", width - 1, QUIET, indent=1))
    for severity in Severity:
        if found := examination.of(severity):
            title = f"{_MARKS[severity]} {words.count(len(found), severity)}"
            target.print(
                _framed(title, f"bold {_STYLES[severity]}", list(_told(found, width - _PADDING)), width),
                width=width,
            )
    if verbose:
        for title, lines in _details(examination, width - _PADDING):
            target.print(_framed(title, "bold", lines, width), width=width)
    target.print(_summary(examination, width, verbose=verbose))


def sentence(text: str) -> str:
    """Write a text of the registry as a sentence of plain text; a command at its beginning stays as it is."""
    plain = text.replace("`", "")
    if plain.startswith("riskpanel "):
        return plain
    return plain[:1].upper() + plain[1:]


def _size(amount: int) -> str:
    """Write a size that does not break between its number and its unit."""
    return size_of(amount).replace(" ", words.SPACE)


def _header(examination: Examination, width: int) -> Text:
    left = Text("riskpanel doctor", style=f"bold {ACCENT}")
    told = "no prices" if examination.as_of is None else f"prices up to {words.day(examination.as_of)}"
    right = Text(told if examination.looked else "", style=QUIET)
    gap = max(2, width - left.cell_len - right.cell_len - 2)
    return spaced(Text.assemble(" ", left, " " * gap, right))


def _framed(title: str, style: str, lines: Sequence[Text], width: int) -> Panel:
    return Panel(
        Group(*lines),
        title=spaced(Text(title, style=style)),
        title_align="left",
        box=box.ROUNDED,
        border_style=_FRAME,
        width=width,
    )


def _told(findings: Sequence[Found], width: int) -> Iterable[Text]:
    for at, found in enumerate(findings):
        if at:
            yield Text("")
        yield from _finding(found, width)


def _finding(found: Found, width: int) -> Iterable[Text]:
    check, trouble = found.check, found.trouble
    name = Text(check.id, style=QUIET)
    gap = max(2, width - len(check.title) - name.cell_len)
    yield Text.assemble((check.title, f"bold {_STYLES[check.severity]}"), " " * gap, name)
    yield wrapped(f"{sentence(trouble.what)}.", width)
    if trouble.affected:
        yield wrapped(_named(trouble.affected), width, indent=2)
    yield wrapped(sentence(check.matters), width, QUIET)
    yield wrapped(f"→ {sentence(trouble.remedy or check.remedy)}", width, indent=2)
    for command in trouble.commands or check.commands:
        yield wrapped(f"  {command}", width, ACCENT, indent=4)


def _named(affected: Sequence[Affected]) -> str:
    more = len(affected) - _NAMED
    told = "; " if any(one.detail for one in affected) else ", "
    return told.join(map(str, affected[:_NAMED])) + (f" … and {more:,} more" if more > 0 else "")


def _details(examination: Examination, width: int) -> Iterable[tuple[str, Sequence[Text]]]:
    fine = [wrapped(f"✓ {sentence(check.fine)}", width, _FINE, indent=2) for check in examination.fine]
    if fine:
        yield f"✓ {len(fine)} fine", fine
    rest = [
        wrapped(f"– {check.title}: {why}", width, QUIET, indent=2) for check, why in examination.unexamined
    ]
    if rest:
        yield f"– {len(rest)} not examined", rest
    if examination.size is not None:
        yield f"Size: {_size(examination.size.bytes)}", [*_sizes(examination.size, width)]


def _sizes(size: StoreSize, width: int) -> Iterable[Text]:
    tables = [table for table in size.tables if table.rows]
    longest = max((len(table.name) for table in tables), default=0)
    largest = max((table.bytes for table in tables), default=0) or 1
    room = max(width - longest - 32, 4)
    for table in tables:
        bar = "█" * round(table.bytes / largest * room)
        yield spaced(
            Text.assemble(
                table.name.ljust(longest),
                f"  {_size(table.bytes):>9}",
                (f"  {table.rows:>13,} {'row' if table.rows == 1 else 'rows':<4} ", QUIET),
                (bar, ACCENT),
            )
        )


def _summary(examination: Examination, width: int, *, verbose: bool) -> Text:
    counts = {severity: len(examination.of(severity)) for severity in Severity}
    told = [words.count(number, severity) for severity, number in counts.items() if number]
    parts = [", ".join(told) if told else "nothing found"]
    parts.append(f"{words.count(len(examination.fine), 'check')} fine")
    if examination.unexamined:
        parts.append(f"{len(examination.unexamined)} not examined")
    if examination.size is not None:
        free = examination.free_bytes
        room = "" if free is None else f", {_size(free)} free"
        parts.append(f"database {_size(examination.size.bytes)}{room}")
    if not verbose:
        parts.append("-v lists all")
    worst = next((severity for severity, number in counts.items() if number), None)
    mark, style = ("✓", _FINE) if worst is None else (_MARKS[worst], _STYLES[worst])
    text = wrapped(f" {mark} {' · '.join(parts)}", width - 1, indent=3)
    text.stylize(style, 0, 2)
    return text

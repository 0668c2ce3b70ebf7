"""Charts of the terminal page, drawn with block characters: lines of text, never wider than asked."""

import textwrap
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rich.console import Console
from rich.text import Text

from riskpanel.cli import words
from riskpanel.cli.shapes import Bar, Bars, History, Scale, Tone

TONES: dict[Tone, str] = {"more": "#e08a00", "less": "#3d94d9", "calm": ""}
QUIET, ACCENT = "bright_black", "#7c83ff"
_SHADES = ((ACCENT, "█"), ("#4a4fb0", "▓"))
_ROOM_FOR_ALL = 66  # columns inside a panel of 70
_BLOCKS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def without_colour(console: Console, width: int) -> Console:
    """Return a console without colour and attributes where this one has none or must not use them."""
    if not console.no_color:
        return console
    return Console(file=console.file, color_system=None, width=width, highlight=False)


def history_lines(history: History, width: int) -> Iterable[Text]:
    """Draw the first series with its ends and its range."""
    name, values = history.series[0]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return
    first, last = history.write(known[0]), history.write(known[-1])
    line = _sparkline(values, width - len(first) - len(last) - 2)
    yield Text("")
    yield spaced(Text.assemble((first, QUIET), " ", (line, ACCENT), " ", (last, "bold")))
    left, right = words.month(history.dates[0]), words.month(history.dates[-1])
    span = f"{name}, {history.write(min(known))} to {history.write(max(known))}"
    room = width - len(left) - len(right)
    yield spaced(Text(f"{left}{span.center(room) if room > len(span) else ' ' * room}{right}", style=QUIET))


def _sparkline(values: Sequence[float | None], width: int) -> str:
    columns = min(width, len(values))
    edges = [round(index * len(values) / columns) for index in range(columns + 1)]
    groups = [[value for value in values[first:last] if value is not None] for first, last in pairwise(edges)]
    means = [sum(group) / len(group) if group else None for group in groups]
    known = [mean for mean in means if mean is not None]
    low, reach = min(known), (max(known) - min(known)) or 1.0
    return "".join(" " if m is None else _BLOCKS[min(7, int((m - low) / reach * 8))] for m in means)


def scale_lines(scale: Scale, value: float, width: int) -> Iterable[Text]:
    """Draw a value on a scale, with its interval and ticks."""

    def at(point: float) -> int:
        share = (point - scale.low) / (scale.high - scale.low)
        return round(min(max(share, 0.0), 1.0) * (width - 1))

    line = ["─"] * width
    if scale.span is not None:
        first, last = at(scale.span[0]), at(scale.span[1])
        line[first : last + 1] = "━" * (last + 1 - first)
    for tick, _ in scale.ticks:
        line[at(tick)] = "┼"
    line[at(value)] = "●"
    text = Text("".join(line), style=QUIET)
    if scale.span is not None:
        text.stylize(ACCENT, at(scale.span[0]), at(scale.span[1]) + 1)
    text.stylize(f"not dim bold {ACCENT}", at(value), at(value) + 1)
    yield Text("")
    yield text
    yield spaced(Text(_labels([(at(tick), name) for tick, name in scale.ticks], width), style=QUIET))


def _labels(places: Sequence[tuple[int, str]], width: int) -> str:
    """Write each name at its place, ends kept inside, those without room left out."""
    line, free = "", 0
    for place, name in places:
        start = min(max(place - len(name) // 2, 0), width - len(name))
        if start >= free:
            line = line.ljust(start) + name
            free = len(line) + 1
    return line


def bar_lines(bars: Bars, width: int) -> Iterable[Text]:
    """Draw one row a bar: name, bar with the benchmark's mark, numbers."""
    if width < _ROOM_FOR_ALL:
        bars = bars.without("Benchmark")
    names = max(len(bar.label) for bar in bars.rows)
    columns = list(zip(*(bar.cells for bar in bars.rows), strict=True))
    sizes = [
        max(len(head), *(len(cell) for cell in column))
        for head, column in zip(bars.heads[1:], columns, strict=True)
    ]
    worded = not any(letter.isdigit() for cell in columns[-1] for letter in cell)
    room = max(width - names - sum(size + 1 for size in sizes) - 2, 6)
    mark = f"┃ {bars.mark}" if bars.mark else ""
    yield Text("")
    yield Text(
        f"{' ' * (names + 1)}{mark.ljust(room)} {_cells(bars.heads[1:], sizes, worded=worded)}", style=QUIET
    )
    for bar in bars.rows:
        numbers = _cells(bar.cells, sizes, worded=worded)
        line = Text.assemble(bar.label.ljust(names), " ", _bar(bar, bars.ends, room), " ")
        yield spaced(line.append(numbers, style=TONES[bar.tone]))


def _cells(cells: Sequence[str], sizes: Sequence[int], *, worded: bool) -> str:
    """Set numbers right; the last column left where it holds words."""
    last = len(cells) - 1
    return "".join(
        f" {cell.ljust(size) if at == last and worded else cell.rjust(size)}"
        for at, (cell, size) in enumerate(zip(cells, sizes, strict=True))
    )


def _bar(bar: Bar, ends: tuple[float, float], room: int) -> Text:
    low, high = ends
    span = (high - low) or 1.0
    cells = [" "] * room
    zero = round(-low / span * room)
    if bar.value is not None:
        length = abs(bar.value) / span * room
        if bar.value >= 0:
            whole, part = divmod(round(length * 8), 8)
            drawn = "█" * whole + (_EIGHTHS[part] if part else "")
            cells[zero : zero + len(drawn)] = drawn
        else:
            whole = max(1, round(length)) if length > 0.05 else 0
            cells[max(zero - whole, 0) : zero] = "█" * min(whole, zero)
    text = Text("".join(cells[:room]).ljust(room), style=TONES[bar.tone] or ACCENT)
    if low < 0 < high and 0 <= zero < room and text.plain[zero] == " ":
        text = _put(text, zero, "│", QUIET)
    if bar.mark is not None:
        text = _put(text, min(max(round((bar.mark - low) / span * room), 0), room - 1), "┃", "bold")
    return text


def _put(text: Text, at: int, symbol: str, style: str) -> Text:
    return Text.assemble(text[:at], (symbol, style), text[at + 1 :])


def share_lines(shares: Sequence[tuple[str, float]], width: int) -> Iterable[Text]:
    """Draw a whole split into named shares."""
    line, names, edge = Text(), "", 0.0
    for index, (name, share) in enumerate(shares):
        first, edge = round(edge * width), edge + share
        size = min(round(edge * width), width) - first
        style, block = _SHADES[index % 2]
        line.append(block * size, style=style)
        label = f"{name} {words.percent(share, 0)}"
        shown = label if len(label) < size else name if len(name) < size else ""
        names += shown.ljust(size)
    yield Text("")
    yield line
    yield spaced(Text(names.rstrip(), style=QUIET))


def wrapped(text: str, width: int, style: str = "", *, indent: int = 0) -> Text:
    """Break a text between words, keeping numbers with their units."""
    lines = textwrap.wrap(printable(text), width, subsequent_indent=" " * indent, break_on_hyphens=False)
    return spaced(Text("\n".join(lines), style=style))


def spaced(text: Text) -> Text:
    """Turn the spaces that must not break into plain ones, now that the lines are broken."""
    text.plain = text.plain.replace(words.SPACE, " ")
    return text


def printable(text: str) -> str:
    """Drop what would move the cursor or change its colour."""
    return "".join(letter if letter.isprintable() or letter == words.SPACE else "�" for letter in text)

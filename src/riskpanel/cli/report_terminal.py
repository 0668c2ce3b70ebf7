"""The page of a portfolio in a terminal: panels, bars and sparklines in 80 to 120 columns."""

import textwrap
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from riskpanel.cli import words
from riskpanel.cli.shapes import Bar, Bars, Card, Figure, History, Page, Scale, Table, Tone
from riskpanel.cli.words import MISSING

_WIDEST, _TWO_COLUMNS, _NARROWEST = 120, 100, 40
_PADDING = 4  # of a panel: border and one space on each side
_STYLES: dict[Tone, str] = {"more": "#e08a00", "less": "#3d94d9", "calm": ""}
_FRAME, _QUIET, _ACCENT = "bright_black", "bright_black", "#7c83ff"
_BLOCKS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_ROWS = (("volatility", "beta"), ("sectors",), ("concentration", "stress"), ("holdings",), ("health",))


def print_terminal(page: Page, console: Console) -> None:
    """Print a page; without colour and attributes where the console has none or must not use them."""
    width = max(_NARROWEST, min(console.width, _WIDEST))
    target = console
    if console.no_color:
        target = Console(file=console.file, color_system=None, width=width, highlight=False)
    for part in _page(page, width, target):
        target.print(part, width=width)


def _page(page: Page, width: int, console: Console) -> Iterable[RenderableType]:
    yield _header(page, width)
    yield _strip(page.strip, width)
    cards = {card.key: card for card in page.cards}
    for row in _ROWS:
        if width >= _TWO_COLUMNS and len(row) > 1:
            yield _side_by_side([cards[key] for key in row], width, console)
        else:
            yield from (_panel(cards[key], width) for key in row)
    yield Text(f" {page.provenance}", style=_QUIET, no_wrap=True, overflow="ellipsis")


def _header(page: Page, width: int) -> Text:
    health = Text(
        f"{'●' if page.health.tone == 'more' else '✓'} {page.health.value}".replace(words.SPACE, " ")
    )
    health.stylize(_STYLES[page.health.tone])
    right = Text.assemble((f"as of the close of {words.day(page.as_of)}", _QUIET), "  ", health)
    name = Text(_plain(page.name), style=f"bold {_ACCENT}")
    name.truncate(max(8, width - right.cell_len - 4), overflow="ellipsis")
    gap = max(2, width - name.cell_len - right.cell_len - 2)
    return _spaced(Text.assemble(" ", name, " " * gap, right))


def _strip(figures: Sequence[Figure], width: int) -> Panel:
    across = len(figures) if width >= _TWO_COLUMNS else 4
    grid = Grid.grid(expand=True, padding=(0, 1, 0, 0))
    for _ in range(across):
        grid.add_column(ratio=1)
    cells = [_figure(figure) for figure in figures]
    for start in range(0, len(cells), across):
        row = cells[start : start + across]
        grid.add_row(*row, *[""] * (across - len(row)))
    return Panel(grid, box=box.ROUNDED, border_style=_FRAME, width=width)


def _figure(figure: Figure) -> Text:
    value = (figure.value, f"bold {_STYLES[figure.tone]}".strip())
    return _spaced(
        Text.assemble((figure.label, _QUIET), "\n", value, "\n", (figure.reason or figure.detail, _QUIET))
    )


def _side_by_side(cards: Sequence[Card], width: int, console: Console) -> Grid:
    gap = 1
    each = (width - gap) // 2
    widths = (each, width - gap - each)
    options = console.options
    heights = [
        len(console.render_lines(_panel(card, one), options.update(width=one), pad=False))
        for card, one in zip(cards, widths, strict=True)
    ]
    grid = Grid.grid(padding=(0, gap, 0, 0), pad_edge=False)
    for one in widths:
        grid.add_column(width=one)
    grid.add_row(*(_panel(card, one, max(heights)) for card, one in zip(cards, widths, strict=True)))
    return grid


def _panel(card: Card, width: int, height: int | None = None) -> Panel:
    inner = width - _PADDING
    title = Text(card.title, style="bold")
    if card.coverage:
        title.append(f"  ◔ {card.coverage}".replace(words.SPACE, " "), style=_STYLES["more"])
    return Panel(
        Group(*_body(card, inner)),
        title=title,
        title_align="left",
        box=box.ROUNDED,
        border_style=_FRAME,
        width=width,
        height=height,
    )


def _body(card: Card, width: int) -> Iterable[RenderableType]:
    if card.headline:
        yield _headline(card)
    if card.sentence:
        yield _wrapped(card.sentence, width)
    if card.history is not None:
        yield from _history(card.history, width)
    if card.bars is not None:
        yield _bars(card.bars, width)
    if card.shares:
        yield from _shares(card.shares, width)
    if card.scale is not None and card.scale.value is not None:
        yield from _scale(card.scale, card.scale.value, width)
    if card.table is not None:
        yield _table(card.table)
    yield from _foot(card, width)


def _headline(card: Card) -> Text:
    style = _STYLES[card.tone]
    text = Text.assemble((card.headline, f"bold {style}".strip()))
    if card.level:
        text.append(f"  {card.level}", style=style)
    if card.aside:
        text.append(f"  {card.aside}", style=_QUIET)
    return _spaced(text)


def _foot(card: Card, width: int) -> Iterable[Text]:
    for note in card.notes:
        yield _wrapped(f"! {note}", width, _STYLES["more"])
    for remark in card.remarks:
        yield _wrapped(f"● {remark.what}", width, _STYLES["more"])
        yield _wrapped(f"  {remark.effect}", width, indent=2)
        yield _wrapped(f"  → {remark.remedy}", width, _QUIET, indent=4)
    if card.facts:
        yield _wrapped(" · ".join(card.facts), width, _QUIET)


def _history(history: History, width: int) -> Iterable[Text]:
    known = [value for value in history.recent if value is not None]
    if len(known) < 2:
        return
    first, last = words.percent(known[0]), words.percent(known[-1])
    line = _sparkline(history.recent, width - len(first) - len(last) - 2)
    yield Text("")
    yield _spaced(Text.assemble((first, _QUIET), " ", (line, _ACCENT), " ", (last, "bold")))
    left, right = words.month(history.dates[0]), words.month(history.dates[-1])
    span = f"21-session volatility, {words.percent(min(known))} to {words.percent(max(known))}"
    room = width - len(left) - len(right)
    yield _spaced(Text(f"{left}{span.center(room) if room > len(span) else ' ' * room}{right}", style=_QUIET))


def _sparkline(values: Sequence[float | None], width: int) -> str:
    columns = min(width, len(values))
    edges = [round(index * len(values) / columns) for index in range(columns + 1)]
    groups = [
        [value for value in values[first:last] if value is not None]
        for first, last in zip(edges, edges[1:], strict=False)
    ]
    means = [sum(group) / len(group) if group else None for group in groups]
    known = [mean for mean in means if mean is not None]
    low, reach = min(known), (max(known) - min(known)) or 1.0
    return "".join(" " if m is None else _BLOCKS[min(7, int((m - low) / reach * 8))] for m in means)


def _scale(scale: Scale, value: float, width: int) -> Iterable[Text]:
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
    text = Text("".join(line), style=_QUIET)
    if scale.span is not None:
        text.stylize(_ACCENT, at(scale.span[0]), at(scale.span[1]) + 1)
    text.stylize(f"not dim bold {_ACCENT}", at(value), at(value) + 1)
    yield Text("")
    yield text
    yield _spaced(Text(_labels([(at(tick), name) for tick, name in scale.ticks], width), style=_QUIET))
    yield _wrapped(f"● {scale.text}", width)


def _labels(places: Sequence[tuple[int, str]], width: int) -> str:
    """Write each name at its place, ends kept inside, those without room left out."""
    line, free = "", 0
    for place, name in places:
        start = min(max(place - len(name) // 2, 0), width - len(name))
        if start >= free:
            line = line.ljust(start) + name
            free = len(line) + 1
    return line


def _bars(bars: Bars, width: int) -> Group:
    names = max(len(bar.label) for bar in bars.rows)
    sizes = [max(len(row.cells[i]) for row in bars.rows) for i in range(len(bars.rows[0].cells))]
    room = width - names - sum(size + 1 for size in sizes) - 2
    lines: list[Text] = [Text("")]
    for bar in bars.rows:
        line = Text(bar.label.ljust(names) + " ")
        line.append_text(_bar(bar, bars.ends, room))
        line.append(" ")
        for size, cell in zip(sizes, bar.cells, strict=True):
            line.append(" " + (cell.ljust(size) if cell.isalpha() else cell.rjust(size)))
        line.stylize(_STYLES[bar.tone], names + 1 + room)
        lines.append(_spaced(line))
    if bars.mark:
        lines.append(Text(f"{' ' * (names + 1)}┃ {bars.mark}", style=_QUIET))
    return Group(*lines)


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
    text = Text("".join(cells[:room]).ljust(room), style=_STYLES[bar.tone] or _ACCENT)
    if low < 0 < high and 0 <= zero < room and text.plain[zero] == " ":
        text = _put(text, zero, "│", _QUIET)
    if bar.mark is not None:
        text = _put(text, min(max(round((bar.mark - low) / span * room), 0), room - 1), "┃", "bold")
    return text


def _put(text: Text, at: int, symbol: str, style: str) -> Text:
    return Text.assemble(text[:at], (symbol, style), text[at + 1 :])


def _shares(shares: Sequence[tuple[str, float]], width: int) -> Iterable[Text]:
    line, legend = Text(), Text()
    edge = 0.0
    for index, (name, share) in enumerate(shares):
        first, edge = round(edge * width), edge + share
        size = min(round(edge * width), width) - first
        label = name if len(name) + 2 <= size else ""
        shade = "on #3b4261" if index % 2 else "on #565f89"
        line.append(label.center(size), style=f"bold white {shade}")
    yield Text("")
    yield line
    yield legend


def _table(table: Table) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1, 0, 0), pad_edge=False, header_style=_QUIET)
    for index, head in enumerate(table.heads):
        grid.add_column(
            head,
            justify="left" if index < table.text_columns else "right",
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if 0 < index < table.text_columns else None,
        )
    for row in table.rows:
        short = any(cell.startswith(words.MINUS) for cell in row[table.text_columns :][:2])
        grid.add_row(*(_cell(cell, short=short) for cell in row))
    return grid


def _cell(cell: str, *, short: bool) -> Text:
    text = _spaced(Text(_plain(cell)))
    if cell == MISSING:
        text.stylize(_QUIET)
    elif short and cell.startswith(words.MINUS):
        text.stylize(_STYLES["more"])
    return text


def _wrapped(text: str, width: int, style: str = "", *, indent: int = 0) -> Text:
    lines = textwrap.wrap(_plain(text), width, subsequent_indent=" " * indent, break_on_hyphens=False)
    return _spaced(Text("\n".join(lines), style=style))


def _spaced(text: Text) -> Text:
    """Turn the spaces that must not break into plain ones, now that the lines are broken."""
    text.plain = text.plain.replace(words.SPACE, " ")
    return text


def _plain(text: str) -> str:
    """Drop what would move the cursor or change its colour."""
    return "".join(letter if letter.isprintable() or letter == words.SPACE else "�" for letter in text)

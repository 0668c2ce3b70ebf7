"""The page of a portfolio in a terminal: panels, bars and sparklines in 80 to 120 columns."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from riskpanel.cli import words
from riskpanel.cli.shapes import Card, Figure, Page, Table
from riskpanel.cli.terminal_charts import (
    ACCENT,
    QUIET,
    TONES,
    bar_lines,
    history_lines,
    printable,
    scale_lines,
    share_lines,
    spaced,
    without_colour,
    wrapped,
)
from riskpanel.cli.words import MISSING

_WIDEST, _ONE_STRIP, _TWO_COLUMNS, _NARROWEST = 120, 112, 96, 40
_PADDING = 4  # of a panel: border and one space on each side
_FRAME = "bright_black"
_ROWS = (
    ("volatility", "beta"),
    ("sectors",),
    ("concentration",),
    ("stress",),
    ("contributors",),
    ("tail",),
    ("correlation",),
    ("holdings",),
    ("health",),
)


def print_terminal(page: Page, console: Console) -> None:
    """Print a page; without colour and attributes where the console has none or must not use them."""
    width = max(_NARROWEST, min(console.width, _WIDEST))
    target = without_colour(console, width)
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
    yield wrapped(f" {page.provenance}", width, QUIET, indent=1)


def _header(page: Page, width: int) -> Text:
    health = Text(
        f"{'●' if page.health.tone == 'more' else '✓'} {page.health.value}".replace(words.SPACE, " ")
    )
    health.stylize(TONES[page.health.tone])
    right = Text.assemble((f"as of the close of {words.day(page.as_of)}", QUIET), "  ", health)
    name = Text(printable(page.name), style=f"bold {ACCENT}")
    name.truncate(max(8, width - right.cell_len - 4), overflow="ellipsis")
    gap = max(2, width - name.cell_len - right.cell_len - 2)
    return spaced(Text.assemble(" ", name, " " * gap, right))


def _strip(figures: Sequence[Figure], width: int) -> Panel:
    across = len(figures) if width >= _ONE_STRIP else 4
    grid = Grid.grid(expand=True, padding=(0, 1, 0, 0))
    for _ in range(across):
        grid.add_column(ratio=1)
    cells = [_figure(figure) for figure in figures]
    for start in range(0, len(cells), across):
        row = cells[start : start + across]
        if start:
            grid.add_row()
        grid.add_row(*row, *[""] * (across - len(row)))
    return Panel(grid, box=box.ROUNDED, border_style=_FRAME, width=width)


def _figure(figure: Figure) -> Text:
    value = (figure.value, f"bold {TONES[figure.tone]}".strip())
    return spaced(
        Text.assemble((figure.label, QUIET), "\n", value, "\n", (figure.reason or figure.detail, QUIET))
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
    title = spaced(Text(card.title, style="bold"))
    if card.coverage:
        title.append(f"  ◔ {card.coverage}".replace(words.SPACE, " "), style=TONES["more"])
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
        yield wrapped(card.sentence, width)
    yield from _charts(card, width)
    if card.table is not None:
        if card.headline:
            yield Text("")
        yield _table(card.table, gap=2 if width >= _TWO_COLUMNS else 1)
    foot = list(_foot(card, width))
    if card.headline and foot:
        yield Text("")
    yield from foot


def _charts(card: Card, width: int) -> Iterable[Text]:
    if card.history is not None:
        yield from history_lines(card.history, width)
    if card.bars is not None:
        yield from bar_lines(card.bars, width)
    if card.shares:
        yield from share_lines(card.shares, width)
    if card.scale is not None and card.scale.value is not None:
        yield from scale_lines(card.scale, card.scale.value, width)
    if card.scale is not None and card.scale.text != card.headline:
        yield wrapped(card.scale.text, width)


def _headline(card: Card) -> Text:
    style = TONES[card.tone]
    text = Text.assemble((card.headline, f"bold {style}".strip()))
    if card.level:
        text.append(f"  {card.level}", style=style)
    if card.aside:
        text.append(f"  {card.aside}", style=QUIET)
    return spaced(text)


def _foot(card: Card, width: int) -> Iterable[Text]:
    for note in card.notes:
        yield wrapped(f"! {note}", width, TONES["more"])
    for remark in card.remarks:
        yield wrapped(f"● {remark.what}", width, TONES["more"])
        yield wrapped(f"  {remark.effect}", width, indent=2)
        yield wrapped(f"  → {remark.remedy}", width, QUIET, indent=4)
    if card.facts:
        yield wrapped(" · ".join(card.facts), width, QUIET)


def _table(table: Table, *, gap: int) -> Grid:
    grid = Grid(box=None, expand=not table.square, padding=(0, gap, 0, 0), pad_edge=False, header_style=QUIET)
    for index, head in enumerate(table.heads):
        grid.add_column(
            head,
            justify="left" if index < table.text_columns else "right",
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if 0 < index < table.text_columns else None,
        )
    for row in table.rows:
        numbers = row[table.text_columns :][:2]
        short = not table.square and any(cell.startswith(words.MINUS) for cell in numbers)
        grid.add_row(*(_cell(cell, short=short) for cell in row))
    return grid


def _cell(cell: str, *, short: bool) -> Text:
    text = spaced(Text(printable(cell)))
    if cell == MISSING:
        text.stylize(QUIET)
    elif short and cell.startswith(words.MINUS):
        text.stylize(TONES["more"])
    return text

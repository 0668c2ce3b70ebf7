"""``riskpanel evaluate``: the stored forecasts of volatility against what followed them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from textwrap import wrap
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from riskpanel.book.forecast_scores import Comparison, Score
from riskpanel.book.track_record import MIN_RETURNS, TrackRecord, UnscoredGroup
from riskpanel.cli import words
from riskpanel.cli.edge import JsonFlag, notes, open_edge, print_json, reports_errors, stdout, today
from riskpanel.cli.terminal_charts import printable
from riskpanel.nightly.evaluation import Evaluation, evaluate_forecasts

_HEADS = (
    "",
    "Scored",
    "QLIKE\nmodel",
    "QLIKE\nrolling",
    "Volatility\nbias",
    "Variance\nbias",
    "In band\n80 % due",
)
_SIGNIFICANT = 0.05
_UNSCORED = {
    "prices_missing": f"fewer than {MIN_RETURNS} returns in the 21 sessions after them",
    "no_movement": "the prices stood still in the 21 sessions after them",
    "holdings_changed": "lots or prices of that day are no longer those of the snapshot",
    "unvalued": "the portfolio can no longer be valued on that day",
}
_LEGEND = (
    "QLIKE is the loss on variance: 0 is perfect, lower is better. Rolling: the volatility before each.\n"
    "Bias above 0 expected too much. Every number: riskpanel evaluate --json"
)


class By(Enum):
    """What the printed table has a line for."""

    SUMMARY = "summary"
    INSTRUMENT = "instrument"
    PORTFOLIO = "portfolio"


@reports_errors
def evaluate(
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="First date of the forecasts; by default the first stored.",
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Last date of the forecasts, included; what followed may be later.",
        ),
    ] = None,
    by: Annotated[By, typer.Option(help="What to print a line for; --json has all of them.")] = By.SUMMARY,
    as_json: JsonFlag = False,
) -> None:
    """Score the stored forecasts of volatility against what followed, and against the rolling 21 sessions.

    Reads what `run` and `backfill` have stored, and prices; writes nothing. Exit code 0: the answer is
    printed, also when no forecast is old enough to be scored; 2: nothing is stored, or the request is wrong;
    3: the database failed.
    """
    edge = open_edge()
    with edge.store as store:
        found = evaluate_forecasts(
            store,
            edge.settings.policy,
            first=first.date() if first else None,
            last=last.date() if last else None,
            today=today(),
        )
    if as_json:
        print_json(asdict(found))
    elif not _chosen(found.instruments) and not _chosen(found.portfolios):
        stdout().print(_nothing_yet(found), soft_wrap=True)
    else:
        _print_record(found, by)


def _chosen(record: TrackRecord) -> int:
    """Count the forecasts that are over and were chosen, scored or not."""
    return record.stored - record.open - record.overlapping


def _nothing_yet(found: Evaluation) -> str:
    when = f"the first can be scored after {words.day(found.first_due)}".replace(words.SPACE, " ")
    return f"No forecast is 21 sessions old yet; {when}."


def _print_record(found: Evaluation, by: By) -> None:
    kinds = (("instrument", found.instruments), ("portfolio", found.portfolios))
    shown = [(noun, record) for noun, record in kinds if by in (By.SUMMARY, By(noun))]
    console = stdout()
    console.print(_title(found, [record for _, record in shown]), soft_wrap=True)
    console.print()
    console.print(_table(_summary_lines(shown) if by is By.SUMMARY else _series_lines(shown[0][1])))
    for noun, record in shown:
        console.print()
        console.print(f"[bold]{noun.capitalize()}s[/]")
        for sentence in (*_verdict(noun, record), *(_unscored(group) for group in record.unscored)):
            for line in wrap(sentence, console.width, initial_indent="  ", subsequent_indent="    "):
                console.print(escape(_plain(line)), soft_wrap=True)
    notes().print(f"\n{_LEGEND}", soft_wrap=True)


def _title(found: Evaluation, records: Sequence[TrackRecord]) -> str:
    firsts = [record.pooled.first for record in records if record.pooled.first]
    lasts = [record.pooled.last for record in records if record.pooled.last]
    span = f" of {words.day(min(firsts))} to {words.day(max(lasts))}" if firsts and lasts else ""
    until = words.day(found.prices_until)
    return _plain(f"Forecasts{span} against the 21 sessions after each, with prices up to {until}")


def _summary_lines(shown: Sequence[tuple[str, TrackRecord]]) -> Iterable[tuple[str, Score]]:
    for noun, record in shown:
        yield f"{noun.capitalize()}s", record.pooled
        if len(record.methods) > 1:
            yield from ((f"  {score.name}", score) for score in record.methods)


def _series_lines(record: TrackRecord) -> Iterable[tuple[str, Score]]:
    yield from ((score.name, score) for score in sorted(record.series, key=lambda score: score.name))
    yield "All", record.pooled


def _table(lines: Iterable[tuple[str, Score]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black")
    for head in _HEADS:
        table.add_column(head, justify="right" if head else "left", no_wrap=bool(head), vertical="bottom")
    for name, score in lines:
        cells = (
            words.number(score.scored),
            words.number(score.qlike_model, 3),
            words.number(score.qlike_rolling, 3),
            words.percent(score.volatility_bias, signed=True),
            words.percent(score.variance_bias, signed=True),
            words.percent(score.band_coverage),
        )
        table.add_row(escape(printable(name)), *(_plain(cell) for cell in cells))
    return table


def _verdict(noun: str, record: TrackRecord) -> Iterable[str]:
    """Say in sentences what the numbers of one kind mean."""
    if record.stored == 0:
        yield "No forecast is stored."
        return
    if record.comparable:
        among = words.count(record.comparable, noun)
        yield f"Better than the rolling 21 sessions in {record.better:,} of {among}."
    yield from _compared(record.comparison)
    coverage = record.pooled.band_coverage
    if coverage is not None:
        yield f"The band held {words.percent(coverage)} of what followed; 80{words.SPACE}% is due."
    yield from _counts(record)
    if record.pooled.scored:
        yield _timeliness(record.pooled)


def _compared(comparison: Comparison) -> Iterable[str]:
    if comparison.difference is None:
        return
    side = "lower" if comparison.difference < 0 else "higher"
    size = words.number(abs(comparison.difference), 3)
    over = f"QLIKE over all: {size} {side} than the rolling one"
    periods = words.count(comparison.periods, "period")
    if comparison.p_value is None:
        yield f"{over}; {periods} of 21 sessions cannot tell that from chance."
        return
    chance = "more than chance explains" if comparison.p_value < _SIGNIFICANT else "chance could explain it"
    yield (
        f"{over}, {chance} ({_equation('t', comparison.t_statistic, 2)}, "
        f"{_equation('p', comparison.p_value, 3)}, {periods} of 21 sessions)."
    )


def _equation(letter: str, value: float | None, digits: int) -> str:
    return f"{letter}{words.SPACE}={words.SPACE}{words.number(value, digits)}"


def _counts(record: TrackRecord) -> Iterable[str]:
    yield (
        f"Scored: {record.pooled.scored:,} of {words.count(record.stored, 'stored forecast')}. No two of a "
        f"series are about the same session; {record.overlapping:,} overlap with others and are left out, "
        f"{record.open:,} are open."
    )


def _timeliness(pooled: Score) -> str:
    if pooled.in_time == pooled.scored:
        return "All were stored by the session after their own."
    if pooled.in_time == 0:
        return "None was stored by the session after its own: all were computed later, as by a backfill."
    return (
        f"Stored by the session after their own: {pooled.in_time:,}. The others were computed later, as by a "
        "backfill."
    )


def _unscored(group: UnscoredGroup) -> str:
    names = words.listed([printable(name) for name in group.names])
    return f"Not scored: {words.count(group.count, 'forecast')}, {_UNSCORED[group.reason]}: {names}."


def _plain(text: str) -> str:
    """Write the spaces that lines may not be broken at as the plain ones that people search for."""
    return text.replace(words.SPACE, " ")

"""The page that tells what the backtest of the tail found, in words that its numbers must support."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from benchmarks.forecast.tail_tests import GroupScore, TailScore

FILTERED, PLAIN, PLAIN_LONG, NORMAL = (
    "filtered history, 504 days",
    "plain history, 252 days",
    "plain history, 504 days",
    "normal, weighted volatility",
)
TEMPLATE = Path(__file__).with_name("tail_template.md")
INDEX, STOCKS = "S&P 500", "20 stocks"


class Scored(Protocol):
    """What the page needs of a method's outcome."""

    @property
    def pooled(self) -> GroupScore: ...
    @property
    def single(self) -> TailScore: ...
    @property
    def crises(self) -> Mapping[str, tuple[int, int]]: ...


Table = Mapping[str, Mapping[float, Mapping[str, Scored]]]


def page(table: Table) -> str:
    """Return the whole page; raise when a sentence of it does not hold for these numbers."""
    _check_the_words(table)
    groups = [title for title in table if title != INDEX]
    return TEMPLATE.read_text(encoding="utf-8").format(
        **_figures(table),
        index_95="".join(_index_table(table[INDEX][0.95])),
        groups_95="".join(_group_table(table, groups, 0.95)),
        crises="".join(_crisis_table(table)),
        index_99="".join(_index_table(table[INDEX][0.99])),
        groups_99="".join(_group_table(table, groups, 0.99)),
    )


def _figures(table: Table) -> dict[str, str]:
    """Figures that the prose names."""
    index = table[INDEX]
    groups = [table[title][0.95] for title in table]
    others = [table[title][0.95] for title in table if title != INDEX]
    beyond = index[0.95][FILTERED].pooled.share_beyond
    stocks = table[STOCKS][0.95][FILTERED].pooled
    asked = stocks.series * index[0.95][FILTERED].pooled.days  # both begin and end on the same days
    return {
        "beyond": _percent(beyond),
        "one_in": f"{1 / beyond:.0f}",
        "asked": f"{asked:,}",
        "unanswered": str(asked - stocks.days),
        "filtered": _percent(index[0.95][FILTERED].pooled.share),
        "plain": _percent(index[0.95][PLAIN].pooled.share),
        "filtered_99": _percent(index[0.99][FILTERED].pooled.share),
        "plain_99": _percent(index[0.99][PLAIN].pooled.share),
        "after": _percent(index[0.95][FILTERED].pooled.share_after),
        "plain_after": _percent(index[0.95][PLAIN].pooled.share_after),
        "series": str(sum(group[FILTERED].pooled.series for group in groups)),
        "plain_frequency": str(sum(group[PLAIN].pooled.frequency_rejected for group in groups)),
        "others": str(sum(group[FILTERED].pooled.series for group in others)),
        "clustering": str(sum(group[FILTERED].pooled.clustering_rejected for group in others)),
        "plain_clustering": str(sum(group[PLAIN].pooled.clustering_rejected for group in others)),
        "least_ratio": f"{min(group[FILTERED].pooled.shortfall_ratio for group in groups):.2f}",
        "most_ratio": f"{max(group[FILTERED].pooled.shortfall_ratio for group in groups):.2f}",
        "least_plain": f"{min(group[PLAIN].pooled.shortfall_ratio for group in groups):.2f}",
        "most_plain": f"{max(group[PLAIN].pooled.shortfall_ratio for group in groups):.2f}",
        "least_normal": f"{min(group[NORMAL].pooled.shortfall_ratio for group in groups):.2f}",
        "most_normal": f"{max(group[NORMAL].pooled.shortfall_ratio for group in groups):.2f}",
    }


def _check_the_words(table: Table) -> None:
    """Hold the sentences of the page against the numbers."""
    for group in table.values():
        ours, plain, normal = (group[0.95][name].pooled for name in (FILTERED, PLAIN, NORMAL))
        claims = {
            "the filtered frequency is never rejected": ours.frequency_rejected == 0,
            "it is nearer to 5 % than plain history": abs(ours.share - 0.05) < abs(plain.share - 0.05),
            "it clusters less": ours.clustering_rejected <= plain.clustering_rejected,
            "6 to 8 % on the day after": 0.06 < ours.share_after < 0.085,
            "its shortfall is within 3 % of the losses": abs(ours.shortfall_ratio - 1.0) < 0.03,
            "plain shortfall is 4 to 6.5 % too small": 1.035 < plain.shortfall_ratio < 1.065,
            "the normal tail is too thin": normal.shortfall_ratio > 1.09,
            "at 99 % it is exceeded too often": group[0.99][FILTERED].pooled.share > 0.011,
        }
        false = [claim for claim, holds in claims.items() if not holds]
        if false:
            raise RuntimeError(f"the page says what its numbers do not: {'; '.join(false)}")
    if table[INDEX][0.95][FILTERED].single.clustering_p < 0.05:
        raise RuntimeError("the page says that the index does not cluster")


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _p_value(p: float) -> str:
    return "below 0.0001" if p < 1e-4 else f"{p:.4f}"


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |\n"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns + "\n"


def _index_table(methods: Mapping[str, Scored]) -> Iterator[str]:
    yield _row("method", "days", "exceeded", "on the day after", "p frequency", "p clustering", "loss / ES")
    yield _rule(7)
    for name, outcome in methods.items():
        pooled, single = outcome.pooled, outcome.single
        yield _row(
            name,
            f"{pooled.days:,}",
            _percent(pooled.share),
            _percent(pooled.share_after),
            _p_value(single.frequency_p),
            _p_value(single.clustering_p),
            f"{pooled.shortfall_ratio:.3f}",
        )


def _group_table(table: Table, groups: list[str], level: float) -> Iterator[str]:
    yield _row(
        "series", "method", "days", "exceeded", "on the day after", "frequency refused", "clustering found",
        "loss / ES",
    )  # fmt: skip
    yield _rule(8)
    for title in groups:
        for name, outcome in table[title][level].items():
            pooled = outcome.pooled
            yield _row(
                title,
                name,
                f"{pooled.days:,}",
                _percent(pooled.share),
                _percent(pooled.share_after),
                f"{pooled.frequency_rejected} of {pooled.series}",
                f"{pooled.clustering_rejected} of {pooled.series}",
                f"{pooled.shortfall_ratio:.3f}",
            )


def _crisis_table(table: Table) -> Iterator[str]:
    periods = list(table[INDEX][0.95][FILTERED].crises)
    yield _row("series", "method", *periods)
    yield _rule(2 + len(periods))
    for title in table:
        for name, outcome in table[title][0.95].items():
            shares = (_percent(hits / days) for hits, days in outcome.crises.values())
            yield _row(title, name, *shares)

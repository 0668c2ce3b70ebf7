"""What a second source says of suspect rows: confirmed, replaced, or left in the quarantine."""

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from riskpanel.sources.price_gate import Gated

_DOUBT = "from the row before|without volume"  # reasons of rows that may be prices all the same
_NO_DAY = "date: "  # reasons of rows that no price can take the place of

_AGREE = 5e-3  # relative difference within which two sources say the same
_LEAST_COMMON = 3  # good rows that both must have, to know how their adjusted closes differ


@dataclass(frozen=True, slots=True)
class Second:
    """What ``source`` said: the suspect rows that it has too, and others that replace them."""

    source: str
    confirmed: tuple[date, ...]
    replaced: tuple[date, ...]


def confirm(first: Gated, other: Gated, source: str) -> tuple[Gated, Second]:
    """Take doubted rows of ``first`` that ``other`` has too, and rows of ``other`` in place of the rest.

    A row of the second source is taken only if that source does not doubt it itself, and if both agree on the
    closes around; its adjusted close is put on the level of the first's.
    """
    nothing = first, Second(source, (), ())
    level = _level(first.good, other.good)
    if level is None:
        return nothing
    columns = first.good.columns
    doubted = pl.col("reason").str.contains(_DOUBT) & ~pl.col("reason").str.contains("; ")
    every = pl.concat([other.good, other.bad.select(columns)])
    both = first.bad.filter(doubted).join(every, on="date", how="inner", suffix="_other")
    same = both.filter((pl.col("close_other") / pl.col("close") - 1).abs() <= _AGREE)
    differ = mendable(first).join(same.select("date"), on="date", how="anti")
    better = other.good.join(differ.select("date"), on="date", how="semi").with_columns(
        adj_close=pl.col("adj_close") * level
    )
    if same.is_empty() and better.is_empty():
        return nothing
    good = pl.concat([first.good, same.select(columns), better.select(columns)]).sort("date")
    bad = first.bad.join(good.select("date"), on="date", how="anti", maintain_order="left")
    second = Second(source, tuple(same["date"].sort().to_list()), tuple(better["date"].to_list()))
    return replace(first, good=good, bad=bad), second


def mendable(gated: Gated) -> pl.DataFrame:
    """Return the bad rows that a second source may confirm or replace: those of sessions."""
    return gated.bad.filter(~pl.col("reason").str.contains(_NO_DAY, literal=True))


def _level(good: pl.DataFrame, other: pl.DataFrame) -> float | None:
    """Return how far the adjusted closes of both lie apart, as a ratio; None where they do not agree."""
    both = good.join(other, on="date", how="inner", suffix="_other")
    if both.height < _LEAST_COMMON:
        return None
    ratios = both.select(
        close=(pl.col("close_other") / pl.col("close") - 1).abs(),
        level=pl.col("adj_close") / pl.col("adj_close_other"),
    )
    closes, levels = ratios["close"], ratios["level"]
    middle = float(levels.median() or 0.0)  # pyright: ignore[reportArgumentType]
    if float(closes.quantile(0.8) or 0.0) > _AGREE or middle <= 0:
        return None
    spread = float((levels / middle - 1).abs().quantile(0.8) or 0.0)
    return middle if spread <= _AGREE else None

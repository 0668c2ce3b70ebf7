"""The gate that a fetched history passes: which rows are prices, and what is wrong with the others."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from riskpanel.sources.calendar import sessions_between
from riskpanel.sources.delimited import LINE
from riskpanel.sources.price_checks import FIELDS, Check, find_faults, not_traded, unadjusted, value_checks
from riskpanel.sources.price_doubts import STALE_REASON, large_moves, move_reason, stale_rows

_LEAST_SPLIT = 0.25  # log of a split from which its jump is no move of a day: 1.3 to 1


@dataclass(frozen=True, slots=True)
class Gated:
    """A history after the gate.

    ``good`` has the columns of a history; ``bad`` also has ``reason``, several joined. ``missing`` are the
    sessions between its first and last that it lacks, ``extra`` the days in it that are no sessions.
    ``unsplit`` says of which split the past was not adjusted; then nothing of the history can be used.
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    missing: tuple[date, ...]
    extra: tuple[date, ...]
    unsplit: str | None


def gate(symbol: str, history: pl.DataFrame, *, today: date, before: pl.DataFrame | None = None) -> Gated:
    """Separate the rows of one symbol's history, in the order of its dates.

    Parameters
    ----------
    symbol : str
        Whose prices they are; only reasons name it.
    history : polars.DataFrame
        Columns of `riskpanel.sources.protocol.HISTORY`. Rows without a close are left out silently: the
        sessions that lack one are in ``missing``.
    today : datetime.date
        Later rows are in the future.
    before : polars.DataFrame, optional
        The stored row before it, or none: what the first move is measured against.
    """
    rows = history.filter(pl.col("close").is_not_null()).sort("date")
    frame = rows.with_row_index("row").with_columns(
        pl.col("row").cast(pl.Int64).alias(LINE),
        pl.lit(symbol).alias("symbol"),
        pl.lit(symbol).alias("symbol_text"),
        pl.col("date").cast(pl.String).alias("date_text"),
    )
    headers = {name: name for name in (*FIELDS, "date")}
    calendar = find_faults(frame, [not_traded(frame["date"], today=today)], headers)
    checks = [*value_checks(), unadjusted(), _no_adjusted(), _repeated()]
    faults = [calendar, find_faults(frame, checks, headers)]
    sound = _without(frame, pl.concat(faults))
    moves = large_moves(sound, before=None if before is None or before.is_empty() else before["adj_close"][0])
    faults.append(find_faults(sound, [_jumps(moves), _stale(sound)], headers))
    found = pl.concat(faults)
    reasons = found.group_by("row", maintain_order=True).agg(
        pl.format("{}: {}", pl.col("column"), pl.col("reason")).unique(maintain_order=True).str.join("; ")
        .alias("reason")
    )  # fmt: skip
    extra = frame.filter(pl.col("row").is_in(calendar["row"].to_list()))["date"].to_list()
    return Gated(
        good=_without(frame, found).select(history.columns),
        bad=frame.join(reasons, on="row", maintain_order="left").select(*history.columns, "reason"),
        missing=_missing(frame["date"].to_list(), today),
        extra=tuple(extra),
        unsplit=_unsplit(sound, before),
    )


def _without(frame: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    return frame.join(faults.select("row").unique(), on="row", how="anti", maintain_order="left")


def _repeated() -> Check:
    return Check("date", pl.col("date").is_duplicated(), pl.lit("the same date twice"))


def _no_adjusted() -> Check:
    empty = pl.col("adj_close").is_null()
    return Check("adj_close", empty & empty.all(), pl.lit("empty in every row"))


def _jumps(moves: pl.DataFrame) -> Check:
    rows: list[int] = moves["row"].to_list()
    told = dict(zip(rows, map(move_reason, moves["move"].to_list()), strict=True))
    reason = pl.col("row").replace_strict(told, default=None, return_dtype=pl.String)
    return Check("adj_close", pl.col("row").is_in(rows), reason)


def _stale(frame: pl.DataFrame) -> Check:
    rows: list[int] = stale_rows(frame)["row"].to_list()
    return Check("close", pl.col("row").is_in(rows), pl.lit(STALE_REASON))


def _unsplit(frame: pl.DataFrame, before: pl.DataFrame | None) -> str | None:
    """Say of which split the past was not adjusted: then no row before it is worth anything.

    On the session of a split an unadjusted close moves by about the split; adjusted, it moves as on any day.
    """
    last = None if before is None or before.is_empty() else before["adj_close"][0]
    move = (pl.col("adj_close") / pl.col("adj_close").shift(1).fill_null(pl.lit(last, pl.Float64))).log()
    size = pl.col("split").log()
    wrong = (size.abs() > _LEAST_SPLIT) & ((move + size).abs() < move.abs())
    for day, split in frame.filter(wrong).select("date", "split").iter_rows():
        return f"closes before {day} are not adjusted for the split {split:g}:1"
    return None


def _missing(days: list[date], today: date) -> tuple[date, ...]:
    known = [day for day in days if day <= today]
    if not known:
        return ()
    sessions = sessions_between(min(known), max(known))
    lacking = sessions[~np.isin(sessions, np.array(known, dtype="datetime64[D]"))]
    return tuple(lacking.tolist())

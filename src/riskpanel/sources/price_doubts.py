"""Rows that are numbers and may be no prices all the same: large moves, closes that stand still.

Frames have ``symbol``, ``date``, ``close``, ``adj_close`` and ``volume``, by symbol and date.
"""

import polars as pl

LARGEST_MOVE = 0.5  # of an adjusted close from one row to the next
STALE_RUN = 10  # sessions with one close and no volume, from which it is no price any more


def large_moves(frame: pl.DataFrame, *, before: float | None = None) -> pl.DataFrame:
    """Return the rows that moved by more than half, with ``move``, the adjusted close over that before.

    ``before`` is the adjusted close before the first row of a frame of one symbol.
    """
    last = pl.col("adj_close").shift(1).over("symbol").fill_null(pl.lit(before, pl.Float64))
    moved = frame.with_columns(move=pl.col("adj_close") / last)
    return moved.filter((pl.col("move") - 1).abs() > LARGEST_MOVE)


def move_reason(move: float) -> str:
    """Say how far a row moved."""
    return f"a move of {(move - 1) * 100:+.1f} % from the row before"


def stale_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of runs of one close without volume, but for the first row of each, which may be real.

    Only symbols that have volume on other sessions can stand still: funds and indexes have none, and files
    of closes do not say.
    """
    quiet = pl.col("volume").fill_null(0.0) == 0.0
    same = (pl.col("close") == pl.col("close").shift(1).over("symbol")) & quiet
    runs = frame.with_columns(run=(~same.fill_null(value=False)).cum_sum().over("symbol"))
    key = ["symbol", "run"]
    lengths = runs.with_columns(length=pl.len().over(key), at=pl.int_range(pl.len()).over(key))
    traded = (pl.col("volume") > 0).fill_null(value=False).any().over("symbol")
    return lengths.filter(traded & (pl.col("length") > STALE_RUN) & (pl.col("at") > 0)).select(frame.columns)


STALE_REASON = f"the same close for more than {STALE_RUN} sessions, without volume"


def doubts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the doubted rows with ``column`` and ``reason``, by symbol and date."""
    ordered = frame.sort("symbol", "date")
    moved = large_moves(ordered)
    told = pl.Series("reason", [move_reason(move) for move in moved["move"].to_list()], dtype=pl.String)
    moves = moved.drop("move").with_columns(told, column=pl.lit("adj_close"))
    stale = stale_rows(ordered).with_columns(reason=pl.lit(STALE_REASON), column=pl.lit("close"))
    every = pl.concat([moves, stale.select(moves.columns)])
    return every.unique(["symbol", "date"], keep="first").sort("symbol", "date")

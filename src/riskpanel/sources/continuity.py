"""Whether a history continues the stored prices of a symbol, and what of them it changes."""

from dataclasses import dataclass

import polars as pl

_MOVED = 5e-4  # relative change of a price that rounding does not explain,
_ROUNDING = 0.006  # or of a low price by so much in its currency
_JUDGED_FROM = 5  # common sessions from which a series can be told from another one


@dataclass(frozen=True, slots=True)
class Continuity:
    """How a history meets the stored rows: on how many sessions, and how it differs there.

    ``moved``: some price has changed, as splits and dividends change the past. ``other``: the prices change
    against each other from session to session, so they are of another series. ``raw``: the stored closes are
    adjusted for dividends, and the history's are not.
    """

    common: int
    moved: bool
    other: bool
    raw: bool


def compare(stored: pl.DataFrame, history: pl.DataFrame) -> Continuity:
    """Compare on common sessions; both have date, close and adj_close."""
    both = _common(stored, history)
    if both.is_empty():
        return Continuity(0, moved=False, other=False, raw=False)
    moved = bool(both.select((_has_moved("close") | _has_moved("adj_close")).any()).item())
    raw = moved and bool(
        both.select(
            (pl.col("adj_close_new") == pl.col("close_new")).all()
            & ((pl.col("adj_close") / pl.col("close") - 1).abs() > _MOVED).any()
        ).item()
    )
    return Continuity(both.height, moved, moved and _is_another(both), raw)


def _is_another(both: pl.DataFrame) -> bool:
    """Tell whether the ratio of closes changes all the time: a split changes it once, a correction twice."""
    ratio = (pl.col("close_new") / pl.col("close")).log()
    if both.height < _JUDGED_FROM:
        told = both.select(
            spread=ratio.max() - ratio.min(), size=ratio.abs().max(), slack=_slack("close").max()
        )
        spread, size, slack = told.row(0)
        return spread > 2 * slack or (both.height == 1 and size > slack)
    steps = both.select(step=ratio.diff().abs(), slack=2 * _slack("close")).drop_nulls()
    return steps.filter(pl.col("step") > pl.col("slack")).height > max(2, steps.height // 4)


def rescaling(stored: pl.DataFrame, good: pl.DataFrame) -> pl.DataFrame:
    """Return what to multiply stored rows by that a new history does not have, where the past has changed.

    Columns date, close and adj_close (factors). A row takes the factors of the next session that both have,
    else of the last one: a second time they are 1, and nothing is returned.
    """
    both = _common(stored, good)
    factors = both.select(
        "date",
        close_by=pl.when(_has_moved("close")).then(pl.col("close_new") / pl.col("close")).otherwise(1.0),
        adj_close_by=pl.when(_has_moved("adj_close"))
        .then(pl.col("adj_close_new") / pl.col("adj_close"))
        .otherwise(1.0),
    ).sort("date")
    others = stored.join(good, on="date", how="anti").select("date").sort("date")
    if factors.is_empty() or others.is_empty():
        return pl.DataFrame(schema={"date": pl.Date, "close": pl.Float64, "adj_close": pl.Float64})
    after = others.join_asof(factors, on="date", strategy="forward")
    before = others.join_asof(factors, on="date", strategy="backward")
    told = after.select(
        "date",
        close=pl.col("close_by").fill_null(before["close_by"]),
        adj_close=pl.col("adj_close_by").fill_null(before["adj_close_by"]),
    )
    return told.filter((pl.col("close") != 1.0) | (pl.col("adj_close") != 1.0))


def _common(stored: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    new = history.select("date", "close", "adj_close").drop_nulls()
    old = stored.select("date", "close", "adj_close")
    return old.join(new, on="date", how="inner", suffix="_new").sort("date")


def _slack(name: str) -> pl.Expr:
    """Relative change that rounding explains, of each row."""
    return pl.max_horizontal(pl.lit(_MOVED), _ROUNDING / pl.col(name))


def _has_moved(name: str) -> pl.Expr:
    return (pl.col(f"{name}_new") / pl.col(name) - 1).abs() > _slack(name)

"""Whether a history continues what is stored: the same, a changed past, or something else."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskpanel.sources.continuity import compare, rescaling
from sources.recorded import history_of

FIRST, LAST = date(2022, 1, 3), date(2022, 12, 28)
AAPL, MSFT = history_of(FIRST, LAST, seed=1), history_of(FIRST, LAST, seed=2, start=250)
DAY = AAPL["date"][100]


def times(history: pl.DataFrame, factor: float, names=("close", "adj_close"), before=None) -> pl.DataFrame:
    where = pl.lit(value=True) if before is None else pl.col("date") < before
    return history.with_columns(
        pl.when(where).then(pl.col(name) * factor).otherwise(pl.col(name)).alias(name) for name in names
    )


def verdict(stored: pl.DataFrame, history: pl.DataFrame) -> tuple[bool, bool, bool]:
    met = compare(stored, history)
    return met.moved, met.other, met.raw


def test_the_same_prices_have_not_moved_nor_have_rounded_ones():
    assert verdict(AAPL, AAPL) == (False, False, False)
    cents = AAPL.with_columns(pl.col("close", "adj_close").round(2))
    penny = times(AAPL, 0.02)
    assert verdict(AAPL, cents) == (False, False, False)
    assert verdict(penny, penny.with_columns(pl.col("close", "adj_close").round(2))) == (False, False, False)


@pytest.mark.parametrize(
    "history",
    [
        times(AAPL, 0.25),  # a split after all of it
        times(AAPL, 0.25, before=DAY),  # and within
        times(AAPL, 0.98, ("adj_close",)),  # a dividend
        times(times(AAPL, 0.5, before=DAY), 0.97, ("adj_close",)),
        times(AAPL, 1.1, before=AAPL["date"][1]),  # one row that was wrong
    ],
)
def test_what_splits_dividends_and_corrections_change_is_the_past(history):
    assert verdict(AAPL, history) == (True, False, False)


def test_prices_of_another_symbol_are_another_series_however_many_are_common():
    for common in (3, 5, 20, AAPL.height):
        assert compare(AAPL.tail(common), MSFT).other
    assert compare(AAPL.tail(1), times(AAPL, 0.31)).other  # one row tells nothing of a series
    assert not compare(AAPL.tail(1), times(AAPL, 0.99, ("adj_close",))).other


def test_closes_without_dividends_do_not_follow_adjusted_ones():
    adjusted = times(AAPL, 0.97, ("adj_close",), before=DAY)
    assert verdict(adjusted, AAPL) == (True, False, True)
    assert verdict(AAPL, adjusted) == (True, False, False)


def test_without_a_common_session_nothing_is_known():
    met = compare(AAPL.head(10), AAPL.tail(10))
    assert (met.common, met.moved, met.other) == (0, False, False)


def test_rows_that_do_not_come_again_take_the_factor_of_the_next_that_does():
    stored = times(AAPL, 4.0)
    young = AAPL.slice(50).filter(pl.col("date") != DAY)
    told = rescaling(stored, young)
    assert told["date"].to_list() == [*AAPL["date"][:50], DAY]
    assert told["close"].to_list() == pytest.approx([0.25] * 51)
    assert rescaling(AAPL, young).is_empty()


def test_after_the_last_common_session_its_factor_counts():
    told = rescaling(times(AAPL, 2.0), AAPL.head(100))
    assert told["close"].to_list() == pytest.approx([0.5] * (AAPL.height - 100))


@given(
    st.floats(0.05, 20),
    st.floats(0.8, 1.2),
    st.sets(st.integers(0, AAPL.height - 1), min_size=1, max_size=40),
)
def test_a_second_time_nothing_is_left_to_rescale(split, paid, lacking):
    stored = times(times(AAPL, split), paid, ("adj_close",))
    good = AAPL.with_row_index().filter(~pl.col("index").is_in(list(lacking))).drop("index")
    by = rescaling(stored, good).rename({"close": "close_by", "adj_close": "adj_close_by"})
    merged = stored.join(by, on="date", how="left").with_columns(
        close=pl.col("close") * pl.col("close_by").fill_null(1.0),
        adj_close=pl.col("adj_close") * pl.col("adj_close_by").fill_null(1.0),
    )
    merged = pl.concat([merged.select(good.columns).join(good, on="date", how="anti"), good]).sort("date")
    assert rescaling(merged, good).is_empty()
    moved = ((merged["close"] / AAPL["close"] - 1).abs() > 1e-3).any()
    assert not moved

"""The gate: what is a price, what is doubted, and what no row of the source can be used for."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskpanel.sources.confirming import confirm
from riskpanel.sources.price_doubts import doubts
from riskpanel.sources.price_gate import gate
from sources.recorded import history_of

FIRST, LAST, TODAY = date(2022, 1, 3), date(2022, 12, 28), date(2022, 12, 29)
CLEAN = history_of(FIRST, LAST)


def changed(rows: dict[int, dict[str, object]], history: pl.DataFrame = CLEAN) -> pl.DataFrame:
    """Change cells of rows by their place."""
    told = history.to_dicts()
    for at, cells in rows.items():
        told[at] |= cells
    return pl.DataFrame(told, schema=history.schema)


def scaled(history: pl.DataFrame, factor: float, where: pl.Expr) -> pl.DataFrame:
    prices = ("open", "high", "low", "close", "adj_close")
    return history.with_columns(
        pl.when(where).then(pl.col(name) * factor).otherwise(pl.col(name)).alias(name) for name in prices
    )


def row_before(price: float) -> pl.DataFrame:
    cells = {"date": [date(2021, 12, 31)], "close": [price], "adj_close": [price]}
    return pl.DataFrame(cells)


def test_a_clean_history_passes_as_it_is():
    gated = gate("AAPL", CLEAN, today=TODAY)
    assert gated.good.equals(CLEAN)
    assert (gated.bad.height, gated.missing, gated.extra, gated.unsplit) == (0, (), (), None)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"close": -3.0}, "close: must be above 0, not -3.0"),
        ({"adj_close": 0.0}, "adj_close: must be above 0, not 0.0"),
        ({"high": 1.0, "low": 2.0}, "high: high 1.0 is below low 2.0"),
        ({"adj_close": float("nan")}, "adj_close: not a finite number: NaN"),
        ({"close": float("inf")}, "close: not a finite number: inf"),
        ({"volume": -1.0}, "volume: must not be negative: -1.0"),
        ({"adj_close": None}, "adj_close: empty, but other rows of AAPL have one"),
        ({"date": date(2022, 7, 4)}, "date: 2022-07-04 is an exchange holiday; not an XNYS session"),
        ({"date": date(2022, 7, 2)}, "date: 2022-07-02 is a Saturday; not an XNYS session"),
        ({"date": date(2023, 1, 3)}, "date: 2023-01-03 is in the future"),
    ],
)  # fmt: skip
def test_a_faulty_row_is_set_aside_with_its_reason_and_no_other(cells, reason):
    gated = gate("AAPL", changed({100: cells}), today=TODAY)
    assert gated.bad["reason"].to_list() == [reason]
    assert gated.good.equals(CLEAN.with_row_index().filter(pl.col("index") != 100).drop("index"))


def test_both_of_two_rows_of_one_date_are_set_aside():
    day = CLEAN["date"][50]
    gated = gate("AAPL", changed({51: {"date": day}}), today=TODAY)
    assert gated.bad.select("date", "reason").rows() == [(day, "date: the same date twice")] * 2
    assert gated.missing == (CLEAN["date"][51],)


def test_a_row_without_a_close_is_left_out_and_its_session_is_missing():
    gated = gate("AAPL", changed({50: {"close": None, "adj_close": None}}), today=TODAY)
    assert (gated.bad.height, gated.missing) == (0, (CLEAN["date"][50],))
    assert gated.good.height == CLEAN.height - 1


def test_a_spike_is_set_aside_and_what_follows_it_stays():
    at = CLEAN["date"][100]
    gated = gate("AAPL", scaled(CLEAN, 10.0, pl.col("date") == at), today=TODAY)
    assert gated.bad["date"].to_list() == [at, CLEAN["date"][101]]  # there and back again
    assert gated.bad["reason"][0].startswith("adj_close: a move of +")
    assert gated.bad["reason"][0].endswith(" % from the row before")


def test_a_move_against_the_stored_row_before_is_measured():
    first = CLEAN["adj_close"][0]
    calm = gate("AAPL", CLEAN, today=TODAY, before=row_before(first))
    wild = gate("AAPL", CLEAN, today=TODAY, before=row_before(first / 3))
    assert (calm.bad.height, wild.bad["date"].to_list()) == (0, [FIRST])


@pytest.mark.parametrize(("factor", "bad"), [(1.49, 0), (1.52, 1), (0.51, 0), (0.48, 1)])
def test_the_largest_move_is_half(factor, bad):
    level = changed({}, CLEAN.with_columns(close=100.0, adj_close=100.0, open=None, high=None, low=None))
    moved = scaled(level, factor, pl.col("date") >= CLEAN["date"][100])
    assert gate("AAPL", moved, today=TODAY).bad.height == bad


def test_a_past_that_is_not_adjusted_for_a_split_makes_the_whole_history_worthless():
    day = CLEAN["date"][100]
    raw = scaled(CLEAN, 4.0, pl.col("date") < day)
    told = changed({100: {"split": 4.0}}, raw)
    assert (
        gate("AAPL", told, today=TODAY).unsplit == f"closes before {day} are not adjusted for the split 4:1"
    )
    adjusted = gate("AAPL", changed({100: {"split": 4.0}}), today=TODAY)
    assert (adjusted.unsplit, adjusted.bad.height) == (None, 0)


@pytest.mark.parametrize("split", [1.5, 2.0, 3.0, 0.1])
def test_a_split_below_the_largest_move_is_found_all_the_same(split):
    day = CLEAN["date"][100]
    raw = scaled(CLEAN, split, pl.col("date") < day)
    told = gate("AAPL", changed({100: {"split": split}}, raw), today=TODAY)
    assert told.unsplit == f"closes before {day} are not adjusted for the split {split:g}:1"
    assert gate("AAPL", changed({100: {"split": split}}), today=TODAY).unsplit is None


def test_a_stock_dividend_is_no_split_that_could_be_seen():
    assert gate("AAPL", changed({100: {"split": 1.05}}), today=TODAY).unsplit is None


def test_a_history_without_adjusted_closes_has_no_prices():
    gated = gate("AAPL", CLEAN.with_columns(adj_close=pl.lit(None, pl.Float64)), today=TODAY)
    assert (gated.good.height, gated.bad.height) == (0, CLEAN.height)
    assert set(gated.bad["reason"]) == {"adj_close: empty in every row"}


def test_a_close_that_stands_still_without_volume_is_no_price_where_the_symbol_has_volume_elsewhere():
    quiet = {at: {"close": 100.0, "adj_close": 100.0, "volume": 0.0} for at in range(100, 115)}
    gated = gate("AAPL", changed(quiet), today=TODAY)
    assert gated.bad["date"].to_list() == CLEAN["date"][101:115].to_list()
    assert set(gated.bad["reason"]) == {"close: the same close for more than 10 sessions, without volume"}
    short = gate("AAPL", changed({at: quiet[at] for at in range(100, 110)}), today=TODAY)
    traded = gate("AAPL", changed({at: cells | {"volume": 5.0} for at, cells in quiet.items()}), today=TODAY)
    fund = CLEAN.with_columns(open=1.0, high=1.0, low=1.0, close=1.0, adj_close=1.0, volume=0.0)
    steps = fund.with_columns(close=10.0 + (pl.int_range(pl.len()) // 15) / 100)
    steps = steps.with_columns(adj_close=pl.col("close"), open=None, high=None, low=None)
    bad = [gate("FUND", one, today=TODAY).bad.height for one in (fund, steps)]
    assert (short.bad.height, traded.bad.height, bad) == (0, 0, [0, 0])


def test_an_empty_history_has_nothing():
    gated = gate("AAPL", CLEAN.clear(), today=TODAY)
    assert (gated.good.height, gated.bad.height, gated.missing) == (0, 0, ())


@given(st.sets(st.integers(0, CLEAN.height - 1), max_size=20), st.randoms())
def test_rows_are_never_lost_nor_changed_and_their_order_does_not_matter(dropped, shuffler):
    kept = [row for at, row in enumerate(CLEAN.to_dicts()) if at not in dropped]
    shuffler.shuffle(kept)
    gated = gate("AAPL", pl.DataFrame(kept, schema=CLEAN.schema), today=TODAY)
    assert gated.good.height + gated.bad.height == len(kept)
    assert gated.good.join(CLEAN, on=CLEAN.columns, how="anti", nulls_equal=True).is_empty()
    assert gated.good["date"].is_sorted()


SPIKE = CLEAN["date"][100]
SPIKED = scaled(CLEAN, 10.0, pl.col("date") == SPIKE)


class TestASecondSource:
    def test_confirms_what_it_has_too(self):
        gated, second = confirm(gate("A", SPIKED, today=TODAY), gate("A", SPIKED, today=TODAY), "b")
        assert second.confirmed == (SPIKE, CLEAN["date"][101])
        assert gated.good.equals(SPIKED)
        assert gated.bad.is_empty()

    def test_replaces_what_it_has_otherwise_at_the_level_of_the_first(self):
        other = CLEAN.with_columns(adj_close=pl.col("adj_close") * 0.9)
        gated, second = confirm(gate("A", SPIKED, today=TODAY), gate("A", other, today=TODAY), "b")
        assert (second.confirmed, second.replaced) == ((CLEAN["date"][101],), (SPIKE,))
        assert gated.good["date"].to_list() == CLEAN["date"].to_list()
        assert np.allclose(gated.good["adj_close"], CLEAN["adj_close"], rtol=1e-12)

    def test_is_not_believed_where_it_disagrees_on_the_days_around(self):
        other = scaled(CLEAN, 1.5, pl.lit(value=True))
        first = gate("A", SPIKED, today=TODAY)
        gated, second = confirm(first, gate("A", other, today=TODAY), "b")
        assert (gated, second.confirmed, second.replaced) == (first, (), ())

    def test_replaces_a_fault_but_confirms_none(self):
        faulty = changed({100: {"close": -1.0, "adj_close": -1.0}})
        first = gate("A", faulty, today=TODAY)
        gated, second = confirm(first, gate("A", CLEAN, today=TODAY), "b")
        assert (gated.bad.height, second.replaced, second.confirmed) == (0, (SPIKE,), ())
        again, none = confirm(first, first, "b")
        assert (again.bad.height, none.replaced, none.confirmed) == (1, (), ())

    def test_makes_no_session_of_a_day_that_is_none(self):
        first = gate("A", changed({100: {"date": date(2022, 7, 4)}}), today=TODAY)
        gated, second = confirm(first, gate("A", CLEAN, today=TODAY), "b")
        assert (gated.bad.height, second.replaced, second.confirmed) == (1, (), ())


def test_doubts_are_told_symbol_by_symbol():
    quiet = changed({at: {"close": 100.0, "adj_close": 100.0, "volume": 0.0} for at in range(100, 115)})
    spiked = scaled(CLEAN, 10.0, pl.col("date") == SPIKE)
    parts = {"CALM": CLEAN, "QUIET": quiet, "SPIKE": spiked}
    frame = pl.concat([rows.with_columns(symbol=pl.lit(name)) for name, rows in parts.items()])
    told = doubts(frame.sample(fraction=1.0, shuffle=True, seed=3))
    assert told["symbol"].to_list() == ["QUIET"] * 14 + ["SPIKE"] * 2
    assert told["date"].to_list()[-2:] == [SPIKE, CLEAN["date"][101]]
    assert doubts(CLEAN.with_columns(symbol=pl.lit("CALM"))).is_empty()

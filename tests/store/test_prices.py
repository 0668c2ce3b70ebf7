from datetime import date, timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from riskpanel.store.prices import (
    PriceCounts,
    QuarantineRow,
    load_latest_closes,
    save_prices,
    save_quarantine,
)
from riskpanel.store.schema import instruments, market_data_cache, market_data_quarantine

DAY = date(2022, 12, 27)
SCHEMA = {
    "symbol": pl.String,
    "date": pl.Date,
    "open": pl.Float64,
    "high": pl.Float64,
    "low": pl.Float64,
    "close": pl.Float64,
    "adj_close": pl.Float64,
    "volume": pl.Float64,
}


def frame(*rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def stored(store):
    with store.read() as conn:
        query = sa.select(market_data_cache).order_by(market_data_cache.c.symbol, market_data_cache.c.date)
        return conn.execute(query).mappings().all()


FULL = frame(
    ("A", DAY, 1.0, 3.0, 0.5, 2.0, 1.5, 100.0), ("BRK-B", DAY, None, None, None, 300.25, 300.25, None)
)


def test_prices_are_read_back_as_saved(store, now):
    with store.begin() as conn:
        assert save_prices(conn, FULL, data_source="file", now=now) == PriceCounts(2, 0)
    first, second = stored(store)
    assert [first[name] for name in SCHEMA] == ["A", DAY, 1.0, 3.0, 0.5, 2.0, 1.5, 100.0]
    assert [second[name] for name in SCHEMA] == ["BRK-B", DAY, None, None, None, 300.25, 300.25, None]
    assert (first["data_source"], first["updated_at"]) == ("file", now)


def test_saving_again_changes_nothing_not_even_the_time(store, now):
    with store.begin() as conn:
        save_prices(conn, FULL, data_source="file", now=now)
    before = stored(store)
    with store.begin() as conn:
        counts = save_prices(conn, FULL, data_source="file", now=now + timedelta(days=1))
    assert counts == PriceCounts(0, 2)
    assert stored(store) == before


def test_only_the_changed_row_is_written(store, now):
    later = now + timedelta(days=1)
    with store.begin() as conn:
        save_prices(conn, FULL, data_source="file", now=now)
        changed = FULL.with_columns(close=pl.when(symbol="A").then(2.5).otherwise("close"))
        assert save_prices(conn, changed, data_source="file", now=later) == PriceCounts(1, 1)
    assert [row["updated_at"] for row in stored(store)] == [later, now]


def test_an_empty_field_never_overwrites_a_stored_one(store, now):
    bare = frame(("A", DAY, None, None, None, 2.0, 1.5, None))
    with store.begin() as conn:
        save_prices(conn, FULL, data_source="file", now=now)
        assert save_prices(conn, bare, data_source="file", now=now) == PriceCounts(0, 1)
        assert save_prices(conn, bare.with_columns(close=2.5), data_source="file", now=now).written == 1
    row = stored(store)[0]
    assert [row[name] for name in ("open", "high", "low", "close", "volume")] == [1.0, 3.0, 0.5, 2.5, 100.0]


def test_instruments_come_to_be_and_known_ones_stay_as_they_are(store, now):
    with store.begin() as conn:
        conn.execute(
            sa.insert(instruments).values(
                symbol="A", sector="Energy", source="user", created_at=now, updated_at=now
            )
        )
        save_prices(conn, FULL, data_source="file", now=now + timedelta(days=1))
        rows = conn.execute(sa.select(instruments).order_by("symbol")).mappings().all()
    assert [(row["symbol"], row["sector"], row["source"]) for row in rows] == [
        ("A", "Energy", "user"),
        ("BRK-B", None, "file"),
    ]
    assert rows[0]["updated_at"] == now


def test_an_empty_frame_saves_nothing(store, now):
    with store.begin() as conn:
        assert save_prices(conn, frame(), data_source="file", now=now) == PriceCounts(0, 0)


def test_many_rows_are_all_saved(store, now):
    count = 12_345
    days = [DAY + timedelta(days=offset) for offset in range(count)]
    many = pl.DataFrame({"symbol": ["A"] * count, "date": days, "close": [1.0 + n for n in range(count)]})
    empty = [pl.lit(None, pl.Float64).alias(name) for name in ("open", "high", "low", "volume")]
    many = many.with_columns(*empty, adj_close="close").sample(fraction=1, shuffle=True, seed=7)
    with store.begin() as conn:
        assert save_prices(conn, many, data_source="file", now=now) == PriceCounts(count, 0)
        assert save_prices(conn, many, data_source="file", now=now) == PriceCounts(0, count)
    assert [row["close"] for row in stored(store)] == [1.0 + n for n in range(count)]


def test_the_latest_close_is_the_last_on_or_before_the_date(store, now):
    next_day = DAY + timedelta(days=1)
    prices = frame(
        ("A", DAY, None, None, None, 1.0, 9.0, None),
        ("A", next_day, None, None, None, 2.0, 9.0, None),
        ("B", DAY, None, None, None, 5.0, 9.0, None),
        ("C", DAY, None, None, None, 7.0, 9.0, None),
    )
    with store.begin() as conn:
        save_prices(conn, prices, data_source="file", now=now)
        assert load_latest_closes(conn, ["A", "B", "Z"], None) == {"A": (next_day, 2.0), "B": (DAY, 5.0)}
        assert load_latest_closes(conn, ["A"], DAY) == {"A": (DAY, 1.0)}
        assert load_latest_closes(conn, ["A"], DAY - timedelta(days=1)) == {}
        assert load_latest_closes(conn, [], None) == {}


@pytest.mark.parametrize("cells", [(("date", "x"), ("close", None)), ()])
def test_a_quarantined_row_is_recorded_once(store, now, cells):
    row = QuarantineRow("A", "2022-12-24", cells, "date: not a session", "f.csv: line 2")
    with store.begin() as conn:
        save_quarantine(conn, [row], data_source="file", now=now)
        save_quarantine(conn, [row], data_source="file", now=now + timedelta(days=1))
        (found,) = conn.execute(sa.select(market_data_quarantine)).mappings().all()
    assert found["raw_row"] == dict(cells)
    assert (found["symbol"], found["date"], found["reason"]) == ("A", "2022-12-24", "date: not a session")
    assert found["created_at"] == now


def test_overlong_text_is_cut_to_the_quarantine_columns(store, now):
    row = QuarantineRow("x" * 99, "y" * 99, (), "z" * 999, "folder/" * 99 + "f.csv: line 2")
    with store.begin() as conn:
        save_quarantine(conn, [row], data_source="file", now=now)
        (found,) = conn.execute(sa.select(market_data_quarantine)).mappings().all()
    assert found["symbol"] == "x" * 64
    assert found["origin"].endswith("f.csv: line 2")

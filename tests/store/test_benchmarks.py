from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
import sqlalchemy as sa

from builders import table_rows
from riskpanel.book.benchmark import BenchmarkWeights, packaged_weights, weights_as_of
from riskpanel.book.imports import InstrumentRow
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.errors import InputError
from riskpanel.nightly.setup import initialize
from riskpanel.store.benchmarks import (
    load_benchmarks,
    load_gics_sectors,
    save_benchmark,
    save_packaged_benchmarks,
)
from riskpanel.store.instruments import save_instruments
from riskpanel.store.schema import benchmarks_sector_weights


def table(code, day, seed=1, source="own"):
    weights = np.random.default_rng(seed).dirichlet(np.ones(11))
    return BenchmarkWeights(code, day, weights, source, "float_cap", "gics")


def same(one, other):
    assert (one.code, one.asof_date, one.source, one.method, one.taxonomy) == (
        other.code,
        other.asof_date,
        other.source,
        other.method,
        other.taxonomy,
    )
    np.testing.assert_array_equal(one.weights, other.weights)


def test_weights_come_back_digit_for_digit_with_their_history(store, now):
    tables = [
        table("B", date(2024, 6, 3), 2),
        table("A", date(2024, 6, 3), 3),
        table("B", date(2023, 6, 1), 4),
    ]
    with store.begin() as conn:
        assert [save_benchmark(conn, benchmark, now=now) for benchmark in tables] == [11, 11, 11]
    with store.read() as conn:
        loaded = load_benchmarks(conn)
    assert [(b.code, b.asof_date.year) for b in loaded] == [("A", 2024), ("B", 2023), ("B", 2024)]
    for wanted, found in zip((tables[1], tables[2], tables[0]), loaded, strict=True):
        same(found, wanted)
    same(weights_as_of(loaded, "B", date(2024, 1, 2)), tables[2])


def test_saving_the_same_weights_again_changes_nothing(store, now):
    with store.begin() as conn:
        save_benchmark(conn, table("B", date(2024, 6, 3)), now=now)
    before = table_rows(store, "benchmarks_sector_weights")
    with store.begin() as conn:
        assert save_benchmark(conn, table("B", date(2024, 6, 3)), now=now + timedelta(days=1)) == 0
    assert table_rows(store, "benchmarks_sector_weights") == before


def test_values_and_counts_come_back_and_weights_without_them_leave_none_behind(store, now):
    bare = table("B", date(2024, 6, 3))
    caps = tuple(Decimal(f"{number}4098415617064.95") for number in range(11))
    full = replace(bare, market_caps=caps, counts=tuple(range(11)))
    for saved in (full, bare, full):
        with store.begin() as conn:
            assert save_benchmark(conn, saved, now=now) == 11
        with store.read() as conn:
            (found,) = load_benchmarks(conn)
        assert found.market_caps == saved.market_caps
        assert found.counts == saved.counts


def test_only_gics_sectors_of_its_own_vocabulary_are_loaded(store, now):
    rows = [
        InstrumentRow(0, "A", None, None, "Energy", None, "gics"),
        InstrumentRow(0, "B", None, None, "Energy", None, "mapped"),
        InstrumentRow(0, "C", None, None, None, None, None),
    ]
    with store.begin() as conn:
        save_instruments(conn, rows, source="file", now=now)
        assert load_gics_sectors(conn) == {"A": "Energy"}


def test_the_packaged_tables_are_saved_once(store, now):
    with store.begin() as conn:
        assert save_packaged_benchmarks(conn, now=now) == 4 * 11
        assert save_packaged_benchmarks(conn, now=now + timedelta(days=1)) == 0
    with store.read() as conn:
        for found, wanted in zip(load_benchmarks(conn), packaged_weights(), strict=True):
            same(found, wanted)


def test_the_packaged_tables_do_not_replace_those_of_another_source(store, now):
    own = table("SP500", date(2024, 12, 6))
    with store.begin() as conn:
        save_benchmark(conn, own, now=now)
        assert save_packaged_benchmarks(conn, now=now) == 3 * 11
    with store.read() as conn:
        same(weights_as_of(load_benchmarks(conn), "SP500", date(2024, 12, 31)), own)


def test_a_packaged_table_that_was_corrected_replaces_its_older_self(store, now):
    old = table("SP500", date(2024, 12, 6), source="packaged: an older release")
    with store.begin() as conn:
        save_benchmark(conn, old, now=now)
        assert save_packaged_benchmarks(conn, now=now) == 4 * 11
    with store.read() as conn:
        same(weights_as_of(load_benchmarks(conn), "SP500", date(2024, 12, 31)), packaged_weights()[1])


def test_a_stored_table_that_lacks_a_sector_is_refused_by_name(store, now):
    weights = benchmarks_sector_weights
    with store.begin() as conn:
        save_benchmark(conn, table("B", date(2024, 6, 3)), now=now)
        conn.execute(sa.delete(weights).where(weights.c.sector == GICS_SECTORS[4]))
    with store.read() as conn, pytest.raises(InputError, match="do not sum to 1: B 2024-06-03"):
        load_benchmarks(conn)


def test_initializing_twice_changes_nothing(fresh_store, now):
    fresh_store.create_file()
    assert initialize(fresh_store, now=now).benchmark_weights_written == 44
    again = initialize(fresh_store, now=now + timedelta(days=1))
    assert (again.benchmark_weights_written, again.schema.before) == (0, again.schema.after)
    assert [row["name"] for row in table_rows(fresh_store, "users")] == ["local"]

"""Upserts are exact, idempotent and quiet, on both databases."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import inf, nan

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from riskpanel.store.schema import (
    batch_runs,
    benchmarks_sector_weights,
    instrument_market_betas,
    instrument_volatility,
    instruments,
    market_data_cache,
    portfolio_snapshots,
    portfolios,
    run_locks,
    users,
)
from riskpanel.store.upsert import upsert

DAY = date(2025, 6, 30)
NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)


def save(store, table, rows, *, now=NOON, **options):
    with store.begin() as conn:
        return upsert(conn, table, rows, now=now, **options)


def load(store, table):
    with store.read() as conn:
        return [dict(row._mapping) for row in conn.execute(sa.select(table).order_by(*table.primary_key))]


def beta_row(**values):
    row = {
        "symbol": "AAA",
        "calc_date": DAY,
        "method": "OLS_SIMPLE",
        "window_days": 90,
        "market_index": "SPY",
    }
    return row | {"beta": 1.1, "alpha": 0.0, "observations": 82, "reason": None} | values


def price_row(**values):
    row = {"symbol": "AAA", "date": DAY, "open": 1.0, "close": 10.0, "adj_close": 9.5, "data_source": "test"}
    return row | values


def add_portfolio(store):
    with store.begin() as conn:
        stamps = {"created_at": NOON, "updated_at": NOON}
        conn.execute(sa.insert(users).values(id=1, name="local", is_admin=True, **stamps))
        conn.execute(
            sa.insert(portfolios).values(
                id=1,
                user_id=1,
                name="Mine",
                currency="USD",
                market_index="SPY",
                benchmark_code="SP500",
                cash_balance=Decimal("1.5"),
                **stamps,
            )
        )
        for run in (1, 2):
            conn.execute(
                sa.insert(batch_runs).values(
                    id=run,
                    kind="run",
                    status="done",
                    as_of_from=DAY,
                    as_of_to=DAY,
                    engine="local",
                    version="0",
                    policy={},
                    policy_fingerprint="0",
                    started_at=NOON,
                )
            )


def snapshot_row(**values):
    money = {
        name: Decimal("0")
        for name in (
            "net_asset_value",
            "cash_value",
            "long_value",
            "short_value",
            "gross_exposure",
            "net_exposure",
        )
    }
    row = {"portfolio_id": 1, "snapshot_date": DAY, "run_id": 1, "positions_count": 1, "data_quality": {}}
    return row | money | values


def test_no_rows_is_nothing_to_do(store):
    assert save(store, instrument_market_betas, []) == 0


def test_a_row_is_inserted_then_updated_and_keeps_its_creation_time(store):
    later = NOON + timedelta(days=1)
    assert save(store, instrument_market_betas, [beta_row()]) == 1
    assert save(store, instrument_market_betas, [beta_row(beta=1.2)], now=later) == 1
    (row,) = load(store, instrument_market_betas)
    assert (row["beta"], row["created_at"], row["updated_at"]) == (1.2, NOON, later)


def test_an_identical_rerun_writes_nothing_not_even_the_time(store):
    rows = [beta_row(symbol=symbol, alpha=nan) for symbol in ("AAA", "BBB", "CCC")]
    assert save(store, instrument_market_betas, rows) == 3
    before = load(store, instrument_market_betas)
    assert save(store, instrument_market_betas, rows, now=NOON + timedelta(days=1)) == 0
    assert load(store, instrument_market_betas) == before


def test_only_the_rows_that_differ_are_counted(store):
    rows = [beta_row(symbol=f"S{n}") for n in range(10)]
    save(store, instrument_market_betas, rows)
    rows[3]["beta"] = None
    rows[7]["reason"] = "too few"
    assert save(store, instrument_market_betas, [*rows, beta_row(symbol="NEW")]) == 3


def test_nan_becomes_null_in_every_kind_of_column(store):
    row = beta_row(beta=nan, alpha=np.float64("nan"), r_squared=None, reason=nan)
    save(store, instrument_market_betas, [row])
    with store.read() as conn:
        nulls = conn.execute(
            sa.select(instrument_market_betas).where(
                instrument_market_betas.c.beta.is_(None), instrument_market_betas.c.alpha.is_(None)
            )
        ).one()
    assert (nulls.r_squared, nulls.reason) == (None, None)


@pytest.mark.parametrize("value", [inf, -inf, np.float64("inf")])
def test_an_infinite_number_is_refused_by_the_name_of_its_column(store, value):
    with pytest.raises(ValueError, match="infinite number cannot be stored: beta"):
        save(store, instrument_market_betas, [beta_row(), beta_row(symbol="BBB", beta=value)])
    assert load(store, instrument_market_betas) == []


def test_infinite_money_is_refused_too(store):
    add_portfolio(store)
    with pytest.raises(ValueError, match="cash_value"):
        save(store, portfolio_snapshots, [snapshot_row(cash_value=inf)])


@pytest.mark.parametrize(
    "value", [3e-9, 1 / 3, 5e-324, 1.7976931348623157e308, -0.1, 1e22, 123456789.123456789]
)
def test_doubles_survive_bit_for_bit(store, value):
    save(store, instrument_market_betas, [beta_row(beta=value)])
    (row,) = load(store, instrument_market_betas)
    assert row["beta"].hex() == value.hex()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.lists(st.none() | st.floats(allow_infinity=False), min_size=1, max_size=50))
@example(values=[-0.0, 0.0, None])
def test_any_doubles_survive_bit_for_bit_and_only_once(store, values):
    with store.begin() as conn:
        conn.execute(sa.delete(instrument_market_betas))
    rows = [beta_row(symbol=f"S{n:04}", beta=value) for n, value in enumerate(values)]
    assert save(store, instrument_market_betas, rows) == len(rows)
    found = [row["beta"] for row in load(store, instrument_market_betas)]
    expected = [None if value is None or value != value else value for value in values]
    # SQLite keeps whole numbers as integers, which have no negative zero: + 0.0 takes the sign off a zero.
    assert [None if x is None else (x + 0.0).hex() for x in found] == [
        None if x is None else (x + 0.0).hex() for x in expected
    ]
    assert save(store, instrument_market_betas, rows) == 0


TRICKY = [
    "",
    " ",
    '"',
    '""',
    "'",
    ",",
    "\\.",
    "\\N",
    "a\nb",
    "a\r\nb",
    "\t",
    "NULL",
    "NaN",
    "é",
    "株式",
    '{"a": 1}',
]


def test_texts_survive_as_they_are_and_an_empty_one_is_not_a_missing_one(store):
    rows = [{"symbol": f"S{n:02}", "name": text, "source": "a"} for n, text in enumerate([*TRICKY, None])]
    assert save(store, instruments, rows) == len(rows)
    assert [row["name"] for row in load(store, instruments)] == [*TRICKY, None]
    assert save(store, instruments, rows) == 0


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(
        st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
        min_size=1,
        max_size=20,
    )
)
def test_any_texts_survive_and_only_once(store, texts):
    with store.begin() as conn:
        conn.execute(sa.delete(instruments))
    rows = [{"symbol": f"S{n:02}", "name": text, "source": "a"} for n, text in enumerate(texts)]
    assert save(store, instruments, rows) == len(rows)
    assert [row["name"] for row in load(store, instruments)] == texts
    assert save(store, instruments, rows) == 0


def test_numpy_numbers_are_accepted(store):
    row = beta_row(
        beta=np.float32(0.5), alpha=np.float64(0.25), observations=np.int64(82), window_days=np.int32(90)
    )
    save(store, instrument_market_betas, [row])
    (found,) = load(store, instrument_market_betas)
    assert (found["beta"], found["alpha"], found["observations"], found["window_days"]) == (0.5, 0.25, 82, 90)


def test_a_whole_number_may_come_as_a_float_but_a_fraction_is_refused(store):
    save(store, instrument_market_betas, [beta_row(observations=82.0)])
    with pytest.raises(ValueError, match="observations"):
        save(store, instrument_market_betas, [beta_row(observations=81.5)])


@pytest.mark.parametrize("amount", ["0.0001", "-12345.6789", "9999999999.9999", "0", "100000.0000"])
def test_money_survives_exactly(store, amount):
    add_portfolio(store)
    row = snapshot_row(net_asset_value=Decimal(amount), daily_pnl=nan)
    assert save(store, portfolio_snapshots, [row]) == 1
    (found,) = load(store, portfolio_snapshots)
    assert found["net_asset_value"] == Decimal(amount)
    assert found["daily_pnl"] is None
    assert save(store, portfolio_snapshots, [row]) == 0


def test_money_computed_with_more_digits_than_the_column_has_is_still_the_same_on_a_rerun(store):
    add_portfolio(store)
    row = snapshot_row(cash_value=Decimal(1) / Decimal(3), long_value=1234.56789)
    assert save(store, portfolio_snapshots, [row]) == 1
    assert save(store, portfolio_snapshots, [row]) == 0
    assert load(store, portfolio_snapshots)[0]["cash_value"] == Decimal("0.3333")


def test_equal_documents_are_equal_whatever_the_order_of_their_keys(store):
    add_portfolio(store)
    sectors = {"Energy": {"portfolio": 0.1, "benchmark": 1e-9, "diff": 0.1 - 1e-9}, "Utilities": None}
    assert save(store, portfolio_snapshots, [snapshot_row(sector_exposure=sectors)]) == 1
    turned = dict(reversed(sectors.items()))
    assert save(store, portfolio_snapshots, [snapshot_row(sector_exposure=turned)]) == 0
    assert load(store, portfolio_snapshots)[0]["sector_exposure"] == sectors
    assert save(store, portfolio_snapshots, [snapshot_row(sector_exposure={"Energy": None})]) == 1
    assert save(store, portfolio_snapshots, [snapshot_row(sector_exposure=None)]) == 1
    assert load(store, portfolio_snapshots)[0]["sector_exposure"] is None


def test_nan_inside_a_document_is_refused(store):
    add_portfolio(store)
    with pytest.raises(ValueError, match="not JSON compliant"):
        save(store, portfolio_snapshots, [snapshot_row(sector_exposure={"Energy": nan})])


def test_a_new_run_that_computes_the_same_leaves_the_run_that_wrote_it(store):
    add_portfolio(store)
    save(store, portfolio_snapshots, [snapshot_row(hhi=1000.0)])
    assert save(store, portfolio_snapshots, [snapshot_row(hhi=1000.0, run_id=2)]) == 0
    assert load(store, portfolio_snapshots)[0]["run_id"] == 1
    assert save(store, portfolio_snapshots, [snapshot_row(hhi=1001.0, run_id=2)]) == 1
    assert load(store, portfolio_snapshots)[0]["run_id"] == 2


def test_an_incoming_null_keeps_the_stored_value_where_asked(store):
    save(store, market_data_cache, [price_row(open=1.0, volume=5.0)])
    missing = price_row(open=nan, volume=None)
    assert save(store, market_data_cache, [missing], keep_when_null=("open", "volume")) == 0
    assert save(store, market_data_cache, [missing | {"close": 11.0}], keep_when_null=("open",)) == 1
    (row,) = load(store, market_data_cache)
    assert (row["open"], row["volume"], row["close"]) == (1.0, None, 11.0)


def test_columns_to_keep_are_written_once_and_not_compared(store):
    row = {"symbol": "AAA", "name": "First", "source": "a"}
    save(store, instruments, [row])
    assert save(store, instruments, [row | {"name": "Second"}], keep=("created_at", "name")) == 0
    assert (
        save(store, instruments, [row | {"name": "Second", "source": "b"}], keep=("created_at", "name")) == 1
    )
    (found,) = load(store, instruments)
    assert (found["name"], found["source"]) == ("First", "b")


def test_columns_that_are_not_given_stay_as_they_are(store):
    save(store, instruments, [{"symbol": "AAA", "name": "A", "sector": "Energy", "source": "a"}])
    assert save(store, instruments, [{"symbol": "AAA", "source": "b"}]) == 1
    assert load(store, instruments)[0]["sector"] == "Energy"


def test_a_table_without_timestamps_works(store):
    row = {"name": "night", "holder": "me", "expires_at": NOON}
    assert save(store, run_locks, [row]) == 1
    assert save(store, run_locks, [row | {"expires_at": NOON + timedelta(hours=1)}]) == 1
    assert load(store, run_locks)[0]["expires_at"] == NOON + timedelta(hours=1)


def test_every_type_round_trips_through_the_benchmark_table(store):
    row = {
        "benchmark_code": "SP500",
        "asof_date": DAY,
        "sector": "Energy",
        "weight": 0.1,
        "market_cap": Decimal("1234567890123.45"),
        "num_constituents": 23,
        "data_source": "test",
        "method": "float",
        "taxonomy": "GICS",
    }
    save(store, benchmarks_sector_weights, [row])
    (found,) = load(store, benchmarks_sector_weights)
    assert found == row | {"created_at": NOON, "updated_at": NOON}


def test_rows_that_fit_no_table_are_refused(store):
    row = beta_row()
    for rows, message in (
        ([row | {"betta": 1.0}], "betta"),
        ([{"symbol": "AAA", "beta": 1.0}], "its key is"),
        ([row, row | {"r_squared": 1.0, "symbol": "BBB"}], "different columns"),
        ([row, dict(row)], "occurs twice"),
    ):
        with pytest.raises(ValueError, match=message):
            save(store, instrument_market_betas, rows)


def save_twice_and_stop(store):
    with store.begin() as conn:
        upsert(conn, instrument_market_betas, [beta_row()], now=NOON)
        upsert(conn, instrument_market_betas, [beta_row(beta=2.0)], now=NOON)
        raise KeyboardInterrupt


def test_several_upserts_share_one_transaction_and_disappear_with_it(store):
    with pytest.raises(KeyboardInterrupt):
        save_twice_and_stop(store)
    assert load(store, instrument_market_betas) == []


def test_tens_of_thousands_of_wide_rows_are_one_call(store):
    generator = np.random.default_rng(7)
    names = [column.name for column in instrument_volatility.c if isinstance(column.type, sa.Double)]
    values = generator.standard_normal((12_345, len(names)))
    values[::5, 2] = nan
    rows = [
        dict(zip(names, line, strict=True))
        | {"symbol": f"S{n:05}", "calculation_date": DAY, "observations": 252, "reasons": {"a": n}}
        for n, line in enumerate(values)
    ]
    assert save(store, instrument_volatility, rows) == 12_345
    assert save(store, instrument_volatility, rows) == 0
    found = load(store, instrument_volatility)
    stored = np.array([[row[name] for name in names] for row in found], dtype=np.float64)
    np.testing.assert_array_equal(stored, values)
    assert found[-1]["reasons"] == {"a": 12_344}

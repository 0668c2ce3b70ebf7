"""A run names its inputs, each by a hash of its own: what changed can be told from what did not."""

from dataclasses import fields
from datetime import date

import numpy as np
import pytest
import sqlalchemy as sa

from builders import Book, Lot, day, fill_books, fill_prices, fill_store, panel_of, random_prices, table_rows
from nightly.nights import SECTORS, books, market, night
from riskpanel.book.benchmark import BenchmarkWeights
from riskpanel.book.imports import InstrumentRow
from riskpanel.book.look_through import FundPart
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.provenance import InputHashes
from riskpanel.book.scenarios import UserScenario
from riskpanel.store.benchmarks import save_benchmark
from riskpanel.store.funds import save_fund_components
from riskpanel.store.instruments import save_instruments
from riskpanel.store.scenarios import save_scenarios
from riskpanel.store.schema import instruments, market_data_cache, portfolios, positions

PARTS = {field.name for field in fields(InputHashes)}


@pytest.fixture
def panel():
    return market(rows=80)


@pytest.fixture
def filled(store, panel, now):
    fill_store(store, panel, books(panel), SECTORS, now=now)
    return store


def inputs(store, on, **options):
    """The hashes that the newest run has recorded, the one of all among them."""
    night(store, on, **options)
    run = table_rows(store, "batch_runs")[-1]
    return run["inputs"] | {"all": run["inputs_hash"]}


def update(table, where, **values):
    return lambda store, now: _write(store, sa.update(table).where(where).values(**values))


def _write(store, statement):
    with store.begin() as conn:
        assert conn.execute(statement).rowcount > 0


def a_price(store, now):
    prices = market_data_cache.c
    one = (prices.symbol == "B") & (prices.date == day(market(rows=80), -9))
    _write(store, sa.update(market_data_cache).where(one).values(close=prices.close * 1.001))


def a_priced_stranger(store, now):
    """Nobody holds it, and it is a member of the universe."""
    fill_prices(store, panel_of(random_prices(3, 80, "", index="ZZZ")), now=now)
    with store.begin() as conn:
        row = InstrumentRow(0, "ZZZ", None, None, None, None, "gics")
        save_instruments(conn, [row], source="test", now=now)


def another_lot(store, now):
    fill_books(store, [Book("cash", (Lot("A", 1.0),), cash=5000.0)], now=now)


def another_lot_without_a_price(store, now):
    fill_books(store, [Book("cash", (Lot("NOPE", 1.0),), cash=5000.0)], now=now)


def a_weight(store, now):
    with store.begin() as conn:
        weights = BenchmarkWeights("SP500", date(2024, 12, 6), np.full(11, 1 / 11), "s", "m", "gics")
        save_benchmark(conn, weights, now=now)


def what_a_fund_holds(store, now):
    with store.begin() as conn:
        parts = [FundPart("sector", "Energy", 0.5)]
        save_fund_components(
            conn, "SPY", date(2024, 1, 2), parts, data_source="test", taxonomy="gics", now=now
        )


def a_scenario(store, now):
    with store.begin() as conn:
        own = [UserScenario("rates", None, -0.1, {}, None)]
        save_scenarios(conn, own, user_id=1, replace=True, now=now)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (a_price, {"prices"}),
        (a_priced_stranger, {"prices"}),
        (another_lot, {"holdings"}),
        (another_lot_without_a_price, {"holdings"}),
        (update(positions, positions.c.symbol == "D", quantity=4.5), {"holdings"}),
        (update(positions, positions.c.symbol == "D", entry_date=date(2024, 1, 2)), {"holdings"}),
        (update(portfolios, portfolios.c.name == "long", cash_balance=1.0), {"holdings"}),
        (update(portfolios, portfolios.c.name == "long", benchmark_code="NONE"), {"holdings"}),
        (update(portfolios, portfolios.c.name == "long", market_index="B"), {"holdings"}),
        (a_weight, {"benchmarks"}),
        (update(instruments, instruments.c.symbol == "B", sector="Materials"), {"sectors"}),
        (what_a_fund_holds, {"sectors"}),
        (a_scenario, {"scenarios"}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "+".join(value),
)
def test_the_hash_of_what_changed_changes_and_no_other(filled, panel, now, change, part):
    before = inputs(filled, day(panel))
    assert before.keys() == PARTS | {"all"}
    assert inputs(filled, day(panel)) == before
    change(filled, now)
    after = inputs(filled, day(panel))
    assert {name for name in before if before[name] != after[name]} == part | {"all"}


def test_what_results_do_not_depend_on_changes_no_hash(filled, panel, now):
    before = inputs(filled, day(panel))
    prices = market_data_cache
    _write(filled, sa.update(prices).where(prices.c.symbol == "B").values(volume=1.0, data_source="other"))
    _write(filled, sa.update(instruments).values(name="another name", sector=instruments.c.sector))
    with filled.begin() as conn:  # weights of a day that no session of the run knows
        later = BenchmarkWeights("SP500", date(2025, 6, 2), np.full(11, 1 / 11), "s", "m", "gics")
        save_benchmark(conn, later, now=now)
    assert inputs(filled, day(panel)) == before


def test_no_order_of_symbols_makes_two_different_books_alike(filled, panel, now):
    """A column is told by its symbol: the same numbers of another symbol are another book."""
    fill_books(filled, [Book("one", (Lot("A", 3.0),), cash=1.0)], now=now)
    first = inputs(filled, day(panel))
    one = sa.select(portfolios.c.id).where(portfolios.c.name == "one").scalar_subquery()
    update(positions, positions.c.portfolio_id == one, symbol="B")(filled, now)
    assert inputs(filled, day(panel))["holdings"] != first["holdings"]


def test_the_policy_is_no_input_and_how_far_it_looks_back_is_one_of_prices(filled, panel):
    on = day(panel)
    before = inputs(filled, on)
    assert inputs(filled, on, policy=RiskPolicy(beta_flag_above=4.0)) == before
    further = inputs(filled, on, policy=RiskPolicy(beta_window=700))
    assert {name for name in before if before[name] != further[name]} == {"prices", "all"}


def test_a_run_of_some_portfolios_says_which(filled, panel):
    ids = tuple(row["id"] for row in table_rows(filled, "portfolios"))[:2]
    night(filled, day(panel), portfolio_ids=ids)
    night(filled, day(panel))
    assert [run["portfolio_ids"] for run in table_rows(filled, "batch_runs")] == [list(ids), None]


def test_a_run_that_fails_has_named_its_inputs(filled, panel):
    wanted = inputs(filled, day(panel))

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        night(filled, day(panel), progress=stop)
    run = table_rows(filled, "batch_runs")[-1]
    assert (run["status"], run["error"]) == ("abandoned", "interrupted")
    assert run["inputs"] | {"all": run["inputs_hash"]} == wanted

"""A year's backfill, against the naive way over the same prices and holdings in the same run.

The naive way is what grows by itself: for each session, portfolio and position a query for the prices, a
pandas frame, a statsmodels fit, and a commit for the row. It computes the beta and the 21-session volatility
of positions only; the backfill computes and stores every number of every portfolio. The answers that both
give are compared to 1e-10. The naive way runs on a sample of sessions and portfolios and is scaled by
position-days.
"""

import csv
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from pytest_benchmark.fixture import BenchmarkFixture

from riskpanel.book.policy import RiskPolicy
from riskpanel.nightly import demo
from riskpanel.nightly.ingest import import_instruments, import_portfolios, import_positions, import_prices
from riskpanel.nightly.run import NightRequest, run_night
from riskpanel.nightly.setup import initialize
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.database import Store, open_store

NOW, TODAY = datetime(2023, 1, 2, tzinfo=UTC), date(2023, 1, 2)
YEAR = [day.item() for day in sessions_between(demo.FIRST, demo.LAST)]
SAMPLE, SAMPLE_PORTFOLIOS = YEAR[::50], 3
RESULTS = (
    "stress_test_results",
    "portfolio_snapshots",
    "instrument_market_betas",
    "instrument_volatility",
    "batch_runs",
)

Answers = dict[tuple[str, int, str], tuple[float, float]]


@pytest.fixture(params=[1, 100], ids=["3 portfolios", "300 portfolios"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Fill a SQLite file with the demo's prices, and its portfolios once or a hundred times; no results."""
    path = tmp_path / "bench.sqlite3"
    store = open_store(f"sqlite:///{path}")
    store.create_file()
    initialize(store, now=NOW)
    import_prices(store, [demo.FILES / "prices.csv"], today=TODAY, now=NOW)
    import_instruments(store, demo.FILES / "instruments.csv", now=NOW)
    for name, column, load in (
        ("positions.csv", "portfolio", import_positions),
        ("portfolios.csv", "name", import_portfolios),
    ):
        load(store, copied(tmp_path / name, column, request.param), today=TODAY, now=NOW)
    store.dispose()
    return path


def copied(target: Path, column: str, copies: int) -> Path:
    """Write one of the demo's files with every row repeated for numbered portfolios."""
    with (demo.FILES / target.name).open() as source:
        rows = list(csv.DictReader(source))
    with target.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=rows[0])
        writer.writeheader()
        for copy in range(copies):
            writer.writerows(row | {column: f"{row[column]} {copy}"} for row in rows)
    return target


def emptied(path: Path) -> Store:
    """Open the database with its results removed."""
    connection = sqlite3.connect(path)
    for table in RESULTS:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608  names from the literal above
    connection.commit()
    connection.close()
    return open_store(f"sqlite:///{path}")


def naive_night(connection: sqlite3.Connection, as_of: str) -> Answers:
    """Compute and commit beta and volatility position by position."""
    answers: Answers = {}
    for portfolio in range(1, SAMPLE_PORTFOLIOS + 1):
        lots = connection.execute(
            "SELECT id, symbol FROM positions WHERE portfolio_id = ?"
            " AND (entry_date IS NULL OR entry_date <= ?) AND (exit_date IS NULL OR exit_date > ?)",
            (portfolio, as_of, as_of),
        ).fetchall()
        for position, symbol in lots:
            series = {name: prices_of(connection, name, as_of) for name in (symbol, "^GSPC")}
            returns = pd.DataFrame(series).pct_change().dropna().tail(90)
            fit = sm.OLS(returns[symbol], sm.add_constant(returns["^GSPC"])).fit()
            volatility = float(returns[symbol].tail(21).std() * np.sqrt(252))
            answers[as_of, portfolio, symbol] = (float(fit.params["^GSPC"]), volatility)
            row = (position, as_of, *answers[as_of, portfolio, symbol])
            with connection:
                connection.execute("INSERT OR REPLACE INTO naive VALUES (?, ?, ?, ?)", row)
    return answers


def prices_of(connection: sqlite3.Connection, symbol: str, as_of: str) -> "pd.Series[float]":
    """Query the adjusted closes of one symbol up to a session."""
    rows = connection.execute(
        "SELECT date, adj_close FROM market_data_cache WHERE symbol = ? AND date <= ?"
        " ORDER BY date DESC LIMIT 91",
        (symbol, as_of),
    ).fetchall()
    return pd.Series(dict(rows[::-1]), dtype=float)


def time_naive(database: Path) -> tuple[float, Answers]:
    """Run the naive way on the sample; return seconds a position-day, and answers."""
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE naive (position, day, beta, vol, PRIMARY KEY (position, day))")
    answers: Answers = {}
    started = perf_counter()
    for as_of in SAMPLE:
        answers |= naive_night(connection, as_of.isoformat())
    seconds = perf_counter() - started
    (rows,) = connection.execute("SELECT count(*) FROM naive").fetchone()
    connection.execute("DROP TABLE naive")
    connection.close()
    return seconds / rows, answers


def stored_answers(database: Path) -> tuple[int, Answers]:
    """Read what the backfill stored: position-days, and the sample through the views of positions."""
    connection = sqlite3.connect(database)
    (count,) = connection.execute("SELECT count(*) FROM position_market_betas").fetchone()
    rows = connection.execute(
        "SELECT b.calc_date, b.portfolio_id, b.symbol, b.beta, v.realized_vol_21d"
        " FROM position_market_betas b JOIN position_volatility v"
        " ON v.position_id = b.position_id AND v.calculation_date = b.calc_date WHERE b.portfolio_id <= ?",
        (SAMPLE_PORTFOLIOS,),
    ).fetchall()
    connection.close()
    sample = {day.isoformat() for day in SAMPLE}
    return count, {(d, p, s): (beta, vol) for d, p, s, beta, vol in rows if d in sample}


@pytest.mark.benchmark(group="a year, everything stored")
def test_backfill_of_a_year_against_the_naive_way(benchmark: BenchmarkFixture, database: Path) -> None:
    """The fast side is timed by the benchmark; the naive side and the ratio stand in the extra columns."""
    naive_seconds, expected = time_naive(database)
    request = NightRequest("backfill", demo.FIRST, demo.LAST)

    def backfill(store: Store) -> None:
        run_night(store, request, RiskPolicy(), today=TODAY, clock=lambda: NOW)
        store.dispose()

    benchmark.pedantic(backfill, setup=lambda: ((emptied(database),), {}), rounds=2)
    position_days, stored = stored_answers(database)
    assert stored.keys() == expected.keys()
    assert len(stored) > 30 * len(SAMPLE)
    for key, (beta, volatility) in expected.items():
        assert stored[key] == pytest.approx((beta, volatility), abs=1e-10)
    naive, fast = naive_seconds * position_days, benchmark.stats.stats.min
    benchmark.extra_info["naive_seconds_scaled"] = round(naive, 1)
    benchmark.extra_info["ratio"] = round(naive / fast)
    print(
        f"\n{position_days:,} position-days: naive {naive:,.0f} s, backfill {fast:.2f} s: "
        f"{naive / fast:,.0f}x"
    )

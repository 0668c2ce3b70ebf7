"""Five years of 1,000 portfolios and 10 million prices, made by the database itself.

No migration reads prices, and most find their columns empty because they have just been added. What is
filled in later is what some migration reads or copies: the documents of snapshots, as long as those of a
portfolio of twenty positions, the models of forecasts, and the stress tests.
"""
# ruff: noqa: S608  statements of literals alone

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import sqlalchemy as sa

PORTFOLIOS, SESSIONS = 1_000, 1_260
SYMBOLS, DAYS = 4_000, 2_500
STRESS_SESSIONS, SCENARIOS = 252, 18
FORECAST_SYMBOLS = 1_000

Execute = Callable[[str], None]

POSITIONS, SECTORS = 20, 13
_QUALITY = '{"findings": [], "missing": {}, "coverage": {}}'
_STAMP = "'2025-06-30 22:00:00'"


def fill_core(url: str) -> None:
    """Fill the tables of the first migration."""
    _run(url, _core)


def fill_exposures(url: str) -> None:
    """Fill the exposures and largest positions of every snapshot."""
    _run(url, _exposures)


def fill_structure(url: str) -> None:
    """Fill who contributes what to the risk of every snapshot, and the correlations."""
    _run(url, _structure)


def fill_forecasts(url: str) -> None:
    """Fill the models of forecasts: of every snapshot, and of a table of instruments of that size."""
    _run(url, _forecasts)


def fill_stress(url: str) -> None:
    """Fill a year of stress tests."""
    _run(url, _stress)


FILLS = {
    "0001_core": fill_core,
    "0005_sectors_concentration": fill_exposures,
    "0007_position_volatility": fill_forecasts,
    "0008_stress": fill_stress,
    "0011_tail_structure": fill_structure,
}
"""What is filled in after a migration."""


def _run(url: str, fill: "Callable[[Execute, Dialect], None]") -> None:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(Path(str(parsed.database)), isolation_level=None)) as connection:
            connection.execute("PRAGMA cache_size = -1000000")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN")
            fill(lambda statement: void(connection.execute(statement)), Dialect(sqlite=True))
            connection.execute("COMMIT")
        return
    dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn) as connection:
        fill(lambda statement: void(connection.execute(statement)), Dialect(sqlite=False))
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def void(_outcome: object) -> None:
    """Return nothing."""


class Dialect:
    """The few words that differ."""

    def __init__(self, *, sqlite: bool) -> None:
        self.sqlite = sqlite

    def numbers(self, name: str, count: int) -> str:
        """Write a table of one column, ``name.i``, of the numbers from 0."""
        if not self.sqlite:
            return f"generate_series(0, {count - 1}) AS {name}(i)"
        counting = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT {count})"
        return f"({counting} SELECT i FROM n) AS {name}"

    def day(self, number: str) -> str:
        """Write the day of a number."""
        if self.sqlite:
            return f"date('2015-01-01', '+' || {number} || ' days')"
        return f"DATE '2015-01-01' + {number}"

    def symbol(self, number: str) -> str:
        """Write the symbol of a number, in the order of the numbers."""
        return f"'S' || CAST(10000 + {number} AS VARCHAR)"


def _core(execute: Execute, words: Dialect) -> None:
    execute(f"INSERT INTO users VALUES (1, 'local', true, {_STAMP}, {_STAMP})")
    execute(
        "INSERT INTO portfolios SELECT i + 1, 1, 'portfolio ' || CAST(i AS VARCHAR), 'USD', 'SPY', 'SP500',"
        f" 0, {_stamp(words)}, {_stamp(words)} FROM {words.numbers('p', PORTFOLIOS)}"
    )
    execute(
        "INSERT INTO batch_runs (id, kind, status, as_of_from, as_of_to, engine, version, policy,"
        f" policy_fingerprint, started_at) VALUES (1, 'backfill', 'succeeded', {words.day('0')},"
        f" {words.day(str(SESSIONS))}, 'local', '0.1.0', '{{}}', 'f', {_STAMP})"
    )
    _without_index(
        execute,
        "ix_market_data_cache_date",
        "market_data_cache (date)",
        f"INSERT INTO market_data_cache SELECT {words.symbol('s.i')}, {words.day('d.i')},"
        f" 1, 1, 1, 1, 1, 1, 'bulk', {_stamp(words)} FROM {words.numbers('s', SYMBOLS)}"
        f" CROSS JOIN {words.numbers('d', DAYS)}",
    )
    _without_index(
        execute,
        "ix_portfolio_snapshots_snapshot_date",
        "portfolio_snapshots (snapshot_date)",
        f"INSERT INTO portfolio_snapshots SELECT p.i + 1, {words.day('d.i')}, 1, 1000000.5, 0, 1000000.5, 0,"
        f" 1000000.5, 1000000.5, 30, 1, 12.25, 0.0123, '{_QUALITY}', {_stamp(words)}, {_stamp(words)}"
        f" FROM {words.numbers('p', PORTFOLIOS)} CROSS JOIN {words.numbers('d', SESSIONS)}",
    )


def _exposures(execute: Execute, _words: Dialect) -> None:
    parts = ("benchmark", "diff", "gross", "long", "portfolio", "risk_contribution", "short")
    draw = random.Random(5).random
    sectors = {f"Sector of many words {i}": {part: draw() for part in parts} for i in range(SECTORS)}
    largest = [{"share": draw(), "symbol": f"S{i}", "weight": draw()} for i in range(10)]
    _document(execute, sector_exposure=sectors, top_3_positions=largest[:3], top_10_positions=largest)


def _structure(execute: Execute, _words: Dialect) -> None:
    draw = random.Random(11).random
    symbols = [f"S{i}" for i in range(POSITIONS)]
    pairs = [draw() for _ in range(POSITIONS * (POSITIONS - 1) // 2)]
    contributions = {symbol: draw() for symbol in symbols}
    correlation = {"coefficients": pairs, "symbols": symbols}
    _document(execute, risk_contributions=contributions, correlation=correlation)


def _document(execute: Execute, **documents: object) -> None:
    """Write the same documents into every snapshot."""
    changes = ", ".join(f"{name} = '{json.dumps(one)}'" for name, one in documents.items())
    execute(f"UPDATE portfolio_snapshots SET {changes}")


def _forecasts(execute: Execute, words: Dialect) -> None:
    execute(
        "UPDATE portfolio_snapshots SET market_beta_weighted = 1.1, hhi = 333.25,"
        " realized_volatility_21d = 0.2, expected_volatility_21d = 0.25, expected_volatility_method ="
        " CASE WHEN portfolio_id % 10 = 0 THEN 'log_har_close_clamped' ELSE 'log_har_close' END"
    )
    _without_index(
        execute,
        "ix_instrument_volatility_calculation_date",
        "instrument_volatility (calculation_date)",
        "INSERT INTO instrument_volatility (symbol, calculation_date, realized_vol_21d, realized_vol_63d,"
        " expected_vol_21d, expected_vol_method, observations, created_at, updated_at)"
        f" SELECT {words.symbol('s.i')}, {words.day('d.i')}, 0.2, 0.2, 0.25,"
        " CASE WHEN s.i % 10 = 0 THEN 'log_har_close_clamped' ELSE 'log_har_close' END, 252,"
        f" {_stamp(words)}, {_stamp(words)}"
        f" FROM {words.numbers('s', FORECAST_SYMBOLS)} CROSS JOIN {words.numbers('d', SESSIONS)}",
    )


def _stress(execute: Execute, words: Dialect) -> None:
    execute(
        "INSERT INTO stress_test_results (portfolio_id, snapshot_date, scenario, kind, shock, pnl, pnl_pct,"
        f" coverage, created_at, updated_at) SELECT p.i + 1, {words.day('d.i')},"
        " 'scenario ' || CAST(10 + s.i AS VARCHAR), 'market', -0.1, -100000.5, -0.1, 1,"
        f" {_stamp(words)}, {_stamp(words)} FROM {words.numbers('p', PORTFOLIOS)}"
        f" CROSS JOIN {words.numbers('d', STRESS_SESSIONS)} CROSS JOIN {words.numbers('s', SCENARIOS)}"
    )


def _stamp(words: Dialect) -> str:
    return _STAMP if words.sqlite else f"TIMESTAMPTZ {_STAMP}"


def _without_index(execute: Execute, name: str, where: str, statement: str) -> None:
    """Fill a table before its index is there: the rows come in another order than that of the index."""
    execute(f"DROP INDEX {name}")
    execute(statement)
    execute(f"CREATE INDEX {name} ON {where}")

"""The night as it grows by itself: for each position and session a query, a frame, a fit, and a commit.

Two sizes of it. The plain one computes the market beta and the 21-session volatility of a position. The other
also estimates a HAR model for each position, which is what a forecast costs that way; its forecast is another
one than ours, whose coefficients are fixed, and is not compared.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import sqlalchemy as sa
import statsmodels.api as sm
from benchmarks.night.world import INDEX

from riskpanel.store.database import Store

Answers = dict[tuple[int, str, date], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Naive:
    """Seconds a position and session, and the betas and volatilities of the sample."""

    seconds: float
    answers: Answers


class _Connection:
    """The same few statements on either database."""

    def __init__(self, raw: Any, mark: str) -> None:
        self._raw = raw
        self._mark = mark

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._raw.execute(statement.replace("?", self._mark), values).fetchall()

    def write(self, statement: str, *values: object) -> None:
        self._raw.execute(statement.replace("?", self._mark), values)
        self._raw.commit()


@contextmanager
def _connected(url: str) -> Iterator[_Connection]:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(parsed.database))) as raw:
            yield _Connection(raw, "?")
        return
    dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn) as raw:
        yield _Connection(raw, "%s")


def time_naive(url: str, sessions: list[date], portfolios: list[int], *, with_har: bool) -> Naive:
    """Run the naive way for some portfolios on some sessions."""
    answers: Answers = {}
    with _connected(url) as connection:
        connection.write(
            "CREATE TABLE naive (portfolio INT, symbol TEXT, day TEXT, beta FLOAT, vol FLOAT, har FLOAT)"
        )
        started = perf_counter()
        for session in sessions:
            for portfolio in portfolios:
                answers |= _portfolio(connection, portfolio, session, with_har=with_har)
        seconds = perf_counter() - started
        ((rows,),) = connection.rows("SELECT count(*) FROM naive")
        connection.write("DROP TABLE naive")
    return Naive(seconds / rows, answers)


def _portfolio(connection: _Connection, portfolio: int, session: date, *, with_har: bool) -> Answers:
    answers: Answers = {}
    for (symbol,) in connection.rows("SELECT symbol FROM positions WHERE portfolio_id = ?", portfolio):
        closes = {name: _closes(connection, name, session) for name in (symbol, INDEX)}
        returns = pd.DataFrame(closes).pct_change(fill_method=None)
        recent = returns.tail(90).dropna()
        fit = sm.OLS(recent[symbol], sm.add_constant(recent[INDEX])).fit()
        volatility = float(returns[symbol].tail(21).std() * np.sqrt(252))
        har = _har(returns[symbol]) if with_har else None
        connection.write(
            "INSERT INTO naive VALUES (?, ?, ?, ?, ?, ?)",
            portfolio,
            symbol,
            session.isoformat(),
            float(fit.params[INDEX]),
            volatility,
            har,
        )
        answers[portfolio, symbol, session] = (float(fit.params[INDEX]), volatility)
    return answers


def _closes(connection: _Connection, symbol: str, session: date) -> "pd.Series[float]":
    rows = connection.rows(
        "SELECT date, adj_close FROM market_data_cache WHERE symbol = ? AND date <= ?"
        " ORDER BY date DESC LIMIT 400",
        symbol,
        session.isoformat(),
    )
    return pd.Series({pd.Timestamp(day): price for day, price in rows[::-1]}, dtype=float)


def _har(returns: "pd.Series[float]") -> float:
    """Fit the variance of the next 21 sessions on those of the last day, week and month, and forecast."""
    squared = returns**2
    parts = pd.DataFrame({f"v{span}": squared.rolling(span).mean() for span in (1, 5, 22)})
    target = squared.rolling(21).mean().shift(-21)
    known = parts.assign(target=target).dropna()
    fit = sm.OLS(known["target"], sm.add_constant(known[list(parts)])).fit()
    today = np.r_[1.0, parts.dropna().iloc[-1].to_numpy()]
    return float(np.sqrt(max(252 * float(fit.params.to_numpy() @ today), 0.0)))


def require_same(store: Store, answers: Answers) -> None:
    """Compare with what a night stored, through the views of positions; each must be there, to 1e-10.

    Where there is too little evidence we have no number, and the naive way has one: few, in this market.
    """
    portfolios = sorted({portfolio for portfolio, _, _ in answers})
    query = sa.text(
        "SELECT b.portfolio_id, b.symbol, b.calc_date, b.beta, v.realized_vol_21d"
        " FROM position_market_betas b"
        " JOIN position_volatility v ON v.position_id = b.position_id AND v.calculation_date = b.calc_date"
        " WHERE b.method = 'OLS_SIMPLE' AND b.portfolio_id IN :portfolios"
    ).bindparams(sa.bindparam("portfolios", expanding=True))
    with store.read() as conn:
        rows = conn.execute(query, {"portfolios": portfolios}).all()
    stored = {
        (portfolio, symbol, date.fromisoformat(str(day))): (beta, vol)
        for portfolio, symbol, day, beta, vol in rows
    }
    known = [key for key in answers if None not in stored[key]]
    assert len(known) > 0.9 * len(answers)
    for part in (0, 1):
        ours, theirs = ([numbers[key][part] for key in known] for numbers in (stored, answers))
        np.testing.assert_allclose(ours, theirs, atol=1e-10, rtol=0)

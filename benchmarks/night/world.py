"""A market of 10,000 symbols and the books of many portfolios, drawn by seed, into a database in bulk."""

import io
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import psycopg
import sqlalchemy as sa

from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.nightly.setup import initialize
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.database import Store, open_store

LAST = date(2025, 6, 30)
NOW = datetime(2025, 6, 30, 22, tzinfo=UTC)
INDEX = "SPY"
_STAMPS = {"created_at": NOW.replace(tzinfo=None), "updated_at": NOW.replace(tzinfo=None)}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is drawn: symbols besides the index, sessions of prices, portfolios, positions of each."""

    symbols: int = 10_000
    sessions: int = 400
    portfolios: int = 1_000
    held: int = 30


@dataclass(frozen=True, slots=True)
class World:
    """What was drawn: tables as they are stored, and the prices as matrices (T, N)."""

    size: Size
    sessions: np.ndarray
    symbols: tuple[str, ...]
    close: np.ndarray
    adj_close: np.ndarray
    prices: pl.DataFrame
    instruments: pl.DataFrame
    portfolios: pl.DataFrame
    positions: pl.DataFrame

    @property
    def last(self) -> date:
        """The newest session."""
        return self.sessions[-1].item()


def draw_world(size: Size, *, seed: int = 20) -> World:
    """Draw prices and books.

    Of the symbols a tenth is listed late and a fiftieth delisted early, one cell in 300 is missing, and one
    symbol in eight pays dividends or was split, so that its adjusted closes differ from its closes.
    """
    rng = np.random.default_rng(seed)
    sessions = sessions_between(date(2015, 1, 2), LAST)[-size.sessions :]
    symbols = tuple(sorted([*(f"S{number:05d}" for number in range(size.symbols)), INDEX]))
    column = symbols.index(INDEX)
    adj_close = _draw_closes(rng, len(sessions), len(symbols), column)
    factor = np.ones(len(symbols))
    paying = rng.random(len(symbols)) < 0.125
    factor[paying] = rng.uniform(1.0, 2.0, paying.sum())
    before = np.arange(len(sessions))[:, None] < rng.integers(50, len(sessions), len(symbols))
    close = np.where(before, adj_close * factor, adj_close)
    return World(
        size=size,
        sessions=sessions,
        symbols=symbols,
        close=close,
        adj_close=adj_close,
        prices=_prices(rng, sessions, symbols, close, adj_close),
        instruments=_instruments(rng, symbols),
        portfolios=_portfolios(size.portfolios),
        positions=_positions(rng, size, symbols, _held_for_months(adj_close)),
    )


def _draw_closes(rng: np.random.Generator, rows: int, columns: int, index: int) -> np.ndarray:
    market = rng.standard_t(5, rows) * 0.008
    own = rng.standard_normal((rows, columns)) * rng.uniform(0.008, 0.025, columns)
    returns = market[:, None] * rng.uniform(0.2, 1.9, columns) + own
    returns[:, index] = market
    closes = 80.0 * np.cumprod(1.0 + np.clip(returns, -0.4, 0.6), axis=0)
    first = np.where(rng.random(columns) < 0.1, rng.integers(0, rows - 30, columns), 0)
    last = np.where(rng.random(columns) < 0.02, rng.integers(rows // 2, rows, columns), rows)
    first[index], last[index] = 0, rows
    day = np.arange(rows)[:, None]
    missing = (rng.random((rows, columns)) < 1 / 300) | (day < first) | (day >= last)
    missing[:, index] = False
    closes[missing] = np.nan
    return closes


def _prices(
    rng: np.random.Generator,
    sessions: np.ndarray,
    symbols: tuple[str, ...],
    close: np.ndarray,
    adj_close: np.ndarray,
) -> pl.DataFrame:
    """Rows by symbol and date, as a table grows that is filled symbol by symbol."""
    there = np.isfinite(close.T)
    column, row = np.nonzero(there)
    closes = close.T[there]
    opened = closes * np.exp(rng.normal(0, 0.005, len(closes)))
    above, below = np.exp(np.abs(rng.normal(0, 0.006, (2, len(closes)))))
    return pl.DataFrame(
        {
            "symbol": np.array(symbols)[column],
            "date": sessions[row].astype("datetime64[D]"),
            "open": opened,
            "high": np.maximum(opened, closes) * above,
            "low": np.minimum(opened, closes) / below,
            "close": closes,
            "adj_close": adj_close.T[there],
            "volume": rng.integers(10_000, 5_000_000, len(closes)).astype(np.float64),
        }
    ).with_columns(data_source=pl.lit("benchmark"), updated_at=pl.lit(_STAMPS["updated_at"]))


def _instruments(rng: np.random.Generator, symbols: tuple[str, ...]) -> pl.DataFrame:
    sectors = np.array([*GICS_SECTORS, ""])[rng.integers(0, len(GICS_SECTORS) + 1, len(symbols))]
    frame = pl.DataFrame(
        {"symbol": symbols, "name": [f"{symbol} Inc." for symbol in symbols], "sector": sectors}
    )
    return frame.with_columns(
        pl.col("sector").replace("", None),
        asset_class=pl.lit("equity"),
        source=pl.lit("benchmark"),
        **{name: pl.lit(moment) for name, moment in _STAMPS.items()},
    )


def _portfolios(count: int) -> pl.DataFrame:
    numbers = np.arange(1, count + 1)
    return pl.DataFrame(
        {"id": numbers, "name": [f"portfolio {number:06d}" for number in numbers]}
    ).with_columns(
        user_id=pl.lit(1),
        currency=pl.lit("USD"),
        market_index=pl.lit(INDEX),
        benchmark_code=pl.lit("SP500"),
        cash_balance=pl.lit(50_000.0),
        **{name: pl.lit(moment) for name, moment in _STAMPS.items()},
    )


def _held_for_months(closes: np.ndarray) -> np.ndarray:
    """Tell which symbols trade today and did half a year ago: a portfolio may have held them so long."""
    return np.isfinite(closes[-1]) & np.isfinite(closes[-126:-106]).any(axis=0)


def _positions(
    rng: np.random.Generator, size: Size, symbols: tuple[str, ...], priced: np.ndarray
) -> pl.DataFrame:
    """About ``held`` lots each, a tenth of them short; half of them in a few popular symbols."""
    candidates = np.flatnonzero(priced)
    popularity = 1.0 / np.arange(3, len(candidates) + 3)
    counts = rng.integers(size.held * 2 // 3, size.held * 4 // 3 + 1, size.portfolios)
    portfolio = np.repeat(np.arange(1, size.portfolios + 1), counts)
    spread = rng.permutation(len(candidates))
    chosen = candidates[spread[rng.choice(len(candidates), len(portfolio), p=popularity / popularity.sum())]]
    wide = rng.random(len(portfolio)) < 0.5  # the other half of the lots is spread evenly
    chosen[wide] = candidates[rng.integers(0, len(candidates), wide.sum())]
    short = rng.random(len(portfolio)) < 0.1
    return pl.DataFrame(
        {
            "id": np.arange(1, len(portfolio) + 1),
            "portfolio_id": portfolio,
            "symbol": np.array(symbols)[chosen],
            "position_type": np.where(short, "SHORT", "LONG"),
            "quantity": np.where(
                short, rng.integers(1, 40, len(portfolio)), rng.integers(40, 400, len(portfolio))
            ),
            "multiplier": np.ones(len(portfolio), dtype=np.int64),
        }
    ).with_columns(**{name: pl.lit(moment) for name, moment in _STAMPS.items()})


def fill(url: str, world: World) -> Store:
    """Create the schema at a URL, put everything in, and return the open store."""
    store = open_store(url)
    store.create_file()
    initialize(store, now=NOW)
    tables = {
        "instruments": world.instruments,
        "market_data_cache": world.prices,
        "portfolios": world.portfolios,
        "positions": world.positions,
    }
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _fill_sqlite(Path(str(parsed.database)), tables)
    else:
        _fill_postgres(parsed, tables)
    return store


def _fill_sqlite(path: Path, tables: dict[str, pl.DataFrame]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for table, frame in tables.items():
            texts = frame.with_columns(
                pl.col(pl.Date).cast(pl.String), pl.col(pl.Datetime).dt.strftime("%Y-%m-%d %H:%M:%S.%6f")
            )
            marks = ", ".join("?" * frame.width)
            statement = f"INSERT INTO {table} ({', '.join(frame.columns)}) VALUES ({marks})"  # noqa: S608  own names
            for part in texts.iter_slices(200_000):
                connection.executemany(statement, part.rows())
        connection.execute("COMMIT")
        connection.execute("ANALYZE")


def _fill_postgres(url: sa.URL, tables: dict[str, pl.DataFrame]) -> None:
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn) as connection:
        for table, frame in tables.items():
            command = f"COPY {table} ({', '.join(frame.columns)}) FROM STDIN (FORMAT CSV)"
            with connection.cursor() as cursor, cursor.copy(command) as copy:
                for part in frame.iter_slices(200_000):
                    text = io.StringIO()
                    part.write_csv(text, include_header=False)
                    copy.write(text.getvalue())
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")

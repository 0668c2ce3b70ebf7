"""Books and prices for tests: as arrays for the pure parts, and as rows of a store."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache

import numpy as np
import polars as pl
import sqlalchemy as sa

from riskpanel.book.assembly import build_snapshots
from riskpanel.book.benchmark import packaged_weights
from riskpanel.book.holdings import Holdings
from riskpanel.book.imports import InstrumentRow, LotRow
from riskpanel.book.instruments import build_instrument_metrics
from riskpanel.book.look_through import FundComponents, FundPart, InstrumentSectors
from riskpanel.book.lots import plan_lots
from riskpanel.book.panel import PricePanel, RawRanges, build_panel
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.provenance import InputHashes
from riskpanel.book.replays import Replays, build_replays, distinct_windows
from riskpanel.book.scenarios import Scenarios, built_in_scenarios
from riskpanel.book.sectors import GICS_SECTORS
from riskpanel.book.snapshots import IndexedBlock, Market, Snapshots
from riskpanel.risk import Direction, Method
from riskpanel.sources.calendar import sessions_between
from riskpanel.store.benchmarks import save_packaged_benchmarks
from riskpanel.store.database import Store
from riskpanel.store.instruments import save_instruments
from riskpanel.store.portfolios import PortfolioTerms, ensure_local_user, save_lot_plans, save_portfolios
from riskpanel.store.prices import save_prices
from riskpanel.store.schema import metadata

LAST = date(2024, 12, 31)
RESULT_TABLES = (
    "instrument_market_betas",
    "instrument_volatility",
    "portfolio_snapshots",
    "stress_test_results",
)
Funds = Mapping[str, Mapping[date, Mapping[str, float]]]
"""What funds hold: symbol -> day -> sector or symbol -> weight."""


@dataclass(frozen=True)
class Lot:
    """A lot with a signed quantity: negative is a short."""

    symbol: str
    quantity: float
    entry: date | None = None
    exit: date | None = None
    multiplier: float = 1.0


@dataclass(frozen=True)
class Book:
    """A portfolio and its lots."""

    name: str
    lots: tuple[Lot, ...] = ()
    cash: float = 0.0
    index: str = "SPY"
    benchmark: str = "SP500"
    user: int = 1


def sessions(count: int, *, last: date = LAST) -> np.ndarray:
    """The ``count`` sessions up to ``last``."""
    return sessions_between(date(last.year - 2 - count // 252, 1, 1), last)[-count:]


def day(panel: PricePanel, row: int = -1) -> date:
    """The date of a row of the panel."""
    return panel.sessions[row].item()


def draw_returns(seed: int, rows: int, columns: int) -> np.ndarray:
    """Returns (T, N): the first column is the market, the others follow it with betas from -0.5 to 2."""
    rng = np.random.default_rng(seed)
    market = 0.01 * rng.standard_t(5, rows)
    slopes = np.linspace(-0.5, 2.0, columns - 1)
    own = 0.008 * rng.standard_t(5, (rows, columns - 1)) + market[:, None] * slopes
    return np.clip(np.column_stack([market, own]), -0.4, 0.4)


def panel_of(
    prices: Mapping[str, Sequence[float] | np.ndarray],
    *,
    close: Mapping[str, Sequence[float] | np.ndarray] | None = None,
    ranges: Mapping[str, np.ndarray] | None = None,
    last: date = LAST,
) -> PricePanel:
    """Panel of adjusted closes that are closes too, unless ``close`` says otherwise.

    ``ranges`` holds open, high and low as traded (3, T) of the symbols that have them.
    """
    symbols = tuple(sorted(prices))
    raw = {**prices, **(close or {})}
    adjusted = np.column_stack([np.asarray(prices[symbol], dtype=np.float64) for symbol in symbols])
    closes = np.column_stack([np.asarray(raw[symbol], dtype=np.float64) for symbol in symbols])
    return build_panel(
        sessions(len(adjusted), last=last),
        symbols,
        close=closes,
        adj_close=adjusted,
        ranges=None if ranges is None else ranges_of(ranges, symbols, len(adjusted)),
    )


def ranges_of(ranges: Mapping[str, np.ndarray], symbols: Sequence[str], rows: int) -> RawRanges:
    """Open, high and low on the columns of a panel, NaN for symbols without."""
    none = np.full((3, rows), np.nan)
    return RawRanges(*np.stack([ranges.get(symbol, none) for symbol in symbols], axis=-1))


def draw_ranges(seed: int, close: np.ndarray) -> np.ndarray:
    """Open, high and low (3, T) that fit closes: a night, and a session that reaches beyond both its ends."""
    rng = np.random.default_rng(seed)
    night, above, below = rng.normal(0, 0.005, len(close)), *np.abs(rng.normal(0, 0.006, (2, len(close))))
    opened = np.r_[close[0], close[:-1]] * np.exp(night)
    return np.stack([opened, np.fmax(opened, close) * np.exp(above), np.fmin(opened, close) * np.exp(-below)])


def random_prices(
    seed: int, rows: int, symbols: Sequence[str], *, index: str = "SPY"
) -> dict[str, np.ndarray]:
    """Prices near 100 of the index and of symbols that follow it."""
    grown = 100.0 * np.cumprod(1.0 + draw_returns(seed, rows, len(symbols) + 1), axis=0)
    return dict(zip((index, *symbols), grown.T, strict=True))


def random_books(seed: int, count: int, symbols: Sequence[str], *, held: int) -> list[Book]:
    """Books of so many of the symbols each."""
    rng = np.random.default_rng(seed)
    return [
        Book(
            f"book {row:04d}",
            tuple(Lot(s, float(rng.integers(1, 90))) for s in rng.choice(symbols, held, False)),
        )
        for row in range(count)
    ]


def holdings_of(panel: PricePanel, books: Sequence[Book], *, first_id: int = 1) -> Holdings:
    """Holdings on the panel's columns; ids count from ``first_id``."""
    lots = [(row, lot) for row, book in enumerate(books) for lot in book.lots]
    return Holdings(
        portfolio_ids=np.arange(first_id, first_id + len(books), dtype=np.int64),
        user_ids=np.array([book.user for book in books], dtype=np.int64),
        names=tuple(book.name for book in books),
        market_indices=tuple(book.index for book in books),
        benchmark_codes=tuple(book.benchmark for book in books),
        cash=np.array([book.cash for book in books], dtype=np.float64),
        lot_portfolio=np.array([row for row, _ in lots], dtype=np.int64),
        lot_symbol=np.array([panel.column(lot.symbol) for _, lot in lots], dtype=np.int64),
        lot_quantity=np.array([lot.quantity * lot.multiplier for _, lot in lots], dtype=np.float64),
        lot_entry=np.array([lot.entry or np.datetime64("NaT") for _, lot in lots], dtype="datetime64[D]"),
        lot_exit=np.array([lot.exit or np.datetime64("NaT") for _, lot in lots], dtype="datetime64[D]"),
    )


def sectors_of(
    symbols: Sequence[str],
    sectors: Mapping[str, str] | None = None,
    *,
    funds: Funds | None = None,
    etfs: Collection[str] = (),
) -> InstrumentSectors:
    """Sectors of symbols, unclassified without one; ``funds`` says what symbols hold, ``etfs`` are funds."""
    known = sectors or {}
    codes = [GICS_SECTORS.index(known[symbol]) if symbol in known else -1 for symbol in symbols]
    return InstrumentSectors(
        codes=np.array(codes, dtype=np.int64),
        funds=np.array([symbol in etfs for symbol in symbols], dtype=bool),
        components=components_of(symbols, funds or {}),
    )


def parts_of(weights: Mapping[str, float]) -> list[FundPart]:
    """Parts of a fund by name: GICS sectors, or symbols."""
    return [
        FundPart("sector" if name in GICS_SECTORS else "instrument", name, weight)
        for name, weight in weights.items()
    ]


def components_of(symbols: Sequence[str], funds: Funds) -> FundComponents:
    """What funds hold, by date, on the columns of a panel."""
    rows = [
        (fund, when, part)
        for fund, dated in funds.items()
        for when, weights in dated.items()
        for part in parts_of(weights)
    ]
    named = {fund for fund, _, _ in rows} | {part.name for _, _, part in rows if part.kind == "instrument"}
    nodes = (*symbols, *sorted(named.difference(symbols)))
    sector = [GICS_SECTORS.index(part.name) if part.kind == "sector" else -1 for _, _, part in rows]
    inner = [nodes.index(part.name) if part.kind == "instrument" else -1 for _, _, part in rows]
    return FundComponents(
        nodes,
        np.array([nodes.index(fund) for fund, _, _ in rows], dtype=np.int64),
        np.array([when for _, when, _ in rows], dtype="datetime64[D]"),
        np.array(sector, dtype=np.int64),
        np.array(inner, dtype=np.int64),
        np.array([part.weight for _, _, part in rows], dtype=np.float64),
    )


def market_of(
    panel: PricePanel,
    sectors: Mapping[str, str] | None = None,
    *,
    own: Scenarios | None = None,
    funds: Funds | None = None,
    etfs: Collection[str] = (),
) -> Market:
    """Market of the panel with the packaged benchmarks; symbols without a sector are unclassified.

    ``own`` scenarios stand beside those built in; windows that the panel holds are replayed from it;
    ``funds`` and ``etfs`` as of ``sectors_of``.
    """
    scenarios = built_in_scenarios() if own is None else built_in_scenarios().plus(own)
    return Market(
        panel=panel,
        tracked=np.ones(len(panel.symbols), dtype=bool),
        sectors=sectors_of(panel.symbols, sectors, funds=funds, etfs=etfs),
        benchmarks=packaged_weights(),
        scenarios=scenarios,
        replays=replays_of(panel, scenarios),
    )


def replays_of(panel: PricePanel, scenarios: Scenarios, *, max_age: int = 5) -> Replays:
    """What the panel's instruments returned over the windows that the panel holds."""
    windows = distinct_windows(scenarios.windows, until=day(panel))
    return build_replays(windows, panel.sessions, panel.adj_close, max_age=max_age)


def snapshots_of(
    panel: PricePanel,
    books: Sequence[Book],
    sectors: Mapping[str, str] | None = None,
    *,
    policy: RiskPolicy | None = None,
    row: int = -1,
    ids: Sequence[int] | None = None,
    funds: Funds | None = None,
    etfs: Collection[str] = (),
) -> Snapshots:
    """Snapshots of the books at a row of the panel."""
    rules = policy or RiskPolicy()
    at = range(len(panel.sessions))[row]
    indices = sorted({book.index for book in books})
    market = market_of(panel, sectors, funds=funds, etfs=etfs)
    instruments = build_instrument_metrics(panel, rules, at, market_indices=indices, sectors=market.sectors)
    holdings = holdings_of(panel, books)
    if ids is not None:
        holdings = replace(holdings, portfolio_ids=np.array(ids, dtype=np.int64))
    return build_snapshots(holdings, market, instruments, rules, day(panel, at))


def columns_of(snapshots: Snapshots) -> dict[str, dict[str, object]]:
    """Numbers and words of each snapshot by portfolio name and stored column; None for what is missing."""
    return {
        snapshots.holdings.names[row]: {
            name: None if isinstance(number, float) and np.isnan(number) else number
            for name, number in (
                _value_columns(snapshots, row)
                | _block_columns(block, position)
                | _structure_columns(snapshots, block, position)
            ).items()
        }
        for block in snapshots.blocks
        for position, row in enumerate(block.rows.tolist())
    }


def _value_columns(snapshots: Snapshots, row: int) -> dict[str, object]:
    value, sizes = snapshots.valuation, snapshots.concentration
    return {
        "net_asset_value": float(value.nav[row]),
        "cash_value": float(value.cash[row]),
        "long_value": float(value.long[row]),
        "short_value": float(value.short[row]),
        "gross_exposure": float(value.long[row] - value.short[row]),
        "net_exposure": float(value.long[row] + value.short[row]),
        "leverage": float((value.long[row] - value.short[row]) / value.nav[row]),
        "positions_count": int(value.exposures.lengths[row]),
        "price_coverage": float(value.price_coverage[row]),
        "daily_pnl": float(value.daily_pnl[row]),
        "daily_return": float(value.daily_return[row]),
        "sector_coverage": float(snapshots.sector_coverage[row]),
        "hhi": float(sizes.hhi[row]),
        "effective_num_positions": float(sizes.effective_num_positions[row]),
        "top_3_concentration": float(sizes.top_3[row]),
        "top_10_concentration": float(sizes.top_10[row]),
    }


def _block_columns(block: IndexedBlock, at: int) -> dict[str, object]:
    weighted, direct, volatility = block.weighted, block.direct, block.volatility
    forecast, method = volatility.forecast, Method(volatility.forecast.method[at])
    floats = {
        "market_beta_weighted": weighted.beta,
        "market_beta_coverage": weighted.coverage,
        "market_beta_r_squared": weighted.r_squared,
        "market_beta_direct": direct.beta,
        "market_beta_direct_std_error": direct.std_error,
        "market_beta_direct_r_squared": direct.r_squared,
        "market_beta_direct_p_value": direct.p_value,
        "market_beta_direct_hac_std_error": block.direct_hac.std_error,
        "market_beta_direct_coverage": block.direct_coverage,
        "market_beta_adjusted": block.adjusted.beta,
        "market_beta_adjusted_coverage": block.adjusted.coverage,
        "realized_volatility_21d": volatility.realized_21d,
        "realized_volatility_63d": volatility.realized_63d,
        "vol_daily": volatility.components.daily,
        "vol_weekly": volatility.components.weekly,
        "vol_monthly": volatility.components.monthly,
        "expected_volatility_21d": volatility.forecast.volatility,
        "expected_volatility_low": volatility.forecast.low,
        "expected_volatility_high": volatility.forecast.high,
        "expected_variance": volatility.forecast.variance,
        "volatility_trend_strength": volatility.trend.strength,
        "volatility_percentile": volatility.percentile.percentile,
        "volatility_coverage": block.volatility_coverage,
    }
    return {name: float(numbers[at]) for name, numbers in floats.items()} | {
        "market_index": block.index,
        "market_beta_observations": int(weighted.n_obs[at]),
        "market_beta_direct_observations": int(direct.n_obs[at]),
        "volatility_observations": int(volatility.n_obs[at]),
        "expected_volatility_method": method.label,
        "expected_volatility_clamped": None if method is Method.NONE else bool(forecast.clamped[at]),
        "volatility_trend": Direction(volatility.trend.direction[at]).label,
    }


def _structure_columns(snapshots: Snapshots, block: IndexedBlock, at: int) -> dict[str, object]:
    structure, nav = block.structure, snapshots.valuation.nav[block.rows[at]]
    tail, split = structure.tail, structure.contributions
    floats = {
        "value_at_risk_95": tail.value_at_risk[at],
        "value_at_risk_95_amount": tail.value_at_risk[at] * nav,
        "expected_shortfall_95": tail.expected_shortfall[at],
        "expected_shortfall_95_amount": tail.expected_shortfall[at] * nav,
        "tail_coverage": structure.tail_coverage[at],
        "max_drawdown": structure.drawdown.depth[at],
        "tracking_error": structure.tracking_error[at],
        "diversification_ratio": split.diversification_ratio[at],
        "average_correlation": structure.correlation.mean[at],
        "structure_coverage": structure.coverage[at],
    }
    return {name: float(number) for name, number in floats.items()} | {
        "tail_observations": int(tail.n_obs[at]),
        "max_drawdown_observations": int(structure.drawdown.n_obs[at]),
        "structure_observations": int(split.n_obs[at]),
        "risk_contributions": _contributions(snapshots, block, at),
        "correlation": _correlation(snapshots, block, at),
    }


def _contributions(snapshots: Snapshots, block: IndexedBlock, at: int) -> dict[str, float | None] | None:
    split = block.structure.contributions
    held = slice(split.contributions.starts[at], split.contributions.starts[at + 1])
    pairs = zip(split.contributions.columns[held], split.contributions.data[held], strict=True)
    shares = {snapshots.symbols[column]: number_or_none(share) for column, share in pairs}
    return None if np.isnan(split.volatility[at]) else shares


def _correlation(snapshots: Snapshots, block: IndexedBlock, at: int) -> dict[str, object] | None:
    found = block.structure.correlation
    columns = [column for column in found.columns[at] if column >= 0]
    pairs = [(row, column) for row in range(len(columns)) for column in range(row)]
    coefficients = [number_or_none(found.matrix[at][pair]) for pair in pairs]
    if coefficients == [None] * len(pairs):
        return None
    return {
        "symbols": [snapshots.symbols[column] for column in columns],
        "coefficients": coefficients,
        "observations": [int(found.n_obs[at][pair]) for pair in pairs],
    }


def number_or_none(number: float) -> float | None:
    """A number of an array as it is stored."""
    return None if np.isnan(number) else float(number)


def fill_prices(
    store: Store,
    panel: PricePanel,
    *,
    now: datetime,
    until: date | None = None,
    ranges: RawRanges | None = None,
) -> None:
    """Save the panel's prices, up to and including a date; open, high and low where there are some."""
    traded = {name: None if ranges is None else getattr(ranges, name) for name in ("open", "high", "low")}
    rows = [
        {
            "symbol": symbol,
            "date": panel.sessions[row].item(),
            "close": panel.close[row, column],
            "adj_close": panel.adj_close[row, column],
            "volume": None,
            **{
                name: None if prices is None else number_or_none(prices[row, column])
                for name, prices in traded.items()
            },
        }
        for column, symbol in enumerate(panel.symbols)
        for row in np.flatnonzero(np.isfinite(panel.close[:, column]))
        if until is None or panel.sessions[row].item() <= until
    ]
    with store.begin() as conn:
        frame = pl.DataFrame(rows, infer_schema_length=None)
        save_prices(conn, frame, data_source="test", now=now)


def fill_books(store: Store, books: Sequence[Book], *, now: datetime) -> dict[str, int]:
    """Save portfolios with their lots; return the ids by name. What a book had before stays."""
    with store.begin() as conn:
        user = ensure_local_user(conn, now=now)
        terms = [
            PortfolioTerms(book.name, "USD", book.index, book.benchmark, Decimal(str(book.cash)))
            for book in books
        ]
        ids = save_portfolios(conn, terms, user_id=user, now=now)
        plans = {
            ids[book.name]: plan_lots((), [_lot_row(book.name, lot) for lot in book.lots], replace=False)
            for book in books
        }
        save_lot_plans(conn, plans, source="test", now=now)
    return {book.name: ids[book.name] for book in books}


def fill_store(
    store: Store,
    panel: PricePanel,
    books: Sequence[Book],
    sectors: Mapping[str, str] | None = None,
    *,
    now: datetime,
    until: date | None = None,
    ranges: RawRanges | None = None,
) -> dict[str, int]:
    """Save prices, benchmarks, sectors and portfolios; return the ids of portfolios by name."""
    with store.begin() as conn:
        save_packaged_benchmarks(conn, now=now)
    fill_prices(store, panel, now=now, until=until, ranges=ranges)
    ids = fill_books(store, books, now=now)
    with store.begin() as conn:
        rows = [
            InstrumentRow(2, symbol, None, None, sector, None, "gics")
            for symbol, sector in (sectors or {}).items()
        ]
        save_instruments(conn, rows, source="test", now=now)
    return ids


def table_rows(store: Store, name: str) -> list[dict[str, object]]:
    """All rows of a table by primary key, as dictionaries."""
    return rows_of_tables(store, (name,))[name]


def rows_of_tables(store: Store, names: Iterable[str]) -> dict[str, list[dict[str, object]]]:
    """All rows of tables, of one moment."""
    with store.read() as conn:
        return {name: [dict(row) for row in conn.execute(_select_all(name)).mappings()] for name in names}


@cache
def _select_all(name: str) -> sa.Select[tuple[object, ...]]:
    table = metadata.tables[name]
    return sa.select(table).order_by(*table.primary_key)


def result_rows(store: Store, *, without: Sequence[str] = ()) -> dict[str, list[dict[str, object]]]:
    """All rows of the tables that a run writes, without the given columns."""
    return {
        name: [{k: v for k, v in row.items() if k not in without} for row in rows]
        for name, rows in rows_of_tables(store, RESULT_TABLES).items()
    }


STAMPS = ("run_id", "created_at", "updated_at")
INPUTS = InputHashes(*(digit * 64 for digit in "12345"))
"""What a run that only a test knows of has read."""


def _lot_row(portfolio: str, lot: Lot) -> LotRow:
    return LotRow(
        line=2,
        portfolio=portfolio,
        symbol=lot.symbol,
        position_type="LONG" if lot.quantity > 0 else "SHORT",
        quantity=Decimal(str(abs(lot.quantity))),
        multiplier=Decimal(str(lot.multiplier)),
        entry_price=None,
        entry_date=lot.entry,
        exit_price=None,
        exit_date=lot.exit,
    )

"""What a run read, as hashes: equal ones mean equal inputs, a different one says which input changed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from riskpanel.book.benchmark import BenchmarkWeights
from riskpanel.book.holdings import Holdings
from riskpanel.book.look_through import InstrumentSectors
from riskpanel.book.panel import PricePanel
from riskpanel.book.snapshots import Market
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class InputHashes:
    """SHA-256 in hex digits of each input of a run.

    ``prices`` of the sessions looked back on; ``holdings``: portfolios, their cash and lots; ``benchmarks``;
    ``sectors`` of instruments and what funds hold; ``scenarios`` and the returns that replays repeat.
    """

    prices: str
    holdings: str
    benchmarks: str
    sectors: str
    scenarios: str

    @property
    def combined(self) -> str:
        """One hash of all: equal combined hashes mean equal results under one policy and version."""
        parts = "\n".join(f"{name} {digest}" for name, digest in asdict(self).items())
        return hashlib.sha256(parts.encode()).hexdigest()


def hash_inputs(holdings: Holdings, market: Market) -> InputHashes:
    """Hash prices, holdings and all else that results depend on, each by itself.

    Columns are told by their symbols, and those without any price are left out: what somebody else holds
    and nobody has prices of changes nothing, and must not be told.
    """
    panel = market.panel
    priced: BoolArray = np.logical_or.reduce(np.isfinite(panel.close) | np.isfinite(panel.adj_close), axis=0)
    return InputHashes(
        prices=_hash_prices(panel, np.flatnonzero(priced)),
        holdings=_hash_holdings(holdings, panel.symbols),
        benchmarks=_hash_benchmarks(market.benchmarks, panel),
        sectors=_hash_sectors(market.sectors, panel.symbols, priced),
        scenarios=_hash_scenarios(market),
    )


def _hash_prices(panel: PricePanel, priced: IntArray) -> str:
    prices = (panel.close, panel.adj_close, panel.variances, panel.spans)
    return _hash(
        _names(panel.symbols, priced), panel.sessions, *(_columns(array, priced) for array in prices)
    )


def _hash_holdings(holdings: Holdings, symbols: tuple[str, ...]) -> str:
    held = np.zeros(len(symbols), dtype=bool)
    held[holdings.lot_symbol] = True
    position = np.cumsum(held) - 1  # among the symbols that are held
    return _hash(
        [
            *_names(symbols, np.flatnonzero(held)),
            *holdings.names,
            *holdings.market_indices,
            *holdings.benchmark_codes,
        ],
        holdings.portfolio_ids,
        holdings.user_ids,
        holdings.cash,
        holdings.lot_portfolio,
        position[holdings.lot_symbol],
        holdings.lot_quantity,
        holdings.lot_entry,
        holdings.lot_exit,
    )


def _hash_benchmarks(benchmarks: Sequence[BenchmarkWeights], panel: PricePanel) -> str:
    """Hash the tables that count on some session: not those of later days, but for the oldest of a code."""
    oldest = {table.code: table for table in sorted(benchmarks, key=lambda t: t.asof_date, reverse=True)}
    counting = [
        table
        for table in benchmarks
        if np.datetime64(table.asof_date, "D") <= panel.sessions[-1] or table is oldest[table.code]
    ]
    names = [f"{table.code} {table.asof_date} {table.source}" for table in counting]
    return _hash(names, *(table.weights for table in counting))


def _hash_sectors(sectors: InstrumentSectors, symbols: tuple[str, ...], priced: BoolArray) -> str:
    known = np.flatnonzero(priced & (sectors.codes >= 0))
    return _hash([*_names(symbols, known), *_fund_parts(sectors)], sectors.codes[known])


def _fund_parts(sectors: InstrumentSectors) -> list[str]:
    """Write each part of each fund with what is known of both, by name: where they stand tells of others."""
    parts = sectors.components
    others = len(parts.nodes) - len(sectors.codes)
    codes: list[int] = [*sectors.codes.tolist(), *[-1] * others]
    funds: list[bool] = [*sectors.funds.tolist(), *[False] * others]
    columns = (parts.funds, parts.dates, parts.sectors, parts.parts, parts.weights)
    return [
        f"{parts.nodes[fund]} {codes[fund]} {funds[fund]} {when} "
        + (f"{sector}" if part < 0 else f"{parts.nodes[part]} {codes[part]}")
        + f" {weight!r}"
        for fund, when, sector, part, weight in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _hash_scenarios(market: Market) -> str:
    replays = market.replays
    known = np.flatnonzero(np.isfinite(replays.returns).any(axis=0))
    names = [*market.scenarios.names, *_names(market.panel.symbols, known)]
    returns = _columns(replays.returns, known)
    return _hash(names, *market.scenarios.numbers, replays.windows, returns)


def _names(symbols: tuple[str, ...], columns: IntArray) -> list[str]:
    chosen: list[int] = columns.tolist()
    return [symbols[column] for column in chosen]


def _columns(array: FloatArray, columns: IntArray) -> FloatArray:
    """Return the given columns of (T, N); where that is all of them the array itself, without a copy."""
    return array if len(columns) == array.shape[1] else np.take(array, columns, axis=1)


def _hash(texts: Sequence[str], *arrays: NDArray[np.generic]) -> str:
    digest = hashlib.sha256(json.dumps(texts).encode())
    for array in arrays:
        plain = array.view(np.int64) if array.dtype.kind == "M" else array
        digest.update(f"{plain.dtype.str} {plain.shape}".encode())
        digest.update(np.ascontiguousarray(plain).data)
    return digest.hexdigest()

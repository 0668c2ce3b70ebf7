"""What a run read, as one hash."""

import hashlib

import numpy as np

from riskpanel.book.holdings import Holdings
from riskpanel.book.snapshots import Market
from riskpanel.risk.arrays import IntArray


def hash_inputs(holdings: Holdings, market: Market) -> str:
    """Hash prices, holdings and all else that counts: equal hashes mean equal results under one policy."""
    digest = hashlib.sha256()
    panel = market.panel
    counting = _counting(holdings, market)
    columns: list[int] = counting.tolist()
    arrays = (
        panel.sessions.view(np.int64),
        *(prices[:, counting] for prices in (panel.close, panel.adj_close, panel.variances, panel.spans)),
        market.sectors.codes[counting],
        holdings.portfolio_ids,
        holdings.user_ids,
        holdings.cash,
        holdings.lot_portfolio,
        np.searchsorted(counting, holdings.lot_symbol),
        holdings.lot_quantity,
        holdings.lot_entry.view(np.int64),
        holdings.lot_exit.view(np.int64),
        *(benchmark.weights for benchmark in market.benchmarks),
        *market.scenarios.numbers,
        market.replays.windows.astype(np.int64),
        market.replays.returns[:, counting],
    )
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    texts = (
        *(panel.symbols[column] for column in columns),
        *holdings.names,
        *holdings.market_indices,
        *holdings.benchmark_codes,
        *market.scenarios.names,
        *(f"{benchmark.code} {benchmark.asof_date} {benchmark.source}" for benchmark in market.benchmarks),
        *_fund_parts(market),
    )
    digest.update("\n".join(texts).encode())
    return digest.hexdigest()


def _fund_parts(market: Market) -> list[str]:
    """Write each part of each fund with what is known of both, by name: where they stand tells of others."""
    sectors, parts = market.sectors, market.sectors.components
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


def _counting(holdings: Holdings, market: Market) -> IntArray:
    """Return the columns that results depend on: what is priced, held or measured against.

    A symbol that somebody else holds and nobody has prices of changes nothing, and must not be told.
    """
    panel = market.panel
    counts = np.logical_or.reduce(np.isfinite(panel.close) | np.isfinite(panel.adj_close), axis=0)
    counts[holdings.lot_symbol] = True
    counts[[panel.column(index) for index in set(holdings.market_indices)]] = True
    return np.flatnonzero(counts)

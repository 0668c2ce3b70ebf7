"""What a run read, as one hash."""

import hashlib

import numpy as np

from riskpanel.book.holdings import Holdings
from riskpanel.book.snapshots import Market


def hash_inputs(holdings: Holdings, market: Market) -> str:
    """Hash prices, holdings and all else that counts: equal hashes mean equal results under one policy."""
    digest = hashlib.sha256()
    arrays = (
        market.panel.sessions.view(np.int64),
        market.panel.close,
        market.panel.adj_close,
        market.panel.variances,
        market.panel.spans,
        market.tracked,
        market.sectors.codes,
        holdings.portfolio_ids,
        holdings.user_ids,
        holdings.cash,
        holdings.lot_portfolio,
        holdings.lot_symbol,
        holdings.lot_quantity,
        holdings.lot_entry.view(np.int64),
        holdings.lot_exit.view(np.int64),
        *(benchmark.weights for benchmark in market.benchmarks),
        *market.scenarios.numbers,
        market.replays.windows.astype(np.int64),
        market.replays.returns,
    )
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    texts = (
        *market.panel.symbols,
        *holdings.names,
        *holdings.market_indices,
        *holdings.benchmark_codes,
        *market.scenarios.names,
        *(f"{benchmark.code} {benchmark.asof_date} {benchmark.source}" for benchmark in market.benchmarks),
    )
    digest.update("\n".join(texts).encode())
    return digest.hexdigest()

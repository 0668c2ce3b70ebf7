"""The JSON documents of a snapshot: sectors, largest positions, contributions, correlation."""

import math
from itertools import pairwise
from typing import cast

import numpy as np

from riskpanel.book.look_through import held_funds
from riskpanel.book.sectors import CASH, GICS_SECTORS, UNCLASSIFIED
from riskpanel.book.snapshots import IndexedBlock, Snapshots
from riskpanel.book.structure import LARGEST, LargestCorrelation
from riskpanel.risk.arrays import FloatArray


def sector_document(
    snapshots: Snapshots, row: int, contributions: FloatArray
) -> dict[str, dict[str, float | None]]:
    """Build {sector: {portfolio, benchmark, diff, ...}} of all 11 sectors, Unclassified and Cash.

    ``contributions`` (12,) are the sectors' shares of variance; cash has none.
    """
    sectors = snapshots.sectors
    cash = float(snapshots.valuation.cash[row] / snapshots.valuation.nav[row])
    benchmark = snapshots.benchmarks[snapshots.holdings.benchmark_codes[row]]
    weights = [None] * 13 if benchmark is None else [*benchmark.weights.tolist(), 0.0, 0.0]
    cash_share = math.nan if np.isnan(contributions).all() else 0.0
    shares = [None if math.isnan(share) else share for share in (*contributions.tolist(), cash_share)]
    parts = (
        [*sectors.net[row].tolist(), cash],
        [*sectors.long[row].tolist(), max(cash, 0.0)],
        [*sectors.short[row].tolist(), min(cash, 0.0)],
        [*sectors.gross[row].tolist(), abs(cash)],
    )
    return {
        name: {
            "portfolio": net,
            "benchmark": weight,
            "diff": None if weight is None else net - weight,
            "long": long,
            "short": short,
            "gross": gross,
            "risk_contribution": share,
        }
        for name, weight, share, net, long, short, gross in zip(
            (*GICS_SECTORS, UNCLASSIFIED, CASH), weights, shares, *parts, strict=True
        )
    }


def look_through_documents(snapshots: Snapshots) -> list[list[dict[str, object]]]:
    """Name the funds that count by what they hold, the largest first, of each portfolio.

    Each has ``asof_date`` of its parts, ``share`` of gross exposure, ``coverage``, the part of it with a
    known sector, and ``sectors``, its shares of those that it is in.
    """
    sectors = snapshots.sector_shares
    documents: list[list[dict[str, object]]] = [[] for _ in range(len(snapshots.holdings))]
    rows, columns, shares = held_funds(sectors, snapshots.valuation.exposures)
    distinct: list[int] = np.unique(columns).tolist()
    known = {column: _fund_document(snapshots, column) for column in distinct}
    portfolios: list[int] = rows.tolist()
    for row, column, share in zip(portfolios, columns.tolist(), shares.tolist(), strict=True):
        documents[row].append(known[column] | {"share": share})
    return documents


def _fund_document(snapshots: Snapshots, column: int) -> dict[str, object]:
    sectors = snapshots.sector_shares
    held: list[float] = sectors.shares[column, :-1].tolist()
    return {
        "symbol": snapshots.symbols[column],
        "asof_date": str(sectors.dates[column]),
        "share": None,
        "coverage": float(sectors.classified[column]),
        "sectors": {name: share for name, share in zip(GICS_SECTORS, held, strict=True) if share > 0},
    }


def largest_positions(snapshots: Snapshots) -> list[list[dict[str, object]]]:
    """Name the ten largest positions of each portfolio with share of gross and signed weight."""
    weights, sizes = snapshots.valuation.weights, snapshots.concentration
    starts: list[int] = weights.starts.tolist()
    columns: list[int] = weights.columns.tolist()
    held: list[float] = weights.data.tolist()
    largest: list[list[int]] = sizes.largest[:, :LARGEST].tolist()
    shares: list[list[float]] = sizes.largest_share[:, :LARGEST].tolist()
    documents: list[list[dict[str, object]]] = []
    for row, (first, last) in enumerate(pairwise(starts)):
        weight_of = dict(zip(columns[first:last], held[first:last], strict=True))
        documents.append(
            [
                {"symbol": snapshots.symbols[column], "share": share, "weight": weight_of[column]}
                for column, share in zip(largest[row], shares[row], strict=True)
                if column >= 0
            ]
        )
    return documents


def contribution_documents(
    block: IndexedBlock, symbols: tuple[str, ...]
) -> list[dict[str, float | None] | None]:
    """Build {symbol: share of variance} of each portfolio of a block; None where there is none."""
    shares = block.structure.contributions.contributions
    known = np.isfinite(block.structure.contributions.volatility)
    columns: list[int] = shares.columns.tolist()
    names = [symbols[column] for column in columns]
    numbers: list[float] = shares.data.tolist()
    values = [None if math.isnan(value) else value for value in numbers]
    starts: list[int] = shares.starts.tolist()
    return [
        dict(zip(names[first:last], values[first:last], strict=True)) if there else None
        for there, first, last in zip(known.tolist(), starts[:-1], starts[1:], strict=True)
    ]


def correlation_documents(
    correlation: LargestCorrelation, symbols: tuple[str, ...]
) -> list[dict[str, list[object]] | None]:
    """Build {symbols, coefficients, observations} of each portfolio, the last two lower triangles by row."""
    # By row, so that the first positions alone are the first entries.
    below = np.tril_indices(correlation.columns.shape[1], k=-1)
    coefficients = correlation.matrix[:, below[0], below[1]]
    counts: list[int] = (correlation.columns >= 0).sum(axis=1).tolist()
    columns: list[list[int]] = correlation.columns.tolist()
    cells = coefficients.astype(object)
    cells[np.isnan(coefficients)] = None
    known = cast("list[list[float | None]]", cells.tolist())
    observations: list[list[int]] = correlation.n_obs[:, below[0], below[1]].tolist()
    rows = zip(counts, columns, known, observations, strict=True)
    return [_correlation_document(*row, symbols) for row in rows]


def _correlation_document(
    count: int,
    columns: list[int],
    coefficients: list[float | None],
    observations: list[int],
    symbols: tuple[str, ...],
) -> dict[str, list[object]] | None:
    pairs = count * (count - 1) // 2
    if all(coefficient is None for coefficient in coefficients[:pairs]):
        return None
    return {
        "symbols": [symbols[column] for column in columns[:count]],
        "coefficients": [*coefficients[:pairs]],
        "observations": [*observations[:pairs]],
    }

"""Snapshots into columns of their table."""

import numpy as np

from riskpanel.book.findings import Finding
from riskpanel.book.snapshots import IndexedBlock, Snapshots
from riskpanel.book.structure import StructureMetrics
from riskpanel.risk import Direction, Method
from riskpanel.risk.arrays import FloatArray, IntArray
from riskpanel.store.cells import labels, money
from riskpanel.store.documents import (
    contribution_documents,
    correlation_documents,
    largest_positions,
    look_through_documents,
    sector_document,
)
from riskpanel.store.instrument_results import clamp_marks, component_columns
from riskpanel.store.series import Cells, joined


def snapshot_columns(snapshots: Snapshots) -> dict[str, Cells]:
    """Return every computed column of the snapshots, in the order of the portfolios."""
    return {
        "portfolio_id": snapshots.holdings.portfolio_ids,
        **_money_columns(snapshots),
        **_exposure_columns(snapshots),
        **_block_columns(snapshots),
    }


def _written(finding: Finding) -> dict[str, object]:
    # Not dataclasses.asdict: it copies each part of it, and takes longer than all else of a snapshot.
    return {
        "metric": finding.metric,
        "kind": finding.kind,
        "reason": finding.reason,
        "symbols": finding.symbols,
    }


def _money_columns(snapshots: Snapshots) -> dict[str, Cells]:
    value = snapshots.valuation
    return {
        "net_asset_value": money(value.nav),
        "cash_value": money(value.cash),
        "long_value": money(value.long),
        "short_value": money(value.short),
        "gross_exposure": money(value.long - value.short),
        "net_exposure": money(value.long + value.short),
        "leverage": ((value.long - value.short) / value.nav),
        "positions_count": value.exposures.lengths,
        "price_coverage": value.price_coverage,
        "daily_pnl": money(value.daily_pnl),
        "daily_return": value.daily_return,
        "data_quality": [[_written(finding) for finding in findings] for findings in snapshots.findings],
    }


def _exposure_columns(snapshots: Snapshots) -> dict[str, Cells]:
    sizes, largest = snapshots.concentration, largest_positions(snapshots)
    contributions = _by_portfolio(snapshots)
    known = [snapshots.benchmarks[code] for code in snapshots.holdings.benchmark_codes]
    return {
        "sector_exposure": [
            sector_document(snapshots, row, contributions[row]) for row in range(len(snapshots.holdings))
        ],
        "sector_coverage": snapshots.sector_coverage,
        "sector_look_through": look_through_documents(snapshots),
        "sector_benchmark_code": snapshots.holdings.benchmark_codes,
        "sector_benchmark_date": [weights and weights.asof_date for weights in known],
        "sector_benchmark_source": [weights and weights.source for weights in known],
        "hhi": sizes.hhi,
        "effective_num_positions": sizes.effective_num_positions,
        "top_3_concentration": sizes.top_3,
        "top_10_concentration": sizes.top_10,
        "top_3_positions": [positions[:3] for positions in largest],
        "top_10_positions": largest,
        "concentration_coverage": snapshots.valuation.price_coverage,
    }


def _by_portfolio(snapshots: Snapshots) -> FloatArray:
    """Risk contributions by sector in the order of the portfolios: (P, S)."""
    table = np.full(snapshots.sectors.net.shape, np.nan)
    for block in snapshots.blocks:
        table[block.rows] = block.structure.sector_contributions
    return table


def _block_columns(snapshots: Snapshots) -> dict[str, Cells]:
    """Put the blocks of each market index back into the order of the portfolios."""
    order = np.argsort(np.concatenate([np.array([], dtype=np.int64), *(b.rows for b in snapshots.blocks)]))
    columns = joined([_indexed_columns(snapshots, block) for block in snapshots.blocks])
    return {name: _ordered(cells, order) for name, cells in columns.items()}


def _ordered(cells: Cells, order: IntArray) -> Cells:
    return cells[order] if isinstance(cells, np.ndarray) else [cells[row] for row in order.tolist()]


def _indexed_columns(snapshots: Snapshots, block: IndexedBlock) -> dict[str, Cells]:
    money_at_risk = snapshots.valuation.nav[block.rows]
    return {
        "market_index": [block.index] * len(block.rows),
        **_beta_columns(block),
        **_volatility_columns(block),
        **_structure_columns(block.structure, money_at_risk),
        "risk_contributions": contribution_documents(block, snapshots.symbols),
        "correlation": correlation_documents(block.structure.correlation, snapshots.symbols),
    }


def _beta_columns(block: IndexedBlock) -> dict[str, Cells]:
    weighted, direct = block.weighted, block.direct
    return {
        "market_beta_weighted": weighted.beta,
        "market_beta_coverage": weighted.coverage,
        "market_beta_r_squared": weighted.r_squared,
        "market_beta_observations": weighted.n_obs,
        "market_beta_adjusted": block.adjusted.beta,
        "market_beta_adjusted_coverage": block.adjusted.coverage,
        "market_beta_direct": direct.beta,
        "market_beta_direct_std_error": direct.std_error,
        "market_beta_direct_hac_std_error": block.direct_hac.std_error,
        "market_beta_direct_r_squared": direct.r_squared,
        "market_beta_direct_p_value": direct.p_value,
        "market_beta_direct_observations": direct.n_obs,
        "market_beta_direct_coverage": block.direct_coverage,
    }


def _volatility_columns(block: IndexedBlock) -> dict[str, Cells]:
    volatility, forecast = block.volatility, block.volatility.forecast
    return {
        "realized_volatility_21d": volatility.realized_21d,
        "realized_volatility_63d": volatility.realized_63d,
        "expected_volatility_21d": forecast.volatility,
        "expected_volatility_low": forecast.low,
        "expected_volatility_high": forecast.high,
        "expected_volatility_method": labels(Method, forecast.method),
        "expected_volatility_clamped": clamp_marks(forecast),
        "volatility_trend": labels(Direction, volatility.trend.direction),
        "volatility_trend_strength": volatility.trend.strength,
        "volatility_percentile": volatility.percentile.percentile,
        "volatility_observations": volatility.n_obs,
        "volatility_coverage": block.volatility_coverage,
        **component_columns(volatility),
    }


def _structure_columns(structure: StructureMetrics, nav: FloatArray) -> dict[str, Cells]:
    tail, contributions = structure.tail, structure.contributions
    return {
        "value_at_risk_95": tail.value_at_risk,
        "value_at_risk_95_amount": money(tail.value_at_risk * nav),
        "expected_shortfall_95": tail.expected_shortfall,
        "expected_shortfall_95_amount": money(tail.expected_shortfall * nav),
        "tail_observations": tail.n_obs,
        "tail_coverage": structure.tail_coverage,
        "max_drawdown": structure.drawdown.depth,
        "max_drawdown_observations": structure.drawdown.n_obs,
        "tracking_error": structure.tracking_error,
        "diversification_ratio": contributions.diversification_ratio,
        "average_correlation": structure.correlation.mean,
        "structure_observations": contributions.n_obs,
        "structure_coverage": structure.coverage,
    }

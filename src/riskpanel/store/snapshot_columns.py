"""Snapshots into columns of their table."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from riskpanel.book.snapshots import IndexedBlock, Snapshots
from riskpanel.book.structure import StructureMetrics
from riskpanel.risk import Direction, Method
from riskpanel.risk.arrays import FloatArray
from riskpanel.store.cells import labels, money
from riskpanel.store.documents import (
    contribution_documents,
    correlation_documents,
    largest_positions,
    look_through_documents,
    sector_document,
)
from riskpanel.store.instrument_results import clamp_marks, component_columns


def snapshot_columns(snapshots: Snapshots) -> dict[str, Sequence[object]]:
    """Return every computed column of the snapshots, in the order of the portfolios."""
    return {
        "portfolio_id": snapshots.holdings.portfolio_ids.tolist(),
        **_money_columns(snapshots),
        **_exposure_columns(snapshots),
        **_block_columns(snapshots),
    }


def _money_columns(snapshots: Snapshots) -> dict[str, Sequence[object]]:
    value = snapshots.valuation
    return {
        "net_asset_value": money(value.nav),
        "cash_value": money(value.cash),
        "long_value": money(value.long),
        "short_value": money(value.short),
        "gross_exposure": money(value.long - value.short),
        "net_exposure": money(value.long + value.short),
        "leverage": ((value.long - value.short) / value.nav).tolist(),
        "positions_count": value.exposures.lengths.tolist(),
        "price_coverage": value.price_coverage.tolist(),
        "daily_pnl": money(value.daily_pnl),
        "daily_return": value.daily_return.tolist(),
        "data_quality": [[asdict(finding) for finding in findings] for findings in snapshots.findings],
    }


def _exposure_columns(snapshots: Snapshots) -> dict[str, Sequence[object]]:
    sizes = snapshots.concentration
    contributions = _by_portfolio(snapshots)
    known = [snapshots.benchmarks[code] for code in snapshots.holdings.benchmark_codes]
    return {
        "sector_exposure": [
            sector_document(snapshots, row, contributions[row]) for row in range(len(snapshots.holdings))
        ],
        "sector_coverage": snapshots.sector_coverage.tolist(),
        "sector_look_through": look_through_documents(snapshots),
        "sector_benchmark_code": snapshots.holdings.benchmark_codes,
        "sector_benchmark_date": [weights and weights.asof_date for weights in known],
        "sector_benchmark_source": [weights and weights.source for weights in known],
        "hhi": sizes.hhi.tolist(),
        "effective_num_positions": sizes.effective_num_positions.tolist(),
        "top_3_concentration": sizes.top_3.tolist(),
        "top_10_concentration": sizes.top_10.tolist(),
        "top_3_positions": largest_positions(snapshots, 3),
        "top_10_positions": largest_positions(snapshots, 10),
        "concentration_coverage": snapshots.valuation.price_coverage.tolist(),
    }


def _by_portfolio(snapshots: Snapshots) -> FloatArray:
    """Risk contributions by sector in the order of the portfolios: (P, S)."""
    table = np.full(snapshots.sectors.net.shape, np.nan)
    for block in snapshots.blocks:
        table[block.rows] = block.structure.sector_contributions
    return table


def _block_columns(snapshots: Snapshots) -> dict[str, Sequence[object]]:
    """Put the blocks of each market index back into the order of the portfolios."""
    columns: dict[str, list[object]] = {}
    for block in snapshots.blocks:
        for name, values in _indexed_columns(snapshots, block).items():
            column = columns.setdefault(name, [None] * len(snapshots.holdings))
            for row, value in zip(block.rows.tolist(), values, strict=True):
                column[row] = value
    return {**columns}


def _indexed_columns(snapshots: Snapshots, block: IndexedBlock) -> dict[str, Sequence[object]]:
    money_at_risk = snapshots.valuation.nav[block.rows]
    return {
        "market_index": [block.index] * len(block.rows),
        **_beta_columns(block),
        **_volatility_columns(block),
        **_structure_columns(block.structure, money_at_risk),
        "risk_contributions": contribution_documents(block, snapshots.symbols),
        "correlation": correlation_documents(block.structure.correlation, snapshots.symbols),
    }


def _beta_columns(block: IndexedBlock) -> dict[str, Sequence[object]]:
    weighted, direct = block.weighted, block.direct
    return {
        "market_beta_weighted": weighted.beta.tolist(),
        "market_beta_coverage": weighted.coverage.tolist(),
        "market_beta_r_squared": weighted.r_squared.tolist(),
        "market_beta_observations": weighted.n_obs.tolist(),
        "market_beta_adjusted": block.adjusted.beta.tolist(),
        "market_beta_adjusted_coverage": block.adjusted.coverage.tolist(),
        "market_beta_direct": direct.beta.tolist(),
        "market_beta_direct_std_error": direct.std_error.tolist(),
        "market_beta_direct_hac_std_error": block.direct_hac.std_error.tolist(),
        "market_beta_direct_r_squared": direct.r_squared.tolist(),
        "market_beta_direct_p_value": direct.p_value.tolist(),
        "market_beta_direct_observations": direct.n_obs.tolist(),
        "market_beta_direct_coverage": block.direct_coverage.tolist(),
    }


def _volatility_columns(block: IndexedBlock) -> dict[str, Sequence[object]]:
    volatility, forecast = block.volatility, block.volatility.forecast
    return {
        "realized_volatility_21d": volatility.realized_21d.tolist(),
        "realized_volatility_63d": volatility.realized_63d.tolist(),
        "expected_volatility_21d": forecast.volatility.tolist(),
        "expected_volatility_low": forecast.low.tolist(),
        "expected_volatility_high": forecast.high.tolist(),
        "expected_volatility_method": labels(Method, forecast.method),
        "expected_volatility_clamped": clamp_marks(forecast),
        "volatility_trend": labels(Direction, volatility.trend.direction),
        "volatility_trend_strength": volatility.trend.strength.tolist(),
        "volatility_percentile": volatility.percentile.percentile.tolist(),
        "volatility_observations": volatility.n_obs.tolist(),
        "volatility_coverage": block.volatility_coverage.tolist(),
        **component_columns(volatility),
    }


def _structure_columns(structure: StructureMetrics, nav: FloatArray) -> dict[str, Sequence[object]]:
    tail, contributions = structure.tail, structure.contributions
    return {
        "value_at_risk_95": tail.value_at_risk.tolist(),
        "value_at_risk_95_amount": money(tail.value_at_risk * nav),
        "expected_shortfall_95": tail.expected_shortfall.tolist(),
        "expected_shortfall_95_amount": money(tail.expected_shortfall * nav),
        "tail_observations": tail.n_obs.tolist(),
        "tail_coverage": structure.tail_coverage.tolist(),
        "max_drawdown": structure.drawdown.depth.tolist(),
        "max_drawdown_observations": structure.drawdown.n_obs.tolist(),
        "tracking_error": structure.tracking_error.tolist(),
        "diversification_ratio": contributions.diversification_ratio.tolist(),
        "average_correlation": structure.correlation.mean.tolist(),
        "structure_observations": contributions.n_obs.tolist(),
        "structure_coverage": structure.coverage.tolist(),
    }

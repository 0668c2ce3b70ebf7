"""Computed numbers into rows: instruments' betas and volatility, snapshots and stress, upserted in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime

import numpy as np
import sqlalchemy as sa

from riskpanel.book.instruments import InstrumentMetrics
from riskpanel.book.sectors import CASH, GICS_SECTORS, UNCLASSIFIED
from riskpanel.book.snapshots import IndexedBlock, Snapshots
from riskpanel.book.volatility import VolatilityMetrics
from riskpanel.risk import Direction, Method, Reason
from riskpanel.risk.arrays import CodeArray, FloatArray
from riskpanel.store.schema import (
    instrument_market_betas,
    instrument_volatility,
    portfolio_snapshots,
    stress_test_results,
)
from riskpanel.store.upsert import upsert

BETA_METHOD = "OLS_SIMPLE"
_ROUNDING = 4  # digits of money in the tables


def save_instruments(
    conn: sa.Connection,
    symbols: tuple[str, ...],
    metrics: InstrumentMetrics,
    *,
    as_of: date,
    beta_window: int,
    now: datetime,
) -> int:
    """Save every instrument's betas and volatility of a session; return how many rows changed."""
    changed = 0
    for index, betas in metrics.betas.items():
        columns: dict[str, Sequence[object]] = {
            "symbol": symbols,
            "beta": betas.beta.tolist(),
            "alpha": betas.alpha.tolist(),
            "r_squared": betas.r_squared.tolist(),
            "std_error": betas.std_error.tolist(),
            "p_value": betas.p_value.tolist(),
            "observations": betas.n_obs.tolist(),
            "reason": _labels(Reason, betas.reason),
        }
        rows = _rows(
            columns, calc_date=as_of, method=BETA_METHOD, window_days=beta_window, market_index=index
        )
        changed += upsert(conn, instrument_market_betas, rows, now=now)
    rows = _rows({"symbol": symbols, **_volatility_columns(metrics.volatility)}, calculation_date=as_of)
    return changed + upsert(conn, instrument_volatility, rows, now=now)


def save_snapshots(conn: sa.Connection, snapshots: Snapshots, *, run_id: int, now: datetime) -> int:
    """Save snapshots and stress results, and remove older ones of portfolios that now have none.

    Returns how many rows were inserted, changed or removed.
    """
    columns: dict[str, Sequence[object]] = {
        "portfolio_id": snapshots.holdings.portfolio_ids.tolist(),
        **_money_columns(snapshots),
        **_structure_columns(snapshots),
        **_block_columns(snapshots),
    }
    rows = _rows(columns, snapshot_date=snapshots.as_of, run_id=run_id)
    changed = upsert(conn, portfolio_snapshots, rows, now=now)
    changed += upsert(conn, stress_test_results, _stress_rows(snapshots), now=now)
    without = [failure.portfolio_id for failure in snapshots.failures] + list(snapshots.skipped)
    return changed + _remove(conn, without, snapshots.as_of)


def _remove(conn: sa.Connection, portfolio_ids: Sequence[int], as_of: date) -> int:
    """Remove what an earlier run stored for portfolios that cannot be computed from today's inputs."""
    removed = 0
    for start in range(0, len(portfolio_ids), 1000):
        some = portfolio_ids[start : start + 1000]
        for table in (stress_test_results, portfolio_snapshots):
            stale = table.c.portfolio_id.in_(some) & (table.c.snapshot_date == as_of)
            removed += conn.execute(sa.delete(table).where(stale)).rowcount
    return removed


def _money_columns(snapshots: Snapshots) -> dict[str, Sequence[object]]:
    value = snapshots.valuation
    return {
        "net_asset_value": _money(value.nav),
        "cash_value": _money(value.cash),
        "long_value": _money(value.long),
        "short_value": _money(value.short),
        "gross_exposure": _money(value.long - value.short),
        "net_exposure": _money(value.long + value.short),
        "positions_count": value.exposures.lengths.tolist(),
        "price_coverage": value.price_coverage.tolist(),
        "daily_pnl": _money(value.daily_pnl),
        "daily_return": value.daily_return.tolist(),
        "data_quality": [[asdict(finding) for finding in findings] for findings in snapshots.findings],
    }


def _structure_columns(snapshots: Snapshots) -> dict[str, Sequence[object]]:
    sizes = snapshots.concentration
    known = [snapshots.benchmarks[code] for code in snapshots.holdings.benchmark_codes]
    return {
        "sector_exposure": [_sector_document(snapshots, row) for row in range(len(snapshots.holdings))],
        "sector_coverage": snapshots.sector_coverage.tolist(),
        "sector_benchmark_code": snapshots.holdings.benchmark_codes,
        "sector_benchmark_date": [weights and weights.asof_date for weights in known],
        "sector_benchmark_source": [weights and weights.source for weights in known],
        "hhi": sizes.hhi.tolist(),
        "effective_num_positions": sizes.effective_num_positions.tolist(),
        "top_3_concentration": sizes.top_3.tolist(),
        "top_10_concentration": sizes.top_10.tolist(),
        "top_3_positions": _largest(snapshots, 3),
        "top_10_positions": _largest(snapshots, 10),
        "concentration_coverage": snapshots.valuation.price_coverage.tolist(),
    }


def _block_columns(snapshots: Snapshots) -> dict[str, Sequence[object]]:
    """Put the blocks of each market index back into the order of the portfolios."""
    columns: dict[str, list[object]] = {}
    for block in snapshots.blocks:
        for name, values in _indexed_columns(block).items():
            column = columns.setdefault(name, [None] * len(snapshots.holdings))
            for row, value in zip(block.rows.tolist(), values, strict=True):
                column[row] = value
    return {**columns}


def _indexed_columns(block: IndexedBlock) -> dict[str, Sequence[object]]:
    weighted, direct, volatility = block.weighted, block.direct, block.volatility
    return {
        "market_index": [block.index] * len(block.rows),
        "market_beta_weighted": weighted.beta.tolist(),
        "market_beta_coverage": weighted.coverage.tolist(),
        "market_beta_r_squared": weighted.r_squared.tolist(),
        "market_beta_observations": weighted.n_obs.tolist(),
        "market_beta_direct": direct.beta.tolist(),
        "market_beta_direct_std_error": direct.std_error.tolist(),
        "market_beta_direct_r_squared": direct.r_squared.tolist(),
        "market_beta_direct_p_value": direct.p_value.tolist(),
        "market_beta_direct_observations": direct.n_obs.tolist(),
        "realized_volatility_21d": volatility.realized_21d.tolist(),
        "realized_volatility_63d": volatility.realized_63d.tolist(),
        "expected_volatility_21d": volatility.forecast.volatility.tolist(),
        "expected_volatility_low": volatility.forecast.low.tolist(),
        "expected_volatility_high": volatility.forecast.high.tolist(),
        "expected_volatility_method": _labels(Method, volatility.forecast.method),
        "volatility_trend": _labels(Direction, volatility.trend.direction),
        "volatility_trend_strength": volatility.trend.strength.tolist(),
        "volatility_percentile": volatility.percentile.percentile.tolist(),
        "volatility_observations": volatility.n_obs.tolist(),
        "volatility_coverage": block.volatility_coverage.tolist(),
        **_components(volatility),
    }


def _volatility_columns(volatility: VolatilityMetrics) -> dict[str, Sequence[object]]:
    return {
        "realized_vol_21d": volatility.realized_21d.tolist(),
        "realized_vol_63d": volatility.realized_63d.tolist(),
        "expected_vol_21d": volatility.forecast.volatility.tolist(),
        "expected_vol_low": volatility.forecast.low.tolist(),
        "expected_vol_high": volatility.forecast.high.tolist(),
        "expected_vol_method": _labels(Method, volatility.forecast.method),
        "vol_trend": _labels(Direction, volatility.trend.direction),
        "vol_trend_strength": volatility.trend.strength.tolist(),
        "vol_percentile": volatility.percentile.percentile.tolist(),
        "observations": volatility.n_obs.tolist(),
        "reasons": _reasons(volatility),
        **_components(volatility),
    }


def _components(volatility: VolatilityMetrics) -> dict[str, Sequence[object]]:
    return {
        "vol_daily": volatility.components.daily.tolist(),
        "vol_weekly": volatility.components.weekly.tolist(),
        "vol_monthly": volatility.components.monthly.tolist(),
        "expected_variance": volatility.forecast.variance.tolist(),
    }


def _stress_rows(snapshots: Snapshots) -> list[dict[str, object]]:
    scenarios = snapshots.scenarios
    rows: list[dict[str, object]] = []
    for block in snapshots.blocks:
        ids = snapshots.holdings.portfolio_ids[block.rows]
        nav = snapshots.valuation.nav[block.rows]
        for position, name in enumerate(scenarios.names):
            pnl = block.stress_pnl[:, position]
            columns: dict[str, Sequence[object]] = {
                "portfolio_id": ids.tolist(),
                "pnl": _money(pnl),
                "pnl_pct": (pnl / nav).tolist(),
                "coverage": block.stress_coverage[:, position].tolist(),
            }
            rows += _rows(
                columns,
                snapshot_date=snapshots.as_of,
                scenario=name,
                kind=scenarios.kinds[position],
                shock=float(scenarios.shocks[position]),
            )
    return rows


def _sector_document(snapshots: Snapshots, row: int) -> dict[str, dict[str, float | None]]:
    """Build {sector: {portfolio, benchmark, diff, ...}} of all 11 sectors, Unclassified and Cash."""
    sectors = snapshots.sectors
    cash = float(snapshots.valuation.cash[row] / snapshots.valuation.nav[row])
    benchmark = snapshots.benchmarks[snapshots.holdings.benchmark_codes[row]]
    weights = [None] * 13 if benchmark is None else [*benchmark.weights.tolist(), 0.0, 0.0]
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
        }
        for name, weight, net, long, short, gross in zip(
            (*GICS_SECTORS, UNCLASSIFIED, CASH), weights, *parts, strict=True
        )
    }


def _largest(snapshots: Snapshots, count: int) -> list[list[dict[str, object]]]:
    """Name the largest positions of each portfolio with share of gross and signed weight."""
    weights = snapshots.valuation.weights
    documents: list[list[dict[str, object]]] = []
    for row in range(len(weights)):
        held = slice(int(weights.starts[row]), int(weights.starts[row + 1]))
        weight_of = dict(zip(weights.columns[held].tolist(), weights.data[held].tolist(), strict=True))
        largest: list[int] = snapshots.concentration.largest[row, :count].tolist()
        shares: list[float] = snapshots.concentration.largest_share[row, :count].tolist()
        documents.append(
            [
                {"symbol": snapshots.symbols[column], "share": share, "weight": weight_of[column]}
                for column, share in zip(largest, shares, strict=True)
                if column >= 0
            ]
        )
    return documents


def _reasons(volatility: VolatilityMetrics) -> list[dict[str, str] | None]:
    labels = {metric: _labels(Reason, codes) for metric, codes in volatility.reasons.items()}
    rows = zip(*labels.values(), strict=True)
    named = ({metric: word for metric, word in zip(labels, row, strict=True) if word} for row in rows)
    return [reasons or None for reasons in named]


def _labels(kind: type[Reason] | type[Method] | type[Direction], codes: CodeArray) -> list[str | None]:
    label = {member.value: member.label for member in kind}
    numbers: list[int] = codes.tolist()
    return [label[number] for number in numbers]


def _money(values: FloatArray) -> list[float]:
    rounded: list[float] = (np.round(values, _ROUNDING) + 0.0).tolist()  # + 0.0 turns -0.0 into 0.0
    return rounded


def _rows(columns: Mapping[str, Sequence[object]], **constants: object) -> list[dict[str, object]]:
    """Turn columns of one length into rows that also hold the constants."""
    return [
        constants | dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]

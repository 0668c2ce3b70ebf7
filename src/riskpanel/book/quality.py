"""The findings of each snapshot: which numbers are missing, which are partial, which deserve a look."""

import numpy as np

from riskpanel.book.findings import Finding, FindingLog
from riskpanel.book.instruments import InstrumentMetrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.snapshots import IndexedBlock, Market, Snapshots
from riskpanel.book.volatility import METRICS as VOLATILITY_METRICS
from riskpanel.risk import Reason
from riskpanel.risk.arrays import CodeArray


def build_findings(
    snapshots: Snapshots, market: Market, instruments: InstrumentMetrics, policy: RiskPolicy
) -> tuple[tuple[Finding, ...], ...]:
    """Collect what a reader of each snapshot must know.

    Parameters
    ----------
    snapshots : Snapshots
        P portfolios, findings not yet filled.
    market : Market
    instruments : InstrumentMetrics
    policy : RiskPolicy

    Returns
    -------
    tuple of tuple of Finding
        (P,) tuples, empty where there is nothing to say.
    """
    log = FindingLog(len(snapshots.holdings), snapshots.symbols)
    _note_holdings(log, snapshots, market, instruments, policy)
    _note_benchmarks(log, snapshots, policy)
    for block in snapshots.blocks:
        _note_betas(log, snapshots, block, instruments, policy)
        _note_series(log, snapshots, block, market, instruments)
    return log.frozen()


def _note_holdings(
    log: FindingLog, snapshots: Snapshots, market: Market, instruments: InstrumentMetrics, policy: RiskPolicy
) -> None:
    held, rows = snapshots.valuation.exposures, np.arange(len(snapshots.holdings))
    for metric, kind, reason, affected in (
        ("price_coverage", "partial", "stale", snapshots.valuation.price_age > 0),
        ("sector_exposure", "partial", "unclassified", market.sectors.codes < 0),
        (
            "realized_volatility_21d",
            "flag",
            "extreme",
            instruments.volatility.realized_21d > policy.volatility_flag_above,
        ),
    ):
        log.add_symbols(rows, held, affected, metric=metric, kind=kind, reason=reason)
    for row in np.flatnonzero(np.isnan(snapshots.valuation.daily_pnl)):
        log.add(int(row), "daily_pnl", "missing", str(Reason.SHORT_HISTORY.label))
    without_base = np.isnan(snapshots.valuation.daily_return) & ~np.isnan(snapshots.valuation.daily_pnl)
    for row in np.flatnonzero(without_base):
        log.add(int(row), "daily_return", "missing", str(Reason.DEGENERATE.label))
    for row in np.flatnonzero(held.empty):
        log.add(int(row), "hhi", "missing", "no_positions")


def _note_benchmarks(log: FindingLog, snapshots: Snapshots, policy: RiskPolicy) -> None:
    for row, code in enumerate(snapshots.holdings.benchmark_codes):
        weights = snapshots.benchmarks[code]
        if weights is None:
            log.add(row, "sector_exposure", "partial", "no_benchmark")
        elif weights.asof_date > snapshots.as_of:
            log.add(row, "sector_exposure", "flag", "benchmark_after_as_of")
        elif (snapshots.as_of - weights.asof_date).days > policy.benchmark_max_age:
            log.add(row, "sector_exposure", "flag", "benchmark_old")


def _note_betas(
    log: FindingLog,
    snapshots: Snapshots,
    block: IndexedBlock,
    instruments: InstrumentMetrics,
    policy: RiskPolicy,
) -> None:
    betas, rows = instruments.betas[block.index], block.rows
    held = snapshots.valuation.exposures.select(rows)
    index_reason = betas.reason[np.searchsorted(np.array(snapshots.symbols), block.index)]
    if index_reason in {Reason.UNPRICED, Reason.STALE}:
        for metric, estimates in (("weighted", block.weighted), ("direct", block.direct)):
            for row in rows[np.isnan(estimates.beta)]:
                log.add(int(row), f"market_beta_{metric}", "missing", "market_index_unpriced")
        return
    for code in np.unique(betas.reason[betas.reason != Reason.NONE]):
        log.add_symbols(
            rows,
            held,
            betas.reason == code,
            metric="market_beta_weighted",
            kind="partial",
            reason=str(Reason(code).label),
        )
    extreme = np.abs(betas.beta) > policy.beta_flag_above
    log.add_symbols(rows, held, extreme, metric="market_beta_weighted", kind="flag", reason="extreme")
    for position in np.flatnonzero(np.isnan(block.weighted.beta)):
        log.add(int(rows[position]), "market_beta_weighted", "missing", "uncovered")
    log.add_missing(rows, "market_beta_direct", _imputed_where(block, block.direct.reason))


def _note_series(
    log: FindingLog,
    snapshots: Snapshots,
    block: IndexedBlock,
    market: Market,
    instruments: InstrumentMetrics,
) -> None:
    rows, held = block.rows, snapshots.valuation.exposures.select(block.rows)
    last = market.panel.row(snapshots.as_of)
    gaps = np.isnan(market.panel.returns_until(last, 252)).any(axis=0)
    known = np.isfinite(instruments.betas[block.index].beta)
    for reason, affected in (("imputed", gaps & known), ("left_out", gaps & ~known)):
        log.add_symbols(rows, held, affected, metric="volatility_coverage", kind="partial", reason=reason)
    for name, metric in VOLATILITY_METRICS.items():
        log.add_missing(rows, metric, _imputed_where(block, block.volatility.reasons[name]))


def _imputed_where(block: IndexedBlock, codes: CodeArray) -> CodeArray:
    """Say ``imputed`` where a portfolio's series was lost to a lack of real returns."""
    return np.where((codes != Reason.NONE) & block.series_imputed, np.int8(Reason.IMPUTED), codes)

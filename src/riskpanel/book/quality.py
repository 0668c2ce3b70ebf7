"""The findings of each snapshot: which numbers are missing, which are partial, which deserve a look."""

import numpy as np

from riskpanel.book.findings import Finding, FindingLog
from riskpanel.book.instruments import InstrumentMetrics
from riskpanel.book.policy import RiskPolicy
from riskpanel.book.snapshots import IndexedBlock, Market, Snapshots
from riskpanel.book.volatility import METRICS as VOLATILITY_METRICS
from riskpanel.risk import Method, Reason
from riskpanel.risk.arrays import BoolArray, CodeArray
from riskpanel.risk.matrices import SparseRows

_BLOCK = 100_000  # positions looked at together: bounds the memory


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
        ("sector_exposure", "partial", "unclassified", instruments.sectors.classified == 0),
        ("sector_exposure", "flag", "fund_weights_after_as_of", instruments.sectors.late),
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
    betas, rows = instruments.betas[block.index].ols, block.rows
    held = snapshots.valuation.exposures.select(rows)
    if _index_unpriced(snapshots, block, instruments):
        measured = (("weighted", block.weighted), ("adjusted", block.adjusted), ("direct", block.direct))
        for metric, estimates in measured:
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
    _note_adjusted(log, snapshots, block, instruments)
    log.add_missing(rows, "market_beta_direct", _imputed_where(block, block.direct.reason))


def _index_unpriced(snapshots: Snapshots, block: IndexedBlock, instruments: InstrumentMetrics) -> bool:
    column = np.searchsorted(np.array(snapshots.symbols), block.index)
    return int(instruments.betas[block.index].ols.reason[column]) in {Reason.UNPRICED, Reason.STALE}


def _note_adjusted(
    log: FindingLog, snapshots: Snapshots, block: IndexedBlock, instruments: InstrumentMetrics
) -> None:
    """Say why there is no shrunk beta; what it leaves out is in its coverage."""
    reasons = instruments.betas[block.index].shrunk.reason
    held = snapshots.valuation.exposures.select(block.rows)
    for position in np.flatnonzero(np.isnan(block.adjusted.beta)):
        own = np.unique(reasons[held.columns[held.starts[position] : held.starts[position + 1]]])
        reason = "uncovered" if len(own) > 1 else str(Reason(own[0]).label)
        if Reason.SMALL_UNIVERSE in own:
            reason = str(Reason.SMALL_UNIVERSE.label)
        log.add(int(block.rows[position]), "market_beta_adjusted", "missing", reason)


def _note_series(
    log: FindingLog,
    snapshots: Snapshots,
    block: IndexedBlock,
    market: Market,
    instruments: InstrumentMetrics,
) -> None:
    rows, held = block.rows, snapshots.valuation.exposures.select(block.rows)
    returns = market.panel.returns_until(market.panel.row(snapshots.as_of), block.counted.shape[1])
    index = np.isfinite(returns[:, market.panel.column(block.index)])
    stands_in = index[:, None] & np.isfinite(instruments.betas[block.index].ols.beta)
    missing = np.isnan(returns)
    for reason, days in (("imputed", missing & stands_in), ("left_out", missing & ~stands_in)):
        marked = _met(held, days, block.counted)
        log.add_entries(rows, held, marked, metric="volatility_coverage", kind="partial", reason=reason)
    for name, metric in VOLATILITY_METRICS.items():
        log.add_missing(rows, metric, _imputed_where(block, block.volatility.reasons[name]))
    _note_structure(log, block, held, index_unpriced=_index_unpriced(snapshots, block, instruments))
    _note_forecasts(log, block)


def _met(held: SparseRows, days: BoolArray, counted: BoolArray) -> BoolArray:
    """Tell of each held position (nnz,) whether a day (T, N) of its symbol counts (B, T) in its portfolio."""
    marked = np.zeros(len(held.columns), dtype=bool)
    possible = np.flatnonzero(np.logical_or.reduce(days, axis=0)[held.columns])
    portfolios, by_symbol = held.rows, days.T
    for start in range(0, len(possible), _BLOCK):
        some = possible[start : start + _BLOCK]
        both = by_symbol[held.columns[some]] & counted[portfolios[some]]
        marked[some] = np.logical_or.reduce(both, axis=1)
    return marked


def _note_structure(log: FindingLog, block: IndexedBlock, held: SparseRows, *, index_unpriced: bool) -> None:
    for metric, codes in block.structure.reasons.items():
        if metric == "average_correlation":  # of the positions' own returns, where nothing is imputed
            log.add_missing(block.rows, metric, codes)
        elif metric == "tracking_error" and index_unpriced:
            for row in block.rows[codes != Reason.NONE]:
                log.add(int(row), metric, "missing", "market_index_unpriced")
        else:
            log.add_missing(block.rows, metric, _imputed_where(block, codes))
    alone = np.isnan(block.structure.correlation.mean) & (held.lengths < 2)
    for position in np.flatnonzero(alone):
        reason = "one_position" if held.lengths[position] else "no_positions"
        log.add(int(block.rows[position]), "average_correlation", "missing", reason)


def _note_forecasts(log: FindingLog, block: IndexedBlock) -> None:
    forecast = block.volatility.forecast
    for reason, marked in (
        ("clamped", forecast.clamped),
        ("fallback", forecast.method == Method.EWMA_FALLBACK),
    ):
        for row in block.rows[marked]:
            log.add(int(row), "expected_volatility_21d", "flag", reason)


def _imputed_where(block: IndexedBlock, codes: CodeArray) -> CodeArray:
    """Say ``imputed`` where a portfolio's series was lost to a lack of real returns."""
    return np.where((codes != Reason.NONE) & block.series_imputed, np.int8(Reason.IMPUTED), codes)

"""The snapshots of many portfolios at a session, as arrays, and the market that they are measured in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from riskpanel.book.benchmark import BenchmarkWeights
from riskpanel.book.findings import Failure, Finding
from riskpanel.book.holdings import Holdings
from riskpanel.book.look_through import InstrumentSectors, SectorShares
from riskpanel.book.panel import PricePanel
from riskpanel.book.replays import Replays
from riskpanel.book.scenarios import Scenarios
from riskpanel.book.structure import StructureMetrics
from riskpanel.book.valuation import Valuation
from riskpanel.book.volatility import VolatilityMetrics
from riskpanel.risk import BetaEstimates, Concentration, SectorWeights, WeightedBeta
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class IndexedBlock:
    """What depends on a market index, for the portfolios in ``rows`` that share it: (B,).

    ``weighted`` sums raw betas and ``adjusted`` shrunk ones; ``direct`` is that of the series, ``direct_hac``
    the same with a standard error that allows for changing volatility. ``series_imputed`` marks series that
    lost sessions to too few real returns, ``counted`` (B, T) the last 252 sessions that are in them.
    """

    rows: IntArray
    index: str
    weighted: WeightedBeta
    adjusted: WeightedBeta
    direct: BetaEstimates
    direct_hac: BetaEstimates
    direct_coverage: FloatArray
    volatility: VolatilityMetrics
    volatility_coverage: FloatArray
    structure: StructureMetrics
    series_imputed: BoolArray
    counted: BoolArray


@dataclass(frozen=True, slots=True)
class StressTests:
    """P&L of B portfolios that share a market index, in S scenarios with one owner.

    ``rows`` (B,) of the snapshots; ``shocks`` (S,) decimal, for a replay the return of the index over the
    window, NaN where unknown; ``pnl``, ``coverage`` and ``proxied`` (B, S); ``tested`` (B, S) is False for a
    replay about whose window nothing is known: neither of the index nor of anything held.
    """

    rows: IntArray
    scenarios: Scenarios
    shocks: FloatArray
    pnl: FloatArray
    coverage: FloatArray
    proxied: FloatArray
    tested: BoolArray


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Snapshots of P portfolios at a session.

    Failed portfolios are in ``failures`` and nowhere else; ``skipped`` are the ids of those that hold
    nothing, neither lots nor cash.

    ``sectors`` (P, 12): the 11 GICS sectors and Unclassified, of instruments as in ``sector_shares``;
    ``benchmarks`` by code; ``findings`` (P,).
    """

    as_of: date
    holdings: Holdings
    symbols: tuple[str, ...]
    valuation: Valuation
    sector_shares: SectorShares
    sectors: SectorWeights
    sector_coverage: FloatArray
    benchmarks: Mapping[str, BenchmarkWeights | None]
    concentration: Concentration
    blocks: tuple[IndexedBlock, ...]
    stress: tuple[StressTests, ...]
    findings: tuple[tuple[Finding, ...], ...]
    failures: tuple[Failure, ...]
    skipped: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """Everything that is not a portfolio: prices, sectors, benchmarks, scenarios and what they replay.

    ``tracked`` (N,) marks the instruments of the panel that are held or measured against: the others are
    there as part of the universe, and nothing is stored of them.
    """

    panel: PricePanel
    tracked: BoolArray
    sectors: InstrumentSectors
    benchmarks: tuple[BenchmarkWeights, ...]
    scenarios: Scenarios
    replays: Replays

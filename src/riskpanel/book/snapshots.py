"""The snapshots of many portfolios at a session, as arrays, and the market that they are measured in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from riskpanel.book.benchmark import BenchmarkWeights
from riskpanel.book.findings import Failure, Finding
from riskpanel.book.holdings import Holdings
from riskpanel.book.instruments import InstrumentSectors
from riskpanel.book.panel import PricePanel
from riskpanel.book.scenarios import Scenarios
from riskpanel.book.valuation import Valuation
from riskpanel.book.volatility import VolatilityMetrics
from riskpanel.risk import BetaEstimates, Concentration, SectorWeights, WeightedBeta
from riskpanel.risk.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class IndexedBlock:
    """What depends on a market index, for the portfolios in ``rows`` that share it: (B,), stress (B, S).

    ``series_imputed`` marks series that lost sessions to too few real returns.
    """

    rows: IntArray
    index: str
    weighted: WeightedBeta
    direct: BetaEstimates
    volatility: VolatilityMetrics
    volatility_coverage: FloatArray
    series_imputed: BoolArray
    stress_pnl: FloatArray
    stress_coverage: FloatArray


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Snapshots of P portfolios at a session.

    Failed portfolios are in ``failures`` and nowhere else; ``skipped`` are the ids of those that hold
    nothing, neither lots nor cash.

    ``sectors`` (P, 12): the 11 GICS sectors and Unclassified; ``benchmarks`` by code; ``findings`` (P,).
    """

    as_of: date
    holdings: Holdings
    symbols: tuple[str, ...]
    valuation: Valuation
    sectors: SectorWeights
    sector_coverage: FloatArray
    benchmarks: Mapping[str, BenchmarkWeights | None]
    concentration: Concentration
    blocks: tuple[IndexedBlock, ...]
    scenarios: Scenarios
    findings: tuple[tuple[Finding, ...], ...]
    failures: tuple[Failure, ...]
    skipped: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """Everything that is not a portfolio: prices, sectors, benchmarks and scenarios."""

    panel: PricePanel
    sectors: InstrumentSectors
    benchmarks: tuple[BenchmarkWeights, ...]
    scenarios: Scenarios

"""The complete page of one portfolio on one session, as stored: the document that every reader is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from riskpanel.book.findings import Finding, causes
from riskpanel.risk import beta_interval

_LEAST_FOR_INTERVAL = 3  # pairs, which leave one degree of freedom

Cell: TypeAlias = Any
"""A stored number, word, date or JSON value; None where it is missing."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The run that wrote the snapshot."""

    run_id: int
    kind: str
    engine: str
    version: str
    policy_fingerprint: str
    inputs_hash: str | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class PortfolioRecord:
    """A portfolio as its owner set it up."""

    id: int
    name: str
    currency: str
    market_index: str
    benchmark_code: str
    cash_balance: Decimal


@dataclass(frozen=True, slots=True)
class HoldingRecord:
    """One symbol of the portfolio on the session, its lots netted; statistics are the instrument's own.

    ``value`` in currency, ``weight`` over net asset value, ``share`` of gross exposure, ``price`` the newest
    close up to the session and ``price_date`` its day. None where missing; ``reasons`` says why by field.
    """

    symbol: str
    name: str | None
    sector: str | None
    quantity: Decimal
    lots: int
    price: float | None
    price_date: date | None
    value: float | None
    weight: float | None
    share: float | None
    beta: float | None
    beta_std_error: float | None
    beta_low: float | None
    beta_high: float | None
    beta_r_squared: float | None
    beta_observations: int | None
    beta_hac_std_error: float | None
    beta_adjusted: float | None
    beta_contribution: float | None
    risk_contribution: float | None
    realized_volatility_21d: float | None
    realized_volatility_63d: float | None
    expected_volatility_21d: float | None
    expected_volatility_low: float | None
    expected_volatility_high: float | None
    expected_volatility_method: str | None
    expected_volatility_clamped: bool | None
    model_r_squared: float | None
    volatility_trend: str | None
    volatility_percentile: float | None
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StressRecord:
    """One scenario: P&L in currency and as a share of net asset value, and the gross share it covers.

    Of a replay ``shock`` is the market index's return over the window, None where it had no price then, and
    ``proxied`` the gross share that moves by beta times it; ``window_from`` and ``window_to`` are its ends.
    """

    scenario: str
    kind: str
    shock: float | None
    pnl: Decimal | None
    pnl_pct: float | None
    coverage: float | None
    proxied: float | None
    window_from: date | None
    window_to: date | None


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One earlier snapshot of the portfolio."""

    snapshot_date: date
    net_asset_value: Decimal
    daily_return: float | None
    realized_volatility_21d: float | None
    realized_volatility_63d: float | None
    expected_volatility_21d: float | None
    market_beta_weighted: float | None
    market_beta_direct: float | None
    hhi: float | None


@dataclass(frozen=True, slots=True)
class DataQuality:
    """``missing`` gives the reason of each null metric; ``findings`` holds everything there is to know.

    ``findings_count`` is how many causes they have, what is no fault of the data left out.
    """

    missing: Mapping[str, str]
    findings: tuple[Finding, ...]
    findings_count: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings_count", len(causes(self.findings)))


@dataclass(frozen=True, slots=True)
class CompleteDocument:
    """Everything stored about one portfolio on one session; ``snapshot`` maps columns to values."""

    meta: RunRecord
    portfolio: PortfolioRecord
    snapshot: Mapping[str, Cell]
    holdings: tuple[HoldingRecord, ...]
    stress: tuple[StressRecord, ...]
    timeseries: tuple[SeriesPoint, ...]
    data_quality: DataQuality


_PARENTS = {
    "expected_volatility_low": "expected_volatility_21d",
    "expected_volatility_high": "expected_volatility_21d",
    "expected_variance": "expected_volatility_21d",
    "expected_volatility_method": "expected_volatility_21d",
    "expected_volatility_clamped": "expected_volatility_21d",
    "volatility_trend_strength": "volatility_trend",
    "volatility_coverage": "realized_volatility_21d",
    "effective_num_positions": "hhi",
    "top_3_concentration": "hhi",
    "top_10_concentration": "hhi",
    "market_beta_r_squared": "market_beta_weighted",
    "market_beta_direct_std_error": "market_beta_direct",
    "market_beta_direct_r_squared": "market_beta_direct",
    "market_beta_direct_p_value": "market_beta_direct",
    "market_beta_direct_hac_std_error": "market_beta_direct",
    "market_beta_direct_coverage": "market_beta_direct",
    "market_beta_direct_low": "market_beta_direct",
    "market_beta_direct_high": "market_beta_direct",
    "value_at_risk_95_amount": "value_at_risk_95",
    "expected_shortfall_95": "value_at_risk_95",
    "expected_shortfall_95_amount": "value_at_risk_95",
    "tail_coverage": "value_at_risk_95",
    "risk_contributions": "diversification_ratio",
    "structure_coverage": "diversification_ratio",
    "correlation": "average_correlation",
    "daily_return": "daily_pnl",
}


def missing_reasons(values: Mapping[str, Cell], findings: Sequence[Finding]) -> dict[str, str]:
    """Give the reason of each null metric; a number that comes with another shares its reason."""
    own = {found.metric: found.reason for found in findings if found.kind == "missing"}
    derived = {name: own[parent] for name, parent in _PARENTS.items() if parent in own}
    if values["expected_volatility_method"] == "ewma_fallback":  # which has no band
        derived |= dict.fromkeys(("expected_volatility_low", "expected_volatility_high"), "short_history")
    if any(found.reason == "no_benchmark" for found in findings):
        derived |= dict.fromkeys(("sector_benchmark_date", "sector_benchmark_source"), "no_benchmark")
    if values["positions_count"] == 0:
        derived["market_beta_r_squared"] = "no_positions"
    return own | {name: reason for name, reason in derived.items() if values.get(name, 0) is None}


def interval_ends(
    beta: float | None, std_error: float | None, observations: int | None
) -> tuple[float, float] | tuple[None, None]:
    """Return the ends of the 95 % interval of a stored beta, sampling error only; None without one."""
    if beta is None or std_error is None or not observations or observations < _LEAST_FOR_INTERVAL:
        return None, None
    interval = beta_interval(beta, std_error, n_obs=observations)
    return float(interval.low), float(interval.high)

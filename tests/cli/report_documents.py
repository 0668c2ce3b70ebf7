"""Documents for the tests of the report: one with everything, and ways to take things away."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from riskpanel.book.complete import (
    CompleteDocument,
    DataQuality,
    HoldingRecord,
    PortfolioRecord,
    RunRecord,
    SeriesPoint,
    StressRecord,
)
from riskpanel.book.findings import Finding
from riskpanel.book.scenarios import REPLAYS, built_in_scenarios
from riskpanel.book.sectors import CASH, GICS_SECTORS, UNCLASSIFIED

CARDS = [
    "volatility",
    "beta",
    "sectors",
    "concentration",
    "stress",
    "contributors",
    "tail",
    "correlation",
    "holdings",
    "health",
]
AS_OF = date(2024, 6, 28)
NAV = 200_000.0
HELD = (
    ("ACME", "Acme Corporation", "Information Technology", 90_000.0, 1.31, 0.284),
    ("BOLT", "Bolt & Nut", "Industrials", 60_000.0, 0.92, 0.191),
    ("CORN", "Corn Fields", "Consumer Staples", -30_000.0, 0.55, 0.142),
)
_GROSS = sum(abs(held[3]) for held in HELD)
_NET = sum(held[3] for held in HELD)
_RISK = sum(held[3] * held[4] for held in HELD)
_RISKS = {sector: value * beta / _RISK for _, _, sector, value, beta, _ in HELD}


def complete_document() -> CompleteDocument:
    """A long/short portfolio about which everything is known."""
    return CompleteDocument(
        meta=RunRecord(
            7, "run", "local", "0.1.0", "0123456789abcdef", "f" * 64, datetime(2024, 6, 28, 21, tzinfo=UTC)
        ),
        portfolio=PortfolioRecord(3, "Sample book", "USD", "SPY", "SP500", Decimal("80000.0000")),
        snapshot=_snapshot(),
        holdings=tuple(_holding(*held) for held in HELD),
        stress=_stress(),
        timeseries=tuple(_point(at) for at in range(120)),
        data_quality=DataQuality({}, ()),
    )


def changed(document: CompleteDocument, **columns: object) -> CompleteDocument:
    """The document with other values in its snapshot."""
    return replace(document, snapshot={**document.snapshot, **columns})


def empty_document() -> CompleteDocument:
    """A portfolio of cash alone on its first day."""
    unknown = unknown_document()
    return changed(replace(unknown, holdings=()), positions_count=0)


def unknown_document() -> CompleteDocument:
    """A portfolio on its first day: everything that can be missing is missing."""
    full = complete_document()
    kept = {"snapshot_date", "cash_value", "net_asset_value", "market_index"}
    columns = {name: value if name in kept else None for name, value in full.snapshot.items()}
    money = {name: Decimal(0) for name in ("long_value", "short_value", "gross_exposure", "net_exposure")}
    missing = {
        "daily_pnl": "short_history",
        "hhi": "no_positions",
        "market_beta_weighted": "uncovered",
        "market_beta_direct": "degenerate",
        "expected_volatility_21d": "short_history",
        "realized_volatility_21d": "short_history",
        "realized_volatility_63d": "short_history",
        "volatility_trend": "gap",
        "volatility_percentile": "short_history",
        "market_beta_adjusted": "small_universe",
        "value_at_risk_95": "short_history",
        "max_drawdown": "short_history",
        "tracking_error": "short_history",
        "diversification_ratio": "short_history",
        "average_correlation": "short_history",
    }
    return replace(
        full,
        snapshot=columns | money | {"positions_count": 3},
        stress=tuple(replace(record, pnl=None, pnl_pct=None, coverage=1.0) for record in full.stress),
        timeseries=(),
        data_quality=DataQuality(
            missing, tuple(Finding(metric, "missing", reason) for metric, reason in missing.items())
        ),
    )


def _snapshot() -> dict[str, object]:
    shares = [{"symbol": held[0], "share": abs(held[3]) / _GROSS, "weight": held[3] / NAV} for held in HELD]
    hhi = sum(share["share"] ** 2 for share in shares) * 10_000
    return {
        "snapshot_date": AS_OF,
        "net_asset_value": Decimal(str(NAV)),
        "cash_value": Decimal("80000.0000"),
        "long_value": Decimal(150_000),
        "short_value": Decimal(-30_000),
        "gross_exposure": Decimal(str(_GROSS)),
        "net_exposure": Decimal(str(_NET)),
        "positions_count": 3,
        "price_coverage": 1.0,
        "daily_pnl": Decimal("1234.5600"),
        "daily_return": 0.0062111,
        "market_index": "SPY",
        "market_beta_weighted": 0.783,
        "market_beta_coverage": 1.0,
        "market_beta_direct": 0.79,
        "market_beta_direct_std_error": 0.04,
        "market_beta_direct_r_squared": 0.81,
        "market_beta_direct_observations": 90,
        "market_beta_adjusted": 0.8,
        "market_beta_adjusted_coverage": 1.0,
        "market_beta_direct_hac_std_error": 0.05,
        "market_beta_direct_coverage": 1.0,
        "market_beta_direct_low": 0.7105084054067533,
        "market_beta_direct_high": 0.8694915945932468,
        "sector_exposure": _sectors(),
        "sector_coverage": 1.0,
        "sector_look_through": None,
        "sector_benchmark_code": "SP500",
        "sector_benchmark_date": date(2024, 6, 1),
        "sector_benchmark_source": "a test table",
        "hhi": hhi,
        "effective_num_positions": 10_000 / hhi,
        "top_3_concentration": 1.0,
        "top_10_concentration": 1.0,
        "top_3_positions": shares,
        "top_10_positions": shares,
        "concentration_coverage": 1.0,
        "realized_volatility_21d": 0.214,
        "realized_volatility_63d": 0.198,
        "expected_volatility_21d": 0.249,
        "expected_volatility_low": 0.17,
        "expected_volatility_high": 0.312,
        "expected_volatility_method": "log_har_close",
        "volatility_trend": "increasing",
        "volatility_trend_strength": 0.93,
        "volatility_percentile": 65.4,
        "volatility_observations": 252,
        "volatility_coverage": 1.0,
        "expected_volatility_clamped": False,
        **_tail(),
    }


def _tail() -> dict[str, object]:
    """Bad days, contributions and correlation; CORN is short and lowers the risk."""
    return {
        "leverage": _GROSS / NAV,
        "value_at_risk_95": 0.0211,
        "value_at_risk_95_amount": Decimal("4220.0000"),
        "expected_shortfall_95": 0.0301,
        "expected_shortfall_95_amount": Decimal("6020.0000"),
        "tail_observations": 483,
        "tail_coverage": 1.0,
        "max_drawdown": -0.123,
        "max_drawdown_observations": 252,
        "tracking_error": 0.087,
        "diversification_ratio": 1.45,
        "risk_contributions": {symbol: value * beta / _RISK for symbol, _, _, value, beta, _ in HELD},
        "correlation": {
            "symbols": [held[0] for held in HELD],
            "coefficients": [0.62, 0.31, -0.05],
            "observations": [252, 252, 180],
        },
        "average_correlation": (0.62 + 0.31 - 0.05) / 3,
        "structure_observations": 252,
        "structure_coverage": 1.0,
    }


def _sectors() -> dict[str, dict[str, float]]:
    weights = dict.fromkeys((*GICS_SECTORS, UNCLASSIFIED, CASH), 0.0) | {CASH: 0.4}
    weights |= {sector: value / NAV for _, _, sector, value, _, _ in HELD}
    benchmark = dict.fromkeys(GICS_SECTORS, 1 / 11) | {UNCLASSIFIED: 0.0, CASH: 0.0}
    return {
        sector: {
            "portfolio": weight,
            "benchmark": benchmark[sector],
            "diff": weight - benchmark[sector],
            "long": max(weight, 0.0),
            "short": min(weight, 0.0),
            "gross": abs(weight),
            "risk_contribution": _RISKS.get(sector, 0.0),
        }
        for sector, weight in weights.items()
    }


def _holding(
    symbol: str, name: str, sector: str, value: float, beta: float, volatility: float
) -> HoldingRecord:
    return HoldingRecord(
        symbol=symbol,
        name=name,
        sector=sector,
        quantity=Decimal(str(value / 100)),
        lots=1,
        price=100.0,
        price_date=AS_OF,
        value=value,
        weight=value / NAV,
        share=abs(value) / _GROSS,
        beta=beta,
        beta_std_error=0.1,
        beta_low=beta - 0.2,
        beta_high=beta + 0.2,
        beta_r_squared=0.5,
        beta_observations=90,
        beta_hac_std_error=0.12,
        beta_adjusted=0.9 * beta + 0.1,
        beta_contribution=value / NAV * beta,
        risk_contribution=value * beta / _RISK,
        realized_volatility_21d=volatility,
        realized_volatility_63d=volatility,
        expected_volatility_21d=volatility,
        expected_volatility_low=0.67 * volatility,
        expected_volatility_high=1.51 * volatility,
        expected_volatility_method="log_har_close",
        expected_volatility_clamped=False,
        model_r_squared=0.2,
        volatility_trend="stable",
        volatility_percentile=50.0,
        reasons={},
    )


def _stress() -> tuple[StressRecord, ...]:
    scenarios = built_in_scenarios()
    held = {sector.lower().replace(" ", "_"): value for _, _, sector, value, _, _ in HELD}
    records: list[StressRecord] = []
    for name, kind, shock in zip(scenarios.names, scenarios.kinds, scenarios.shocks.tolist(), strict=True):
        if kind == "replay":
            records.append(_replay(name))
            continue
        pnl = (
            0.783 * NAV * shock if kind == "market" else held.get(name.removesuffix("_down_20"), 0.0) * shock
        )
        money = Decimal(f"{pnl:.4f}")
        records.append(StressRecord(name, kind, shock, money, pnl / NAV, 1.0, None, None, None))
    own = StressRecord("rate_shock", "user", -0.07, Decimal("-12850.0000"), -0.06425, 1.0, None, None, None)
    return (*records, own)


def _replay(name: str) -> StressRecord:
    """A repeat of the past in which the youngest holding, a sixth of gross, moves by its beta in 2008."""
    shock = {"crisis_2008": -0.5678, "covid_2020": -0.3392, "drawdown_2022": -0.2543}[name]
    pnl, proxied = 0.81 * NAV * shock, 1 / 6 if name == "crisis_2008" else 0.0
    return StressRecord(name, "replay", shock, Decimal(f"{pnl:.4f}"), pnl / NAV, 1.0, proxied, *REPLAYS[name])


def _point(at: int) -> SeriesPoint:
    swing = 0.05 * ((at * 7) % 40) / 40
    return SeriesPoint(
        snapshot_date=AS_OF - timedelta(days=119 - at),
        net_asset_value=Decimal(200_000 - 100 * (119 - at)),
        daily_return=0.0005,
        realized_volatility_21d=None if at < 5 else 0.17 + swing,
        realized_volatility_63d=0.19,
        expected_volatility_21d=0.2,
        market_beta_weighted=0.7 + swing,
        market_beta_direct=0.7,
        hhi=3900.0,
    )

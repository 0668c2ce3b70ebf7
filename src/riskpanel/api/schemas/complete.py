"""The complete page of one portfolio on one session: what `riskpanel report --json` prints."""

from datetime import date

from pydantic import Field

from riskpanel.api.schemas.holdings import HoldingModel
from riskpanel.api.schemas.model import Answer, Moment, Money
from riskpanel.api.schemas.parts import FindingModel
from riskpanel.api.schemas.snapshot import SnapshotModel


class MetaModel(Answer):
    """The run that wrote the snapshot."""

    run_id: int = Field(description="Id of the run.", examples=[7])
    kind: str = Field(description="run (one session) or backfill.", examples=["run"])
    engine: str = Field(description="What computed it.", examples=["local"])
    version: str = Field(description="Version of riskpanel that ran.", examples=["0.1.0"])
    policy_fingerprint: str = Field(
        description="Fingerprint of every constant that was used.", examples=["0123456789abcdef"]
    )
    inputs_hash: str | None = Field(
        description="SHA-256 of prices and holdings that went in; null where the run has none.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    started_at: Moment = Field(description="When the run began, UTC.", examples=["2025-06-30T21:00:00+00:00"])


class PortfolioTermsModel(Answer):
    """A portfolio as its owner set it up."""

    id: int = Field(description="Id of the portfolio.", examples=[3])
    name: str = Field(description="Its name, one of a kind among yours.", examples=["Growth"])
    currency: str = Field(description="Currency of every amount, ISO 4217.", examples=["USD"])
    market_index: str = Field(description="Symbol that betas are measured against.", examples=["SPY"])
    benchmark_code: str = Field(description="Benchmark of its sectors.", examples=["SP500"])
    cash_balance: Money = Field(description="Cash, in currency; below 0 when borrowed.", examples=[10000.0])


class StressModel(Answer):
    """One scenario and what it would do to the portfolio."""

    scenario: str = Field(description="Name of the scenario.", examples=["Market -20%"])
    kind: str = Field(
        description="market, sector, replay (of a window of the past) or user.", examples=["market"]
    )
    shock: float | None = Field(
        description="The move, decimal; of a replay the index's own return, null where it had no price then.",
        examples=[-0.2],
    )
    pnl: Money | None = Field(description="P&L in currency; null where it is not known.", examples=[-19389.1])
    pnl_pct: float | None = Field(
        description="P&L over net asset value, decimal; null where it is not known.", examples=[-0.186]
    )
    coverage: float | None = Field(
        description="Share of gross exposure that the P&L covers, 0 to 1; null without positions.",
        examples=[1.0],
    )
    proxied: float | None = Field(
        description="Share of gross exposure that a replay moves by beta, 0 to 1; null outside replays.",
        examples=[0.12],
    )
    window_from: date | None = Field(
        description="First day of a replay; null outside replays.", examples=["2020-02-19"]
    )
    window_to: date | None = Field(
        description="Last day of a replay; null outside replays.", examples=["2020-03-23"]
    )


class SeriesPointModel(Answer):
    """One session of the past year, this one included; null as in the snapshot."""

    snapshot_date: date = Field(description="The session, as a date.", examples=["2025-06-27"])
    net_asset_value: Money = Field(description="Net asset value, in currency.", examples=[104762.4634])
    daily_return: float | None = Field(
        description="Return of the session, decimal; null where it is not known.", examples=[0.0031]
    )
    realized_volatility_21d: float | None = Field(
        description="Over 21 sessions, annualised decimal; null without enough.", examples=[0.141]
    )
    realized_volatility_63d: float | None = Field(
        description="Over 63 sessions, annualised decimal; null without enough.", examples=[0.163]
    )
    expected_volatility_21d: float | None = Field(
        description="Expected over the next 21 sessions, annualised decimal; null without a forecast.",
        examples=[0.151],
    )
    market_beta_weighted: float | None = Field(
        description="Market moves per market move; null without an estimate.", examples=[0.93]
    )
    market_beta_direct: float | None = Field(
        description="Slope of the portfolio's own series; null without enough of it.", examples=[0.91]
    )
    hhi: float | None = Field(
        description="Concentration, points up to 10,000; null without positions.", examples=[987.6]
    )


class QualityModel(Answer):
    """What to know about the numbers before acting on them."""

    missing: dict[str, str] = Field(
        description="Why each null of the snapshot is null, by column: a word of docs/methods.md.",
        examples=[{"tracking_error": "short_history"}],
    )
    findings: tuple[FindingModel, ...] = Field(
        description="Everything there is to know, missing numbers included.",
        examples=[[{"metric": "hhi", "kind": "missing", "reason": "no_positions", "symbols": []}]],
    )
    findings_count: int = Field(
        description="How many causes the findings have, what is no fault of the data left out: the number "
        "that pages show.",
        examples=[1],
    )


class CompleteModel(Answer):
    """Everything stored about one portfolio on one session. A part that was not asked for is null."""

    meta: MetaModel = Field(description="The run that wrote it.")
    portfolio: PortfolioTermsModel = Field(description="The portfolio as its owner set it up.")
    snapshot: SnapshotModel = Field(description="Every stored number of the session.")
    holdings: tuple[HoldingModel, ...] | None = Field(
        description="What was held, largest first; null with include_holdings=false."
    )
    stress: tuple[StressModel, ...] | None = Field(
        description="Every stored scenario, by kind and shock; null with include_attribution=false."
    )
    timeseries: tuple[SeriesPointModel, ...] | None = Field(
        description="The year up to the session, oldest first; null with include_timeseries=false."
    )
    data_quality: QualityModel = Field(description="Why what is null is null, and what else to know.")

"""Documents within a snapshot: sectors, largest positions, correlation."""

from datetime import date

from pydantic import Field

from riskpanel.api.schemas.model import Answer


class SectorModel(Answer):
    """One sector of a portfolio against its benchmark; shares of net asset value, signed decimals."""

    portfolio: float = Field(description="Net share of net asset value, signed decimal.", examples=[0.31])
    benchmark: float | None = Field(
        description="Share of the benchmark, decimal; null without benchmark weights.", examples=[0.27]
    )
    diff: float | None = Field(
        description="Portfolio minus benchmark, decimal; null without benchmark weights.", examples=[0.04]
    )
    long: float = Field(description="Long share of net asset value, 0 or more.", examples=[0.36])
    short: float = Field(description="Short share of net asset value, 0 or less.", examples=[-0.05])
    gross: float = Field(description="Long plus the size of short, 0 or more.", examples=[0.41])
    risk_contribution: float | None = Field(
        description="Share of the portfolio's variance, signed decimal; null where it is not known.",
        examples=[0.42],
    )


class LookThroughModel(Answer):
    """A fund that counts by what it holds."""

    symbol: str = Field(description="Symbol of the fund.", examples=["SPY"])
    asof_date: date = Field(description="Day of which its parts are known.", examples=["2025-06-02"])
    share: float = Field(description="Share of gross exposure, 0 to 1.", examples=[0.4])
    coverage: float = Field(
        description="Part of the fund whose sector is known, 0 to 1; the rest is Unclassified.",
        examples=[0.999],
    )
    sectors: dict[str, float] = Field(
        description="Share of the fund in each sector that it is in, 0 to 1.",
        examples=[{"Information Technology": 0.35, "Financials": 0.13}],
    )


class LargePositionModel(Answer):
    """One of the largest positions, its lots netted."""

    symbol: str = Field(description="Symbol of the instrument.", examples=["AAPL"])
    share: float = Field(description="Share of gross exposure, 0 to 1.", examples=[0.18])
    weight: float = Field(description="Share of net asset value, signed decimal.", examples=[0.17])


class CorrelationModel(Answer):
    """Correlations among the largest positions: lower triangles without their diagonal, row by row."""

    symbols: tuple[str, ...] = Field(
        description="Symbols in the order of rows and columns.", examples=[["AAPL", "MSFT", "XOM"]]
    )
    coefficients: tuple[float | None, ...] = Field(
        description="From -1 to 1; null where two positions share too few sessions.",
        examples=[[0.61, 0.12, None]],
    )
    observations: tuple[int, ...] = Field(
        description="Sessions behind each coefficient.", examples=[[252, 252, 31]]
    )


class FindingModel(Answer):
    """One remark on one metric."""

    metric: str = Field(
        description="The metric, as it is called in the snapshot.", examples=["sector_exposure"]
    )
    kind: str = Field(
        description="missing: it is null; partial: it leaves out or imputes symbols; flag: look at it.",
        examples=["partial"],
    )
    reason: str = Field(description="A word of the list in docs/methods.md.", examples=["unclassified"])
    symbols: tuple[str, ...] = Field(description="Which ones it concerns; empty for all.", examples=[["XOM"]])

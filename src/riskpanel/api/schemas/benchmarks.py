"""Benchmarks and their sector weights."""

from datetime import date

from pydantic import Field

from riskpanel.api.schemas.model import Answer, Money


class BenchmarkSummaryModel(Answer):
    """A benchmark, and of which days there are sector weights."""

    code: str = Field(description="Code of the benchmark.", examples=["SP500"])
    first_date: date = Field(description="Date of the oldest weights.", examples=["2023-05-05"])
    newest_date: date = Field(description="Date of the newest weights.", examples=["2025-11-28"])
    dates_count: int = Field(description="On how many dates there are weights.", examples=[4])


class SectorWeightModel(Answer):
    """A sector's share of a benchmark."""

    sector: str = Field(description="GICS sector.", examples=["Information Technology"])
    weight: float = Field(description="Share of the benchmark, 0 to 1.", examples=[0.3206])
    market_cap: Money | None = Field(
        description="Value of its constituents, in US dollars; null where the source did not say.",
        examples=[17_000_000_000_000.0, None],
    )
    num_constituents: int | None = Field(
        description="How many constituents; null where the source did not say.", examples=[68, None]
    )


class BenchmarkModel(Answer):
    """Sector weights of a benchmark on a date."""

    code: str = Field(description="Code of the benchmark.", examples=["SP500"])
    asof_date: date = Field(
        description="Date of these weights: the newest on or before the day that was asked for.",
        examples=["2024-12-06"],
    )
    source: str = Field(description="Where the weights are from.", examples=["packaged: fund holdings"])
    method: str = Field(description="How the weights were made.", examples=["float_cap"])
    taxonomy: str = Field(description="Whose sectors these are.", examples=["gics"])
    sectors: tuple[SectorWeightModel, ...] = Field(
        description="The sectors, the largest first; their weights sum to 1.",
        examples=[
            [
                {
                    "sector": "Information Technology",
                    "weight": 0.3206,
                    "market_cap": 17_000_000_000_000.0,
                    "num_constituents": 68,
                }
            ]
        ],
    )

"""The history of a portfolio: its snapshots, and the stress tests of one."""

from datetime import date

from pydantic import Field

from riskpanel.api.schemas.complete import QualityModel, StressModel
from riskpanel.api.schemas.model import Answer
from riskpanel.api.schemas.snapshot import SnapshotModel


class SnapshotEntryModel(Answer):
    """One snapshot of the history."""

    run_id: int = Field(description="Id of the run that wrote it.", examples=[7])
    snapshot: SnapshotModel = Field(description="Every stored number of the session.")
    data_quality: QualityModel = Field(description="Why what is null is null, and what else to know.")


class StressTestsModel(Answer):
    """The stored stress tests of one session."""

    portfolio_id: int = Field(description="Id of the portfolio.", examples=[1])
    snapshot_date: date = Field(description="The session, as a date.", examples=["2025-06-30"])
    stress: tuple[StressModel, ...] = Field(
        description="Every stored scenario, by kind and shock; empty in snapshots older than stress tests.",
        examples=[[]],
    )

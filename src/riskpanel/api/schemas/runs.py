"""Runs: what computed the stored numbers, and what it could not."""

from datetime import date
from typing import Any

from pydantic import Field

from riskpanel.api.schemas.model import Answer, Moment


class RunModel(Answer):
    """A run. Of a night of everybody only administrators are told the counts."""

    id: int = Field(description="Id of the run.", examples=[12])
    kind: str = Field(description="run, or backfill for a range of sessions.", examples=["run"])
    status: str = Field(
        description="running; succeeded; partial: some portfolios failed, of yours or, for administrators, "
        "of anybody's; failed; abandoned: killed or told to stop before its end.",
        examples=["succeeded"],
    )
    as_of_from: date = Field(description="First session that it computes.", examples=["2025-06-30"])
    as_of_to: date = Field(description="Last session that it computes.", examples=["2025-06-30"])
    engine: str = Field(description="What it runs on.", examples=["local"])
    version: str = Field(description="Version of riskpanel that made it.", examples=["0.1.0"])
    policy_fingerprint: str = Field(
        description="Equal for runs with equal policies.", examples=["0123456789abcdef"]
    )
    portfolios_count: int | None = Field(
        description="Portfolios that it took up; null until it ends, and where only administrators are told.",
        examples=[3],
    )
    instruments_count: int | None = Field(
        description="Instruments computed; null until it ends, and where only administrators are told.",
        examples=[21],
    )
    snapshots_count: int | None = Field(
        description="Snapshots that it stored; null until it ends, where it failed early, and where only "
        "administrators are told.",
        examples=[3],
    )
    started_at: Moment = Field(description="When it began, UTC.", examples=["2025-06-30T21:00:00+00:00"])
    finished_at: Moment | None = Field(
        description="When it ended, UTC; null until then.", examples=["2025-06-30T21:00:04+00:00"]
    )
    duration_seconds: float | None = Field(
        description="How long it took, in seconds; null until it ends.", examples=[4.2]
    )


class FailureModel(Answer):
    """A portfolio of yours that the run could not compute."""

    portfolio_id: int = Field(description="Id of the portfolio.", examples=[1])
    name: str = Field(description="Its name at the time.", examples=["Balanced investor"])
    error: str = Field(description="What went wrong.", examples=["no price of any position: XOM"])
    hint: str = Field(description="What to do about it.", examples=["import prices of XOM"])


class InputsModel(Answer):
    """What a run read, input by input: hashes that are equal for equal inputs.

    Of a night of everybody only administrators are told those of what users hold and try.
    """

    prices: str = Field(
        description="SHA-256 of the prices of every symbol, of all sessions looked back on.",
        examples=["5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"],
    )
    holdings: str | None = Field(
        description="SHA-256 of portfolios, their cash and lots; null where only administrators are told.",
        examples=["6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"],
    )
    benchmarks: str = Field(
        description="SHA-256 of the sector weights of benchmarks.",
        examples=["d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"],
    )
    sectors: str = Field(
        description="SHA-256 of the sectors of instruments and of what funds hold.",
        examples=["4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce"],
    )
    scenarios: str | None = Field(
        description="SHA-256 of the scenarios and of the past returns that they replay; null where only "
        "administrators are told.",
        examples=["4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a"],
    )


class RunDetailModel(Answer):
    """A run with its policy, and those of its failures that are yours."""

    run: RunModel = Field(
        description="The run as it stands in the list.",
        examples=[
            {
                "id": 12,
                "kind": "run",
                "status": "succeeded",
                "as_of_from": "2025-06-30",
                "as_of_to": "2025-06-30",
                "engine": "local",
                "version": "0.1.0",
                "policy_fingerprint": "0123456789abcdef",
                "portfolios_count": 3,
                "instruments_count": 21,
                "snapshots_count": 3,
                "started_at": "2025-06-30T21:00:00+00:00",
                "finished_at": "2025-06-30T21:00:04+00:00",
                "duration_seconds": 4.2,
            }
        ],
    )
    policy: dict[str, Any] = Field(
        description="Every window, minimum and threshold that it used, by name; windows in sessions.",
        examples=[{"beta_window": 90}],
    )
    inputs_hash: str | None = Field(
        description="SHA-256 of all that it read, equal for equal inputs; null where an older version was "
        "killed.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    inputs: InputsModel | None = Field(
        description="The same by input, which tells what changed; null in runs of older versions."
    )
    failures: tuple[FailureModel, ...] = Field(
        description="Portfolios of yours that failed; those of others are not told.",
        examples=[[{"portfolio_id": 1, "name": "Balanced investor", "error": "no price", "hint": "import"}]],
    )
    error: str | None = Field(
        description="Why it ended early; null where it did not, and for everybody but administrators.",
        examples=[None],
    )

"""Whether the server is up, and what it can answer from."""

from datetime import date
from typing import Literal

from pydantic import Field

from riskpanel.api.schemas.model import Answer


class LiveModel(Answer):
    """The server answers."""

    status: Literal["live"] = Field(description="Always live.", examples=["live"])
    version: str = Field(description="Version of riskpanel.", examples=["0.1.0"])


class ReadyModel(Answer):
    """The database answers at the schema that this version needs; otherwise there is a problem."""

    status: Literal["ready", "stale"] = Field(
        description="ready; stale: it answers, but the newest snapshot is missing or over 3 sessions old.",
        examples=["ready"],
    )
    schema_current: bool = Field(
        description="Always true: with another schema there is a problem instead.", examples=[True]
    )
    newest_snapshot: date | None = Field(
        description="Session of the newest stored snapshot; null when there is none.", examples=["2025-06-30"]
    )
    sessions_behind: int | None = Field(
        description="Sessions of the exchange after it, up to and with today (UTC); null without a snapshot.",
        examples=[1],
    )
    fresh: bool = Field(description="Whether it is at most 3 sessions old.", examples=[True])

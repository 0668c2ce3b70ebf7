"""Instruments: what each symbol is."""

from pydantic import Field

from riskpanel.api.schemas.asked import Asked, Text
from riskpanel.api.schemas.model import Answer


class InstrumentModel(Answer):
    """A symbol that prices or lots were imported of; the same for all users."""

    symbol: str = Field(description="Symbol of the instrument.", examples=["AAPL"])
    name: str | None = Field(description="Its name; null where no source gave one.", examples=["Apple Inc."])
    asset_class: str | None = Field(
        description="Its asset class; null where no source gave one.", examples=["equity"]
    )
    sector: str | None = Field(
        description="Its GICS sector; null counts as Unclassified.", examples=["Information Technology"]
    )
    industry: str | None = Field(
        description="Its industry; null where no source gave one.", examples=["Consumer Electronics"]
    )
    taxonomy: str | None = Field(
        description="Whose sectors the source used; null where no source gave a sector.", examples=["gics"]
    )
    source: str = Field(description="What wrote it first or changed it last.", examples=["import"])
    currency: str | None = Field(
        description="Currency of its prices, by ISO 4217; null where no source gave one.", examples=["USD"]
    )


class InstrumentInput(Asked):
    """What an instrument is, for all users; a fact that is left out or null is removed."""

    name: Text | None = Field(default=None, description="Its name.", examples=["Apple Inc."])
    asset_class: Text | None = Field(default=None, description="Its asset class.", examples=["equity"])
    sector: Text | None = Field(
        default=None,
        description="Its GICS sector, or what Yahoo calls it.",
        examples=["Information Technology"],
    )
    industry: Text | None = Field(
        default=None, description="Its industry.", examples=["Consumer Electronics"]
    )

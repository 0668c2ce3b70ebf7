"""What all answers share: frozen, closed, and with the JSON forms that `riskpanel report --json` writes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema


class Answer(BaseModel):
    """A part of an answer. A field that it does not name is a fault, and so is a number that is not one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, from_attributes=True)


Money = Annotated[
    Decimal, PlainSerializer(float, return_type=float, when_used="json"), WithJsonSchema({"type": "number"})
]
"""A stored decimal as a JSON number, which holds 15 digits exactly."""

Moment = Annotated[
    datetime,
    PlainSerializer(datetime.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant in UTC as ISO text that ends in +00:00."""

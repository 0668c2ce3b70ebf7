"""What requests hold: closed, bounded, and numbers that are numbers. The rules of files say the rest."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


class Asked(BaseModel):
    """The body of a request. A field that it does not name is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Text = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00]*$")]
"""Text in a request; PostgreSQL keeps no NUL."""


def _exact(value: object) -> object:
    # A JSON number beyond 15 digits has lost some already when it arrives here.
    if isinstance(value, float) and abs(value) >= _MOST_OF_FLOAT:
        raise ValueError("write a number of more than 15 digits as text, to keep every digit")
    return value


_MOST_OF_FLOAT = 1e15
Number = Annotated[Decimal, BeforeValidator(_exact), Field(max_digits=28, decimal_places=10)]
"""An exact decimal, written as a JSON number or, to keep every digit, as text."""


def as_fields(asked: Asked, *, without: frozenset[str] = frozenset()) -> dict[str, str | None]:
    """Return the fields that a request gives, as the cells of a file would hold them."""
    return {
        name: _cell(getattr(asked, name))
        for name in type(asked).model_fields
        if name in asked.model_fields_set - without
    }


def _cell(value: Decimal | date | str | None) -> str | None:
    if isinstance(value, Decimal):
        return format(value, "f")
    return None if value is None else str(value)

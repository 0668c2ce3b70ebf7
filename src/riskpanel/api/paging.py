"""Pages of a list: the rows after the last key of the page before, so that inserts move nothing.

A cursor names its list and the key of the last row that was answered. It is opaque to clients: text that
did not come from the same list is refused as a fault of the query parameter ``cursor``.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from riskpanel.api.queries import LARGEST_ID
from riskpanel.api.schemas.model import Answer

Item = TypeVar("Item")
Row = TypeVar("Row")
Key = TypeVar("Key", bound=tuple[Any, ...])

KeyText = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=200)]
"""Text in a key; PostgreSQL keeps no NUL."""

KeyId = Annotated[int, Field(ge=-LARGEST_ID - 1, le=LARGEST_ID)]
"""An id in a key, within what a database can hold."""


class Page(Answer, Generic[Item]):
    """One page of a list."""

    items: tuple[Item, ...] = Field(
        description="The rows of this page, in the order of the list.", examples=[[]]
    )
    next_cursor: str | None = Field(
        description="What to give as `cursor` for the next page; null at the end of the list.",
        examples=["aW5zdHJ1bWVudHM6WyJBQVBMIl0", None],
    )


class Listing(Generic[Key]):
    """A list by its name and the type of its key; makes cursors, and reads only its own."""

    def __init__(self, name: str, key: type[Key]) -> None:
        self._prefix = f"{name}:".encode()
        self._key: TypeAdapter[Key] = TypeAdapter(key)

    def encode(self, key: Key) -> str:
        """Return the cursor that stands behind a key."""
        return base64.urlsafe_b64encode(self._prefix + self._key.dump_json(key)).rstrip(b"=").decode()

    def decode(self, cursor: str | None) -> Key | None:
        """Return the key that a cursor stands behind; None without a cursor.

        Raises
        ------
        RequestValidationError
            When the cursor is not one of this list.
        """
        if cursor is None:
            return None
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            plain = base64.b64decode(padded, b"-_", validate=True)
            key = self._key.validate_json(plain.removeprefix(self._prefix), strict=True)
        except (binascii.Error, UnicodeEncodeError, ValidationError):
            raise _foreign(cursor) from None
        if self.encode(key) != cursor:  # another list's, or written in another way than here
            raise _foreign(cursor)
        return key

    def page(
        self, rows: Sequence[Row], limit: int, *, item: Callable[[Row], Item], key: Callable[[Row], Key]
    ) -> Page[Item]:
        """Make a page of ``limit + 1`` rows or fewer: the one too many only says that the list goes on."""
        shown = rows[:limit]
        cursor = self.encode(key(shown[-1])) if len(rows) > limit else None
        return Page(items=tuple(item(row) for row in shown), next_cursor=cursor)


def _foreign(cursor: str) -> RequestValidationError:
    """Return the fault of a cursor that this list did not answer."""
    fault = {
        "type": "cursor",
        "loc": ("query", "cursor"),
        "msg": "This list did not answer such a cursor; leave it out to begin anew",
        "input": cursor,
    }
    return RequestValidationError([fault])

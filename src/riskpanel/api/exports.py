"""CSV for people and spreadsheets: plain numbers, and text that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from starlette.responses import Response

Cell: TypeAlias = str | int | float | bool | Decimal | date | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> Response:
    """Answer rows as a file that is called ``name`` followed by .csv; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return Response(
        text.getvalue().encode(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}.csv"'},
    )


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, str):
        # A quote in front is what spreadsheets themselves write before text that looks like a formula.
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value.isoformat() if isinstance(value, date) else repr(value)

"""Columns of values into what both databases take: checked, NaN as NULL, one kind a column."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import orjson
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from riskpanel.store.types import Money

Cells: TypeAlias = Sequence[object] | NDArray[Any] | pl.Series
"""The values of one column, row by row."""


def joined(parts: Sequence[Mapping[str, Cells]]) -> dict[str, Cells]:
    """Put columns of the same names below one another."""
    return {name: _below([part[name] for part in parts]) for name in (parts[0] if parts else ())}


def _below(parts: list[Cells]) -> Cells:
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    if len(arrays) == len(parts):
        return np.concatenate(arrays)
    series = [part for part in parts if isinstance(part, pl.Series)]
    return pl.concat(series) if len(series) == len(parts) else list(chain.from_iterable(parts))


def column_series(dialect: sa.Dialect, column: sa.Column[object], cells: Cells) -> pl.Series:
    """Convert the cells of a column; NaN becomes NULL.

    Raises
    ------
    ValueError
        For an infinite number, NaN inside a document, or a fraction in a whole-number column.
    """
    kind = column.type
    if isinstance(kind, sa.Double) or (isinstance(kind, Money) and isinstance(cells, np.ndarray)):
        return _doubles(column.name, cells)
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "ib":
        return pl.Series(column.name, cells)
    if isinstance(cells, pl.Series) and isinstance(cells.dtype, pl.String | pl.Date):
        return _as_stored(dialect, cells.alias(column.name))
    values = list(cells)
    if isinstance(kind, Money):
        return _money(dialect, column, values)
    convert, stored = _converter(column)
    series = pl.Series(column.name, [None if _is_nan(v) else convert(v) for v in values], dtype=stored)
    if stored is pl.Object:
        return _bound(dialect, column, series.to_list())
    return _as_stored(dialect, series)


def _as_stored(dialect: sa.Dialect, series: pl.Series) -> pl.Series:
    """Return dates as the text that SQLite keeps them as."""
    return (
        series.cast(pl.String) if isinstance(series.dtype, pl.Date) and dialect.name == "sqlite" else series
    )


def _doubles(name: str, cells: Cells) -> pl.Series:
    array = np.asarray(cells, dtype=np.float64)  # None becomes NaN
    if np.isinf(array).any():
        raise ValueError(f"an infinite number cannot be stored: {name}")
    return pl.Series(name, array, nan_to_null=True)


def _money(dialect: sa.Dialect, column: sa.Column[object], values: Sequence[object]) -> pl.Series:
    amounts = [None if _is_nan(value) else _exact(column.name, value) for value in values]
    if dialect.name == "postgresql":
        return pl.Series(column.name, [a if a is None else str(a) for a in amounts], dtype=pl.String)
    return pl.Series(column.name, [a if a is None else float(a) for a in amounts], dtype=pl.Float64)


def _bound(dialect: sa.Dialect, column: sa.Column[object], values: Sequence[object]) -> pl.Series:
    """Convert by the column's own type, to text: what is rare needs no way of its own."""
    impl = column.type.dialect_impl(dialect)
    process = impl.bind_processor(dialect) or (lambda value: value)
    texts = [None if value is None else str(process(value)) for value in values]
    return pl.Series(column.name, texts, dtype=pl.String)


def _converter(column: sa.Column[object]) -> tuple[Callable[[object], object], type[pl.DataType]]:
    kind = column.type
    if isinstance(kind, sa.JSON):
        return _document, pl.String
    if isinstance(kind, sa.Integer):
        return partial(_whole, column.name), pl.Int64
    if isinstance(kind, sa.Boolean):
        return bool, pl.Boolean
    if isinstance(kind, sa.String):
        return str, pl.String
    if isinstance(kind, sa.Date):
        return _same, pl.Date
    return _same, pl.Object


def _document(value: object) -> str:
    """Write a document: equal ones are equal texts, or an identical rerun would count as a change."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    if b"null" in text:  # also what it makes of NaN, which must be refused
        json.dumps(value, allow_nan=False)
    return text.decode()


def _same(value: object) -> object:
    return value


def _whole(name: str, value: object) -> int:
    if type(value) is int:
        return value
    number = int(value)  # pyright: ignore[reportArgumentType]
    if number != value:
        raise ValueError(f"a fraction cannot be stored in a whole-number column: {name}")
    return number


def _exact(name: str, value: object) -> Decimal | None:
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if number.is_nan():
        return None
    if number.is_infinite():
        raise ValueError(f"an infinite number cannot be stored: {name}")
    return number


def _is_nan(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))  # numpy's float64 is a float

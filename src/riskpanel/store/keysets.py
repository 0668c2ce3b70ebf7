"""The rows of a list after a key: one statement a page, however deep, and inserts move nothing."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

Selection = sa.Select[Any]
Key = tuple[Any, ...]


def after_key(
    query: Selection,
    columns: Sequence[sa.ColumnElement[Any]],
    after: Key | None,
    *,
    limit: int | None,
    descending: bool = False,
) -> Selection:
    """Order a query by a unique key, and keep the first ``limit`` rows after a key; None is all."""
    ordered = query.order_by(*(column.desc() if descending else column for column in columns)).limit(limit)
    if after is None:
        return ordered
    given = [sa.literal(value, column.type) for column, value in zip(columns, after, strict=True)]
    own, bound = sa.tuple_(*columns), sa.tuple_(*given)
    return ordered.where(own < bound if descending else own > bound)

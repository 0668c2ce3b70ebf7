"""A row of each table, as plain as it may be, and what there is to a schema."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from decimal import Decimal

import sqlalchemy as sa

from riskpanel.store.database import Store
from riskpanel.store.schema import metadata
from riskpanel.store.types import Money, UtcDateTime


def sample(column: sa.Column[object]) -> object:
    """A value that a required column accepts; the same for all of a type, so that foreign keys fit."""
    if column.name == "position_type":
        return "LONG"
    if column.name == "kind":
        return "sector"
    samples = {
        sa.String: "X",
        sa.Boolean: True,
        sa.Integer: 1,
        sa.Double: 0.5,
        sa.Date: date(2025, 6, 30),
        sa.JSON: {},
        Money: Decimal(1),
        UtcDateTime: datetime(2025, 6, 30, 21, tzinfo=UTC),
    }
    return next(value for kind, value in samples.items() if isinstance(column.type, kind))


def add_a_row_to_each_table(store: Store, *, only: Collection[str] = tuple(metadata.tables)) -> None:
    """Add a row to each table, or to those named."""
    with store.begin() as conn:
        for table in metadata.sorted_tables:
            if table.name not in only:
                continue
            # A shock became optional late: a row without one cannot go down to an older schema.
            needed = [column for column in table.c if not column.nullable or column.name == "shock"]
            row = {column.name: sample(column) for column in needed}
            conn.execute(sa.insert(table).values(row))


def schema_of(store: Store) -> dict[str, object]:
    """Everything that a schema has, by table and view, but the words of checks: a dump writes them anew."""
    with store.read() as conn:
        inspector = sa.inspect(conn)
        return {
            name: (
                [
                    (one["name"], str(one["type"]), one["nullable"], one["default"])
                    for one in inspector.get_columns(name)
                ],
                inspector.get_pk_constraint(name),
                sorted(inspector.get_foreign_keys(name), key=lambda one: one["name"]),
                sorted(
                    (one["name"], one["column_names"], one["unique"]) for one in inspector.get_indexes(name)
                ),
                sorted(one["name"] for one in inspector.get_check_constraints(name)),
            )
            for name in sorted(inspector.get_table_names())
        } | {
            name: " ".join((inspector.get_view_definition(name) or "").split())
            for name in inspector.get_view_names()
        }

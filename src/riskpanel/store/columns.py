"""What all tables share: the metadata with its names of constraints, and the types of columns."""

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Integer, String

from riskpanel.store.types import Money, UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER keys
Symbol = String(24)
Cash = Money(20, 4)
Quantity = Money(28, 10)


def timestamps() -> tuple[Column[object], Column[object]]:
    """Return the two columns that say when a row was written first and last."""
    return (
        Column("created_at", UtcDateTime, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
    )

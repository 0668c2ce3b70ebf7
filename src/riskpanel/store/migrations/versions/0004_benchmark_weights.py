"""Sector weights of benchmarks."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import Money, UtcDateTime

revision = "0004_benchmark_weights"
down_revision = "0003_snapshot_betas"
DROPS = ("table benchmarks_sector_weights",)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "benchmarks_sector_weights",
        sa.Column("benchmark_code", sa.String(40), nullable=False),
        sa.Column("asof_date", sa.Date, nullable=False),
        sa.Column("sector", sa.String(40), nullable=False),
        sa.Column("weight", sa.Double, nullable=False),
        sa.Column("market_cap", Money(28, 2)),
        sa.Column("num_constituents", sa.Integer),
        sa.Column("data_source", sa.String(80), nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("taxonomy", sa.String(40), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("benchmark_code", "asof_date", "sector", name="pk_benchmarks_sector_weights"),
        sa.CheckConstraint("weight >= 0 AND weight <= 1", name="ck_benchmarks_sector_weights_weight"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("benchmarks_sector_weights")

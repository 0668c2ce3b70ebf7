"""Results of the stress tests."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import Money, UtcDateTime

revision = "0008_stress"
down_revision = "0007_position_volatility"
DROPS = ("table stress_test_results",)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "stress_test_results",
        sa.Column("portfolio_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("snapshot_date", sa.Date, nullable=False),
        sa.Column("scenario", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("shock", sa.Double, nullable=False),
        sa.Column("pnl", Money(20, 4)),
        sa.Column("pnl_pct", sa.Double),
        sa.Column("coverage", sa.Double),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("portfolio_id", "snapshot_date", "scenario", name="pk_stress_test_results"),
        sa.ForeignKeyConstraint(
            ["portfolio_id"],
            ["portfolios.id"],
            name="fk_stress_test_results_portfolio_id_portfolios",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("stress_test_results")

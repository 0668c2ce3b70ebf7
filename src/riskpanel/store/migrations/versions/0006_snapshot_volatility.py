"""Volatility of each portfolio."""

import sqlalchemy as sa
from alembic import op

revision = "0006_snapshot_volatility"
down_revision = "0005_sectors_concentration"
COLUMNS = (
    sa.Column("realized_volatility_21d", sa.Double),
    sa.Column("realized_volatility_63d", sa.Double),
    sa.Column("vol_daily", sa.Double),
    sa.Column("vol_weekly", sa.Double),
    sa.Column("vol_monthly", sa.Double),
    sa.Column("expected_volatility_21d", sa.Double),
    sa.Column("expected_volatility_low", sa.Double),
    sa.Column("expected_volatility_high", sa.Double),
    sa.Column("expected_variance", sa.Double),
    sa.Column("expected_volatility_method", sa.String(24)),
    sa.Column("volatility_trend", sa.String(12)),
    sa.Column("volatility_trend_strength", sa.Double),
    sa.Column("volatility_percentile", sa.Double),
    sa.Column("volatility_observations", sa.Integer),
    sa.Column("volatility_coverage", sa.Double),
)
DROPS = ("columns of portfolio_snapshots: " + ", ".join(column.name for column in COLUMNS),)
INDEX = "ix_portfolio_snapshots_volatility"


def upgrade() -> None:
    """Add the columns and their index."""
    for column in COLUMNS:
        op.add_column("portfolio_snapshots", sa.Column(column.name, column.type))
    op.create_index(
        op.f(INDEX), "portfolio_snapshots", ["portfolio_id", "snapshot_date", "realized_volatility_21d"]
    )


def downgrade() -> None:
    """Drop the index and the columns."""
    op.drop_index(op.f(INDEX), "portfolio_snapshots")
    with op.batch_alter_table("portfolio_snapshots") as table:  # SQLite copies once, not for each column
        for column in reversed(COLUMNS):
            table.drop_column(column.name)

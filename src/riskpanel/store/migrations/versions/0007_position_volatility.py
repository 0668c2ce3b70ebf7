"""Volatility of each instrument, and the view of it per position."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import Json, UtcDateTime

revision = "0007_position_volatility"
down_revision = "0006_snapshot_volatility"
DROPS = ("view position_volatility", "table instrument_volatility")

POSITION_VOLATILITY = """
CREATE VIEW position_volatility AS
SELECT p.portfolio_id, p.id AS position_id, p.symbol, v.calculation_date, v.realized_vol_21d,
       v.realized_vol_63d, v.vol_daily, v.vol_weekly, v.vol_monthly, v.expected_vol_21d, v.expected_vol_low,
       v.expected_vol_high, v.expected_variance, v.expected_vol_method, v.vol_trend, v.vol_trend_strength,
       v.vol_percentile, v.observations, v.model_r_squared, v.reasons, v.created_at, v.updated_at
FROM positions AS p
JOIN instrument_volatility AS v ON v.symbol = p.symbol
WHERE (p.entry_date IS NULL OR p.entry_date <= v.calculation_date)
  AND (p.exit_date IS NULL OR v.calculation_date < p.exit_date)
"""


def upgrade() -> None:
    """Create the table and its view."""
    op.create_table(
        "instrument_volatility",
        sa.Column("symbol", sa.String(24), nullable=False),
        sa.Column("calculation_date", sa.Date, nullable=False),
        sa.Column("realized_vol_21d", sa.Double),
        sa.Column("realized_vol_63d", sa.Double),
        sa.Column("vol_daily", sa.Double),
        sa.Column("vol_weekly", sa.Double),
        sa.Column("vol_monthly", sa.Double),
        sa.Column("expected_vol_21d", sa.Double),
        sa.Column("expected_vol_low", sa.Double),
        sa.Column("expected_vol_high", sa.Double),
        sa.Column("expected_variance", sa.Double),
        sa.Column("expected_vol_method", sa.String(24)),
        sa.Column("vol_trend", sa.String(12)),
        sa.Column("vol_trend_strength", sa.Double),
        sa.Column("vol_percentile", sa.Double),
        sa.Column("observations", sa.Integer, nullable=False),
        sa.Column("model_r_squared", sa.Double),
        sa.Column("reasons", Json),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("symbol", "calculation_date", name="pk_instrument_volatility"),
    )
    op.create_index(
        "ix_instrument_volatility_calculation_date", "instrument_volatility", ["calculation_date"]
    )
    op.execute(POSITION_VOLATILITY)


def downgrade() -> None:
    """Drop the view and the table."""
    op.execute("DROP VIEW position_volatility")
    op.drop_table("instrument_volatility")

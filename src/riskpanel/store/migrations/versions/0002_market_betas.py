"""Market beta of each instrument, and the view of it per position."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import UtcDateTime

revision = "0002_market_betas"
down_revision = "0001_core"
DROPS = ("view position_market_betas", "table instrument_market_betas")

POSITION_MARKET_BETAS = """
CREATE VIEW position_market_betas AS
SELECT p.portfolio_id, p.id AS position_id, p.symbol, b.calc_date, b.beta, b.alpha, b.r_squared, b.std_error,
       b.p_value, b.observations, b.window_days, b.method, b.market_index, b.reason, b.created_at,
       b.updated_at
FROM positions AS p
JOIN portfolios AS f ON f.id = p.portfolio_id
JOIN instrument_market_betas AS b ON b.symbol = p.symbol AND b.market_index = f.market_index
WHERE (p.entry_date IS NULL OR p.entry_date <= b.calc_date)
  AND (p.exit_date IS NULL OR b.calc_date < p.exit_date)
"""


def upgrade() -> None:
    """Create the table and its view."""
    op.create_table(
        "instrument_market_betas",
        sa.Column("symbol", sa.String(24), nullable=False),
        sa.Column("calc_date", sa.Date, nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("window_days", sa.Integer, nullable=False),
        sa.Column("market_index", sa.String(24), nullable=False),
        sa.Column("beta", sa.Double),
        sa.Column("alpha", sa.Double),
        sa.Column("r_squared", sa.Double),
        sa.Column("std_error", sa.Double),
        sa.Column("p_value", sa.Double),
        sa.Column("observations", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(20)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(
            "symbol",
            "calc_date",
            "method",
            "window_days",
            "market_index",
            name="pk_instrument_market_betas",
        ),
    )
    op.create_index("ix_instrument_market_betas_calc_date", "instrument_market_betas", ["calc_date"])
    op.execute(POSITION_MARKET_BETAS)


def downgrade() -> None:
    """Drop the view and the table."""
    op.execute("DROP VIEW position_market_betas")
    op.drop_table("instrument_market_betas")

"""The shrunk beta of each portfolio, and a standard error that allows for changing volatility."""

import sqlalchemy as sa
from alembic import op

revision = "0009_beta_methods"
down_revision = "0008_stress"
COLUMNS = (
    sa.Column("market_beta_adjusted", sa.Double),
    sa.Column("market_beta_adjusted_coverage", sa.Double),
    sa.Column("market_beta_direct_hac_std_error", sa.Double),
    sa.Column("market_beta_direct_coverage", sa.Double),
)
DROPS = ("columns of portfolio_snapshots: " + ", ".join(column.name for column in COLUMNS),)


def upgrade() -> None:
    """Add the columns."""
    for column in COLUMNS:
        op.add_column("portfolio_snapshots", sa.Column(column.name, column.type))


def downgrade() -> None:
    """Drop the columns."""
    with op.batch_alter_table("portfolio_snapshots") as table:  # SQLite copies once, not for each column
        for column in reversed(COLUMNS):
            table.drop_column(column.name)

"""Market beta of each portfolio."""

import sqlalchemy as sa
from alembic import op

revision = "0003_snapshot_betas"
down_revision = "0002_market_betas"
COLUMNS = (
    sa.Column("market_index", sa.String(24)),
    sa.Column("market_beta_weighted", sa.Double),
    sa.Column("market_beta_coverage", sa.Double),
    sa.Column("market_beta_r_squared", sa.Double),
    sa.Column("market_beta_observations", sa.Integer),
    sa.Column("market_beta_direct", sa.Double),
    sa.Column("market_beta_direct_std_error", sa.Double),
    sa.Column("market_beta_direct_r_squared", sa.Double),
    sa.Column("market_beta_direct_p_value", sa.Double),
    sa.Column("market_beta_direct_observations", sa.Integer),
)
DROPS = ("columns of portfolio_snapshots: " + ", ".join(column.name for column in COLUMNS),)
INDEX = "ix_portfolio_snapshots_beta"


def upgrade() -> None:
    """Add the columns and their index."""
    for column in COLUMNS:
        op.add_column("portfolio_snapshots", sa.Column(column.name, column.type))
    op.create_index(
        op.f(INDEX), "portfolio_snapshots", ["portfolio_id", "snapshot_date", "market_beta_weighted"]
    )


def downgrade() -> None:
    """Drop the index and the columns."""
    op.drop_index(op.f(INDEX), "portfolio_snapshots")
    with op.batch_alter_table("portfolio_snapshots") as table:  # SQLite copies once, not for each column
        for column in reversed(COLUMNS):
            table.drop_column(column.name)

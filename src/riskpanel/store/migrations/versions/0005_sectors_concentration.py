"""Sector exposure and concentration of each portfolio."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import Json

revision = "0005_sectors_concentration"
down_revision = "0004_benchmark_weights"
COLUMNS = (
    sa.Column("sector_exposure", Json),
    sa.Column("sector_coverage", sa.Double),
    sa.Column("sector_benchmark_code", sa.String(40)),
    sa.Column("sector_benchmark_date", sa.Date),
    sa.Column("sector_benchmark_source", sa.String(80)),
    sa.Column("hhi", sa.Double),
    sa.Column("effective_num_positions", sa.Double),
    sa.Column("top_3_concentration", sa.Double),
    sa.Column("top_10_concentration", sa.Double),
    sa.Column("top_3_positions", Json),
    sa.Column("top_10_positions", Json),
    sa.Column("concentration_coverage", sa.Double),
)
DROPS = ("columns of portfolio_snapshots: " + ", ".join(column.name for column in COLUMNS),)
INDEX = "ix_portfolio_snapshots_hhi"


def upgrade() -> None:
    """Add the columns and their index."""
    for column in COLUMNS:
        op.add_column("portfolio_snapshots", sa.Column(column.name, column.type))
    op.create_index(op.f(INDEX), "portfolio_snapshots", ["portfolio_id", "snapshot_date", "hhi"])


def downgrade() -> None:
    """Drop the index and the columns."""
    op.drop_index(op.f(INDEX), "portfolio_snapshots")
    with op.batch_alter_table("portfolio_snapshots") as table:  # SQLite copies once, not for each column
        for column in reversed(COLUMNS):
            table.drop_column(column.name)

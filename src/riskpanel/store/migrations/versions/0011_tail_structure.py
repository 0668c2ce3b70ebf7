"""Tail risk, drawdown, and who contributes what to the risk of each portfolio."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import Json, Money

revision = "0011_tail_structure"
down_revision = "0010_clamped_forecasts"
COLUMNS = (
    sa.Column("leverage", sa.Double),
    sa.Column("value_at_risk_95", sa.Double),
    sa.Column("value_at_risk_95_amount", Money(20, 4)),
    sa.Column("expected_shortfall_95", sa.Double),
    sa.Column("expected_shortfall_95_amount", Money(20, 4)),
    sa.Column("tail_observations", sa.Integer),
    sa.Column("tail_coverage", sa.Double),
    sa.Column("max_drawdown", sa.Double),
    sa.Column("max_drawdown_observations", sa.Integer),
    sa.Column("tracking_error", sa.Double),
    sa.Column("diversification_ratio", sa.Double),
    sa.Column("risk_contributions", Json),
    sa.Column("correlation", Json),
    sa.Column("average_correlation", sa.Double),
    sa.Column("structure_observations", sa.Integer),
    sa.Column("structure_coverage", sa.Double),
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

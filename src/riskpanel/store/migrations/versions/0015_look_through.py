"""What funds hold, which of them each snapshot looked through, and the currency of instruments."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import Json, UtcDateTime

revision = "0015_look_through"
down_revision = "0014_run_requests"
DROPS = (
    "table fund_components",
    "columns of portfolio_snapshots: sector_look_through",
    "columns of instruments: currency",
)


def upgrade() -> None:
    """Create the table and add the columns."""
    op.add_column("instruments", sa.Column("currency", sa.String(3)))
    op.create_table(
        "fund_components",
        sa.Column("symbol", sa.String(24), nullable=False),
        sa.Column("asof_date", sa.Date, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("weight", sa.Double, nullable=False),
        sa.Column("data_source", sa.String(80), nullable=False),
        sa.Column("taxonomy", sa.String(40), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("symbol", "asof_date", "kind", "name", name="pk_fund_components"),
        sa.CheckConstraint("kind IN ('sector', 'instrument')", name="ck_fund_components_kind"),
        sa.CheckConstraint("weight >= 0 AND weight <= 1", name="ck_fund_components_weight"),
    )
    op.add_column("portfolio_snapshots", sa.Column("sector_look_through", Json))


def downgrade() -> None:
    """Drop them; snapshots keep the sectors that they were computed with."""
    op.drop_column("portfolio_snapshots", "sector_look_through")
    op.drop_table("fund_components")
    op.drop_column("instruments", "currency")

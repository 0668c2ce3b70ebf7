"""Runs that users ask for, whose request a run was, and ids that are not given twice."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import UtcDateTime

revision = "0014_run_requests"
down_revision = "0013_accounts"
DROPS = ("table id_counters", "table run_requests", "columns of batch_runs: user_id")
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table and add the column; runs so far were nobody's request."""
    op.add_column("batch_runs", sa.Column("user_id", ID))
    op.create_table(
        "run_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("portfolio_id", ID),
        sa.Column("everybody", sa.Boolean, nullable=False),
        sa.Column("as_of_from", sa.Date),
        sa.Column("as_of_to", sa.Date),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("holder", sa.String(120)),
        sa.Column("holder_expires_at", UtcDateTime),
        sa.Column("sessions_done", sa.Integer, nullable=False),
        sa.Column("sessions_total", sa.Integer),
        sa.Column("run_id", ID),
        sa.Column("error", sa.Text),
        sa.Column("hint", sa.Text),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_run_requests"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_run_requests_user_id_users", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["portfolio_id"],
            ["portfolios.id"],
            name="fk_run_requests_portfolio_id_portfolios",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["batch_runs.id"], name="fk_run_requests_run_id_batch_runs"),
    )
    for column in ("user_id", "portfolio_id", "status"):
        op.create_index(f"ix_run_requests_{column}", "run_requests", [column])
    op.create_table(
        "id_counters",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("last_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_id_counters"),
    )


def downgrade() -> None:
    """Drop them; what was asked for and not computed yet is forgotten."""
    op.drop_table("id_counters")
    op.drop_table("run_requests")
    op.drop_column("batch_runs", "user_id")

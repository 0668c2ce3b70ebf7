"""Indexes by run: what points to a run is found without a look at every snapshot and request."""

from alembic import op

revision = "0017_run_indexes"
down_revision = "0016_run_inputs"
TABLES = ("portfolio_snapshots", "run_requests")
DROPS = tuple(f"index ix_{table}_run_id" for table in TABLES)


def upgrade() -> None:
    """Create the indexes; without them each run that goes costs a scan of both tables."""
    for table in TABLES:
        op.create_index(f"ix_{table}_run_id", table, ["run_id"])


def downgrade() -> None:
    """Drop them; every row stays."""
    for table in reversed(TABLES):
        op.drop_index(f"ix_{table}_run_id", table)

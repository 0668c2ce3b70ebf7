"""What each run read, input by input, and which portfolios it was asked to compute."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import Json

revision = "0016_run_inputs"
down_revision = "0015_look_through"
DROPS = ("columns of batch_runs: inputs, portfolio_ids",)


def upgrade() -> None:
    """Add the columns; of runs so far only the one hash of all inputs is known."""
    op.add_column("batch_runs", sa.Column("inputs", Json))
    op.add_column("batch_runs", sa.Column("portfolio_ids", Json))


def downgrade() -> None:
    """Drop them; the one hash of all inputs stays."""
    op.drop_column("batch_runs", "portfolio_ids")
    op.drop_column("batch_runs", "inputs")

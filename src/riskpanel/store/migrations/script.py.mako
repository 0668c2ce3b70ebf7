"""${message}."""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
DROPS: tuple[str, ...] = ()


def upgrade() -> None:
    """Add what the title says."""


def downgrade() -> None:
    """Drop it again."""

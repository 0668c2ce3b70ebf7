"""Scenarios of users, and replays of the past among the stress tests."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import Json, UtcDateTime

revision = "0012_scenarios"
down_revision = "0011_tail_structure"
COLUMNS = (
    sa.Column("window_from", sa.Date),
    sa.Column("window_to", sa.Date),
    sa.Column("proxied", sa.Double),
)
DROPS = (
    "table scenarios",
    "columns of stress_test_results: " + ", ".join(column.name for column in COLUMNS),
    "rows of stress_test_results: those without a shock, replays of a past in which the index has no price",
)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table, add the columns, and let a stress test be without a shock."""
    op.create_table(
        "scenarios",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("description", sa.String(400)),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scenarios"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_scenarios_user_id_users", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("user_id", "name", name="uq_scenarios_user_id_name"),
    )
    for column in COLUMNS:
        op.add_column("stress_test_results", sa.Column(column.name, column.type))
    # SQLite cannot change a column: there the table is copied, with every constraint as it was.
    with op.batch_alter_table("stress_test_results") as table:
        table.alter_column("shock", existing_type=sa.Double(), nullable=True)


def downgrade() -> None:
    """Drop what was added; rows without a shock cannot stay, and the next run computes the others again."""
    op.execute("DELETE FROM stress_test_results WHERE shock IS NULL")
    with op.batch_alter_table("stress_test_results") as table:
        table.alter_column("shock", existing_type=sa.Double(), nullable=False)
        for column in reversed(COLUMNS):
            table.drop_column(column.name)
    op.drop_table("scenarios")

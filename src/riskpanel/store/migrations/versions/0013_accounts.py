"""Accounts: passwords of users, signed-in browsers, tokens of programs, one-time links."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import UtcDateTime

revision = "0013_accounts"
down_revision = "0012_scenarios"
COLUMNS = ("is_local", "password_hash", "disabled_at")
DROPS = (
    "table setup_links",
    "table api_tokens",
    "table login_sessions",
    "columns of users: " + ", ".join(COLUMNS),
    "values of users.name: the user for whom commands act is called local again",
)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SECRET = sa.String(64)


def upgrade() -> None:
    """Add the columns and tables; the user called local is the one on whose behalf commands act."""
    op.add_column("users", sa.Column("is_local", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("users", sa.Column("password_hash", sa.String(200)))
    op.add_column("users", sa.Column("disabled_at", UtcDateTime))
    op.execute("UPDATE users SET is_local = true WHERE name = 'local'")
    local = sa.text("is_local")
    op.create_index(
        "uq_users_is_local", "users", ["is_local"], unique=True, sqlite_where=local, postgresql_where=local
    )
    _create(
        "login_sessions",
        sa.Column("secret_hash", SECRET, nullable=False),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_login_sessions"),
    )
    _create(
        "api_tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("secret_hash", SECRET, nullable=False),
        sa.Column("beginning", sa.String(16), nullable=False),
        sa.Column("scopes", sa.String(40), nullable=False),
        sa.Column("last_used_at", UtcDateTime),
        sa.Column("revoked_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("secret_hash", name="uq_api_tokens_secret_hash"),
    )
    _create(
        "setup_links",
        sa.Column("secret_hash", SECRET, nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_setup_links"),
    )


def downgrade() -> None:
    """Drop what was added: nobody can sign in, and commands act for the user called local again."""
    op.execute("UPDATE users SET name = 'local' WHERE is_local")
    for table in ("setup_links", "api_tokens", "login_sessions"):
        op.drop_table(table)
    op.drop_index("uq_users_is_local", "users")
    for column in reversed(COLUMNS):
        op.drop_column("users", column)


def _create(name: str, *parts: sa.Column[object] | sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        *parts,
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{name}_user_id_users", ondelete="CASCADE"
        ),
    )
    op.create_index(f"ix_{name}_user_id", name, ["user_id"])

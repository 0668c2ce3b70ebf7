"""The tables of accounts: who signs in, from where programs ask, and what anybody has asked to be computed.

A *login session* is a signed-in browser; a session without more is always one of the exchange. Secrets are
stored as SHA-256 only: they are random and long, so that nothing slower is needed, and cannot be read back.
"""

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table

from riskpanel.store.columns import Id, metadata, timestamps
from riskpanel.store.types import UtcDateTime

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("is_admin", Boolean, nullable=False),
    *timestamps(),
    Column("is_local", Boolean, nullable=False, server_default=sa.false()),
    Column("password_hash", String(200)),
    Column("disabled_at", UtcDateTime),
)
Index("uq_users_is_local", users.c.is_local, unique=True, sqlite_where=users.c.is_local,
      postgresql_where=users.c.is_local)  # fmt: skip

login_sessions = Table(
    "login_sessions",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(60), nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("beginning", String(16), nullable=False),
    Column("scopes", String(40), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

setup_links = Table(
    "setup_links",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

id_counters = Table(
    "id_counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("last_id", Id, nullable=False),
)

run_requests = Table(
    "run_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("portfolio_id", Id, ForeignKey("portfolios.id", ondelete="CASCADE"), index=True),
    Column("everybody", Boolean, nullable=False),
    Column("as_of_from", Date),
    Column("as_of_to", Date),
    Column("status", String(16), nullable=False, index=True),
    Column("holder", String(120)),
    Column("holder_expires_at", UtcDateTime),
    Column("sessions_done", Integer, nullable=False),
    Column("sessions_total", Integer),
    Column("run_id", Id, ForeignKey("batch_runs.id"), index=True),
    Column("error", sa.Text),
    Column("hint", sa.Text),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
)

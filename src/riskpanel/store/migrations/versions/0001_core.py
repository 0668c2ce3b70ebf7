"""Core: users, instruments, portfolios, prices, runs and the exposures of snapshots."""

import sqlalchemy as sa
from alembic import op

from riskpanel.store.types import Json, Money, UtcDateTime

revision = "0001_core"
down_revision = None
TABLES = (
    "portfolio_snapshots",
    "run_locks",
    "batch_runs",
    "market_data_quarantine",
    "market_data_cache",
    "positions",
    "portfolios",
    "instruments",
    "users",
)
DROPS = tuple(f"table {name}" for name in TABLES)

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Symbol = sa.String(24)
Cash = Money(20, 4)
Quantity = Money(28, 10)


def _timestamps() -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )


def upgrade() -> None:
    """Create the tables."""
    _create_users_and_instruments()
    _create_portfolios()
    _create_positions()
    _create_market_data()
    _create_runs()
    _create_snapshots()


def downgrade() -> None:
    """Drop the tables; everything stored goes with them."""
    for table in TABLES:
        op.drop_table(table)


def _create_users_and_instruments() -> None:
    op.create_table(
        "users",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        *_timestamps(),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
    )
    op.create_table(
        "instruments",
        sa.Column("symbol", Symbol, nullable=False),
        sa.Column("name", sa.String(200)),
        sa.Column("asset_class", sa.String(40)),
        sa.Column("sector", sa.String(40)),
        sa.Column("industry", sa.String(120)),
        sa.Column("taxonomy", sa.String(40)),
        sa.Column("source", sa.String(40), nullable=False),
        *_timestamps(),
        sa.PrimaryKeyConstraint("symbol", name="pk_instruments"),
    )


def _create_portfolios() -> None:
    op.create_table(
        "portfolios",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("market_index", Symbol, nullable=False),
        sa.Column("benchmark_code", sa.String(40), nullable=False),
        sa.Column("cash_balance", Cash, nullable=False),
        *_timestamps(),
        sa.PrimaryKeyConstraint("id", name="pk_portfolios"),
        sa.UniqueConstraint("user_id", "name", name="uq_portfolios_user_id_name"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_portfolios_user_id_users", ondelete="CASCADE"
        ),
    )


def _create_positions() -> None:
    op.create_table(
        "positions",
        sa.Column("id", Id, nullable=False),
        sa.Column("portfolio_id", Id, nullable=False),
        sa.Column("symbol", Symbol, nullable=False),
        sa.Column("position_type", sa.String(8), nullable=False),
        sa.Column("quantity", Quantity, nullable=False),
        sa.Column("multiplier", Quantity, nullable=False),
        sa.Column("entry_price", Money(28, 10)),
        sa.Column("entry_date", sa.Date),
        sa.Column("exit_price", Money(28, 10)),
        sa.Column("exit_date", sa.Date),
        *_timestamps(),
        sa.PrimaryKeyConstraint("id", name="pk_positions"),
        sa.ForeignKeyConstraint(
            ["portfolio_id"],
            ["portfolios.id"],
            name="fk_positions_portfolio_id_portfolios",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["symbol"], ["instruments.symbol"], name="fk_positions_symbol_instruments"),
        sa.CheckConstraint("position_type IN ('LONG', 'SHORT')", name="ck_positions_position_type"),
        sa.CheckConstraint("quantity > 0", name="ck_positions_quantity"),
        sa.CheckConstraint("multiplier > 0", name="ck_positions_multiplier"),
    )
    op.create_index("ix_positions_portfolio_id", "positions", ["portfolio_id"])
    op.create_index("ix_positions_symbol", "positions", ["symbol"])


def _create_market_data() -> None:
    op.create_table(
        "market_data_cache",
        sa.Column("symbol", Symbol, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("open", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("low", sa.Double),
        sa.Column("close", sa.Double, nullable=False),
        sa.Column("adj_close", sa.Double, nullable=False),
        sa.Column("volume", sa.Double),
        sa.Column("data_source", sa.String(40), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("symbol", "date", name="pk_market_data_cache"),
    )
    op.create_index("ix_market_data_cache_date", "market_data_cache", ["date"])
    op.create_table(
        "market_data_quarantine",
        sa.Column("id", Id, nullable=False),
        sa.Column("symbol", sa.String(64), nullable=False),
        sa.Column("date", sa.String(32), nullable=False),
        sa.Column("raw_row", Json, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("data_source", sa.String(40), nullable=False),
        sa.Column("origin", sa.String(300), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_market_data_quarantine"),
        sa.UniqueConstraint(
            "symbol", "date", "reason", "origin", name="uq_market_data_quarantine_symbol_date_reason_origin"
        ),
    )
    op.create_index("ix_market_data_quarantine_symbol", "market_data_quarantine", ["symbol"])


def _create_runs() -> None:
    op.create_table(
        "batch_runs",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("as_of_from", sa.Date, nullable=False),
        sa.Column("as_of_to", sa.Date, nullable=False),
        sa.Column("engine", sa.String(40), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("policy", Json, nullable=False),
        sa.Column("policy_fingerprint", sa.String(16), nullable=False),
        sa.Column("inputs_hash", sa.String(64)),
        sa.Column("portfolios_count", sa.Integer),
        sa.Column("instruments_count", sa.Integer),
        sa.Column("snapshots_count", sa.Integer),
        sa.Column("failures", Json),
        sa.Column("error", sa.Text),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("duration_seconds", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_batch_runs"),
    )
    op.create_table(
        "run_locks",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(120), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_run_locks"),
    )


def _create_snapshots() -> None:
    op.create_table(
        "portfolio_snapshots",
        sa.Column("portfolio_id", Id, nullable=False),
        sa.Column("snapshot_date", sa.Date, nullable=False),
        sa.Column("run_id", Id, nullable=False),
        sa.Column("net_asset_value", Cash, nullable=False),
        sa.Column("cash_value", Cash, nullable=False),
        sa.Column("long_value", Cash, nullable=False),
        sa.Column("short_value", Cash, nullable=False),
        sa.Column("gross_exposure", Cash, nullable=False),
        sa.Column("net_exposure", Cash, nullable=False),
        sa.Column("positions_count", sa.Integer, nullable=False),
        sa.Column("price_coverage", sa.Double),
        sa.Column("daily_pnl", Cash),
        sa.Column("daily_return", sa.Double),
        sa.Column("data_quality", Json, nullable=False),
        *_timestamps(),
        sa.PrimaryKeyConstraint("portfolio_id", "snapshot_date", name="pk_portfolio_snapshots"),
        sa.ForeignKeyConstraint(
            ["portfolio_id"],
            ["portfolios.id"],
            name="fk_portfolio_snapshots_portfolio_id_portfolios",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["batch_runs.id"], name="fk_portfolio_snapshots_run_id_batch_runs"
        ),
    )
    op.create_index("ix_portfolio_snapshots_snapshot_date", "portfolio_snapshots", ["snapshot_date"])

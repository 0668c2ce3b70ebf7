"""The tables. Statistics are DOUBLE PRECISION, money and quantities NUMERIC; migrations/ builds them.

Two names are views, because beta and volatility belong to the instrument and are stored once per symbol:
``position_market_betas`` and ``position_volatility``; their text is in ``views.py``. The tables of computed
numbers stand in ``computed_tables.py``, those of accounts in ``account_tables.py``; both are named here too,
so that readers look in one place.
"""

import sqlalchemy as sa
from sqlalchemy import Column, Date, Double, ForeignKey, Index, Integer, String, Table

from riskpanel.store.account_tables import (
    api_tokens,
    id_counters,
    login_sessions,
    run_requests,
    setup_links,
    users,
)
from riskpanel.store.columns import Cash, Id, Quantity, Symbol, metadata, timestamps
from riskpanel.store.computed_tables import (
    instrument_market_betas,
    instrument_volatility,
    portfolio_snapshots,
    stress_test_results,
)
from riskpanel.store.types import Json, Money, UtcDateTime

__all__ = [
    "api_tokens",
    "batch_runs",
    "benchmarks_sector_weights",
    "fund_components",
    "id_counters",
    "instrument_market_betas",
    "instrument_volatility",
    "instruments",
    "login_sessions",
    "market_data_cache",
    "market_data_quarantine",
    "metadata",
    "portfolio_snapshots",
    "portfolios",
    "positions",
    "run_locks",
    "run_requests",
    "scenarios",
    "setup_links",
    "stress_test_results",
    "users",
]

instruments = Table(
    "instruments",
    metadata,
    Column("symbol", Symbol, primary_key=True),
    Column("name", String(200)),
    Column("asset_class", String(40)),
    Column("sector", String(40)),
    Column("industry", String(120)),
    Column("taxonomy", String(40)),
    Column("source", String(40), nullable=False),
    Column("currency", String(3)),  # of its prices, as a source says
    *timestamps(),
)

fund_components = Table(
    "fund_components",
    metadata,
    Column("symbol", Symbol, primary_key=True),
    Column("asof_date", Date, primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("weight", Double, nullable=False),
    Column("data_source", String(80), nullable=False),
    Column("taxonomy", String(40), nullable=False),
    *timestamps(),
    sa.CheckConstraint("kind IN ('sector', 'instrument')", name="kind"),
    sa.CheckConstraint("weight >= 0 AND weight <= 1", name="weight"),
)

portfolios = Table(
    "portfolios",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("market_index", Symbol, nullable=False),
    Column("benchmark_code", String(40), nullable=False),
    Column("cash_balance", Cash, nullable=False),
    *timestamps(),
    sa.UniqueConstraint("user_id", "name"),
)

positions = Table(
    "positions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("portfolio_id", Id, ForeignKey("portfolios.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("symbol", Symbol, ForeignKey("instruments.symbol"), nullable=False, index=True),
    Column("position_type", String(8), nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("multiplier", Quantity, nullable=False),
    Column("entry_price", Money(28, 10)),
    Column("entry_date", Date),
    Column("exit_price", Money(28, 10)),
    Column("exit_date", Date),
    *timestamps(),
    sa.CheckConstraint("position_type IN ('LONG', 'SHORT')", name="position_type"),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.CheckConstraint("multiplier > 0", name="multiplier"),
)

market_data_cache = Table(
    "market_data_cache",
    metadata,
    Column("symbol", Symbol, primary_key=True),
    Column("date", Date, primary_key=True),
    Column("open", Double),
    Column("high", Double),
    Column("low", Double),
    Column("close", Double, nullable=False),
    Column("adj_close", Double, nullable=False),
    Column("volume", Double),
    Column("data_source", String(40), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "date"),
)

market_data_quarantine = Table(
    "market_data_quarantine",
    metadata,
    Column("id", Id, primary_key=True),
    Column("symbol", String(64), nullable=False, index=True),
    Column("date", String(32), nullable=False),  # as written: it may be what is wrong
    Column("raw_row", Json, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("data_source", String(40), nullable=False),
    Column("origin", String(300), nullable=False),  # file and line, or request
    Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("symbol", "date", "reason", "origin"),
)

batch_runs = Table(
    "batch_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("as_of_from", Date, nullable=False),
    Column("as_of_to", Date, nullable=False),
    Column("engine", String(40), nullable=False),
    Column("version", String(40), nullable=False),
    Column("policy", Json, nullable=False),
    Column("policy_fingerprint", String(16), nullable=False),
    Column("inputs_hash", String(64)),
    Column("inputs", Json),  # a hash of each input by name; null in runs of older versions
    Column("portfolio_ids", Json),  # those asked for; null for all
    Column("portfolios_count", Integer),
    Column("instruments_count", Integer),
    Column("snapshots_count", Integer),
    Column("failures", Json),
    Column("error", sa.Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("duration_seconds", Double),
    Column("user_id", Id),  # who asked for it; null for the nights of all, which nobody owns
)

run_locks = Table(
    "run_locks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(120), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

scenarios = Table(
    "scenarios",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(60), nullable=False),
    Column("description", String(400)),
    Column("kind", String(12), nullable=False),
    Column("definition", Json, nullable=False),
    *timestamps(),
    sa.UniqueConstraint("user_id", "name"),
)

benchmarks_sector_weights = Table(
    "benchmarks_sector_weights",
    metadata,
    Column("benchmark_code", String(40), primary_key=True),
    Column("asof_date", Date, primary_key=True),
    Column("sector", String(40), primary_key=True),
    Column("weight", Double, nullable=False),
    Column("market_cap", Money(28, 2)),
    Column("num_constituents", Integer),
    Column("data_source", String(80), nullable=False),
    Column("method", String(40), nullable=False),
    Column("taxonomy", String(40), nullable=False),
    *timestamps(),
    sa.CheckConstraint("weight >= 0 AND weight <= 1", name="weight"),
)

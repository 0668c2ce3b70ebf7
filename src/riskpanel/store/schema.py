"""The tables. Statistics are DOUBLE PRECISION, money and quantities NUMERIC; migrations/ builds them.

Two names are views, because beta and volatility belong to the instrument and are stored once per symbol:
``position_market_betas`` and ``position_volatility``; their text is in ``views.py``.
"""

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, Double, ForeignKey, Index, Integer, String, Table

from riskpanel.store.types import Json, Money, UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER keys
Symbol = String(24)
Cash = Money(20, 4)
Quantity = Money(28, 10)


def _timestamps() -> tuple[Column[object], Column[object]]:
    return (
        Column("created_at", UtcDateTime, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
    )


users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("is_admin", Boolean, nullable=False),
    *_timestamps(),
)

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
    *_timestamps(),
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
    *_timestamps(),
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
    *_timestamps(),
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
    Column("portfolios_count", Integer),
    Column("instruments_count", Integer),
    Column("snapshots_count", Integer),
    Column("failures", Json),
    Column("error", sa.Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("duration_seconds", Double),
)

run_locks = Table(
    "run_locks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(120), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
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
    *_timestamps(),
    sa.CheckConstraint("weight >= 0 AND weight <= 1", name="weight"),
)

instrument_market_betas = Table(
    "instrument_market_betas",
    metadata,
    Column("symbol", Symbol, primary_key=True),
    Column("calc_date", Date, primary_key=True),
    Column("method", String(20), primary_key=True),
    Column("window_days", Integer, primary_key=True),
    Column("market_index", Symbol, primary_key=True),
    Column("beta", Double),
    Column("alpha", Double),
    Column("r_squared", Double),
    Column("std_error", Double),
    Column("p_value", Double),
    Column("observations", Integer, nullable=False),
    Column("reason", String(20)),
    *_timestamps(),
    Index(None, "calc_date"),
)

instrument_volatility = Table(
    "instrument_volatility",
    metadata,
    Column("symbol", Symbol, primary_key=True),
    Column("calculation_date", Date, primary_key=True),
    Column("realized_vol_21d", Double),
    Column("realized_vol_63d", Double),
    Column("vol_daily", Double),
    Column("vol_weekly", Double),
    Column("vol_monthly", Double),
    Column("expected_vol_21d", Double),
    Column("expected_vol_low", Double),
    Column("expected_vol_high", Double),
    Column("expected_variance", Double),
    Column("expected_vol_method", String(24)),
    Column("vol_trend", String(12)),
    Column("vol_trend_strength", Double),
    Column("vol_percentile", Double),
    Column("observations", Integer, nullable=False),
    Column("model_r_squared", Double),
    Column("reasons", Json),
    *_timestamps(),
    Index(None, "calculation_date"),
)

portfolio_snapshots = Table(
    "portfolio_snapshots",
    metadata,
    Column("portfolio_id", Id, ForeignKey("portfolios.id", ondelete="CASCADE"), primary_key=True),
    Column("snapshot_date", Date, primary_key=True),
    Column("run_id", Id, ForeignKey("batch_runs.id"), nullable=False),
    # exposures
    Column("net_asset_value", Cash, nullable=False),
    Column("cash_value", Cash, nullable=False),
    Column("long_value", Cash, nullable=False),
    Column("short_value", Cash, nullable=False),
    Column("gross_exposure", Cash, nullable=False),
    Column("net_exposure", Cash, nullable=False),
    Column("positions_count", Integer, nullable=False),
    Column("price_coverage", Double),
    Column("daily_pnl", Cash),
    Column("daily_return", Double),
    Column("data_quality", Json, nullable=False),
    # market beta
    Column("market_index", Symbol),
    Column("market_beta_weighted", Double),
    Column("market_beta_coverage", Double),
    Column("market_beta_r_squared", Double),
    Column("market_beta_observations", Integer),
    Column("market_beta_direct", Double),
    Column("market_beta_direct_std_error", Double),
    Column("market_beta_direct_r_squared", Double),
    Column("market_beta_direct_p_value", Double),
    Column("market_beta_direct_observations", Integer),
    # sectors and concentration
    Column("sector_exposure", Json),
    Column("sector_coverage", Double),
    Column("sector_benchmark_code", String(40)),
    Column("sector_benchmark_date", Date),
    Column("sector_benchmark_source", String(80)),
    Column("hhi", Double),
    Column("effective_num_positions", Double),
    Column("top_3_concentration", Double),
    Column("top_10_concentration", Double),
    Column("top_3_positions", Json),
    Column("top_10_positions", Json),
    Column("concentration_coverage", Double),
    # volatility
    Column("realized_volatility_21d", Double),
    Column("realized_volatility_63d", Double),
    Column("vol_daily", Double),
    Column("vol_weekly", Double),
    Column("vol_monthly", Double),
    Column("expected_volatility_21d", Double),
    Column("expected_volatility_low", Double),
    Column("expected_volatility_high", Double),
    Column("expected_variance", Double),
    Column("expected_volatility_method", String(24)),
    Column("volatility_trend", String(12)),
    Column("volatility_trend_strength", Double),
    Column("volatility_percentile", Double),
    Column("volatility_observations", Integer),
    Column("volatility_coverage", Double),
    *_timestamps(),
    Index(None, "snapshot_date"),
    Index("ix_portfolio_snapshots_beta", "portfolio_id", "snapshot_date", "market_beta_weighted"),
    Index("ix_portfolio_snapshots_hhi", "portfolio_id", "snapshot_date", "hhi"),
    Index("ix_portfolio_snapshots_volatility", "portfolio_id", "snapshot_date", "realized_volatility_21d"),
)

stress_test_results = Table(
    "stress_test_results",
    metadata,
    Column("portfolio_id", Id, ForeignKey("portfolios.id", ondelete="CASCADE"), primary_key=True),
    Column("snapshot_date", Date, primary_key=True),
    Column("scenario", String(60), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("shock", Double, nullable=False),
    Column("pnl", Cash),
    Column("pnl_pct", Double),
    Column("coverage", Double),
    *_timestamps(),
)

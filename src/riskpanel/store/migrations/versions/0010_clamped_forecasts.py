"""Whether a forecast was clamped, apart from the name of its model."""

import sqlalchemy as sa
from alembic import op

revision = "0010_clamped_forecasts"
down_revision = "0009_beta_methods"
FORECASTS = (
    ("instrument_volatility", "expected_vol_method", "expected_vol_clamped"),
    ("portfolio_snapshots", "expected_volatility_method", "expected_volatility_clamped"),
)
SUFFIX = "_clamped"
LONGEST = 24 - len(SUFFIX)  # the older schema knows one model and has no room for longer names
DROPS = (
    *(f"columns of {table}: {clamped}" for table, _, clamped in FORECASTS),
    *(
        f"values of {table}.{method}: clamped forecasts are marked in the name of their model, those of "
        f"names longer than {LONGEST} letters not at all"
        for table, method, _ in FORECASTS
    ),
)

POSITION_VOLATILITY = """
CREATE VIEW position_volatility AS
SELECT p.portfolio_id, p.id AS position_id, p.symbol, v.calculation_date, v.realized_vol_21d,
       v.realized_vol_63d, v.vol_daily, v.vol_weekly, v.vol_monthly, v.expected_vol_21d, v.expected_vol_low,
       v.expected_vol_high, v.expected_variance, v.expected_vol_method, v.expected_vol_clamped, v.vol_trend,
       v.vol_trend_strength, v.vol_percentile, v.observations, v.model_r_squared, v.reasons, v.created_at,
       v.updated_at
FROM positions AS p
JOIN instrument_volatility AS v ON v.symbol = p.symbol
WHERE (p.entry_date IS NULL OR p.entry_date <= v.calculation_date)
  AND (p.exit_date IS NULL OR v.calculation_date < p.exit_date)
"""


def upgrade() -> None:
    """Add the columns, and move the mark out of the names of the models."""
    op.execute("DROP VIEW position_volatility")
    for table, method, clamped in FORECASTS:
        op.add_column(table, sa.Column(clamped, sa.Boolean))
        rows = sa.table(table, sa.column(method, sa.String), sa.column(clamped, sa.Boolean))
        marked = rows.c[method].like(f"%{SUFFIX}")
        op.execute(
            sa.update(rows).where(rows.c[method].is_not(None)).values({
                clamped: sa.case((marked, True), else_=False),
                method: sa.func.replace(rows.c[method], SUFFIX, ""),
            })
        )  # fmt: skip
    op.execute(POSITION_VOLATILITY)


def downgrade() -> None:
    """Put the mark back into the names, and drop the columns."""
    op.execute("DROP VIEW position_volatility")
    for table, method, clamped in FORECASTS:
        rows = sa.table(table, sa.column(method, sa.String), sa.column(clamped, sa.Boolean))
        op.execute(
            sa.update(rows)
            .where(rows.c[clamped].is_(True), sa.func.length(rows.c[method]) <= LONGEST)
            .values({method: rows.c[method].concat(SUFFIX)})
        )
        op.drop_column(table, clamped)
    op.execute(POSITION_VOLATILITY.replace("v.expected_vol_clamped, ", ""))

"""The text of the two views, as the newest migrations create them."""

POSITION_MARKET_BETAS = """
SELECT p.portfolio_id, p.id AS position_id, p.symbol, b.calc_date, b.beta, b.alpha, b.r_squared, b.std_error,
       b.p_value, b.observations, b.window_days, b.method, b.market_index, b.reason,
       b.created_at, b.updated_at
FROM positions AS p
JOIN portfolios AS f ON f.id = p.portfolio_id
JOIN instrument_market_betas AS b ON b.symbol = p.symbol AND b.market_index = f.market_index
WHERE (p.entry_date IS NULL OR p.entry_date <= b.calc_date)
  AND (p.exit_date IS NULL OR b.calc_date < p.exit_date)
"""

POSITION_VOLATILITY = """
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

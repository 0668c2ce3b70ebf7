"""Why a number is missing or marked, in words: what happened, what follows, what to do about it."""

# A snapshot keeps the sectors of when it was computed.
_SECTORS = "riskpanel import instruments FILE, then riskpanel run (riskpanel backfill for older sessions)"

# What happened, and what to do about it.
REASONS = {
    "short_history": ("not enough sessions of prices yet", "Import older prices."),
    "stale": ("no new prices in the last sessions", "Import newer prices, or set an exit date."),
    "gap": ("days are missing among the prices", "Import the missing days."),
    "degenerate": ("the prices do not move enough to measure it", "Check that these prices are real."),
    "unpriced": ("no two sessions in a row with a price", "Import its prices, or correct the symbol."),
    "imputed": ("too little of the portfolio has real returns", "Import the missing prices."),
    "small_universe": (
        "too few instruments have a beta to compare it with",
        "Import prices of more instruments.",
    ),
    "left_out": ("neither prices nor a beta on some days", "Import the missing prices."),
    "unclassified": (
        "no GICS sector is known",
        f"Give it a sector, then compute the session again: {_SECTORS}",
    ),
    "uncovered": ("no position has an estimate", "Import prices of the positions and of the market index."),
    "no_benchmark": ("no benchmark weights are stored", "Choose a stored benchmark, such as SP500."),
    "benchmark_after_as_of": (
        "the oldest stored benchmark weights are of a later day",
        "Read the differences as a rough comparison; riskpanel ships no older table.",
    ),
    "fund_weights_after_as_of": (
        "what a fund holds is known from a later day only",
        "Read its sectors as a rough comparison.",
    ),
    "benchmark_old": ("the stored benchmark weights are old", "Run riskpanel benchmark update."),
    "market_index_unpriced": (
        "the market index{index} has no{new} prices",
        "Import{new} prices of {symbol}, or choose another index: "
        "riskpanel import positions FILE --market-index SYM",
    ),
    "changed_since": (
        "positions or prices were changed after this snapshot was computed",
        "Compute the day again: riskpanel run --as-of DATE.",
    ),
    "one_position": ("only one position is held", "A correlation needs two."),
    "clamped": (
        "the model's answer was out of all proportion to the past",
        "Check the prices of the largest positions for an error or a missed split.",
    ),
    "fallback": (
        "fewer than 63 returns, so a plain average of the past stands in for the model",
        "Import older prices.",
    ),
    "no_positions": ("no positions are held on this day", "Import them: riskpanel import positions FILE"),
    "extreme": ("the value is far outside the usual", "Check its prices for an error or a missed split."),
}  # fmt: skip
PLURALS = {
    "unpriced": "Import their prices, or correct the symbols.",
    "unclassified": f"Give them sectors, then compute the session again: {_SECTORS}",
    "extreme": "Check their prices for an error or a missed split.",
}
NOT_STORED = ("not stored for this day", "Compute the day again: riskpanel run --as-of DATE.")

METRICS = {
    "daily_pnl": "The day's profit and loss",
    "hhi": "Concentration",
    "price_coverage": "Prices",
    "sector_exposure": "Sector exposure",
    "market_beta_weighted": "Market beta",
    "market_beta_direct": "The interval of the market beta",
    "volatility_coverage": "Volatility",
    "realized_volatility_21d": "Volatility over 21 sessions",
    "realized_volatility_63d": "Volatility over 63 sessions",
    "vol_daily": "The daily component of volatility",
    "vol_weekly": "The weekly component of volatility",
    "vol_monthly": "The monthly component of volatility",
    "expected_volatility_21d": "Expected volatility",
    "volatility_trend": "The trend of volatility",
    "volatility_percentile": "The percentile of volatility",
    "market_beta_adjusted": "The adjusted market beta",
    "value_at_risk_95": "Value at risk",
    "max_drawdown": "The deepest fall",
    "tracking_error": "The tracking error",
    "diversification_ratio": "The split of the risk",
    "average_correlation": "Correlation",
    "holdings": "Holdings",
}

# Where symbols are concerned the general reason does not say enough: (what, its effect).
SPECIFIC = {
    ("price_coverage", "stale"): ("No price on this day", "Valued at the last close before it."),
    ("sector_exposure", "unclassified"): ("No GICS sector is known", "Counted as Unclassified."),
    ("sector_exposure", "no_benchmark"): (
        "No sector weights of the benchmark are stored",
        "Sector weights are shown without a comparison.",
    ),
    ("sector_exposure", "benchmark_after_as_of"): (
        "The benchmark's sector weights are of a later day",
        "Differences compare this day with weights that were published after it.",
    ),
    ("sector_exposure", "fund_weights_after_as_of"): (
        "What a fund holds is known from a later day only",
        "It counts by its sectors of that day.",
    ),
    ("sector_exposure", "benchmark_old"): (
        "The benchmark's sector weights are old",
        "Differences compare with weights that were published {age} before.",
    ),
    ("expected_volatility_21d", "clamped"): (
        "Expected volatility: the model's answer was out of all proportion to the past",
        "Shown is the nearest value that the past supports; look before relying on it.",
    ),
    ("expected_volatility_21d", "fallback"): (
        "Expected volatility: fewer than 63 returns are known",
        "A plain average of the past stands in for the model; it has no range.",
    ),
    **dict.fromkeys(
        (("market_beta_weighted", "market_index_unpriced"), ("market_beta_direct", "market_index_unpriced")),
        (
            "No beta: the market index{index} has no{new} prices",
            "Market beta and the market scenarios are not shown.",
        ),
    ),
    ("volatility_coverage", "imputed"): (
        "Returns are missing on some days",
        "On those days their return is taken as beta times the market's.",
    ),
    ("volatility_coverage", "left_out"): (
        "Returns are missing on some days, and there is no beta to stand in",
        "On those days they are left out of the portfolio's returns.",
    ),
}

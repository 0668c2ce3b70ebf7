/** Numbers in words, by the thresholds of the methods page; and why a number is missing. */

function step(value: number, bounds: readonly number[], words: readonly string[]): string {
  const at = bounds.filter((bound) => value >= bound).length;
  return words[at] ?? "";
}

export function betaLevel(beta: number | null): string | null {
  if (beta === null) return null;
  return step(
    beta,
    [0.5, 0.8, 1.2, 1.5],
    ["low / defensive", "below market", "market-like", "above market", "high / aggressive"],
  );
}

export function volatilityLevel(volatility: number | null): string | null {
  if (volatility === null) return null;
  return step(volatility, [0.15, 0.25, 0.35, 0.5], ["very low", "low", "moderate", "high", "very high"]);
}

export function percentileLevel(percentile: number | null): string | null {
  if (percentile === null) return null;
  const history = "its 1-year history";
  return step(
    percentile,
    [25, 50, 75],
    [`below ${history}`, `near ${history}`, `above ${history}`, `well above ${history}`],
  );
}

export function concentrationLevel(hhi: number | null): string | null {
  if (hhi === null) return null;
  if (hhi > 2500) return "highly concentrated";
  if (hhi > 1500) return "concentrated";
  return hhi > 1000 ? "moderately concentrated" : "well diversified";
}

export function sectorStance(difference: number | null): "over" | "under" | "neutral" | null {
  if (difference === null) return null;
  if (Math.abs(difference) <= 0.05) return "neutral";
  return difference > 0 ? "over" : "under";
}

export function correlationLevel(average: number | null): string | null {
  if (average === null) return null;
  return step(
    average,
    [-0.2, 0.2, 0.4, 0.7],
    [
      "move against each other",
      "hardly move together",
      "move together a little",
      "mostly move together",
      "move almost as one",
    ],
  );
}

/** More risk, less risk, or neither: what a colour says, which a word always says too. */
export type Tone = "more" | "less" | "calm";

export function toneOf(level: string | null): Tone {
  if (level === null) return "calm";
  if (/^(high|very high|above|concentrated|highly)/.test(level)) return "more";
  return /^(low|very low|below market|well)/.test(level) ? "less" : "calm";
}

interface Reason {
  readonly what: string;
  readonly remedy: string;
}

const REASONS: Readonly<Record<string, Reason>> = {
  short_history: { what: "not enough sessions of prices yet", remedy: "Import older prices." },
  stale: { what: "no new prices in the last sessions", remedy: "Import newer prices, or set an exit date." },
  gap: { what: "days are missing among the prices", remedy: "Import the missing days." },
  degenerate: {
    what: "the prices do not move enough to measure it",
    remedy: "Check that these prices are real.",
  },
  unpriced: {
    what: "no two sessions in a row with a price",
    remedy: "Import prices, or correct the symbol.",
  },
  imputed: { what: "too little of the portfolio has real returns", remedy: "Import the missing prices." },
  small_universe: {
    what: "too few instruments have a beta to compare it with",
    remedy: "Import prices of more instruments.",
  },
  left_out: { what: "neither prices nor a beta on some days", remedy: "Import the missing prices." },
  unclassified: { what: "no GICS sector is known", remedy: "Give it a sector by an instruments file." },
  uncovered: {
    what: "no position has an estimate",
    remedy: "Import prices of the positions and of the market index.",
  },
  no_benchmark: {
    what: "no benchmark weights are stored",
    remedy: "Choose a stored benchmark, such as SP500.",
  },
  benchmark_after_as_of: {
    what: "the oldest stored benchmark weights are of a later day",
    remedy: "Read the differences as a rough comparison.",
  },
  benchmark_old: { what: "the stored benchmark weights are old", remedy: "Update the benchmark's weights." },
  market_index_unpriced: {
    what: "the market index has no new prices",
    remedy: "Import its prices, or choose another index.",
  },
  changed_since: {
    what: "positions or prices were changed after this snapshot was computed",
    remedy: "Compute the day again.",
  },
  one_position: { what: "only one position is held", remedy: "A correlation needs two." },
  clamped: {
    what: "the model's answer was out of all proportion to the past",
    remedy: "Check the prices of the largest positions for an error or a missed split.",
  },
  fallback: {
    what: "fewer than 63 returns, so a plain average of the past stands in for the model",
    remedy: "Import older prices.",
  },
  no_positions: { what: "no positions are held on this day", remedy: "Import them." },
  extreme: {
    what: "the value is far outside the usual",
    remedy: "Check its prices for an error or a missed split.",
  },
};
const NOT_STORED: Reason = { what: "not stored for this day", remedy: "Compute the day again." };

/** What happened, and what to do about it. */
export function reasonOf(code: string | null | undefined): Reason {
  return (code && REASONS[code]) || NOT_STORED;
}

export const METRICS: Readonly<Record<string, string>> = {
  daily_pnl: "The day's profit and loss",
  hhi: "Concentration",
  price_coverage: "Prices",
  sector_exposure: "Sector exposure",
  market_beta_weighted: "Market beta",
  market_beta_direct: "The interval of the market beta",
  market_beta_adjusted: "The adjusted market beta",
  volatility_coverage: "Volatility",
  realized_volatility_21d: "Volatility over 21 sessions",
  realized_volatility_63d: "Volatility over 63 sessions",
  vol_daily: "The daily component of volatility",
  vol_weekly: "The weekly component of volatility",
  vol_monthly: "The monthly component of volatility",
  expected_volatility_21d: "Expected volatility",
  volatility_trend: "The trend of volatility",
  volatility_percentile: "The percentile of volatility",
  value_at_risk_95: "Value at risk",
  max_drawdown: "The deepest fall",
  tracking_error: "The tracking error",
  diversification_ratio: "The split of the risk",
  average_correlation: "Correlation",
  holdings: "Holdings",
};

/**
 * Numbers in words, by the thresholds of the methods page; and why a number is missing. The command line says
 * the same: words.vectors.json holds both to it.
 */

import type { Complete } from "~/api/queries";
import { count, number, percent } from "./format";

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

const VOLATILITIES = [0.15, 0.25, 0.35, 0.5];

export function volatilityLevel(volatility: number | null): string | null {
  if (volatility === null) return null;
  return step(volatility, VOLATILITIES, ["very low", "low", "moderate", "high", "very high"]);
}

/** From where to where the level of a volatility goes: it is no comparison with the past. */
export function volatilityScale(volatility: number): string {
  const at = VOLATILITIES.filter((bound) => volatility >= bound).length;
  const [low, high] = [VOLATILITIES[at - 1], VOLATILITIES[at]];
  const span =
    high === undefined
      ? `${percent(low ?? 0, 0)} or more`
      : `${low === undefined ? "below" : `${number(low * 100)} to`} ${percent(high, 0)}`;
  return `${volatilityLevel(volatility)} is ${span} for any portfolio`;
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
  return /^(low|very low|below market|well div)/.test(level) ? "less" : "calm";
}

const GAP = 0.05; // difference of risk and share from which a position stands out

/** Whether a position carries more of the risk, or less, than its share of exposure. */
export function standsOut(risk: number | null, share: number | null): Tone {
  const gap = (risk ?? 0) - (share ?? risk ?? 0);
  if (Math.abs(gap) <= GAP) return "calm";
  return gap > 0 ? "more" : "less";
}

export const TRENDS: Readonly<Record<string, { readonly word: string; readonly tone: Tone }>> = {
  increasing: { word: "has been rising", tone: "more" },
  decreasing: { word: "has been falling", tone: "less" },
  stable: { word: "has been stable", tone: "calm" },
};

/** How the expected volatility was found. */
export const METHODS: Readonly<Record<string, string>> = {
  log_har_close: "from closes",
  log_har_close_market: "from closes and the state of the market",
  log_har_market_range: "from closes and the daily ranges of the market",
  log_har_range: "from daily ranges",
  log_har_range_market: "from daily ranges and the state of the market",
  ewma_fallback: "by a plain average: fewer than 63 returns",
};

const FULL = 0.9995; // what rounds to 100.0 %
const BARELY = 0.99; // the most that is said of what is not all
const MOST = 0.8; // coverage from which a number stands for the whole portfolio

/** Whether a number leaves nothing out that would be seen. */
export function isWhole(coverage: number | null | undefined): boolean {
  return coverage === null || coverage === undefined || coverage >= FULL;
}

/** The share of gross exposure that has the estimate; nothing to say when all has. */
export function covers(coverage: number | null | undefined): string {
  return isWhole(coverage) ? "" : `covers ${percent(Math.min(coverage ?? 1, BARELY), 0)}`;
}

/** Whether so much is covered that a number may be given a level for the whole portfolio. */
export function speaksForAll(coverage: number | null | undefined): boolean {
  return coverage === null || coverage === undefined || coverage >= MOST;
}

/** Of which part a number speaks that cannot stand for the whole portfolio; else nothing. */
export function measuredPart(coverage: number | null): string {
  if (speaksForAll(coverage)) return "";
  return ` Measured from the ${percent(coverage, 0)} of exposure with real returns; the rest is imputed or left out.`;
}

interface Reason {
  readonly what: string;
  readonly remedy: string;
}

/** What a sentence about a reason may name. */
export interface Context {
  readonly index: string;
  /** Whether the index has prices, but no new ones. */
  readonly stopped: boolean;
}

const NO_CONTEXT: Context = { index: "", stopped: false };

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
    remedy: "Import its prices, or correct the symbol.",
  },
  imputed: { what: "too little of the portfolio has real returns", remedy: "Import the missing prices." },
  small_universe: {
    what: "too few instruments have a beta to compare it with",
    remedy: "Import prices of more instruments.",
  },
  left_out: { what: "neither prices nor a beta on some days", remedy: "Import the missing prices." },
  unclassified: {
    what: "no GICS sector is known",
    remedy: "Give it a sector, then compute the session again.",
  },
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
  fund_weights_after_as_of: {
    what: "what a fund holds is known from a later day only",
    remedy: "Read its sectors as a rough comparison.",
  },
  benchmark_old: {
    what: "the stored benchmark weights are old",
    remedy: "Run riskpanel benchmark update.",
  },
  market_index_unpriced: {
    what: "the market index{index} has no{new} prices",
    remedy: "Import{new} prices of {symbol}, or choose another index.",
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
/** What to do where several symbols are concerned, if it is said otherwise than of one. */
const PLURALS: Readonly<Record<string, string>> = {
  unpriced: "Import their prices, or correct the symbols.",
  unclassified: "Give them sectors, then compute the session again.",
  extreme: "Check their prices for an error or a missed split.",
};
const NOT_STORED: Reason = { what: "not stored for this day", remedy: "Compute the day again." };

function filled(text: string, { index, stopped }: Context): string {
  return text
    .replace("{index}", index && ` ${index}`)
    .replace("{symbol}", index || "the market index")
    .replace("{new}", stopped ? " new" : "");
}

/** What happened, and what to do about it, of one symbol or of several. */
export function reasonOf(
  code: string | null | undefined,
  context: Context = NO_CONTEXT,
  several = false,
): Reason {
  const { what, remedy } = (code && REASONS[code]) || (code ? unknown(code) : NOT_STORED);
  const told = (several && code && PLURALS[code]) || remedy;
  return { what: filled(what, context), remedy: filled(told, context) };
}

function unknown(code: string): Reason {
  return { what: code.replaceAll("_", " "), remedy: NOT_STORED.remedy };
}

/** The market index that a session was measured against. */
export function indexOf({ snapshot, portfolio }: Complete): string {
  return snapshot.market_index ?? portfolio.market_index;
}

export function contextOf(found: Complete): Context {
  // Without any price of the index no holding can be called stale: that word needs a day of both.
  const stopped = (found.holdings ?? []).some((one) => one.reasons.beta === "stale");
  return { index: indexOf(found), stopped };
}

/** Why a metric is missing, and what to do about it. */
export function absence(found: Complete, metric: string): string {
  const { what, remedy } = reasonOf(found.data_quality.missing[metric], contextOf(found));
  return `Not known: ${what}. ${remedy}`;
}

/** Whether there is nothing to measure. */
export function onlyCash({ snapshot }: Complete): boolean {
  return snapshot.positions_count === 0;
}

export type Finding = Complete["data_quality"]["findings"][number];

const NO_FAULT = new Set(["small_universe", "one_position"]); // nothing is wrong with the data
const OF_CASH = new Set(["daily_pnl", "daily_return"]);
const saysOnlyCash = ({ metric, reason }: Finding) => metric === "hhi" && reason === "no_positions";

/**
 * Findings by what lies behind them, as the server counts them. What is no fault of the data is left out; where
 * only cash is held, that is the cause of all that is not about the day's P&L, and one finding stands for it.
 */
export function causesOf(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const told = findings.filter(({ reason }) => !NO_FAULT.has(reason));
  const cash = told.find(saysOnlyCash);
  const groups = new Map<string, Finding[]>();
  for (const one of told) {
    if (cash !== undefined && one !== cash && !OF_CASH.has(one.metric)) continue;
    const key =
      one.reason === "market_index_unpriced"
        ? one.reason
        : JSON.stringify([one.kind, one.reason, one.symbols]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const order = ([first]: readonly Finding[]) =>
    first === cash ? 0 : first?.reason === "market_index_unpriced" ? 1 : 2;
  return [...groups.values()].sort((a, b) => order(a) - order(b));
}

/** How many findings a page tells of: their causes, as the server counts them. */
export function findingsCount({ data_quality }: Pick<Complete, "data_quality">): number {
  return data_quality.findings_count;
}

/** "Healthy", or how many findings there are. */
export function healthWords(findings: number): string {
  return findings === 0 ? "Healthy" : count(findings, "finding");
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

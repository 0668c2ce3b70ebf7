/** What the table of portfolios shows, from what the API answers. */

import type { Schema } from "~/api/client";
import type { Sortable } from "~/lib/sorting";

type Answered = Schema<"PortfolioSummaryModel">;

export type Summary = Omit<
  Answered,
  "nav_history" | "findings_count" | "market_beta_coverage" | "volatility_coverage"
> & {
  readonly history: readonly (number | null)[];
  readonly findings: number | null;
  readonly betaCoverage: number | null;
  readonly volatilityCoverage: number | null;
};

export function summaryOf(answered: Answered): Summary {
  const { nav_history, findings_count, market_beta_coverage, volatility_coverage, ...always } = answered;
  return {
    ...always,
    history: nav_history,
    findings: findings_count,
    betaCoverage: market_beta_coverage,
    volatilityCoverage: volatility_coverage,
  };
}

/** How far the net asset value has gone over its history; null where there is none to measure. */
export function changeOf(history: readonly (number | null)[]): number | null {
  const first = history.find((value) => value !== null);
  const last = history.at(-1);
  if (first === undefined || first === null || last === undefined || last === null) return null;
  return history.length < 2 || first === 0 ? null : (last - first) / Math.abs(first);
}

/** The newest session of any of them. */
export function newestOf(all: readonly Pick<Summary, "snapshot_date">[]): string | null {
  return all.reduce<string | null>(
    (newest, { snapshot_date: own }) => (own !== null && (newest === null || own > newest) ? own : newest),
    null,
  );
}

export const COLUMNS: Readonly<Record<string, (one: Summary) => Sortable>> = {
  name: (one) => one.name,
  nav: (one) => one.net_asset_value,
  day: (one) => one.daily_return,
  beta: (one) => one.market_beta_weighted,
  volatility: (one) => one.expected_volatility_21d,
  hhi: (one) => one.hhi,
  change: (one) => changeOf(one.history),
  health: (one) => one.findings,
  as_of: (one) => one.snapshot_date,
};

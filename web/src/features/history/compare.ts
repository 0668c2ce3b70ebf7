/** What changed between two sessions of a portfolio, in rows to show. */

import type { Complete, Holding, Snapshot } from "~/api/queries";
import { money, number, percent, points, ratio } from "~/lib/format";
import type { Point } from "./seriesQuery";

export type Kind = "new" | "gone" | "more" | "less" | "same";

export interface PositionChange {
  readonly symbol: string;
  readonly name: string | null;
  readonly kind: Kind;
  readonly quantity: Pair;
  readonly weight: Pair;
  readonly risk: Pair;
}

/** A number before and after; a difference only where both are known, or where nothing was held. */
export interface Pair {
  readonly before: number | null;
  readonly after: number | null;
  readonly difference: number | null;
}

function pairOf(before: number | null, after: number | null): Pair {
  return { before, after, difference: before === null || after === null ? null : after - before };
}

function kindOf(before: Holding | undefined, after: Holding | undefined): Kind {
  if (before === undefined) return "new";
  if (after === undefined) return "gone";
  if (after.quantity === before.quantity) return "same";
  return after.quantity > before.quantity ? "more" : "less";
}

/** Each position of either session, the largest change of weight first. */
export function positionChanges(before: Complete, after: Complete): readonly PositionChange[] {
  const then = new Map((before.holdings ?? []).map((one) => [one.symbol, one]));
  const now = new Map((after.holdings ?? []).map((one) => [one.symbol, one]));
  const rows = [...new Set([...now.keys(), ...then.keys()])].map((symbol): PositionChange => {
    const [old, held] = [then.get(symbol), now.get(symbol)];
    const of = (key: "quantity" | "weight" | "risk_contribution") =>
      pairOf(old === undefined ? 0 : old[key], held === undefined ? 0 : held[key]);
    return {
      symbol,
      name: held?.name ?? old?.name ?? null,
      kind: kindOf(old, held),
      quantity: of("quantity"),
      weight: of("weight"),
      risk: of("risk_contribution"),
    };
  });
  const size = (row: PositionChange) => Math.abs(row.weight.difference ?? 0);
  return rows.sort((a, b) => size(b) - size(a) || a.symbol.localeCompare(b.symbol));
}

export type Direction = "rose" | "fell" | "same" | null;

export interface HeadlineChange extends Pair {
  readonly key: string;
  readonly label: string;
  readonly direction: Direction;
  /** Whether more of it is more risk; null where it is neither. */
  readonly risky: boolean | null;
  readonly format: (value: number) => string;
  readonly formatDifference: (value: number) => string;
  readonly reasons: readonly [string | undefined, string | undefined];
}

interface Headline {
  readonly key: keyof Snapshot & string;
  readonly label: string;
  readonly risky: boolean | null;
  readonly unit: "money" | "share" | "ratio" | "points";
}

const HEADLINES: readonly Headline[] = [
  { key: "net_asset_value", label: "NAV", risky: false, unit: "money" },
  { key: "market_beta_weighted", label: "Market beta", risky: true, unit: "ratio" },
  { key: "expected_volatility_21d", label: "Expected volatility", risky: true, unit: "share" },
  { key: "hhi", label: "HHI", risky: true, unit: "points" },
  { key: "value_at_risk_95", label: "Value at risk 95 %", risky: true, unit: "share" },
  { key: "cash_value", label: "Cash", risky: null, unit: "money" },
  { key: "leverage", label: "Leverage", risky: true, unit: "ratio" },
];

function formats(unit: Headline["unit"], currency: string) {
  const signedMoney = (value: number) => money(value, currency, true);
  switch (unit) {
    case "money":
      return { format: (value: number) => money(value, currency), formatDifference: signedMoney };
    case "share":
      return { format: (value: number) => percent(value), formatDifference: points };
    case "ratio":
      return { format: ratio, formatDifference: (value: number) => number(value, 2, true) };
    case "points":
      return {
        format: (value: number) => number(value),
        formatDifference: (value: number) => number(value, 0, true),
      };
  }
}

/** "same" is what reads the same. */
export function directionOf(difference: number | null, format: (value: number) => string): Direction {
  if (difference === null) return null;
  if (format(difference) === format(0)) return "same";
  return difference > 0 ? "rose" : "fell";
}

export function headlineChanges(before: Complete, after: Complete): readonly HeadlineChange[] {
  return HEADLINES.map(({ key, label, risky, unit }) => {
    const of = (found: Complete) => {
      const value = found.snapshot[key];
      return typeof value === "number" ? value : null;
    };
    const pair = pairOf(of(before), of(after));
    const written = formats(unit, after.portfolio.currency);
    return {
      ...pair,
      ...written,
      key,
      label,
      risky,
      direction: directionOf(pair.difference, written.formatDifference),
      reasons: [before.data_quality.missing[key], after.data_quality.missing[key]],
    };
  });
}

export interface Made {
  readonly pnl: number;
  readonly sessions: number;
}

/** What the holdings made after one session up to another: each return times the value before it. */
export function madeBetween(past: readonly Point[], before: string, after: string): Made | null {
  const within = past.filter(({ snapshot_date: day }) => day >= before && day <= after);
  if (within[0]?.snapshot_date !== before || within.at(-1)?.snapshot_date !== after) return null;
  let pnl = 0;
  for (const [at, point] of within.entries()) {
    const previous = within[at - 1];
    if (previous === undefined) continue;
    if (point.daily_return === null) return null;
    pnl += point.daily_return * previous.net_asset_value;
  }
  return { pnl, sessions: within.length - 1 };
}

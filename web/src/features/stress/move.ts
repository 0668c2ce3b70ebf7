/** A move to try, in whole per cent as people set it: of the market, and of sectors in place of beta times that. */

import { moneyCompact, percent } from "~/lib/format";

export interface Move {
  readonly market: number;
  readonly sectors: Readonly<Record<string, number>>;
}

export const GICS_SECTORS = [
  "Communication Services",
  "Consumer Discretionary",
  "Consumer Staples",
  "Energy",
  "Financials",
  "Health Care",
  "Industrials",
  "Information Technology",
  "Materials",
  "Real Estate",
  "Utilities",
] as const;

export const MOST = 50; // per cent to which the slider goes
const MOST_OF_SECTOR = 100;
export const FIRST: Move = { market: -10, sectors: {} };

/** The move that the address holds; what is no number there counts as not said. */
export function readMove(kept: URLSearchParams): Move {
  const market = numberOf(kept.get("market"), MOST) ?? FIRST.market;
  const sectors: Record<string, number> = {};
  for (const sector of GICS_SECTORS) {
    const own = numberOf(kept.get(sector), MOST_OF_SECTOR);
    if (own !== null) sectors[sector] = own;
  }
  return { market, sectors };
}

export function writeMove({ market, sectors }: Move): URLSearchParams {
  const kept = new URLSearchParams({ market: String(market) });
  for (const [sector, own] of Object.entries(sectors)) kept.set(sector, String(own));
  return kept;
}

function numberOf(text: string | null, most: number): number | null {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? Math.min(most, Math.max(-most, value)) : null;
}

/** A part of a number that was typed; "" and "-" are none. */
export function typed(value: number | bigint | string, most: number): number | null {
  return numberOf(String(value).replace("\u2212", "-"), most);
}

/** Per cent as the decimal that the API takes, without the noise of a division. */
export function decimal(value: number): number {
  return Number((value / 100).toFixed(6));
}

export function toRequest({ market, sectors }: Move) {
  return {
    market: decimal(market),
    sectors: Object.fromEntries(Object.entries(sectors).map(([sector, own]) => [sector, decimal(own)])),
  };
}

/** "the market fell 10 % and Energy rose 5 %"; null where nothing moves. */
export function conditionOf({ market, sectors }: Move): string | null {
  const parts = [
    ...(market === 0 ? [] : [`the market ${moved(market)}`]),
    ...Object.entries(sectors).map(([sector, own]) => `${sector} ${own === 0 ? "stayed" : moved(own)}`),
  ];
  if (parts.length === 0) return null;
  return parts.length === 1 ? (parts[0] ?? null) : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function moved(by: number): string {
  const digits = Number.isInteger(by) ? 0 : 1;
  return `${by < 0 ? "fell" : "rose"} ${percent(Math.abs(by) / 100, digits)}`;
}

/** What a move would be expected to do, in a sentence. */
export function sentenceOf(
  move: Move,
  pnl: number | null,
  pnlShare: number | null,
  currency: string,
): string {
  const condition = conditionOf(move);
  if (condition === null) return "Nothing moves, so nothing is gained or lost. Move the slider.";
  if (pnl === null) return `If ${condition}: not known, since nothing that is held has an estimate.`;
  if (pnl === 0) return `If ${condition}, this portfolio would be expected to neither gain nor lose.`;
  const share = pnlShare === null ? "" : ` (${percent(Math.abs(pnlShare))} of NAV)`;
  return `If ${condition}, this portfolio would be expected to ${pnl < 0 ? "lose" : "gain"} about ${moneyCompact(Math.abs(pnl), currency)}${share}.`;
}

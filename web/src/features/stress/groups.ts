/** Stored scenarios by kind, the worst first, and the user's own with what was computed for them. */

import type { Complete } from "~/api/queries";
import { day, percent } from "~/lib/format";
import { isBuiltInReplay } from "~/lib/scenarios";
import type { Scenario } from "./stressQuery";

export type Stored = NonNullable<Complete["stress"]>[number];

export interface Groups {
  readonly market: readonly Stored[];
  readonly sector: readonly Stored[];
  readonly replay: readonly Stored[];
  readonly own: readonly Own[];
}

/** A scenario of the user's; without a result where it was not computed for this day. */
export interface Own {
  readonly name: string;
  readonly result: Stored | null;
  /** Null where it was computed for this day and has been removed or renamed since. */
  readonly scenario: Scenario | null;
}

/** The largest loss first; what is not known last. */
export function worstFirst(a: Stored | null, b: Stored | null): number {
  const size = (one: Stored | null) => one?.pnl ?? Number.POSITIVE_INFINITY;
  const [own, other] = [size(a), size(b)];
  return own === other ? 0 : own - other;
}

export function groupsOf(stored: readonly Stored[], own: readonly Scenario[]): Groups {
  const named = new Set(own.map((one) => one.name));
  const isOwn = (one: Stored) =>
    one.kind === "user" || named.has(one.scenario) || (one.kind === "replay" && !isBuiltInReplay(one));
  const of = (kind: string) => stored.filter((one) => one.kind === kind && !isOwn(one)).sort(worstFirst);
  const computed = new Map(stored.filter(isOwn).map((one) => [one.scenario, one]));
  const rows: Own[] = own.map((one) => ({
    name: one.name,
    scenario: one,
    result: computed.get(one.name) ?? null,
  }));
  for (const [name, result] of computed) if (!named.has(name)) rows.push({ name, result, scenario: null });
  return {
    market: of("market"),
    sector: of("sector"),
    replay: of("replay"),
    own: rows.sort((a, b) => worstFirst(a.result, b.result) || a.name.localeCompare(b.name)),
  };
}

/** "market −7 %, Energy +2 %", or the days of a window. */
export function definitionOf(scenario: Scenario): string {
  if (scenario.window_from !== null && scenario.window_to !== null)
    return `${day(scenario.window_from)} to ${day(scenario.window_to)} again`;
  const parts = [
    ...(scenario.market === null ? [] : [`market ${signed(scenario.market)}`]),
    ...Object.entries(scenario.sectors).map(([sector, own]) => `${sector} ${signed(own)}`),
  ];
  return parts.join(", ");
}

function signed(share: number): string {
  const whole = Math.abs(share * 100 - Math.round(share * 100)) < 1e-9;
  return percent(share, whole ? 0 : 1, true);
}

/** The least coverage of some scenarios; null where there is none. */
export function leastCoverage(stored: readonly (Stored | null)[]): number | null {
  const known = stored.flatMap((one) => (one?.coverage === null || one === null ? [] : [one.coverage]));
  return known.length === 0 ? null : Math.min(...known);
}

/** A scenario as a form holds it, and as the API takes it. */

import type { Schema } from "~/api/client";
import { decimal, type Move } from "./move";
import type { Scenario } from "./stressQuery";

export interface ScenarioDraft {
  readonly name: string;
  readonly description: string;
  readonly kind: "moves" | "window";
  /** Per cent; null moves nothing by the market. */
  readonly market: number | null;
  readonly sectors: Readonly<Record<string, number>>;
  readonly from: string;
  readonly to: string;
}

const EMPTY: ScenarioDraft = {
  name: "",
  description: "",
  kind: "moves",
  market: -10,
  sectors: {},
  from: "",
  to: "",
};

export function draftOfMove({ market, sectors }: Move): ScenarioDraft {
  return { ...EMPTY, market: market === 0 ? null : market, sectors };
}

export function draftOf(scenario: Scenario): ScenarioDraft {
  return {
    name: scenario.name,
    description: scenario.description ?? "",
    kind: scenario.window_from === null ? "moves" : "window",
    market: scenario.market === null ? null : perCent(scenario.market),
    sectors: Object.fromEntries(
      Object.entries(scenario.sectors).map(([sector, own]) => [sector, perCent(own)]),
    ),
    from: scenario.window_from ?? "",
    to: scenario.window_to ?? "",
  };
}

function perCent(share: number): number {
  return Number((share * 100).toFixed(4));
}

/** What is sent: moves or a window, never both; what was left empty is left out. */
export function bodyOf(draft: ScenarioDraft): Schema<"ScenarioInput"> {
  const shared = {
    name: draft.name.trim(),
    ...(draft.description.trim() === "" ? {} : { description: draft.description.trim() }),
  };
  if (draft.kind === "window") {
    return { ...shared, ...(draft.from ? { from: draft.from } : {}), ...(draft.to ? { to: draft.to } : {}) };
  }
  const sectors = Object.entries(draft.sectors).map(([sector, own]) => [sector, decimal(own)] as const);
  return {
    ...shared,
    ...(draft.market === null ? {} : { market: decimal(draft.market) }),
    ...(sectors.length === 0 ? {} : { sectors: Object.fromEntries(sectors) }),
  };
}

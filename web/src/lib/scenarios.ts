/** What scenarios are called where people read. */

import { percent } from "./format";

const REPLAYS: Readonly<Record<string, string>> = {
  crisis_2008: "2008-09 crisis",
  covid_2020: "Covid 2020",
  drawdown_2022: "2022 drawdown",
};
const WITH_ARTICLE = new Set(["crisis_2008", "drawdown_2022"]);

export interface Named {
  readonly kind: string;
  readonly scenario: string;
  readonly shock: number | null;
}

/** Whether a replay came with riskpanel; a user's own has any name. */
export function isBuiltInReplay({ kind, scenario }: Pick<Named, "kind" | "scenario">): boolean {
  return kind === "replay" && Object.hasOwn(REPLAYS, scenario);
}

/** The sector that a built-in scenario moves: every word of a GICS name begins with a capital. */
export function sectorOf(scenario: string): string {
  const slug = scenario.split(/_(?:down|up)_/)[0] ?? "";
  return slug
    .split("_")
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join(" ");
}

/** Built-in ones in words, a user's own as the user wrote it. */
export function scenarioName(one: Named): string {
  if (one.kind === "market") return `Market ${percent(one.shock, 0, true)}`;
  if (one.kind === "sector") return `${sectorOf(one.scenario)} ${percent(one.shock, 0, true)}`;
  return isBuiltInReplay(one) ? (REPLAYS[one.scenario] ?? one.scenario) : one.scenario;
}

/** A name within a sentence; `first` is the article where a replay stands. */
export function eventOf(one: Named, first: string): string {
  if (one.kind !== "replay") return scenarioName(one);
  return `${first} repeat of ${WITH_ARTICLE.has(one.scenario) ? "the " : ""}${scenarioName(one)}`;
}

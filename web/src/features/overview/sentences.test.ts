import { describe, expect, it } from "vitest";
import type { Complete } from "~/api/queries";
import { scenarioName } from "~/lib/scenarios";
import { absence, causesOf, findingsCount, healthWords, onlyCash } from "~/lib/words";
import { type Case, plain, VECTORS } from "~/lib/words.vectors";
import { sectorMessage } from "./sectors";
import {
  betaTold,
  cancelled,
  commas,
  concentrationTold,
  contributorsTold,
  shownScenarios,
  stressSentence,
  type Told,
  tailTold,
  uncovered,
  volatilityTold,
  worstOf,
} from "./sentences";

const BASE = VECTORS.documents.base as Complete;

function documentOf({ document }: Case): Complete {
  const snapshot = { ...BASE.snapshot, ...document.snapshot };
  return { ...BASE, ...document, snapshot } as Complete;
}

function sectorsTold(found: Complete): Told {
  const { sector_exposure: sectors, sector_coverage: coverage } = found.snapshot;
  if (sectors === null) return { level: null, sentence: absence(found, "sector_exposure") };
  return sectorMessage(sectors, coverage);
}

function stressTold(found: Complete): Told {
  const worst = worstOf(shownScenarios(found));
  return { level: worst && scenarioName(worst), sentence: stressSentence(found) };
}

const CARDS: Readonly<Record<string, (found: Complete) => Told>> = {
  volatility: volatilityTold,
  beta: betaTold,
  sectors: sectorsTold,
  concentration: concentrationTold,
  stress: stressTold,
  contributors: contributorsTold,
  tail: tailTold,
};

describe.each(VECTORS.documents.cases)("a portfolio $name", (one) => {
  const found = documentOf(one);

  it("has as many findings as on the command line", () => {
    expect(healthWords(findingsCount(found))).toBe(one.health);
    expect(causesOf(found.data_quality.findings)).toHaveLength(findingsCount(found));
  });

  it("is of cash alone, or says on every card what the command line says", () => {
    expect(onlyCash(found)).toBe(one.only_cash);
    if (one.only_cash) return;
    for (const [key, card] of Object.entries(one.cards)) {
      const told = CARDS[key]?.(found);
      expect([key, plain(told?.level ?? null)]).toEqual([key, card.level]);
      expect(plain(told?.sentence ?? null)).toBe(card.sentence);
    }
  });

  it("shows the same scenarios in the same order", () => {
    const known = shownScenarios(found).some((scenario) => scenario.pnl !== null);
    if (known)
      expect(shownScenarios(found).map((scenario) => plain(scenarioName(scenario)))).toEqual(one.scenarios);
    else expect(one.scenarios).toEqual([]);
  });
});

describe("what is left out", () => {
  it("is said of each kind of scenario, at most", () => {
    const part = (BASE.stress ?? []).map((one) => ({ ...one, coverage: one.kind === "market" ? 0.75 : 1 }));
    expect(uncovered(part).map(plain)).toEqual([
      "25.0 % of gross exposure has no beta, so it is left out of the market scenarios.",
    ]);
    expect(uncovered(BASE.stress ?? [])).toEqual([]);
  });

  it("is named, the first eight of many", () => {
    const named = (how: number) => Array.from({ length: how }, (_, at) => ({ symbol: `S${at}` }));
    expect(commas(named(2))).toBe("S0, S1");
    expect(commas(named(10))).toContain("S7 and 2 more");
  });

  it("cancels out only among several positions", () => {
    expect(plain(cancelled(BASE))).toContain("diversification ratio 1.45: 31 %");
    expect(cancelled({ ...BASE, holdings: (BASE.holdings ?? []).slice(0, 1) })).toBeNull();
  });
});

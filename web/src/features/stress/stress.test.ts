import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ProblemError } from "~/api/client";
import { groupsOf, leastCoverage, type Stored } from "./groups";
import {
  conditionOf,
  decimal,
  GICS_SECTORS,
  readMove,
  sentenceOf,
  toRequest,
  typed,
  writeMove,
} from "./move";
import { scenarioFaults } from "./ScenarioForm";
import { bodyOf, draftOf, draftOfMove } from "./scenarioForm";
import type { Scenario } from "./stressQuery";

const SECTORS_OF_SERVER = readFileSync("../src/riskpanel/book/sectors.py", "utf8");

const plain = (text: string | null) => text?.replaceAll("\u202f", " ");

describe("a move", () => {
  it("is kept in the address as it was", () => {
    const move = { market: 0, sectors: { Energy: -12.5 } };
    expect(readMove(writeMove(move))).toEqual(move);
  });

  it("falls back where the address holds no number, and stays within bounds", () => {
    expect(readMove(new URLSearchParams("market=abc&Energy=&Nope=3"))).toEqual({ market: -10, sectors: {} });
    expect(readMove(new URLSearchParams("market=-900")).market).toBe(-50);
    expect(readMove(new URLSearchParams("market=0")).market).toBe(0);
  });

  it("reads what is typed", () => {
    expect(typed("", 50)).toBeNull();
    expect(typed("-", 50)).toBeNull();
    expect(typed("−5", 50)).toBe(-5);
    expect(typed(0, 50)).toBe(0);
    expect(typed("99", 50)).toBe(50);
  });

  it("is sent as decimals without noise", () => {
    expect(decimal(-7)).toBe(-0.07);
    expect(toRequest({ market: 0, sectors: { Energy: 12.3 } })).toEqual({
      market: 0,
      sectors: { Energy: 0.123 },
    });
  });

  it("is told in words", () => {
    expect(conditionOf({ market: 0, sectors: {} })).toBeNull();
    expect(plain(conditionOf({ market: -10, sectors: { Energy: 2.5, Utilities: 0 } }))).toBe(
      "the market fell 10 %, Energy rose 2.5 % and Utilities stayed",
    );
    expect(plain(sentenceOf({ market: -10, sectors: {} }, -8_370, -0.0684, "USD"))).toBe(
      "If the market fell 10 %, this portfolio would be expected to lose about $8,370 (6.8 % of NAV).",
    );
    expect(sentenceOf({ market: 0, sectors: {} }, 0, 0, "USD")).toContain("Nothing moves");
    expect(sentenceOf({ market: 5, sectors: {} }, 0, 0, "USD")).toContain("neither gain nor lose");
    expect(sentenceOf({ market: 5, sectors: {} }, null, null, "USD")).toContain("not known");
  });
});

function stored(scenario: string, kind: string, pnl: number | null, coverage: number | null = 1): Stored {
  return { scenario, kind, pnl, coverage, pnl_pct: pnl } as Stored;
}

function own(name: string, part: Partial<Scenario> = {}): Scenario {
  const empty = { id: 1, description: null, kind: "user", market: -0.07, window_from: null, window_to: null };
  return { ...empty, name, sectors: {}, ...part };
}

describe("groupsOf", () => {
  it("puts the worst first, what is not known last, and one's own apart", () => {
    const groups = groupsOf(
      [
        stored("market_up_5", "market", 5),
        stored("market_down_5", "market", -5),
        stored("market_down_10", "market", null),
        stored("covid_2020", "replay", -9),
        stored("Euro crisis", "replay", -3),
        stored("Oil glut", "user", 0),
        stored("Old one", "user", -1),
      ],
      [own("Euro crisis"), own("Oil glut"), own("New one")],
    );
    expect(groups.market.map((one) => one.scenario)).toEqual([
      "market_down_5",
      "market_up_5",
      "market_down_10",
    ]);
    expect(groups.replay.map((one) => one.scenario)).toEqual(["covid_2020"]);
    expect(groups.own.map((one) => [one.name, one.result?.pnl ?? null, one.scenario !== null])).toEqual([
      ["Euro crisis", -3, true],
      ["Old one", -1, false],
      ["Oil glut", 0, true],
      ["New one", null, true],
    ]);
  });

  it("knows the least coverage, 0 as well", () => {
    expect(leastCoverage([stored("a", "market", 1, 0.5), stored("b", "market", 1, 0), null])).toBe(0);
    expect(leastCoverage([stored("a", "market", 1, null)])).toBeNull();
    expect(leastCoverage([])).toBeNull();
  });
});

describe("a scenario's form", () => {
  it("sends moves or a window, never both", () => {
    const draft = {
      ...draftOfMove({ market: -10, sectors: { Energy: 5 } }),
      name: " Oil ",
      from: "2020-02-19",
    };
    expect(bodyOf(draft)).toEqual({ name: "Oil", market: -0.1, sectors: { Energy: 0.05 } });
    expect(bodyOf({ ...draft, kind: "window", to: "2020-03-23", description: "Again" })).toEqual({
      name: "Oil",
      description: "Again",
      from: "2020-02-19",
      to: "2020-03-23",
    });
  });

  it("keeps a market that does not move out, and a sector at 0 in", () => {
    const draft = draftOfMove({ market: 0, sectors: { Energy: 0 } });
    expect(bodyOf({ ...draft, name: "x" })).toEqual({ name: "x", sectors: { Energy: 0 } });
  });

  it("holds a stored scenario as it is", () => {
    expect(draftOf(own("A", { market: -0.07, sectors: { Energy: 0.123 } }))).toMatchObject({
      kind: "moves",
      market: -7,
      sectors: { Energy: 12.3 },
    });
    expect(
      draftOf(own("B", { market: null, window_from: "2020-02-19", window_to: "2020-03-23" })),
    ).toMatchObject({
      kind: "window",
      market: null,
      from: "2020-02-19",
    });
  });
});

describe("what the API refuses", () => {
  it("stands at its field, or at the whole form", () => {
    const taken = new ProblemError(409, "Conflict", "you have a scenario of that name: A", null, []);
    expect(scenarioFaults(taken).fields.name).toContain("of that name");
    const invalid = (location: string, detail: string) =>
      scenarioFaults(new ProblemError(422, "Invalid request", detail, null, [{ location, detail }]));
    expect(invalid("body.to", "2020-01-01 is not after 2021-01-05").fields.to).toContain("not after");
    const still = invalid("body.name", "nothing moves: give market, sectors, or from and to");
    expect(still.fields.name).toBeUndefined();
    expect(still.rest).toContain("nothing moves");
  });
});

describe("sectors", () => {
  it("are those of the server, in its order", () => {
    const [, listed = ""] = /GICS_SECTORS[^(]*\(([^)]*)\)/.exec(SECTORS_OF_SERVER) ?? [];
    expect([...listed.matchAll(/"([^"]+)"/g)].map(([, name]) => name)).toEqual([...GICS_SECTORS]);
  });
});

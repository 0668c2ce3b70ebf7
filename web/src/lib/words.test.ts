import { describe, expect, it } from "vitest";
import type { Complete } from "~/api/queries";
import { count, day, money, moneyCompact, ordinal, percent, points, ratio } from "./format";
import { eventOf, isBuiltInReplay, scenarioName } from "./scenarios";
import {
  betaLevel,
  type Context,
  causesOf,
  concentrationLevel,
  correlationLevel,
  covers,
  type Finding,
  findingsCount,
  healthWords,
  isWhole,
  METHODS,
  METRICS,
  measuredPart,
  percentileLevel,
  reasonOf,
  sectorStance,
  speaksForAll,
  standsOut,
  TRENDS,
  toneOf,
  volatilityLevel,
  volatilityScale,
} from "./words";
import { plain, VECTORS } from "./words.vectors";

type Level = (value: number | null) => string | null;
type Write = (value: never) => string;

const LEVELS: Readonly<Record<string, Level>> = {
  beta: betaLevel,
  volatility: volatilityLevel,
  percentile: percentileLevel,
  concentration: concentrationLevel,
  stance: (value) => {
    const stance = sectorStance(value);
    return stance === null || stance === "neutral" ? stance : `${stance}weight`;
  },
  correlation: correlationLevel,
};

const WRITTEN: Readonly<Record<string, Write>> = {
  money: (value: number) => money(value, "USD"),
  compact: (value: number) => moneyCompact(value, "USD"),
  percent: (value: number | null) => percent(value),
  whole_percent: (value: number | null) => percent(value, 0),
  signed_percent: (value: number | null) => percent(value, 1, true),
  points,
  ratio,
  rank: ordinal,
  covers,
  part: measuredPart,
  volatility_scale: volatilityScale,
  day,
  findings: (value: number) => count(value, "finding"),
};

describe("the words of the command line", () => {
  it.each(Object.keys(VECTORS.levels))("name the same levels: %s", (name) => {
    const level = LEVELS[name];
    const rows = VECTORS.levels[name] ?? [];
    expect(rows.map(([value]) => [value, level?.(value as number)])).toEqual(rows);
    expect(level?.(null)).toBeNull();
  });

  it.each(Object.keys(VECTORS.numbers))("write the same numbers: %s", (name) => {
    const write = WRITTEN[name];
    const rows = VECTORS.numbers[name] ?? [];
    expect(rows.map(([value]) => [value, plain(write?.(value as never) ?? null)])).toEqual(rows);
  });

  it.each(["plain", "named", "stopped"])("give the same reasons: %s", (name) => {
    const context: Context = { index: name === "plain" ? "" : "SPY", stopped: name === "stopped" };
    for (const [reason, told] of Object.entries(VECTORS.reasons[name] ?? {})) {
      const { what, remedy } = reasonOf(reason, context);
      expect(`${reason}: ${what}. ${remedy}`).toBe(`${reason}: ${told}`);
    }
  });

  it("give the same remedies where several symbols need them", () => {
    const told = Object.keys(VECTORS.remedies_of_several).map((reason) => [
      reason,
      reasonOf(reason, undefined, true).remedy,
    ]);
    expect(Object.fromEntries(told)).toEqual(VECTORS.remedies_of_several);
  });

  it("name the same metrics, methods and trends", () => {
    expect(METRICS).toEqual(VECTORS.metrics);
    expect(METHODS).toEqual(VECTORS.methods);
    const words = Object.entries(TRENDS).map(([trend, { word }]) => [trend, word]);
    expect(Object.fromEntries(words)).toEqual(VECTORS.trends);
  });

  it("name the same scenarios", () => {
    for (const { name, event, ...one } of VECTORS.scenarios) {
      expect(plain(scenarioName(one))).toBe(name);
      expect(plain(eventOf(one, "A"))).toBe(event);
    }
  });
});

describe("a scenario of the user's", () => {
  it("keeps its name, whatever it looks like", () => {
    const own = { kind: "user", scenario: "rates_up_50", shock: null };
    expect(scenarioName(own)).toBe("rates_up_50");
    expect(scenarioName({ ...own, kind: "replay" })).toBe("rates_up_50");
    expect(scenarioName({ ...own, scenario: "crisis_2008" })).toBe("crisis_2008");
    expect(isBuiltInReplay({ kind: "replay", scenario: "toString" })).toBe(false);
    expect(isBuiltInReplay({ kind: "replay", scenario: "covid_2020" })).toBe(true);
  });
});

describe("coverage", () => {
  it("is enough for a level from 80 % on, and where it is not known", () => {
    expect([null, undefined, 0.8, 0.7999].map(speaksForAll)).toEqual([true, true, true, false]);
    expect([null, 1, 0.9995, 0.9994, 0].map(isWhole)).toEqual([true, true, true, false, false]);
  });
});

describe("tones", () => {
  it("are those of more and of less risk, and calm without a word", () => {
    expect(["very high", "above market", "highly concentrated"].map(toneOf)).toEqual(
      Array.from({ length: 3 }, () => "more"),
    );
    expect(["low / defensive", "below market", "well diversified"].map(toneOf)).toEqual(
      Array.from({ length: 3 }, () => "less"),
    );
    expect(["market-like", "moderate", null].map(toneOf)).toEqual(["calm", "calm", "calm"]);
  });

  it("tell a position that carries more or less than its share", () => {
    expect(standsOut(0.2, 0.1)).toBe("more");
    expect(standsOut(-0.1, 0.1)).toBe("less");
    expect(standsOut(0.15, 0.1)).toBe("calm");
    expect(standsOut(0.5, null)).toBe("calm");
  });
});

describe("a reason", () => {
  it("that is not known is still said", () => {
    expect(reasonOf("solar_flare").what).toBe("solar flare");
    expect(reasonOf(null).what).toBe("not stored for this day");
  });
});

const finding = (metric: string, kind: string, reason: string, symbols: string[] = []) =>
  ({ metric, kind, reason, symbols }) as Finding;

describe("causes", () => {
  it("are told once, and what is no fault of the data is none", () => {
    const found = [
      finding("max_drawdown", "missing", "short_history"),
      finding("tracking_error", "missing", "short_history"),
      finding("average_correlation", "missing", "one_position"),
      finding("market_beta_adjusted", "missing", "small_universe"),
      finding("market_beta_weighted", "missing", "market_index_unpriced"),
    ];
    expect(causesOf(found).map((cause) => cause.map(({ metric }) => metric))).toEqual([
      ["market_beta_weighted"],
      ["max_drawdown", "tracking_error"],
    ]);
    expect(causesOf([])).toEqual([]);
  });

  it("are one where only cash is held, besides the day's P&L", () => {
    const found = [
      finding("daily_pnl", "missing", "short_history"),
      finding("market_beta_weighted", "missing", "uncovered"),
      finding("hhi", "missing", "no_positions"),
    ];
    expect(causesOf(found).map(([first]) => first?.metric)).toEqual(["hhi", "daily_pnl"]);
  });

  it("are counted by the server", () => {
    const data_quality = { missing: {}, findings: [], findings_count: 3 } as Complete["data_quality"];
    expect(healthWords(findingsCount({ data_quality }))).toBe("3 findings");
    expect(healthWords(0)).toBe("Healthy");
  });
});

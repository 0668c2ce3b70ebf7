import { describe, expect, it } from "vitest";
import type { Complete, Holding } from "~/api/queries";
import { directionOf, headlineChanges, madeBetween, positionChanges } from "./compare";
import type { Point } from "./seriesQuery";

function held(symbol: string, part: Partial<Holding>): Holding {
  return { symbol, name: null, quantity: 1, weight: 0, risk_contribution: 0, ...part } as Holding;
}

function document(holdings: readonly Holding[], snapshot: Partial<Complete["snapshot"]> = {}): Complete {
  const empty = { portfolio: { currency: "USD" }, data_quality: { missing: {}, findings: [] } };
  return { ...empty, holdings, snapshot } as unknown as Complete;
}

function point(day: string, nav: number, change: number | null): Point {
  return { snapshot_date: day, net_asset_value: nav, daily_return: change } as Point;
}

describe("positionChanges", () => {
  it("tells new, gone and changed positions, the largest change of weight first", () => {
    const before = document([
      held("A", { quantity: 10, weight: 0.4 }),
      held("B", { quantity: 5, weight: 0.3 }),
      held("C", { quantity: 1, weight: 0.1 }),
    ]);
    const after = document([
      held("A", { quantity: 12, weight: 0.45 }),
      held("C", { quantity: 1, weight: 0.11 }),
      held("D", { quantity: -3, weight: -0.2 }),
    ]);
    const rows = positionChanges(before, after);
    expect(rows.map((row) => [row.symbol, row.kind])).toEqual([
      ["B", "gone"],
      ["D", "new"],
      ["A", "more"],
      ["C", "same"],
    ]);
    expect(rows[0]?.weight).toEqual({ before: 0.3, after: 0, difference: -0.3 });
    expect(rows[1]?.weight.difference).toBe(-0.2);
  });

  it("keeps null null and zero a value", () => {
    const before = document([held("A", { weight: null, risk_contribution: 0 })]);
    const after = document([held("A", { weight: 0.5, risk_contribution: 0 })]);
    const [row] = positionChanges(before, after);
    expect(row?.weight).toEqual({ before: null, after: 0.5, difference: null });
    expect(row?.risk).toEqual({ before: 0, after: 0, difference: 0 });
  });

  it("finds nothing where nothing is held", () => {
    expect(positionChanges(document([]), document([]))).toEqual([]);
  });
});

describe("headlineChanges", () => {
  it("puts the direction in words", () => {
    const before = document([], { net_asset_value: 100, market_beta_weighted: 0, hhi: null, leverage: 1 });
    const after = document([], { net_asset_value: 90, market_beta_weighted: 0.2, hhi: 700, leverage: 1.001 });
    const words = Object.fromEntries(headlineChanges(before, after).map((row) => [row.key, row.direction]));
    expect(words).toMatchObject({
      net_asset_value: "fell",
      market_beta_weighted: "rose",
      hhi: null,
      leverage: "same",
    });
  });

  it("says same where a difference reads as nothing", () => {
    const format = (value: number) => value.toFixed(1);
    expect(directionOf(0, format)).toBe("same");
    expect(directionOf(0.04, format)).toBe("same");
    expect(directionOf(-0.06, format)).toBe("fell");
    expect(directionOf(null, format)).toBeNull();
  });
});

describe("madeBetween", () => {
  const past = [
    point("2022-01-03", 100, 0.5),
    point("2022-01-04", 110, 0.1),
    point("2022-01-05", 110, 0),
    point("2022-01-06", 99, -0.1),
  ];

  it("adds each return times the value before it, without that of the first session", () => {
    expect(madeBetween(past, "2022-01-03", "2022-01-06")?.pnl).toBeCloseTo(10 + 0 - 11);
    expect(madeBetween(past, "2022-01-04", "2022-01-05")).toEqual({ pnl: 0, sessions: 1 });
  });

  it("does not guess where a return or an end is missing", () => {
    const gap = past.map((one, at) => (at === 2 ? { ...one, daily_return: null } : one));
    expect(madeBetween(gap, "2022-01-03", "2022-01-06")).toBeNull();
    expect(madeBetween(past, "2022-01-02", "2022-01-06")).toBeNull();
    expect(madeBetween([], "2022-01-02", "2022-01-06")).toBeNull();
  });
});

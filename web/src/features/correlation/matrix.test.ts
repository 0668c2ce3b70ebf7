import { describe, expect, it } from "vitest";
import { sentenceOf } from "./Correlation";
import { contrast, groundOf, paintOf } from "./colours";
import { cellOf, pairsOf, placeOf, rankedPairs, type Stored, similarityOrder } from "./matrix";

const STORED: Stored = {
  symbols: ["A", "B", "C", "D"],
  coefficients: [0.1, 0.9, 0, 0.2, -0.3, null],
  observations: [252, 250, 249, 200, 252, 31],
};

describe("the triangle", () => {
  it("is read row by row, and the same from both sides", () => {
    expect(placeOf(1, 0)).toBe(0);
    expect(placeOf(2, 1)).toBe(2);
    expect(placeOf(3, 0)).toBe(3);
    expect(cellOf(STORED, 0, 2)).toEqual({ value: 0.9, sessions: 250 });
    expect(cellOf(STORED, 2, 0)).toEqual({ value: 0.9, sessions: 250 });
    expect(cellOf(STORED, 1, 1)).toBeNull();
  });

  it("keeps 0 a value and null a pair without one", () => {
    expect(cellOf(STORED, 1, 2)?.value).toBe(0);
    expect(cellOf(STORED, 3, 2)).toEqual({ value: null, sessions: 31 });
    expect(pairsOf(STORED)).toHaveLength(6);
    expect(rankedPairs(STORED).map((pair) => pair.value)).toEqual([0.9, 0.2, 0.1, 0, -0.3]);
  });
});

describe("similarityOrder", () => {
  it("puts what moves together side by side, each symbol once", () => {
    const order = similarityOrder(STORED);
    expect([...order].sort()).toEqual([0, 1, 2, 3]);
    expect(Math.abs(order.indexOf(0) - order.indexOf(2))).toBe(1);
    expect(similarityOrder({ symbols: [], coefficients: [], observations: [] })).toEqual([]);
    expect(similarityOrder({ symbols: ["A"], coefficients: [], observations: [] })).toEqual([0]);
  });
});

describe("the sentence", () => {
  it("names both ends with the sessions behind them", () => {
    const told = sentenceOf(rankedPairs(STORED), new Set(["C"]));
    expect(told).toBe(
      "Most alike: A and C (short) (0.90 over 250 sessions). Most opposed: B and D (−0.30 over 252 sessions).",
    );
    expect(sentenceOf([], new Set())).toBe("");
    expect(sentenceOf(rankedPairs(STORED).slice(0, 1), new Set())).toContain("the only pair");
  });
});

describe("the colours", () => {
  it("have numbers that read well in both schemes", () => {
    for (const scheme of ["light", "dark"] as const) {
      for (let step = -100; step <= 100; step += 1) {
        const { ink } = paintOf(step / 100, scheme);
        const parts = ink.match(/\d+/g)?.map(Number) ?? [];
        const colour = [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0] as const;
        expect(contrast(colour, groundOf(step / 100, scheme))).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

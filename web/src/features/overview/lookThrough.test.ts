import { describe, expect, it } from "vitest";
import { day } from "~/lib/format";
import { lookThrough } from "./lookThrough";

const fund = (symbol: string, coverage = 0.999) => ({
  symbol,
  asof_date: "2026-09-01",
  share: 0.2,
  coverage,
  sectors: { Energy: coverage },
});

describe("funds that count by what they hold", () => {
  it("are named with the day and how much of them is known", () => {
    const [told] = lookThrough([fund("SPY")]);
    expect(told?.replace("\u202f", " ")).toBe(
      `SPY counts by its sectors of ${day("2026-09-01")} (99.9 % known)`,
    );
  });

  it("are counted after the third", () => {
    const told = lookThrough(["A", "B", "C", "D", "E"].map((symbol) => fund(symbol)));
    expect(told).toHaveLength(4);
    expect(told.at(-1)).toBe("so do 2 other funds");
    expect(lookThrough(["A", "B", "C", "D"].map((symbol) => fund(symbol))).at(-1)).toBe("so do 1 other fund");
  });

  it("are none where none is looked through", () => {
    expect(lookThrough(null)).toEqual([]);
  });
});

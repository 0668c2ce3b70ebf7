import { describe, expect, it } from "vitest";
import { comparison, ordered, type Sectors, sectorMessage } from "./sectors";

const sectors: Sectors = {
  Cash: { portfolio: 0.4, benchmark: 0, diff: 0.4 },
  Energy: { portfolio: 0.2, benchmark: 0.05, diff: 0.15 },
  "Information Technology": { portfolio: 0.05, benchmark: 0.26, diff: -0.21 },
  Unclassified: { portfolio: 0.3, benchmark: 0, diff: 0.3 },
  Utilities: { portfolio: 0.05, benchmark: 0.03, diff: 0.02 },
};

describe("sectors against the benchmark", () => {
  it("name the furthest sector and both ends, never cash", () => {
    const { headline, level, sentence } = sectorMessage(sectors, 0.7);
    expect([headline, level]).toEqual(["−21.0 points", "underweight Information Technology"]);
    expect(sentence.replaceAll("\u202f", " ")).toBe(
      "Furthest above the benchmark: Energy (20.0 % against 5.0 %). Furthest below: Information Technology (5.0 % against 26.0 %).",
    );
  });

  it("say that most is unclassified instead of comparing the rest", () => {
    const { headline, level } = sectorMessage(sectors, 0.3);
    expect(headline?.replace("\u202f", " ")).toBe("70.0 %");
    expect(level).toBe("of gross exposure has no known sector");
    const told = comparison(
      "Energy",
      { portfolio: 0.2, benchmark: 0.05, diff: 0.15 },
      {
        byDifference: false,
        comparable: false,
      },
    );
    expect(told).toEqual({ value: 0.2, mark: 0.05, difference: null, stance: null });
  });

  it("have no headline without weights of a benchmark", () => {
    const alone = { Energy: { portfolio: 1, benchmark: null, diff: null } };
    expect(sectorMessage(alone, 1).headline).toBeNull();
    expect(sectorMessage({}, null).headline).toBeNull();
  });

  it("are ordered by weight or difference, what is no sector last", () => {
    const names = (byDifference: boolean) => ordered(sectors, byDifference).map(([name]) => name);
    expect(names(false)).toEqual(["Energy", "Information Technology", "Utilities", "Unclassified", "Cash"]);
    expect(names(true)).toEqual(["Energy", "Utilities", "Information Technology", "Unclassified", "Cash"]);
  });

  it("compare cash with nothing", () => {
    const own = { portfolio: 0.4, benchmark: 0, diff: 0.4 };
    expect(comparison("Cash", own, { byDifference: false, comparable: true })).toEqual({
      value: 0.4,
      mark: null,
      difference: null,
      stance: null,
    });
  });
});

import { describe, expect, it } from "vitest";
import { dayLabels } from "~/charts/axes";
import { daysBetween, monthsBefore, shifted } from "~/lib/days";
import { quickOf as quickSessions } from "./CompareCard";
import { deepestFall } from "./families";
import { quickOf, rangeOf } from "./range";
import { nearestOf, type Point } from "./seriesQuery";

describe("dates", () => {
  it("goes back by months to a day that exists", () => {
    expect(monthsBefore("2022-12-28", 1)).toBe("2022-11-28");
    expect(monthsBefore("2022-03-31", 1)).toBe("2022-02-28");
    expect(monthsBefore("2024-02-29", 12)).toBe("2023-02-28");
    expect(monthsBefore("2022-01-15", 3)).toBe("2021-10-15");
  });

  it("counts days", () => {
    expect(shifted("2022-03-01", -1)).toBe("2022-02-28");
    expect(daysBetween("2022-02-28", "2022-03-01")).toBe(1);
    expect(daysBetween("2022-03-01", "2022-02-28")).toBe(-1);
  });
});

describe("rangeOf", () => {
  const nothing = { from: undefined, to: undefined };

  it("is the year up to the newest session unless the address says otherwise", () => {
    expect(rangeOf(nothing, "2022-12-28", "2022-12-28")).toEqual({ from: "2021-12-28", to: "2022-12-28" });
    expect(rangeOf({ from: "2022-06-01", to: undefined }, "2022-12-28", "2022-12-28").from).toBe(
      "2022-06-01",
    );
  });

  it("follows a session that is shown and older than that", () => {
    expect(rangeOf(nothing, "2022-12-28", "2020-05-04")).toEqual({ from: "2019-05-04", to: "2020-05-04" });
  });

  it("turns a range round that ends before it begins", () => {
    const wanted = { from: "2022-06-01", to: "2022-01-01" };
    expect(rangeOf(wanted, "2022-12-28", "2022-12-28")).toEqual({ from: "2022-01-01", to: "2022-06-01" });
  });

  it("knows its quick button", () => {
    expect(quickOf({ from: "2022-11-28", to: "2022-12-28" }, "2022-12-28")).toBe("1M");
    expect(quickOf({ from: "2022-11-27", to: "2022-12-28" }, "2022-12-28")).toBeNull();
  });
});

describe("sessions to compare with", () => {
  it("offers only what is stored near the date", () => {
    const sessions = ["2022-09-27", "2022-12-27", "2022-12-28"];
    expect(quickSessions("2022-12-28", sessions)).toEqual([
      { label: "Session before", to: "2022-12-27" },
      { label: "3 months before", to: "2022-09-27" },
    ]);
    expect(quickSessions("2022-12-28", ["2022-12-28"])).toEqual([]);
  });

  it("finds the nearest day, of two the earlier", () => {
    expect(nearestOf(["2022-12-23", "2022-12-27"], "2022-12-25")).toBe("2022-12-23");
    expect(nearestOf(["2022-12-23", "2022-12-27"], "2022-12-26")).toBe("2022-12-27");
    expect(nearestOf([], "2022-12-26")).toBeNull();
  });
});

describe("dayLabels", () => {
  const run = (count: number) => Array.from({ length: count }, (_, at) => shifted("2022-01-03", at));

  it("labels weeks, months or years by how long the range is", () => {
    expect([...dayLabels(run(15)).starts]).toEqual([7, 14]);
    expect(dayLabels(run(15)).write("2022-01-10")).toBe("10 Jan");
    expect(dayLabels(run(300)).write("2022-02-01")).toBe("Feb");
    expect(dayLabels(run(300)).write("2023-01-02")).toBe("Jan 2023");
    expect(dayLabels(run(2_000)).write("2023-01-02")).toBe("2023");
  });

  it("labels the ends where nothing begins in between, and nothing of nothing", () => {
    expect([...dayLabels(run(2)).starts]).toEqual([0, 1]);
    expect(dayLabels([]).starts.size).toBe(0);
  });
});

describe("deepestFall", () => {
  const past = (returns: readonly (number | null)[]) =>
    returns.map(
      (change, at) => ({ snapshot_date: shifted("2022-01-03", at), daily_return: change }) as Point,
    );

  it("goes from the highest to the lowest after it", () => {
    const fall = deepestFall(past([0.9, 0.1, -0.1, -0.1, 0.5, -0.05]));
    expect(fall?.share).toBeCloseTo(-0.19);
    expect([fall?.from, fall?.to]).toEqual(["2022-01-04", "2022-01-06"]);
  });

  it("is null where nothing fell, or a return is missing", () => {
    expect(deepestFall(past([0.1, 0.1, 0]))).toBeNull();
    expect(deepestFall(past([0.1, null, -0.1]))).toBeNull();
    expect(deepestFall([])).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { ProblemError } from "~/api/client";
import { faultsOf } from "~/api/faults";
import { matches, nextOrder, readOrder, sorted, writeOrder } from "~/lib/sorting";
import { COLUMNS, changeOf, newestOf, type Summary, summaryOf } from "./summaries";

const ONE = {
  id: 1,
  name: "Growth",
  currency: "USD",
  snapshot_date: "2022-12-28",
  net_asset_value: 0,
  daily_return: 0,
  market_beta_weighted: 0,
  expected_volatility_21d: null,
  hhi: null,
  market_beta_coverage: 0.3,
  volatility_coverage: 1,
  findings_count: 0,
  nav_history: [100, 0],
};

describe("orders", () => {
  const otherwise = { key: "name", down: false };

  it("are read from the address, and what it may not name is not", () => {
    expect(readOrder("-beta", ["beta"], otherwise)).toEqual({ key: "beta", down: true });
    expect(readOrder("beta", ["beta"], otherwise)).toEqual({ key: "beta", down: false });
    expect(readOrder("-toString", ["beta"], otherwise)).toBe(otherwise);
    expect(readOrder(undefined, ["beta"], otherwise)).toBe(otherwise);
    expect(writeOrder(readOrder("-beta", ["beta"], otherwise))).toBe("-beta");
  });

  it("turn at the second press, and numbers begin with the largest", () => {
    expect(nextOrder(otherwise, "nav", true)).toEqual({ key: "nav", down: true });
    expect(nextOrder({ key: "nav", down: true }, "nav", true)).toEqual({ key: "nav", down: false });
    expect(nextOrder({ key: "nav", down: true }, "name", false)).toEqual(otherwise);
  });

  it("put what is not known last, either way, and 0 between −1 and 1", () => {
    const rows = [null, 1, -1, undefined, 0];
    expect(sorted(rows, (row) => row, false)).toEqual([-1, 0, 1, null, undefined]);
    expect(sorted(rows, (row) => row, true)).toEqual([1, 0, -1, null, undefined]);
  });

  it("count within names", () => {
    expect(sorted(["Fund 10", "fund 9", "Alpha"], (row) => row, false)).toEqual([
      "Alpha",
      "fund 9",
      "Fund 10",
    ]);
  });
});

describe("what is typed", () => {
  it("finds each word in any of the texts", () => {
    expect(matches("tech aapl", ["AAPL", null, "Information Technology"])).toBe(true);
    expect(matches("tech xom", ["AAPL", null, "Information Technology"])).toBe(false);
    expect(matches("", ["AAPL"])).toBe(true);
  });
});

describe("summaries", () => {
  it("keep 0 as a value", () => {
    const one = summaryOf(ONE);
    expect(one.findings).toBe(0);
    expect(COLUMNS.beta?.(one)).toBe(0);
    expect(COLUMNS.nav?.(one)).toBe(0);
    expect(COLUMNS.volatility?.(one)).toBeNull();
  });

  it("measure a change only between known values", () => {
    expect(changeOf([null, 100, null, 110])).toBeCloseTo(0.1);
    expect(changeOf([100, 0])).toBe(-1);
    expect(changeOf([0, 100])).toBeNull();
    expect(changeOf([100, null])).toBeNull();
    expect(changeOf([100])).toBeNull();
  });

  it("know the newest session of all", () => {
    const of = (snapshot_date: string | null) => ({ snapshot_date }) as Summary;
    expect(newestOf([of(null), of("2022-12-27"), of("2022-12-28")])).toBe("2022-12-28");
    expect(newestOf([of(null)])).toBeNull();
  });
});

describe("faults", () => {
  it("stand at their fields, and the rest together", () => {
    const error = new ProblemError(422, "Invalid request", "body.cash_balance: x", null, [
      { location: "body.cash_balance", detail: "Input should be a valid decimal" },
      { location: "body.exit_date", detail: "Value error, a date is written YYYY-MM-DD" },
      { location: "body.else", detail: "unknown" },
    ]);
    expect(faultsOf(error, ["cash_balance", "exit_date"])).toEqual({
      fields: { cash_balance: "not a number", exit_date: "a date is written YYYY-MM-DD" },
      rest: "body.else: unknown",
    });
  });

  it("tell what has no field, with its hint", () => {
    const error = new ProblemError(409, "Conflict", "that name is taken", "choose another", []);
    expect(faultsOf(error, ["name"])).toEqual({ fields: {}, rest: "that name is taken (choose another)" });
  });
});

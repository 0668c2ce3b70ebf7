import { describe, expect, it } from "vitest";
import { headsOf, KINDS, MOST_BYTES, readKind, refusalOf } from "./kinds";
import { addressOf, byPlace, holdingsReport, instrumentsReport, NO_OPTIONS, scenariosReport } from "./report";

const PORTFOLIO = {
  portfolio_id: null,
  name: "Growth",
  status: "unchanged",
  cash_balance: 0,
  market_index: "SPY",
  added: 0,
  changed: 0,
  unchanged: 8,
  kept: 0,
  removed: 0,
};
const HOLDINGS = {
  dry_run: true,
  bad: [],
  bad_count: 0,
  warnings: [],
  portfolios: [PORTFOLIO],
  run_request_id: null,
};

describe("kinds", () => {
  it("are read from the address; instruments only by administrators", () => {
    expect(readKind("instruments", true).name).toBe("instruments");
    expect(readKind("instruments", false).name).toBe("positions");
    expect(readKind("toString", true).name).toBe("positions");
    expect(readKind(undefined, false).name).toBe("positions");
  });

  it("refuse wrong endings, and files that are too large or empty", () => {
    const csv = KINDS.positions;
    expect(refusalOf({ name: "A.CSV", size: 10 }, csv)).toBeNull();
    expect(refusalOf({ name: "a.csv", size: MOST_BYTES }, csv)).toBeNull();
    expect(refusalOf({ name: "a.csv", size: MOST_BYTES + 1 }, csv)).toMatch(/5 MiB/);
    expect(refusalOf({ name: "a.csv", size: 0 }, csv)).toMatch(/empty/);
    expect(refusalOf({ name: "a.xlsx", size: 10 }, csv)).toMatch(/\.csv/);
    expect(refusalOf({ name: "a.csv", size: 10 }, KINDS.scenarios)).toMatch(/\.toml/);
  });

  it("find the heads of a file, whatever separates them", () => {
    expect(headsOf("\uFEFFSymbol;Quantity;Portfolio\r\nA;1;X")).toEqual(["symbol", "quantity", "portfolio"]);
    expect(headsOf('"symbol",\t"portfolio"')).toContain("portfolio");
    expect(headsOf("")).toEqual([""]);
  });

  it("have templates with the heads that they name", () => {
    for (const kind of [KINDS.positions, KINDS.portfolios, KINDS.instruments]) {
      const named = kind.columns.flatMap(([name]) => name.split(", "));
      for (const head of headsOf(kind.template)) expect(named).toContain(head);
    }
  });
});

describe("addresses", () => {
  it("have the options of the kind, and no others", () => {
    const options = {
      ...NO_OPTIONS,
      portfolio: " My & own ",
      balance: "cash" as const,
      amount: "0",
      replace: true,
    };
    expect(addressOf(KINDS.positions, "a/b.csv", options, true)).toBe(
      "/api/v1/imports/positions?dry_run=true&name=a+b.csv&portfolio=My+%26+own&cash=0&replace=true",
    );
    expect(addressOf(KINDS.portfolios, "p.csv", options, false)).toBe(
      "/api/v1/imports/portfolios?dry_run=false&name=p.csv",
    );
  });
});

describe("reports", () => {
  it("have no changes when the file is stored already", () => {
    const report = holdingsReport(HOLDINGS);
    expect(report.changes).toEqual([]);
    expect(report.stays).toEqual(["8 lots unchanged"]);
  });

  it("count what changes over all portfolios", () => {
    const created = { ...PORTFOLIO, status: "created", added: 1, unchanged: 0, kept: 2 };
    const changed = { ...PORTFOLIO, status: "changed", added: 2, removed: 1, unchanged: 0 };
    const report = holdingsReport({ ...HOLDINGS, portfolios: [created, changed] });
    expect(report.changes).toEqual([
      "1 portfolio created",
      "1 portfolio changed",
      "3 lots added",
      "1 lot removed",
    ]);
    expect(report.stays).toEqual(["2 lots kept that the file lacks"]);
  });

  it("tell the other kinds in the same way", () => {
    const shared = { dry_run: true, bad: [], bad_count: 0, warnings: [] };
    expect(instrumentsReport({ ...shared, written: 0, unchanged: 0 }).changes).toEqual([]);
    expect(instrumentsReport({ ...shared, written: 1, unchanged: 0 }).changes).toEqual([
      "1 instrument new or changed",
    ]);
    const scenarios = scenariosReport({
      dry_run: true,
      faults: [{ name: "a", key: "", reason: "nothing moves" }],
      warnings: [],
      added: ["b"],
      changed: [],
      unchanged: [],
      kept: [],
      removed: [],
      run_request_id: 5,
    });
    expect(scenarios.badCount).toBe(1);
    expect(scenarios.bad).toEqual([{ place: "a", column: "", reason: "nothing moves" }]);
    expect(scenarios.changes).toEqual(["1 scenario added"]);
    expect(scenarios.runRequestId).toBe(5);
  });

  it("group bad cells by line, in the order of the file", () => {
    const cell = (place: string, column: string) => ({ place, column, reason: "x" });
    expect(
      byPlace([cell("10", "a"), cell("2", "b"), cell("10", "c")]).map(([place, all]) => [place, all.length]),
    ).toEqual([
      ["10", 2],
      ["2", 1],
    ]);
    expect(byPlace([])).toEqual([]);
  });
});

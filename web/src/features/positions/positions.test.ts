import { describe, expect, it } from "vitest";
import type { Complete, Holding } from "~/api/queries";
import { groupsFor, readGroups, writeGroups } from "./columns";
import { FILE_HEADS, fileRow, filtered, rowsOf, SORTS, sumOf } from "./holdings";
import { changeOf, formOf, inputOf, type Lot, stateOf } from "./lots";

const HOLDING = {
  symbol: "AAPL",
  name: "Apple",
  sector: "Information Technology",
  quantity: 10,
  price: 100,
  price_date: "2022-12-28",
  value: 1000,
  weight: 0.5,
  share: 0.5,
  risk_contribution: 0,
  beta: 0,
  volatility_trend: "stable",
  expected_volatility_clamped: false,
  reasons: {},
} as unknown as Holding;

function found(holdings: Holding[], findings: Complete["data_quality"]["findings"] = []): Complete {
  return {
    holdings,
    portfolio: { market_index: "SPY" },
    snapshot: { snapshot_date: "2022-12-28", market_index: null },
    data_quality: { missing: {}, findings },
  } as unknown as Complete;
}

describe("holdings", () => {
  it("are complete without reasons, and 0 is a value", () => {
    const [row] = rowsOf(found([HOLDING]));
    expect(row?.statuses).toEqual([]);
    expect(row?.oldPrice).toBeNull();
    expect(row && SORTS.beta?.(row)).toBe(0);
  });

  it("tell each reason once, whether its own or of a finding that names it", () => {
    const reasons = { beta: "short_history", volatility_trend: "short_history" };
    const finding = { metric: "sector_exposure", kind: "partial", reason: "unclassified", symbols: ["AAPL"] };
    const other = { metric: "hhi", kind: "partial", reason: "imputed", symbols: ["XOM"] };
    const [row] = rowsOf(found([{ ...HOLDING, reasons } as Holding], [finding, other]));
    expect(row?.statuses.map(({ what }) => what)).toEqual([
      "not enough sessions of prices yet",
      "no GICS sector is known",
    ]);
  });

  it("say when a price is older than the session, or there is none", () => {
    const [old] = rowsOf(found([{ ...HOLDING, price_date: "2022-12-20" }]));
    expect(old?.oldPrice).toBe("2022-12-20");
    expect(old?.statuses[0]?.what).toBe("its price is of 20 Dec 2022");
    const [none] = rowsOf(found([{ ...HOLDING, price: null, price_date: null }]));
    expect(none?.oldPrice).toBeNull();
    expect(none?.statuses).toHaveLength(1);
  });

  it("name the market index that lacks prices", () => {
    const reasons = { beta: "market_index_unpriced" };
    const [row] = rowsOf(found([{ ...HOLDING, reasons } as Holding]));
    expect(row?.statuses[0]?.what).toBe("the market index SPY has no prices");
  });

  it("are none where the document has none", () => {
    expect(rowsOf({ ...found([]), holdings: null })).toEqual([]);
  });

  it("are filtered by text, side and finding", () => {
    const rows = rowsOf(
      found([HOLDING, { ...HOLDING, symbol: "XOM", name: null, sector: null, quantity: -5, price: null }]),
    );
    const symbols = (text: string, side: "all" | "long" | "short", findingsOnly = false) =>
      filtered(rows, { text, side, findingsOnly }).map((row) => row.symbol);
    expect(symbols("", "all")).toEqual(["AAPL", "XOM"]);
    expect(symbols("", "long")).toEqual(["AAPL"]);
    expect(symbols("", "short")).toEqual(["XOM"]);
    expect(symbols("unclass", "all")).toEqual(["XOM"]);
    expect(symbols("apple", "short")).toEqual([]);
    expect(symbols("", "all", true)).toEqual(["XOM"]);
  });

  it("sum what is known, and count what is not", () => {
    const rows = rowsOf(found([HOLDING, { ...HOLDING, value: null }, { ...HOLDING, value: -1000 }]));
    expect(sumOf(rows, (row) => row.value)).toEqual({ sum: 0, unknown: 1 });
    expect(sumOf(rows.slice(1, 2), (row) => row.value)).toEqual({ sum: null, unknown: 1 });
  });

  it("make a row of the file as long as its head, null and 0 apart", () => {
    const [row] = rowsOf(found([{ ...HOLDING, name: null }]));
    const cells = row ? fileRow(row) : [];
    expect(cells).toHaveLength(FILE_HEADS.length);
    expect(cells[FILE_HEADS.indexOf("beta")]).toBe(0);
    expect(cells[FILE_HEADS.indexOf("name")]).toBeNull();
  });
});

describe("columns", () => {
  it("are those that have room, unless the address says", () => {
    expect(groupsFor(800)).toEqual(["share", "beta"]);
    expect(groupsFor(2000)).toHaveLength(5);
    expect(readGroups("beta,nonsense", [])).toEqual(["beta"]);
    expect(readGroups(writeGroups([]), ["beta"])).toEqual([]);
    expect(readGroups(undefined, ["beta"])).toEqual(["beta"]);
  });
});

describe("lots", () => {
  const LOT: Lot = {
    id: 7,
    portfolio_id: 1,
    symbol: "AAPL",
    position_type: "SHORT",
    quantity: 25,
    multiplier: 1,
    entry_price: 0.1,
    entry_date: "2022-01-03",
    exit_price: null,
    exit_date: null,
  };

  it("change only what was changed, and null what was emptied", () => {
    const form = formOf(LOT);
    expect(changeOf(LOT, form)).toEqual({});
    expect(changeOf(LOT, { ...form, quantity: "30.10", entry_date: "" })).toEqual({
      quantity: "30.10",
      entry_date: null,
    });
  });

  it("go out with every digit that was typed", () => {
    const asked = inputOf({ ...formOf(null), symbol: " brk-b ", quantity: "0.100000000000000001" });
    expect(asked.symbol).toBe("brk-b");
    expect(asked.quantity).toBe("0.100000000000000001");
    expect(asked.position_type).toBe("LONG");
    expect(asked.exit_date).toBeNull();
  });

  it("are held from their entry on, and not on their exit", () => {
    expect(stateOf(LOT, "2022-01-02")).toBe("later");
    expect(stateOf(LOT, "2022-01-03")).toBe("open");
    expect(stateOf({ ...LOT, exit_date: "2022-02-01" }, "2022-01-31")).toBe("open");
    expect(stateOf({ ...LOT, exit_date: "2022-02-01" }, "2022-02-01")).toBe("ended");
    expect(stateOf({ entry_date: null, exit_date: null }, "1900-01-01")).toBe("open");
  });
});

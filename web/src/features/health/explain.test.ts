import { describe, expect, it } from "vitest";
import { byKind, explain, type Finding, kindOf } from "./explain";

const finding = (metric: string, kind: string, reason: string, symbols: string[] = []): Finding =>
  ({ metric, kind, reason, symbols }) as Finding;

describe("explain", () => {
  it("has nothing to say of nothing", () => {
    expect(explain([])).toEqual([]);
    expect(byKind([])).toEqual([]);
  });
  it("tells one cause once", () => {
    const [one, ...others] = explain([
      finding("tracking_error", "missing", "short_history"),
      finding("max_drawdown", "missing", "short_history"),
      finding("max_drawdown", "missing", "short_history"),
    ]);
    expect(others).toEqual([]);
    expect(one?.what).toBe("Not enough sessions of prices yet");
    expect(one?.effect).toBe("The tracking error and the deepest fall are not shown.");
    expect(one?.mend).toBe("prices");
  });
  it("keeps causes of other symbols apart", () => {
    const found = explain([
      finding("price_coverage", "partial", "stale", ["A"]),
      finding("price_coverage", "partial", "stale", ["B"]),
    ]);
    expect(found.map((one) => one.symbols)).toEqual([["A"], ["B"]]);
    expect(found[0]?.effect).toBe("Valued at the last close before the session.");
  });
  it("agrees with how many symbols need the remedy", () => {
    const remedies = [["A"], ["A", "B"]].map(
      (symbols) => explain([finding("sector_exposure", "partial", "unclassified", symbols)])[0]?.remedy,
    );
    expect(remedies).toEqual([
      "Give it a sector, then compute the session again.",
      "Give them sectors, then compute the session again.",
    ]);
  });
  it("says something of what it does not know", () => {
    const [one] = explain([finding("new_metric", "other", "new_reason")]);
    expect(one?.kind).toBe("flag");
    expect(one?.effect).toBe("New metric stands as computed.");
    expect(one?.mend).toBeNull();
  });
});

it("puts what is not shown first", () => {
  const entries = explain([
    finding("hhi", "flag", "extreme"),
    finding("max_drawdown", "missing", "short_history"),
    finding("hhi", "partial", "left_out", ["A"]),
  ]);
  expect(byKind(entries).map(([kind]) => kind)).toEqual(["missing", "partial", "flag"]);
  expect(kindOf("missing")).toBe("missing");
});

import { describe, expect, it } from "vitest";
import {
  constant,
  elapsed,
  type Run,
  type RunRequest,
  secondsBetween,
  sessionsOf,
  shownRun,
  uncounted,
  whoseOf,
} from "./runs";

const request = (id: number, status: RunRequest["status"], more: Partial<RunRequest> = {}): RunRequest => ({
  id,
  portfolio_id: null,
  everybody: false,
  as_of_from: null,
  as_of_to: null,
  status,
  sessions_done: 0,
  sessions_total: null,
  run_id: null,
  error: null,
  hint: null,
  requested_at: "2026-01-01T00:00:00Z",
  finished_at: null,
  ...more,
});

describe("requests", () => {
  it("says whose they are", () => {
    const names = new Map([[7, "Growth"]]);
    expect(whoseOf(request(1, "queued"), names)).toBe("all of yours");
    expect(whoseOf(request(1, "queued", { portfolio_id: 7 }), names)).toBe("Growth");
    expect(whoseOf(request(1, "queued", { portfolio_id: 8 }), names)).toBe("a portfolio that is gone");
    expect(whoseOf(request(1, "queued", { everybody: true }), names)).toBe("everybody’s portfolios");
  });
});

describe("words", () => {
  it("names sessions", () => {
    expect(sessionsOf(null, null)).toBe("newest session");
    expect(sessionsOf("2022-12-28", "2022-12-28")).toBe("28 Dec 2022");
    expect(sessionsOf("2022-12-01", "2022-12-28")).toBe("1 Dec 2022 to 28 Dec 2022");
  });
  it("tells time, 0 too", () => {
    expect(elapsed(0)).toBe("0 s");
    expect(elapsed(61)).toBe("1 min");
    expect(elapsed(7_500)).toBe("2 h 5 min");
    expect(secondsBetween("2026-01-01T00:00:10Z", "2026-01-01T00:00:00Z")).toBe(0);
  });
  it("writes constants as they are", () => {
    expect(constant(0)).toBe("0");
    expect(constant(0.94)).toBe("0.94");
    expect(constant(252)).toBe("252");
    expect(constant(null)).toBe("none");
    expect(constant(["a", 1])).toBe("a,1");
  });
  it("says why a count is missing", () => {
    const run = (status: string) => ({ status }) as Run;
    expect(uncounted(run("running"))).toContain("ends");
    expect(uncounted(run("failed"))).toContain("before");
    expect(uncounted(run("succeeded"))).toContain("administrators");
  });
  it("reads the run of the address", () => {
    expect(shownRun("run-12")).toBe(12);
    expect(shownRun("")).toBeNull();
    expect(shownRun("run-x")).toBeNull();
  });
});

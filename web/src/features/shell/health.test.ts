import { describe, expect, it } from "vitest";
import { healthOf } from "./health";

const ready = { newest_snapshot: "2022-12-28", sessions_behind: 1, fresh: true };
const old = { ...ready, sessions_behind: 981, fresh: false };
const shown = { snapshotDate: "2022-12-28", newest: true, findings: 0 };

describe("the health pill", () => {
  it("is healthy where nothing is found and the newest session is a fresh one", () => {
    expect(healthOf(shown, ready)).toEqual({ sound: true, told: "✓ Healthy" });
  });

  it("says how many sessions have gone by, and what was found", () => {
    expect(healthOf(shown, old)).toEqual({ sound: false, told: "! Stale: 981 sessions" });
    expect(healthOf({ ...shown, findings: 1 }, old).told).toBe("! Stale: 981 sessions · 1 finding");
    expect(healthOf({ ...shown, findings: 3 }, ready).told).toBe("! 3 findings");
  });

  it("says since when a portfolio was left out of newer sessions", () => {
    expect(healthOf({ ...shown, snapshotDate: "2022-12-01" }, ready).told).toBe("! Stale: since 1 Dec 2022");
  });

  it("does not call a session of the past stale, nor one whose age is not known yet", () => {
    expect(healthOf({ ...shown, snapshotDate: "2022-12-01", newest: false }, ready).sound).toBe(true);
    expect(healthOf(shown, undefined).sound).toBe(true);
  });

  it("says so where the server does not tell whether the numbers are recent", () => {
    expect(healthOf(shown, "unknown")).toEqual({ sound: false, told: "! Not known whether recent" });
    expect(healthOf({ ...shown, newest: false }, "unknown").sound).toBe(true);
  });
});

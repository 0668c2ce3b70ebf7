import { describe, expect, it } from "vitest";
import { groupsOf, type Stored } from "./groups";

const stored = (scenario: string, kind: string, pnl: number) =>
  ({ scenario, kind, pnl, pnl_pct: pnl, coverage: 1, shock: null }) as Stored;

describe("replays", () => {
  it("are the user's own by their name, however that looks", () => {
    const groups = groupsOf(
      [
        stored("covid_2020", "replay", -9),
        stored("rates_up_50", "replay", -3),
        stored("Euro crisis", "replay", -2),
        stored("oil_down_30", "user", -1),
      ],
      [],
    );
    expect(groups.replay.map((one) => one.scenario)).toEqual(["covid_2020"]);
    expect(groups.own.map((one) => one.name)).toEqual(["rates_up_50", "Euro crisis", "oil_down_30"]);
  });
});

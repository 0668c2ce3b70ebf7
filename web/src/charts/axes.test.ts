import { describe, expect, it } from "vitest";
import { dayLabels, sessionAxis } from "./axes";
import type { Palette } from "./EChart";

const palette: Palette = {
  accent: "#000",
  accentSoft: "#000",
  second: "#000",
  more: "#000",
  less: "#000",
  line: "#000",
  quiet: "#000",
  text: "#000",
  surface: "#000",
  track: "#000",
};

function everyDay(from: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) =>
    new Date(Date.parse(`${from}T00:00:00Z`) + at * 86_400_000).toISOString().slice(0, 10),
  );
}

describe("labels of sessions", () => {
  it("name the first of each month, and January with its year", () => {
    const days = everyDay("2021-11-15", 90);
    const { starts, write } = dayLabels(days);
    expect([...starts].map((at) => write(days[at] ?? ""))).toEqual(["Dec", "Jan 2022", "Feb"]);
  });

  it("name weeks by their Monday where the span is short", () => {
    const days = everyDay("2022-06-01", 14); // a Wednesday
    const { starts, write } = dayLabels(days);
    expect([...starts].map((at) => write(days[at] ?? ""))).toEqual(["6 Jun", "13 Jun"]);
  });

  it("are years where the span is long, and none where there are no sessions", () => {
    const days = everyDay("2018-12-30", 1_200);
    const { starts, write } = dayLabels(days);
    expect([...starts].map((at) => write(days[at] ?? ""))).toEqual(["2019", "2020", "2021", "2022"]);
    expect(dayLabels([]).starts.size).toBe(0);
  });

  it("are blank for what follows the last session, which is no date", () => {
    const { axisLabel } = sessionAxis(palette, everyDay("2022-01-01", 100), { ahead: ["+1", "+2"] });
    expect(axisLabel.formatter("+1", 100)).toBe("");
    expect(axisLabel.formatter("2022-02-01", 31)).toBe("Feb");
  });
});

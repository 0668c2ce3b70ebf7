import { expect, it } from "vitest";
import { isDay } from "./days";

it("knows a day of the calendar from what only looks like one", () => {
  for (const good of ["2022-12-28", "2024-02-29", "0001-01-01", "9999-12-31"]) expect(isDay(good)).toBe(true);
  for (const bad of ["2024-13-45", "2023-02-29", "2022-00-10", "0000-01-01", "foo", "", "2022-1-1"])
    expect(isDay(bad)).toBe(false);
  for (const other of [20221228, null, undefined, ["2022-12-28"]]) expect(isDay(other)).toBe(false);
});

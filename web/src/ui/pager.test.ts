import { expect, it } from "vitest";
import { partOf } from "./Pager";

it("cuts rows into pages, and stays within them", () => {
  expect(partOf(undefined, 120, 50)).toEqual({ page: 1, pages: 3, from: 0, to: 50 });
  expect(partOf("3", 120, 50)).toEqual({ page: 3, pages: 3, from: 100, to: 120 });
  expect(partOf("9", 120, 50).page).toBe(3);
  for (const none of ["0", "-1", "x", ""]) expect(partOf(none, 120, 50).page).toBe(1);
  expect(partOf("1", 0, 50)).toEqual({ page: 1, pages: 1, from: 0, to: 0 });
});

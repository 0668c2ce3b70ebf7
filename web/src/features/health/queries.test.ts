import { expect, it } from "vitest";
import { isSound, ordered, type Summary } from "./queries";

const of = (id: number, findings_count: number | null, snapshot_date: string | null = "2022-12-28") =>
  ({ id, findings_count, snapshot_date }) as Summary;

it("is sound with 0 findings and a snapshot only", () => {
  expect(isSound(of(1, 0))).toBe(true);
  expect(isSound(of(1, 1))).toBe(false);
  expect(isSound(of(1, null, null))).toBe(false);
  expect(isSound(of(1, null))).toBe(false);
});

it("puts the chosen one first, then what needs a look", () => {
  const all = [of(1, 0), of(2, 3), of(3, 0), of(4, null, null)];
  expect(ordered(all, 3).map((one) => one.id)).toEqual([3, 2, 4, 1]);
  expect(ordered(all, undefined).map((one) => one.id)).toEqual([2, 4, 1, 3]);
  expect(ordered([], 1)).toEqual([]);
});

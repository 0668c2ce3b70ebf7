import { expect, it } from "vitest";
import { chaptersOf, matching, plain, type Section, sectionAt } from "./sections";

const of = (level: number, id: string, html = "", anchors: string[] = []): Section => ({
  level,
  id,
  title: id,
  anchors,
  html,
});
const SECTIONS = [
  of(1, "methods"),
  of(2, "volatility", "<p>How much</p>"),
  of(3, "vol_daily", "<p>0 is a value, weight<sub>i</sub></p>", ["vol_daily_count"]),
  of(3, "vol_weekly", "<p>five</p>"),
  of(2, "reasons", "<p>Why</p>"),
];

it("puts metrics below their chapter", () => {
  expect(chaptersOf(SECTIONS).map((one) => [one.head.id, one.metrics.length])).toEqual([
    ["volatility", 2],
    ["reasons", 0],
  ]);
});

it("finds by every word, also 0 and other names", () => {
  const found = (sought: string) =>
    matching(chaptersOf(SECTIONS), sought).map((one) => [one.head.id, ...one.metrics.map((two) => two.id)]);
  expect(found(" ")).toHaveLength(2);
  expect(found("0 VALUE")).toEqual([["volatility", "vol_daily"]]);
  expect(found("vol_daily_count")).toEqual([["volatility", "vol_daily"]]);
  expect(found("weighti")).toEqual([["volatility", "vol_daily"]]);
  expect(found("nothing")).toEqual([]);
});

it("leads an anchor to its section", () => {
  expect(sectionAt(SECTIONS, "vol_daily_count")?.id).toBe("vol_daily");
  expect(sectionAt(SECTIONS, "none")).toBeUndefined();
  expect(plain(of(3, "a", "<p>b &amp; <code>c</code></p>"))).toBe("a   b &amp; c ");
});

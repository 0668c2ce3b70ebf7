import { expect, it } from "vitest";
import { METRICS } from "~/features/methods/metrics";
import { offered, type Place } from "./palette";

const place = (label: string, words?: string): Place => ({ id: label, label, words, go: () => undefined });
const named = (typed: string, groups: Record<string, Place[]>) =>
  offered(
    Object.entries(groups).map(([group, places]) => ({ group, places })),
    typed,
  ).map(({ group, places }) => `${group}: ${places.map((one) => one.label).join(", ")}`);

it("offers a few of each group, so that many portfolios hide no metric", () => {
  const many = Array.from({ length: 5_000 }, (_, at) => place(`beta ${at}`));
  const found = offered(
    [
      { group: "Portfolios", places: many },
      { group: "Metrics", places: METRICS.map((one) => place(one.title, one.words)) },
    ],
    "beta",
  );
  expect(found.map(({ group }) => group)).toEqual(["Portfolios", "Metrics"]);
  expect(found[0]?.places).toHaveLength(8);
  expect(found[1]?.places.map((one) => one.label)).toContain("market_beta_weighted");
});

it("finds by every word, also of what stands behind a label, what begins so first", () => {
  const symbols = [place("TSLA", "Apple grower"), place("AAPL", "Apple Inc."), place("APPX")];
  expect(named("app", { Symbols: symbols })).toEqual(["Symbols: APPX, TSLA, AAPL"]);
  expect(named("inc apple", { Symbols: symbols })).toEqual(["Symbols: AAPL"]);
  expect(named("nothing", { Symbols: symbols })).toEqual([]);
});

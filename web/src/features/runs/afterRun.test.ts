import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { afterRun } from "./afterRun";

const KEYS = [
  ["complete", 1, null],
  ["complete", 2, null],
  ["series", 1, "oldest"],
  ["series", 2, null, null],
  ["portfolios", "first"],
  ["ready"],
  ["runs"],
  ["run-requests"],
  ["session"],
  ["terms", 1],
];

function staleAfter(portfolioId: number | null): string[] {
  const client = new QueryClient();
  for (const key of KEYS) client.setQueryData(key, 0);
  afterRun(client, portfolioId);
  return KEYS.filter((key) => client.getQueryState(key)?.isInvalidated).map((key) => key.join(" "));
}

it("asks again for what the run of one portfolio may have changed", () => {
  expect(staleAfter(1)).toEqual([
    "complete 1 ",
    "series 1 oldest",
    "portfolios first",
    "ready",
    "runs",
    "run-requests",
  ]);
});

it("asks again for every portfolio after a run of all", () => {
  expect(staleAfter(null)).toContain("complete 2 ");
  expect(staleAfter(null)).toContain("series 2  ");
  expect(staleAfter(null)).not.toContain("session");
});

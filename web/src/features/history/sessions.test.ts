import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { neighboursQuery } from "./seriesQuery";

const STORED = ["2019-01-04", "2019-03-01", "2019-03-04", "2019-03-05", "2024-12-30", "2024-12-31"];
let asked: string[];

beforeEach(() => {
  asked = [];
  vi.stubGlobal("fetch", async ({ url }: Request) => {
    const search = new URL(url).searchParams;
    asked.push(String(search));
    const [from, to] = [search.get("from") ?? "", search.get("to") ?? "9999"];
    const days = STORED.filter((day) => day >= from && day <= to);
    const limit = Number(search.get("limit"));
    return Response.json({
      items: days.slice(0, limit).map((snapshot_date) => ({ snapshot_date })),
      next_cursor: days.length > limit ? "more" : null,
    });
  });
});
afterEach(() => vi.unstubAllGlobals());

const beside = (day: string) => new QueryClient().fetchQuery(neighboursQuery(1, day));

it("finds the sessions beside one that is years old, by two small questions", async () => {
  expect(await beside("2019-03-04")).toEqual({
    before: "2019-03-01",
    after: "2019-03-05",
    afterIsNewest: false,
  });
  expect(asked).toHaveLength(2);
});

it("finds them over a long gap, and says which is the newest", async () => {
  expect(await beside("2019-03-01")).toMatchObject({ before: "2019-01-04", after: "2019-03-04" });
  expect(await beside("2024-12-30")).toEqual({
    before: "2019-03-05",
    after: "2024-12-31",
    afterIsNewest: true,
  });
  expect(await beside("2024-12-31")).toMatchObject({ before: "2024-12-30", after: null });
  expect(await beside("2019-01-04")).toMatchObject({ before: null, after: "2019-03-01" });
});

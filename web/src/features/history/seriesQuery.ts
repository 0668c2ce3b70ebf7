/** The main numbers of each session between two dates, and which sessions are stored at all. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schema } from "~/api/client";
import { daysBetween, shifted } from "~/lib/days";

export type Point = Schema<"SeriesPointModel">;

const PAGE = 500;
const MOST = 20_000; // sessions: eighty years

interface Asked {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit?: number;
}

async function pageOf(portfolioId: number, { from, to, limit = PAGE }: Asked, cursor: string | null) {
  const query = { limit, ...(from ? { from } : {}), ...(to ? { to } : {}), ...(cursor ? { cursor } : {}) };
  return answered(
    await api.GET("/api/v1/portfolios/{portfolio_id}/timeseries", {
      params: { path: { portfolio_id: portfolioId }, query },
    }),
  );
}

async function fetchPoints(portfolioId: number, asked: Asked): Promise<Point[]> {
  const points: Point[] = [];
  let cursor: string | null = null;
  do {
    const page: Schema<"Page_SeriesPointModel_"> = await pageOf(portfolioId, asked, cursor);
    points.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && points.length < (asked.limit ?? MOST));
  return points;
}

async function fetchDays(portfolioId: number, asked: Asked): Promise<string[]> {
  return (await fetchPoints(portfolioId, asked)).map((point) => point.snapshot_date);
}

export function seriesQuery(portfolioId: number, from: string | undefined, to: string | undefined) {
  return queryOptions({
    queryKey: ["series", portfolioId, from ?? null, to ?? null],
    queryFn: () => fetchPoints(portfolioId, { from, to }),
  });
}

/** The oldest stored session; null where there is none. */
export function oldestQuery(portfolioId: number) {
  return queryOptions({
    queryKey: ["series", portfolioId, "oldest"],
    queryFn: async () => (await fetchDays(portfolioId, { limit: 1 }))[0] ?? null,
  });
}

const AROUND = 14; // days in which a session is looked for before it is looked for everywhere

/** The stored session that is nearest to a day; null where none is stored. */
export function nearestQuery(portfolioId: number, day: string) {
  return queryOptions({
    queryKey: ["series", portfolioId, "nearest", day],
    queryFn: async () => {
      const near = await fetchDays(portfolioId, { from: shifted(day, -AROUND), to: shifted(day, AROUND) });
      return nearestOf(near.length > 0 ? near : await fetchDays(portfolioId, {}), day);
    },
  });
}

export interface Neighbours {
  /** The stored sessions before and after a day; null where there is none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Whether nothing is stored after the one after. */
  readonly afterIsNewest: boolean;
}

/** The sessions beside a day, by two small questions. */
export function neighboursQuery(portfolioId: number, day: string) {
  return queryOptions({
    queryKey: ["series", portfolioId, "beside", day],
    queryFn: async (): Promise<Neighbours> => {
      const [before, later] = await Promise.all([
        lastBefore(portfolioId, day),
        fetchDays(portfolioId, { from: shifted(day, 1), limit: 2 }),
      ]);
      return { before, after: later[0] ?? null, afterIsNewest: later.length === 1 };
    },
  });
}

/** The list is the oldest first, so that its last part is asked for by its dates. */
async function lastBefore(portfolioId: number, day: string): Promise<string | null> {
  const to = shifted(day, -1);
  const near = await fetchDays(portfolioId, { from: shifted(day, -AROUND), to });
  return near.at(-1) ?? (await fetchDays(portfolioId, { to })).at(-1) ?? null;
}

/** Of several days the one that is nearest to a day; of two as near, the earlier. */
export function nearestOf(days: readonly string[], day: string): string | null {
  const far = (other: string) => Math.abs(daysBetween(other, day));
  return days.reduce<string | null>(
    (best, other) => (best === null || far(other) < far(best) ? other : best),
    null,
  );
}

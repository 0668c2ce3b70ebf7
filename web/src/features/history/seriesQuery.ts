/** The main numbers of each session between two dates, and which sessions are stored at all. */

import { queryOptions } from "@tanstack/react-query";
import { queryClient } from "~/api/cache";
import { answered, api, ProblemError, type Schema } from "~/api/client";
import { completeQuery } from "~/api/queries";
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

/** The year that comes with the newest session: what a server without the list still has. */
async function pointsOfYear(portfolioId: number, { from, to, limit = MOST }: Asked): Promise<Point[]> {
  const found = await queryClient.fetchQuery(completeQuery(portfolioId, null));
  return (found.timeseries ?? [])
    .filter(({ snapshot_date: day }) => (!from || day >= from) && (!to || day <= to))
    .slice(0, limit);
}

async function fetchPoints(portfolioId: number, asked: Asked): Promise<Point[]> {
  const points: Point[] = [];
  let cursor: string | null = null;
  try {
    do {
      const page: Schema<"Page_SeriesPointModel_"> = await pageOf(portfolioId, asked, cursor);
      points.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && points.length < (asked.limit ?? MOST));
    return points;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return pointsOfYear(portfolioId, asked);
    throw error;
  }
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
    queryKey: ["oldest-session", portfolioId],
    queryFn: async () => (await fetchPoints(portfolioId, { limit: 1 }))[0]?.snapshot_date ?? null,
  });
}

const AROUND = 14; // days in which a nearest session is looked for before it is looked for everywhere

/** The stored session that is nearest to a day; null where none is stored. */
export function nearestQuery(portfolioId: number, day: string) {
  return queryOptions({
    queryKey: ["nearest-session", portfolioId, day],
    queryFn: async () => {
      const near = await fetchPoints(portfolioId, { from: shifted(day, -AROUND), to: shifted(day, AROUND) });
      const points = near.length > 0 ? near : await fetchPoints(portfolioId, {});
      return nearestOf(
        points.map((point) => point.snapshot_date),
        day,
      );
    },
  });
}

/** Of several days the one that is nearest to a day; of two as near, the earlier. */
export function nearestOf(days: readonly string[], day: string): string | null {
  const far = (other: string) => Math.abs(daysBetween(other, day));
  return days.reduce<string | null>(
    (best, other) => (best === null || far(other) < far(best) ? other : best),
    null,
  );
}

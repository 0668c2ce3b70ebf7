/** Runs and requests for them, in words. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answered, api, type Schema } from "~/api/client";
import { day, number } from "~/lib/format";

export type RunRequest = Schema<"RunRequestModel">;
export type Run = Schema<"RunModel">;
export type RunDetail = Schema<"RunDetailModel">;
type Page<Item> = { readonly items: Item[]; readonly next_cursor: string | null };

const SHOWN = 25;
const LOOK = 1_000; // milliseconds between two looks at what is under way

export const runsQuery = infiniteQueryOptions({
  queryKey: ["runs"],
  queryFn: async ({ pageParam }): Promise<Page<Run>> =>
    answered(
      await api.GET("/api/v1/runs", {
        params: { query: { limit: SHOWN, ...(pageParam === null ? {} : { cursor: pageParam }) } },
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page: Page<Run>) => page.next_cursor,
  refetchInterval: (query) =>
    query.state.data?.pages.some((page) => page.items.some((run) => run.status === "running")) ? LOOK : false,
});

export const requestsQuery = queryOptions({
  queryKey: ["run-requests"],
  queryFn: async (): Promise<Page<RunRequest>> =>
    answered(await api.GET("/api/v1/run-requests", { params: { query: { limit: 100 } } })),
  refetchInterval: (query) => (query.state.data?.items.some(isOpen) ? LOOK : false),
});

export function runQuery(id: number) {
  return queryOptions({
    queryKey: ["run", id],
    queryFn: async (): Promise<RunDetail> =>
      answered(await api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } } })),
  });
}

export function isOpen(request: RunRequest): boolean {
  return request.status === "queued" || request.status === "running";
}

/** "28 Dec 2022", or both ends of a range. */
export function sessionsOf(from: string | null, to: string | null): string {
  if (from === null || to === null) return "newest session";
  return from === to ? day(from) : `${day(from)} to ${day(to)}`;
}

export function whoseOf(request: RunRequest, names: ReadonlyMap<number, string>): string {
  if (request.everybody) return "everybody’s portfolios";
  if (request.portfolio_id === null) return "all of yours";
  return names.get(request.portfolio_id) ?? "a portfolio that is gone";
}

/** Why a count of a run is not told. */
export function uncounted(run: Run): string {
  if (run.status === "running") return "Known when the run ends.";
  if (run.status === "failed" || run.status === "abandoned") return "The run ended before it was counted.";
  return "Of a night of everybody only administrators are told the counts.";
}

/** Seconds from one instant to another. */
export function secondsBetween(from: string, to: string | number): number {
  return Math.max(0, (new Date(to).getTime() - new Date(from).getTime()) / 1_000);
}

/** "5 s", "3 min", "2 h 5 min", of something that is under way. */
export function elapsed(seconds: number): string {
  if (seconds < 60) return `${number(Math.floor(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A constant of the policy as it is written. */
export function constant(value: unknown): string {
  if (typeof value !== "number") return value === null ? "none" : String(value);
  const digits = String(value).split(".")[1]?.length ?? 0;
  return number(value, digits);
}

const ANCHOR = /^run-(\d+)$/;

/** The run that the address shows: /runs#run-12. */
export function shownRun(hash: string): number | null {
  const found = ANCHOR.exec(hash)?.[1];
  return found === undefined ? null : Number(found);
}

import { queryOptions, useQueries } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answered, api, type Schema } from "~/api/client";
import { briefQuery, type Summary } from "~/api/queries";

export type { Summary } from "~/api/queries";
export type Ready = Schema<"ReadyModel">;

const AT_ONCE = 6;

export const readyQuery = queryOptions({
  queryKey: ["ready"],
  queryFn: async (): Promise<Ready> => answered(await api.GET("/api/v1/health/ready")),
});

/** Ask about each, a few at a time, so that a long list does not hold up what else the page asks. */
export function useQualities(portfolioIds: readonly number[]) {
  const [allowed, setAllowed] = useState(AT_ONCE);
  const found = useQueries({
    queries: portfolioIds.map((id, at) => ({ ...briefQuery(id), enabled: at < allowed })),
  });
  const settled = found.filter((one) => one.isSuccess || one.isError).length;
  useEffect(() => setAllowed(settled + AT_ONCE), [settled]);
  return found;
}

/** The chosen one first, then those with findings or without a snapshot, then the rest. */
export function ordered(portfolios: readonly Summary[], chosen: number | undefined): Summary[] {
  const rank = (one: Summary) => (one.id === chosen ? 0 : isSound(one) ? 2 : 1);
  return [...portfolios].sort((a, b) => rank(a) - rank(b));
}

/** Whether nothing is to be said of a portfolio. */
export function isSound(one: Summary): boolean {
  return one.snapshot_date !== null && one.findings_count === 0;
}

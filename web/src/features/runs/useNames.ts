import { useQueries, useQuery } from "@tanstack/react-query";
import { portfolioQuery, portfoliosQuery } from "~/api/queries";
import type { RunRequest } from "./runs";

/** Names of the portfolios that requests are for: from the list, or asked for where that is not whole. */
export function useNames(requests: readonly RunRequest[]): ReadonlyMap<number, string> {
  const { data } = useQuery(portfoliosQuery);
  const names = new Map((data?.items ?? []).map((one) => [one.id, one.name]));
  const wanted = new Set(requests.flatMap((one) => (one.portfolio_id === null ? [] : [one.portfolio_id])));
  const whole = data === undefined || data.next_cursor === null;
  const others = useQueries({
    queries: whole ? [] : [...wanted].filter((id) => !names.has(id)).map(portfolioQuery),
  });
  for (const { data: one } of others) if (one !== undefined) names.set(one.id, one.name);
  return names;
}

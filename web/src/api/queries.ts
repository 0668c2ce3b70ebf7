/** What pages ask for; each as one query that every page shares. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, rememberCsrf, type Schema } from "./client";

export type Complete = Schema<"CompleteModel">;
export type Snapshot = Complete["snapshot"];
export type Holding = NonNullable<Complete["holdings"]>[number];
export type Session = Schema<"SessionModel">;

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session> => {
    const session = answered(await api.GET("/api/v1/auth/session"));
    rememberCsrf(session.csrf_token);
    return session;
  },
  staleTime: 60_000,
});

export const portfoliosQuery = queryOptions({
  queryKey: ["portfolios"],
  queryFn: async () => {
    const items: Schema<"PortfolioSummaryModel">[] = [];
    let cursor: string | null = null;
    do {
      const page = answered(
        await api.GET("/api/v1/portfolios", {
          params: { query: { limit: 500, ...(cursor ? { cursor } : {}) } },
        }),
      ) as { items: Schema<"PortfolioSummaryModel">[]; next_cursor: string | null };
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && items.length < 5_000);
    return items;
  },
});

/** Everything about one session of a portfolio; null is the newest. */
export function completeQuery(portfolioId: number, asOf: string | null) {
  return queryOptions({
    queryKey: ["complete", portfolioId, asOf],
    queryFn: async (): Promise<Complete> =>
      answered(
        await api.GET("/api/v1/data/portfolio/{portfolio_id}/complete", {
          params: { path: { portfolio_id: portfolioId }, query: asOf ? { as_of_date: asOf } : {} },
        }),
      ),
  });
}

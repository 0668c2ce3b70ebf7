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

export type Summary = Schema<"PortfolioSummaryModel">;
export type Portfolios = Schema<"Page_PortfolioSummaryModel_">;

export const PART = 500; // portfolios of one answer
const MOST = 10_000; // portfolios that are loaded at all

async function partOfPortfolios(cursor: string | null): Promise<Portfolios> {
  const query = { limit: PART, ...(cursor === null ? {} : { cursor }) };
  return answered(await api.GET("/api/v1/portfolios", { params: { query } }));
}

/** The first portfolios by name, which for most people are all of them. */
export const portfoliosQuery = queryOptions({
  queryKey: ["portfolios", "first"],
  queryFn: () => partOfPortfolios(null),
});

/** All portfolios, part by part: for what searches or sorts them. */
export const allPortfoliosQuery = queryOptions({
  queryKey: ["portfolios", "all"],
  queryFn: async (): Promise<Portfolios> => {
    const items: Summary[] = [];
    let cursor: string | null = null;
    do {
      const part: Portfolios = await partOfPortfolios(cursor);
      items.push(...part.items);
      cursor = part.next_cursor;
    } while (cursor !== null && items.length < MOST);
    return { items, next_cursor: cursor };
  },
});

/** One portfolio as it was set up, with its name. */
export function portfolioQuery(portfolioId: number) {
  return queryOptions({
    queryKey: ["portfolios", "one", portfolioId],
    queryFn: async () =>
      answered(
        await api.GET("/api/v1/portfolios/{portfolio_id}", {
          params: { path: { portfolio_id: portfolioId } },
        }),
      ),
  });
}

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

/** The newest session of a portfolio without its long parts: its day, and what is known about its data. */
export function briefQuery(portfolioId: number) {
  return queryOptions({
    queryKey: ["complete", portfolioId, null, "brief"],
    queryFn: async (): Promise<Complete> =>
      answered(
        await api.GET("/api/v1/data/portfolio/{portfolio_id}/complete", {
          params: {
            path: { portfolio_id: portfolioId },
            query: { include_timeseries: false, include_attribution: false, include_holdings: false },
          },
        }),
      ),
  });
}

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schema } from "~/api/client";
import type { Complete } from "~/api/queries";
import { type Move, toRequest, writeMove } from "./move";

export type Answer = Schema<"StressOnDemandModel">;
export type StressedPosition = Schema<"StressedPositionModel">;
export type Scenario = Schema<"ScenarioModel">;

/** What a move would do; the answer keeps the move it belongs to, so that words and numbers always agree. */
export function moveQuery({ portfolio, snapshot, meta }: Complete, move: Move) {
  const asOf = snapshot.snapshot_date;
  return queryOptions({
    queryKey: ["stress-move", portfolio.id, asOf, meta.run_id, writeMove(move).toString()],
    queryFn: async ({ signal }) => ({
      move,
      answer: answered(
        await api.POST("/api/v1/portfolios/{portfolio_id}/stress", {
          params: { path: { portfolio_id: portfolio.id } },
          body: { ...toRequest(move), as_of_date: asOf },
          signal,
        }),
      ),
    }),
  });
}

/** The user's own scenarios, by name. */
export const scenariosQuery = queryOptions({
  queryKey: ["scenarios"],
  queryFn: async () => {
    const items: Scenario[] = [];
    let cursor: string | null = null;
    do {
      const page: Schema<"Page_ScenarioModel_"> = answered(
        await api.GET("/api/v1/scenarios", {
          params: { query: { limit: 500, ...(cursor ? { cursor } : {}) } },
        }),
      );
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && items.length < 5_000);
    return items;
  },
});

import type { QueryClient } from "@tanstack/react-query";

const OF_PORTFOLIO = ["complete", "series", "stress-move"];
const OF_ALL = ["portfolios", "ready", "runs", "run-requests"];

/** Ask again for everything that a run may have changed; null is a run of all portfolios, or an unknown one. */
export function afterRun(client: QueryClient, portfolioId: number | null): void {
  for (const key of OF_PORTFOLIO)
    void client.invalidateQueries({ queryKey: portfolioId === null ? [key] : [key, portfolioId] });
  for (const key of OF_ALL) void client.invalidateQueries({ queryKey: [key] });
}

import { useQuery } from "@tanstack/react-query";
import { allPortfoliosQuery, portfoliosQuery, type Summary } from "./queries";

const NONE: readonly Summary[] = [];

/** Portfolios by name: none, the first part of them, or all, of which the first part is there at once. */
export function usePortfolios(wanted: "none" | "first" | "all") {
  const first = useQuery({ ...portfoliosQuery, enabled: wanted !== "none" });
  const more = first.data !== undefined && first.data.next_cursor !== null;
  const needed = more && wanted === "all";
  const all = useQuery({ ...allPortfoliosQuery, enabled: needed });
  const known = more ? (all.data ?? first.data) : first.data;
  return {
    data: known?.items,
    known: known?.items ?? NONE,
    /** Whether some are not among them. */
    cut: known !== undefined && known.next_cursor !== null,
    /** Whether the rest is on its way. */
    waiting: needed && all.isPending,
    error: first.error ?? (needed ? all.error : null),
    dataUpdatedAt: first.dataUpdatedAt,
    refetch: () => Promise.all([first.refetch(), ...(needed ? [all.refetch()] : [])]),
  };
}

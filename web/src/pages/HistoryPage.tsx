import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { briefQuery } from "~/api/queries";
import { History } from "~/features/history/History";
import { useComplete } from "~/features/shell/PortfolioFrame";
import { CardsSkeleton } from "~/ui/States";

/** The past of a portfolio: its numbers over a range of sessions, and what changed between two of them. */
export function HistoryPage() {
  const { portfolioId } = useParams({ from: "/app/p/$portfolioId" });
  const { as_of, from, to, with: other } = useSearch({ from: "/app/p/$portfolioId" });
  const navigate = useNavigate();
  const { data: found } = useComplete();
  const newest = useQuery({ ...briefQuery(portfolioId), enabled: as_of !== undefined });
  if (!found || newest.isLoading) return <CardsSkeleton spans={[12, 6, 6, 6, 6]} />;
  const change = (part: { from?: string | undefined; to?: string | undefined; with?: string | undefined }) =>
    void navigate({
      to: ".",
      search: (old) => ({ ...old, ...part }),
      hash: true,
      resetScroll: false,
    });
  return (
    <History
      found={found}
      newest={(as_of !== undefined && newest.data?.snapshot.snapshot_date) || found.snapshot.snapshot_date}
      wanted={{ from, to }}
      other={other}
      onRange={(start, end) => change({ from: start, to: end })}
      onCompare={(day) => change({ with: day })}
    />
  );
}

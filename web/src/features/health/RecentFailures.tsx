import { Skeleton } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { adviceOf, sentence } from "~/api/refusals";
import { isOpen, type Run, requestsQuery, runQuery, runsQuery, sessionsOf } from "~/features/runs/runs";
import { Status } from "~/features/runs/Status";
import { moment } from "~/lib/format";
import { Refused } from "~/ui/Note";

const FEW = 5;
const BAD = ["partial", "failed", "abandoned"];

/** Runs that failed of late, in whole or in part. */
export function RecentFailures() {
  const runs = useInfiniteQuery(runsQuery);
  const requests = useQuery(requestsQuery);
  const found = runs.data?.pages[0]?.items;
  const failed = (found ?? []).filter((run) => BAD.includes(run.status)).slice(0, FEW);
  const refused = (requests.data?.items ?? [])
    .filter((one) => !isOpen(one) && one.run_id === null && one.error !== null)
    .slice(0, FEW);
  return (
    <section className="rp-panel" aria-labelledby="health-runs">
      <h2 id="health-runs">Runs that failed</h2>
      {runs.error && !runs.data ? (
        <Refused error={runs.error} />
      ) : found === undefined ? (
        <Skeleton h={48} />
      ) : failed.length + refused.length === 0 ? (
        <p className="rp-quiet">
          {found.length === 0 ? "Nothing has run yet." : "None of the last runs failed."}
        </p>
      ) : (
        <ul className="rp-requests">
          {failed.map((run) => (
            <FailedRun key={`run ${run.id}`} run={run} />
          ))}
          {refused.map((one) => (
            <li key={`request ${one.id}`} className="rp-request">
              <div className="rp-request-head">
                <span>{sentence(one.error ?? "")}</span>
                <Status status={one.status} />
              </div>
              <div className="rp-quiet rp-small">
                asked for {moment(one.requested_at)}. {adviceOf(one.hint)}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** A run with those of one's own portfolios that it could not compute. */
function FailedRun({ run }: { readonly run: Run }) {
  const { data } = useQuery(runQuery(run.id));
  const failures = data?.failures ?? [];
  return (
    <li className="rp-request">
      <div className="rp-request-head">
        <Link to="/runs" hash={`run-${run.id}`} className="rp-text-link">
          Run {run.id}, {sessionsOf(run.as_of_from, run.as_of_to)}
        </Link>
        <Status status={run.status} />
      </div>
      {failures.slice(0, FEW).map((one) => (
        <div key={one.portfolio_id} className="rp-small">
          <strong>{one.name}</strong>: {one.error}. <span className="rp-quiet">{sentence(one.hint)}</span>
        </div>
      ))}
      {failures.length > FEW && <div className="rp-small">and {failures.length - FEW} more</div>}
      {data?.error && <div className="rp-small">{data.error}</div>}
      <div className="rp-quiet rp-small">began {moment(run.started_at)}</div>
    </li>
  );
}

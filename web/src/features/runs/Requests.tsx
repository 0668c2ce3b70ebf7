import { Button, Progress, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { queryClient } from "~/api/cache";
import { portfoliosQuery } from "~/api/queries";
import { sentence } from "~/features/auth/words";
import { count, moment, percent } from "~/lib/format";
import { ErrorState } from "~/ui/States";
import { elapsed, followed, isOpen, requestsQuery, secondsBetween, sessionsOf, whoseOf } from "./runs";
import { Status } from "./Status";
import { useNow } from "./useNow";
import { type RunProgress, type RunRequest, useRunProgress } from "./useRunProgress";

const FEW = 4;

/** What was asked for, by hand or by a change, and how far it is. */
export function Requests() {
  const { data, error, refetch } = useQuery(requestsQuery);
  const { data: portfolios } = useQuery(portfoliosQuery);
  const [all, setAll] = useState(false);
  const items = data?.items ?? [];
  const following = followed(items);
  const progress = useRunProgress(following, () => void refresh());
  const now = useNow(following !== null);
  const names = useMemo(() => new Map((portfolios ?? []).map((one) => [one.id, one.name])), [portfolios]);
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data)
    return (
      <div className="rp-requests" role="status" aria-label="Loading" aria-busy="true">
        <Skeleton h={64} />
        <Skeleton h={64} />
      </div>
    );
  if (items.length === 0)
    return (
      <p className="rp-quiet">
        Nothing of late. A change of positions, cash or scenarios asks for a run by itself; “Compute now” asks
        for one by hand.
      </p>
    );
  const open = items.filter(isOpen);
  const shown = all ? items : items.slice(0, Math.max(FEW, open.length));
  return (
    <>
      <ul className="rp-requests">
        {shown.map((one) => (
          <Request
            key={one.id}
            request={one.id === following ? told(one, progress) : one}
            whose={whoseOf(one, names)}
            now={now}
          />
        ))}
      </ul>
      {shown.length < items.length && (
        <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setAll(true)}>
          Show {items.length - shown.length} more
        </Button>
      )}
    </>
  );
}

/** What the events say is newer than the list. */
function told(request: RunRequest, { status, done, total }: RunProgress): RunRequest {
  if (status === "idle" || status === "waiting" || status === "lost") return request;
  return { ...request, status, sessions_done: done, sessions_total: total };
}

async function refresh(): Promise<void> {
  const changed = ["run-requests", "runs", "portfolios", "complete"];
  await Promise.all(changed.map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
}

interface RequestProps {
  readonly request: RunRequest;
  readonly whose: string;
  readonly now: number;
}

function Request({ request, whose, now }: RequestProps) {
  const { sessions_done: done, sessions_total: total, status } = request;
  const sessions = sessionsOf(request.as_of_from, request.as_of_to);
  const share = total === null || total === 0 ? 0 : done / total;
  const seconds = secondsBetween(request.requested_at, request.finished_at ?? now);
  return (
    <li className="rp-request">
      <div className="rp-request-head">
        <span>
          <strong>{whose.charAt(0).toUpperCase() + whose.slice(1)}</strong>
          <span className="rp-quiet">, {sessions}</span>
        </span>
        <Status status={status} />
      </div>
      {status === "running" && (
        <Progress
          value={share * 100}
          size="sm"
          aria-label={
            total === null ? "Begins" : `${done} of ${count(total, "session")}, ${percent(share, 0)}`
          }
          striped
          animated
        />
      )}
      <div className="rp-quiet rp-small">
        asked for {moment(request.requested_at)}
        {isOpen(request) ? `, ${elapsed(seconds)} ago` : `, done within ${elapsed(Math.ceil(seconds))}`}
        {status === "queued" && " · begins when the run before it has ended"}
        {total !== null && ` · ${done} of ${count(total, "session")}`}
        {request.run_id !== null && (
          <>
            {" · "}
            <Link to="/runs" hash={`run-${request.run_id}`} className="rp-text-link">
              run {request.run_id}
            </Link>
          </>
        )}
      </div>
      {request.error !== null && (
        <div className="rp-small">
          {sentence(request.error)} <span className="rp-quiet">{request.hint && sentence(request.hint)}</span>
        </div>
      )}
    </li>
  );
}

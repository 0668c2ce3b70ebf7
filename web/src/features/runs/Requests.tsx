import { Button, Progress, Skeleton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { adviceOf, sentence } from "~/api/refusals";
import { count, moment, percent } from "~/lib/format";
import { Loaded } from "~/ui/Loaded";
import { afterRun } from "./afterRun";
import { elapsed, isOpen, type RunRequest, requestsQuery, secondsBetween, sessionsOf, whoseOf } from "./runs";
import { Status } from "./Status";
import { useNames } from "./useNames";
import { useNow } from "./useNow";

const FEW = 4;

/** What was asked for, by hand or by a change, and how far it is. */
export function Requests() {
  const asked = useQuery(requestsQuery);
  useEnds(asked.data?.items);
  return (
    <Loaded
      asked={asked}
      loading={
        <div className="rp-requests" role="status" aria-label="Loading" aria-busy="true">
          <Skeleton h={64} />
          <Skeleton h={64} />
        </div>
      }
    >
      {({ items }) =>
        items.length === 0 ? (
          <p className="rp-quiet">
            Nothing of late. A change of positions, cash or scenarios asks for a run by itself; “Compute now”
            asks for one by hand.
          </p>
        ) : (
          <Items items={items} />
        )
      }
    </Loaded>
  );
}

function Items({ items }: { readonly items: readonly RunRequest[] }) {
  const [all, setAll] = useState(false);
  const open = items.filter(isOpen);
  const now = useNow(open.length > 0);
  const shown = all ? items : items.slice(0, Math.max(FEW, open.length));
  const names = useNames(shown);
  return (
    <>
      <ul className="rp-requests">
        {shown.map((one) => (
          <Request key={one.id} request={one} whose={whoseOf(one, names)} now={now} />
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

/** Ask again for what a run may have changed, as soon as one that was seen open has ended. */
function useEnds(items: readonly RunRequest[] | undefined): void {
  const client = useQueryClient();
  const seen = useRef<ReadonlySet<number>>(new Set());
  useEffect(() => {
    if (items === undefined) return;
    for (const one of items) if (seen.current.has(one.id) && !isOpen(one)) afterRun(client, one.portfolio_id);
    seen.current = new Set(items.filter(isOpen).map((one) => one.id));
  }, [items, client]);
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
  const advice = adviceOf(request.hint);
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
          {sentence(request.error)} <span className="rp-quiet">{advice}</span>
        </div>
      )}
    </li>
  );
}

import { Button, Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { duration, moment, number } from "~/lib/format";
import { Loaded } from "~/ui/Loaded";
import { EmptyState } from "~/ui/States";
import { scrollHint } from "~/ui/scrollHint";
import { elapsed, type Run, runsQuery, secondsBetween, sessionsOf, uncounted } from "./runs";
import { Status, Untold } from "./Status";
import { useNow } from "./useNow";

const KINDS: Readonly<Record<string, string>> = { run: "Run", backfill: "Backfill" };

/** What was computed, the newest first. */
export function RunsTable() {
  const asked = useInfiniteQuery(runsQuery);
  return (
    <Loaded
      asked={asked}
      loading={
        <div role="status" aria-label="Loading" aria-busy="true">
          <Skeleton h={34} mb={8} />
          <Skeleton h={34} mb={8} />
          <Skeleton h={34} />
        </div>
      }
    >
      {({ pages }) => (
        <>
          <Table runs={pages.flatMap((page) => page.items)} />
          {asked.hasNextPage && (
            <Button
              variant="light"
              size="xs"
              mt="sm"
              loading={asked.isFetchingNextPage}
              onClick={() => void asked.fetchNextPage()}
            >
              Show more
            </Button>
          )}
        </>
      )}
    </Loaded>
  );
}

function Table({ runs }: { readonly runs: readonly Run[] }) {
  const now = useNow(runs.some((run) => run.status === "running"));
  if (runs.length === 0)
    return (
      <EmptyState title="Nothing was computed yet">
        A run stores the snapshots of one session. Import positions, or “Compute now”.
      </EmptyState>
    );
  return (
    <section
      ref={scrollHint}
      className="rp-scroll"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      aria-label="Table of runs"
    >
      <table className="rp-table rp-runs">
        <caption className="rp-visually-hidden">Runs, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            <th scope="col">Sessions</th>
            <th scope="col">Began</th>
            <th scope="col" className="rp-num">
              Took
            </th>
            <th scope="col" className="rp-num">
              Portfolios
            </th>
            <th scope="col" className="rp-num">
              Instruments
            </th>
            <th scope="col" className="rp-num">
              Snapshots
            </th>
            <th scope="col">Version</th>
            <th scope="col">Policy</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={run.id} run={run} now={now} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ run, now }: { readonly run: Run; readonly now: number }) {
  return (
    <tr>
      <td data-label="Run">
        <Link to="/runs" hash={`run-${run.id}`} className="rp-link rp-run-link">
          {KINDS[run.kind] ?? run.kind} {run.id}
        </Link>
      </td>
      <td data-label="Status">
        <Status status={run.status} />
      </td>
      <td data-label="Sessions">{sessionsOf(run.as_of_from, run.as_of_to)}</td>
      <td data-label="Began">{moment(run.started_at)}</td>
      <td data-label="Took" className="rp-num">
        <Took run={run} now={now} />
      </td>
      <td data-label="Portfolios" className="rp-num">
        <Count run={run} value={run.portfolios_count} />
      </td>
      <td data-label="Instruments" className="rp-num">
        <Count run={run} value={run.instruments_count} />
      </td>
      <td data-label="Snapshots" className="rp-num">
        <Count run={run} value={run.snapshots_count} />
      </td>
      <td data-label="Version">{run.version}</td>
      <td data-label="Policy">
        <code className="rp-code" title={run.policy_fingerprint}>
          {run.policy_fingerprint.slice(0, 8)}
        </code>
      </td>
    </tr>
  );
}

export function Count({ run, value }: { readonly run: Run; readonly value: number | null }) {
  return value === null ? <Untold why={uncounted(run)} /> : <span>{number(value)}</span>;
}

export function Took({ run, now }: { readonly run: Run; readonly now: number }) {
  if (run.duration_seconds !== null) return <span>{duration(run.duration_seconds)}</span>;
  if (run.status !== "running") return <Untold why="It was stopped before it could note its end." />;
  return <span>{elapsed(secondsBetween(run.started_at, now))} so far</span>;
}

import { Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { count, day } from "~/lib/format";
import { Loaded } from "~/ui/Loaded";
import { Refused } from "~/ui/Note";
import { type Ready, readyQuery } from "./queries";

/** Whether the server answers, and how fresh what it has is. */
export function ServerPanel() {
  const asked = useQuery(readyQuery);
  return (
    <section className="rp-panel" aria-labelledby="health-server">
      <h2 id="health-server">Server</h2>
      <Loaded asked={asked} loading={<Skeleton h={48} />} failed={(error) => <Refused error={error} />}>
        {(ready) => <State ready={ready} />}
      </Loaded>
    </section>
  );
}

function State({ ready }: { readonly ready: Ready }) {
  const { title, what, stale } = stateOf(ready);
  const Icon = stale ? IconAlertTriangle : IconCircleCheck;
  return (
    <div className="rp-health-state">
      <Icon size={22} stroke={1.7} aria-hidden className={stale ? "rp-more" : "rp-less"} />
      <div>
        <strong>{title}</strong>
        <div className="rp-quiet">{what}</div>
        {stale && (
          <div className="rp-mend">
            <span>
              On the server: bring newer prices by <code className="rp-code">riskpanel fetch</code> or{" "}
              <code className="rp-code">riskpanel import prices FILE</code>, then{" "}
              <code className="rp-code">riskpanel run</code>
            </span>
            <Link to="/runs" className="rp-text-link">
              or compute now
            </Link>
          </div>
        )}
      </div>
    </div>
  );
}

export function stateOf(ready: Ready): { title: string; what: string; stale: boolean } {
  const { newest_snapshot: newest, sessions_behind: behind } = ready;
  if (newest === null)
    return {
      title: "No snapshot is stored yet",
      what: "Nothing was computed so far: the page has no numbers to show.",
      stale: true,
    };
  const age =
    behind === null || behind === 0
      ? "which is the last session there was"
      : `${count(behind, "session")} before today`;
  const what = `The newest snapshot is of ${day(newest)}, ${age}.`;
  if (ready.status === "stale")
    return {
      title: "Answers, but its numbers are stale",
      what: `${what} Everything is as of then.`,
      stale: true,
    };
  return { title: "Answers, and its numbers are fresh", what, stale: false };
}

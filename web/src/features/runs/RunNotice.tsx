import { CloseButton, Loader, Progress } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { adviceOf, sentence } from "~/api/refusals";
import { runQuery } from "~/features/runs/runs";
import { isOver, type RunProgress, useRunProgress } from "~/features/runs/useRunProgress";
import { count } from "~/lib/format";
import "~/ui/tables.css";

interface RunNoticeProps {
  readonly requestId: number;
  /** What was done that needs the run. */
  readonly what?: ReactNode;
  readonly onClose?: () => void;
  /** What to do next, shown when it has ended. */
  readonly children?: ReactNode;
}

/** How far a run is that a change has asked for; when it ends, what is shown is asked for again. */
export function RunNotice({ requestId, what, onClose, children }: RunNoticeProps) {
  const progress = useRunProgress(requestId);
  const advice = adviceOf(progress.hint);
  const over = isOver(progress);
  const share = progress.total ? (progress.done / progress.total) * 100 : 0;
  return (
    <section className="rp-notice" aria-label="The run that follows" data-tone={toneOf(progress)}>
      <Sign progress={progress} />
      <div className="rp-notice-text" aria-live="polite">
        {what} {told(progress)}
        {advice !== null && <div className="rp-quiet">{advice}</div>}
        {progress.status === "partial" && progress.runId !== null && <Failures runId={progress.runId} />}
        {(progress.status === "failed" || progress.status === "partial" || progress.status === "lost") && (
          <div>
            <Link to="/runs" className="rp-link">
              Look at the runs
            </Link>
          </div>
        )}
        {over && children}
      </div>
      {!over && progress.total !== null && progress.total > 1 && (
        <Progress value={share} className="rp-notice-bar" aria-label="Sessions computed" />
      )}
      {onClose && <CloseButton onClick={onClose} aria-label="Close this notice" />}
    </section>
  );
}

const LISTED = 4; // portfolios whose failure is told here; the run has them all

/** Which portfolios a run could not compute, why, and what to do. */
function Failures({ runId }: { readonly runId: number }) {
  const { data } = useQuery(runQuery(runId));
  const failures = data?.failures ?? [];
  if (data !== undefined && failures.length === 0)
    return (
      <div className="rp-quiet">
        Some prices that it needs are missing or old, such as those of a market index.{" "}
        <Link to="/health" className="rp-link">
          What is missing, and how to mend it
        </Link>
      </div>
    );
  return (
    <ul className="rp-warnings">
      {failures.slice(0, LISTED).map(({ portfolio_id, name, error, hint }) => (
        <li key={portfolio_id}>
          <strong>{name}</strong>: {error}. <span className="rp-quiet">{sentence(hint)}</span>
        </li>
      ))}
      {failures.length > LISTED && <li>and {failures.length - LISTED} more</li>}
    </ul>
  );
}

function toneOf({ status }: RunProgress): "more" | "calm" {
  return status === "failed" || status === "partial" || status === "lost" ? "more" : "calm";
}

function Sign({ progress }: { readonly progress: RunProgress }) {
  if (toneOf(progress) === "more") return <IconAlertTriangle size={18} aria-hidden className="rp-more" />;
  if (isOver(progress)) return <IconCircleCheck size={18} aria-hidden className="rp-less" />;
  return <Loader size={16} aria-hidden />;
}

function told({ status, done, total, error }: RunProgress): string {
  switch (status) {
    case "succeeded":
      return "The numbers are up to date.";
    case "partial":
      return "Not all of it could be computed.";
    case "failed":
      return `The run failed: ${error ?? "no cause is known"}.`;
    case "lost":
      return "Its progress is not known: the server tells no more about it.";
    case "running":
      return total === null ? "Computing." : `Computing: ${done} of ${count(total, "session")}.`;
    default:
      return "Waiting for its turn to be computed.";
  }
}

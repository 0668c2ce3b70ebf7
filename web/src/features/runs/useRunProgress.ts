import { useEffect, useEffectEvent, useState } from "react";
import type { Schema } from "~/api/client";

export type RunRequest = Schema<"RunRequestModel">;

export interface RunProgress {
  /** idle: nothing is followed; waiting: no word yet; lost: the server tells no more; else as the API has it. */
  readonly status: "idle" | "waiting" | "lost" | RunRequest["status"];
  readonly done: number;
  readonly total: number | null;
  readonly error: string | null;
  readonly hint: string | null;
  /** Its run, once it has ended. */
  readonly runId: number | null;
}

const IDLE: RunProgress = { status: "idle", done: 0, total: null, error: null, hint: null, runId: null };
const WAITING: RunProgress = { ...IDLE, status: "waiting" };

export function isOver({ status }: RunProgress): boolean {
  return status === "succeeded" || status === "partial" || status === "failed";
}

export function progressOf(told: RunRequest): RunProgress {
  return {
    status: told.status,
    done: told.sessions_done,
    total: told.sessions_total,
    error: told.error,
    hint: told.hint,
    runId: told.run_id,
  };
}

/** Follow a run that was asked for, until it ends or nobody looks any more; null follows nothing. */
export function useRunProgress(requestId: number | null, onEnd?: (told: RunRequest) => void): RunProgress {
  const [found, setFound] = useState<{ readonly of: number; readonly progress: RunProgress } | null>(null);
  const ended = useEffectEvent((told: RunRequest) => onEnd?.(told));

  useEffect(() => {
    if (requestId === null) return;
    const stream = new EventSource(`/api/v1/run-requests/${requestId}/events`);
    const hear = (event: MessageEvent<string>, last: boolean) => {
      const told = JSON.parse(event.data) as RunRequest;
      setFound({ of: requestId, progress: progressOf(told) });
      if (!last) return;
      stream.close();
      ended(told);
    };
    stream.addEventListener("progress", (event) => hear(event, false));
    stream.addEventListener("end", (event) => hear(event, true));
    stream.addEventListener("error", () => {
      // A stream that broke off is asked for again by the browser; one that was refused is closed.
      if (stream.readyState !== EventSource.CLOSED) return;
      const error = "the server tells no more about this run";
      setFound({ of: requestId, progress: { ...IDLE, status: "lost", error } });
    });
    return () => stream.close();
  }, [requestId]);

  if (requestId === null) return IDLE;
  return found?.of === requestId ? found.progress : WAITING;
}

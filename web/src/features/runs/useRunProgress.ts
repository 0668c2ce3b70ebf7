import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { afterRun } from "./afterRun";
import { follow } from "./follow";
import { isOpen, type RunRequest, requestsQuery } from "./runs";

export interface RunProgress {
  /** waiting: no word yet; lost: the server tells no more; else as the API has it. */
  readonly status: "waiting" | "lost" | RunRequest["status"];
  readonly done: number;
  readonly total: number | null;
  readonly error: string | null;
  readonly hint: string | null;
  /** Its run, once it has ended. */
  readonly runId: number | null;
}

const WAITING: RunProgress = {
  status: "waiting",
  done: 0,
  total: null,
  error: null,
  hint: null,
  runId: null,
};
const LOST: RunProgress = { ...WAITING, status: "lost", error: "the server tells no more about this run" };
const PATIENCE = 3_000; // milliseconds in which a request must have come into the list, or be answered for

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

/** Follow a run that was asked for until it ends; then what it may have changed is asked for again. */
export function useRunProgress(requestId: number): RunProgress {
  const client = useQueryClient();
  const [begun] = useState(Date.now);
  const { data, dataUpdatedAt, errorUpdatedAt } = useQuery({ ...requestsQuery, refetchInterval: false });
  const told = data?.items.find((one) => one.id === requestId);
  const looked = Math.max(dataUpdatedAt, errorUpdatedAt);
  const lost = told === undefined ? looked > begun + PATIENCE : false;
  const over = told !== undefined && !isOpen(told);
  useEffect(() => (over ? undefined : follow(client)), [client, over]);
  const ended = useEffectEvent(() => afterRun(client, told?.portfolio_id ?? null));
  useEffect(() => {
    if (over || lost) ended();
  }, [over, lost]);
  if (told !== undefined) return progressOf(told);
  return lost ? LOST : WAITING;
}

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RunRequest } from "./runs";
import { isOver, useRunProgress } from "./useRunProgress";

const TOLD: RunRequest = {
  id: 5,
  portfolio_id: 7,
  everybody: false,
  as_of_from: null,
  as_of_to: null,
  status: "queued",
  sessions_done: 0,
  sessions_total: null,
  run_id: null,
  error: null,
  hint: null,
  requested_at: "2026-01-01T00:00:00Z",
  finished_at: null,
};

let items: RunRequest[] = [];
let status = 200;
let asked: string[] = [];
let client: QueryClient;

beforeEach(() => {
  vi.useFakeTimers();
  [items, status, asked] = [[], 200, []];
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return new Response(JSON.stringify({ items, next_cursor: null }), { status });
  });
});
afterEach(() => {
  cleanup();
  client.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const wrapper = ({ children }: { readonly children: ReactNode }) => (
  <QueryClientProvider client={client}>{children}</QueryClientProvider>
);
const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

it("waits, tells how far it is, and that it has ended, and then asks for the numbers again", async () => {
  client.setQueryData(["complete", 7, null], 1);
  client.setQueryData(["series", 7, "oldest"], 1);
  const { result } = renderHook(() => useRunProgress(5), { wrapper });
  expect(result.current.status).toBe("waiting");
  items = [{ ...TOLD, status: "running", sessions_total: 3, sessions_done: 1 }];
  await pass(1_000);
  expect(result.current).toMatchObject({ status: "running", done: 1, total: 3 });
  expect(isOver(result.current)).toBe(false);
  items = [{ ...TOLD, status: "partial", sessions_total: 3, sessions_done: 3, run_id: 9 }];
  await pass(1_000);
  expect(result.current).toMatchObject({ status: "partial", done: 3, runId: 9 });
  expect(isOver(result.current)).toBe(true);
  expect(client.getQueryState(["complete", 7, null])?.isInvalidated).toBe(true);
  expect(client.getQueryState(["series", 7, "oldest"])?.isInvalidated).toBe(true);
  await pass(2_000);
  const looked = asked.length;
  await pass(10_000);
  expect(asked).toHaveLength(looked);
});

it("asks once for all that are followed, and for nothing when nobody looks", async () => {
  items = [5, 6, 7, 8, 9, 10, 11].map((id) => ({ ...TOLD, id }));
  const all = items.map(({ id }) => renderHook(() => useRunProgress(id), { wrapper }));
  await pass(5_000);
  expect(all.map(({ result }) => result.current.status)).toEqual(items.map(() => "queued"));
  expect(asked.length).toBeGreaterThan(3);
  expect(asked.length).toBeLessThan(10);
  for (const { unmount } of all) unmount();
  await pass(1_000);
  const looked = asked.length;
  await pass(10_000);
  expect(asked).toHaveLength(looked);
});

it("is lost when the server tells no more, found again when it does, and asks for the numbers meanwhile", async () => {
  client.setQueryData(["complete", 7, null], 1);
  status = 500;
  const { result } = renderHook(() => useRunProgress(5), { wrapper });
  await pass(1_000);
  expect(result.current.status).toBe("waiting");
  await pass(4_000);
  expect(result.current.status).toBe("lost");
  expect(result.current.error).not.toBeNull();
  expect(client.getQueryState(["complete", 7, null])?.isInvalidated).toBe(true);
  [items, status] = [[{ ...TOLD, status: "running" }], 200];
  await pass(2_000);
  expect(result.current.status).toBe("running");
});

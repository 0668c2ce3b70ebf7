import { MutationObserver } from "@tanstack/react-query";
import { afterEach, expect, it, vi } from "vitest";
import { queryClient } from "./cache";
import { ProblemError } from "./client";
import { sessionQuery } from "./queries";

afterEach(() => queryClient.clear());

const refused = (status: number) => new ProblemError(status, "No", "nobody is signed in", null, []);

it.each([
  [401, true],
  [403, false],
])("asks who is signed in after a change that was refused with %i: %s", async (status, asks) => {
  queryClient.setQueryData(sessionQuery.queryKey, {} as never);
  const change = new MutationObserver(queryClient, { mutationFn: () => Promise.reject(refused(status)) });
  await change.mutate().catch(() => undefined);
  await vi.waitFor(() =>
    expect(queryClient.getQueryState(sessionQuery.queryKey)?.isInvalidated ?? false).toBe(asks),
  );
});

it("asks who is signed in after a question that was refused", async () => {
  queryClient.setQueryData(sessionQuery.queryKey, {} as never);
  await queryClient
    .fetchQuery({ queryKey: ["x"], queryFn: () => Promise.reject(refused(401)) })
    .catch(() => undefined);
  expect(queryClient.getQueryState(sessionQuery.queryKey)?.isInvalidated).toBe(true);
});

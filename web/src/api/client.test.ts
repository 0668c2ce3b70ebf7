import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { bindToUser, renewToken } from "./cache";
import { api, ProblemError, rememberCsrf, renewCsrfBy } from "./client";
import { type Session, sessionQuery } from "./queries";

const session = (user_id: number | null, csrf_token: string | null): Session => ({
  csrf_token,
  is_admin: false,
  kind: user_id === null ? "nobody" : "login",
  name: "ada",
  scopes: [],
  setup_needed: false,
  user_id,
});

let now: Session;
let sent: string[];
let client: QueryClient;

beforeEach(() => {
  sent = [];
  client = new QueryClient();
  renewCsrfBy(() => renewToken(client));
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.url.endsWith("/auth/session")) return Response.json(now);
    const token = request.headers.get("X-CSRF-Token") ?? "";
    sent.push(`${token} ${await request.text()}`);
    if (token === now.csrf_token) return Response.json({ id: 1 });
    return Response.json({ detail: "the CSRF token is missing or old" }, { status: 403 });
  });
});
afterEach(() => {
  client.clear();
  vi.unstubAllGlobals();
});

const ask = () => api.POST("/api/v1/run-requests", { body: { everybody: false } });

it("sends a change once more where its token was old, for the same user", async () => {
  client.setQueryData(sessionQuery.queryKey, session(1, "old"));
  rememberCsrf("old");
  now = session(1, "new");
  expect((await ask()).data).toEqual({ id: 1 });
  expect(sent).toEqual(['old {"everybody":false}', 'new {"everybody":false}']);
});

it("sends nothing in the name of another user who signed in meanwhile", async () => {
  client.setQueryData(sessionQuery.queryKey, session(1, "old"));
  rememberCsrf("old");
  now = session(2, "new");
  await expect(ask()).rejects.toBeInstanceOf(ProblemError);
  expect(sent).toHaveLength(1);
});

it("forgets every other answer when the session is another user's, and only then", () => {
  const stop = bindToUser(client);
  client.setQueryData(sessionQuery.queryKey, session(1, "a"));
  client.setQueryData(["complete", 1, null], "of ada");
  client.setQueryData(sessionQuery.queryKey, session(1, "b"));
  expect(client.getQueryData(["complete", 1, null])).toBe("of ada");
  client.setQueryData(sessionQuery.queryKey, session(2, "c"));
  expect(client.getQueryData(["complete", 1, null])).toBeUndefined();
  expect(client.getQueryData(sessionQuery.queryKey)?.user_id).toBe(2);
  stop();
});

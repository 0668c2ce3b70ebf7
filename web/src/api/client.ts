/** The one way to the API: typed by its description, problems as errors, the CSRF token with each change. */

import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];
type Told = Schema<"ProblemModel">;

/** What the API refused, as it told it; status 0 where it did not answer. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly hint: string | null,
    readonly faults: Told["errors"],
  ) {
    super(detail);
    this.name = "ProblemError";
  }
}

let csrfToken: string | null = null;

export function rememberCsrf(token: string | null): void {
  csrfToken = token;
}

function asProblem(told: Partial<Told>, status: number): ProblemError {
  return new ProblemError(
    status,
    told.title ?? "Error",
    told.detail ?? `the server answered ${status}`,
    told.hint ?? null,
    told.errors ?? [],
  );
}

const problems: Middleware = {
  onRequest({ request }) {
    if (csrfToken !== null && request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok || response.status === 304) return;
    let told: Partial<Told> = {};
    try {
      told = (await response.clone().json()) as Told;
    } catch {
      // A proxy may answer with a page of its own: the status says enough.
    }
    throw asProblem(told, response.status);
  },
  onError() {
    return new ProblemError(0, "No answer", "the server does not answer", "Is riskpanel serve running?", []);
  },
};

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(problems);

/** The answer of a call: a problem was thrown before. */
export function answered<T>(result: { data?: T }): T {
  if (result.data === undefined) throw new ProblemError(0, "No answer", "the answer was empty", null, []);
  return result.data;
}

/** Send a file as it is. */
export async function sendFile<T>(path: string, content: Blob, type: string): Promise<T> {
  const headers: Record<string, string> = { "Content-Type": type };
  if (csrfToken !== null) headers["X-CSRF-Token"] = csrfToken;
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", body: content, headers, credentials: "same-origin" });
  } catch {
    throw new ProblemError(0, "No answer", "the server does not answer", "Is riskpanel serve running?", []);
  }
  const told: unknown = await response.json().catch(() => ({}));
  if (!response.ok) throw asProblem(told as Told, response.status);
  return told as T;
}

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
let renewed: () => Promise<string | null> = async () => null;

export function rememberCsrf(token: string | null): void {
  csrfToken = token;
}

/** How a token that is refused is asked for again; null where there is none for the same user. */
export function renewCsrfBy(renew: () => Promise<string | null>): void {
  renewed = renew;
}

/** Send; a change whose token is old, because of a sign-in in another tab, is sent once more with the new one. */
export async function send(request: Request): Promise<Response> {
  if (request.method === "GET") return fetch(request);
  const body = await request.arrayBuffer();
  const sendWith = (token: string | null) => {
    const headers = new Headers(request.headers);
    if (token !== null) headers.set("X-CSRF-Token", token);
    const { method, credentials, signal } = request;
    const content = body.byteLength === 0 ? null : body;
    return fetch(new Request(request.url, { method, headers, credentials, signal, body: content }));
  };
  const before = csrfToken;
  const response = await sendWith(before);
  if (response.status !== 403 || !(await isAboutToken(response))) return response;
  const token = await renewed();
  return token === null || token === before ? response : sendWith(token);
}

async function isAboutToken(response: Response): Promise<boolean> {
  return (await toldBy(response.clone())).detail?.includes("CSRF token") ?? false;
}

/** What a problem tells; a proxy may answer with a page of its own, where the status says enough. */
async function toldBy(response: Response): Promise<Partial<Told>> {
  const told: unknown = await response.json().catch(() => null);
  return typeof told === "object" && told !== null ? told : {};
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

function noAnswer(): ProblemError {
  return new ProblemError(0, "No answer", "the server does not answer", "Is riskpanel serve running?", []);
}

const problems: Middleware = {
  async onResponse({ response }) {
    if (response.ok || response.status === 304) return;
    throw asProblem(await toldBy(response.clone()), response.status);
  },
  onError({ error }) {
    return error instanceof DOMException && error.name === "AbortError" ? error : noAnswer();
  },
};

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  fetch: send,
});
api.use(problems);

/** The answer of a call: a problem was thrown before. */
export function answered<T>(result: { data?: T }): T {
  if (result.data === undefined) throw new ProblemError(0, "No answer", "the answer was empty", null, []);
  return result.data;
}

/** Send a file as it is. */
export async function sendFile<T>(path: string, content: Blob, type: string): Promise<T> {
  const headers = { "Content-Type": type };
  let response: Response;
  try {
    response = await send(
      new Request(new URL(path, window.location.origin), {
        method: "POST",
        body: content,
        headers,
        credentials: "same-origin",
      }),
    );
  } catch {
    throw noAnswer();
  }
  if (!response.ok) throw asProblem(await toldBy(response), response.status);
  return (await response.json()) as T;
}

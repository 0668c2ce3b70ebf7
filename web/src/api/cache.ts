import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ProblemError, renewCsrfBy } from "./client";
import { type Session, sessionQuery } from "./queries";

/** A session that ended is noticed by whatever asks first, a question or a change. */
function noticeEnd(error: unknown): void {
  if (error instanceof ProblemError && error.status === 401)
    void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
}

/** Answers are kept while they are looked at, and asked again when the window is looked at again. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEnd }),
  mutationCache: new MutationCache({ onError: noticeEnd }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, error) =>
        failures < 2 && error instanceof ProblemError && [0, 503].includes(error.status),
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});

const NOT_SESSION = {
  predicate: ({ queryKey }: { readonly queryKey: readonly unknown[] }) =>
    queryKey[0] !== sessionQuery.queryKey[0],
};

/** Drop every answer but who asks: it was another user's, or nobody's. */
export function forgetAnswers(client = queryClient): void {
  client.removeQueries({ ...NOT_SESSION, type: "inactive" });
  // What is on the page is emptied; it is asked for again only where somebody may ask.
  const somebody = client.getQueryData(sessionQuery.queryKey)?.kind !== "nobody";
  if (somebody) void client.resetQueries(NOT_SESSION);
}

function whoIs({ kind, user_id }: Session): string {
  return `${kind} ${user_id}`;
}

/** Answers belong to who asked: when the session turns out to be another user's, the others go. */
export function bindToUser(client: QueryClient): () => void {
  let known: string | null = null;
  return client.getQueryCache().subscribe(({ type, query }) => {
    if (type !== "updated" || query.queryKey[0] !== sessionQuery.queryKey[0]) return;
    const session = query.state.data as Session | undefined;
    if (session === undefined) return;
    const before = known;
    known = whoIs(session);
    if (before !== null && before !== known) forgetAnswers(client);
  });
}

bindToUser(queryClient);

/** A token for the same user again; nothing is sent in the name of another one. */
export async function renewToken(client = queryClient): Promise<string | null> {
  const before = client.getQueryData(sessionQuery.queryKey);
  const session = await client.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => null);
  if (session === null || (before !== undefined && whoIs(before) !== whoIs(session))) return null;
  return session.csrf_token;
}

renewCsrfBy(renewToken);

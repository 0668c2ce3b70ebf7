import { queryClient } from "~/api/cache";
import { rememberCsrf } from "~/api/client";
import { type Session, sessionQuery } from "~/api/queries";

/** Begin as somebody: what was asked for before was somebody else's, or nobody's. */
export function beginAs(session: Session): void {
  rememberCsrf(session.csrf_token);
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionQuery.queryKey[0] });
  queryClient.setQueryData(sessionQuery.queryKey, session);
}

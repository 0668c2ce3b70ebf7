import type { QueryClient } from "@tanstack/react-query";
import { requestsQuery } from "./runs";

const PAUSE = 800; // milliseconds between two looks

let followers = 0;
let looking: ReturnType<typeof setTimeout> | null = null;

/** Look at the list of requests again and again; however many follow, one look at a time answers all of them. */
export function follow(client: QueryClient): () => void {
  followers += 1;
  if (looking === null) looking = setTimeout(look, 0);
  let gone = false;
  return () => {
    if (!gone) followers -= 1;
    gone = true;
  };

  async function look() {
    // What cannot be asked now is asked for at the next look.
    await client.fetchQuery({ ...requestsQuery, retry: false, staleTime: 0 }).catch(() => undefined);
    looking = followers > 0 ? setTimeout(look, PAUSE) : null;
  }
}

import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ProblemError } from "./client";

/** Answers are kept while they are looked at, and asked again when the window is looked at again. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      // A session that ended is noticed by whatever asks first; every page then leads to the sign-in.
      if (error instanceof ProblemError && error.status === 401) {
        void queryClient.invalidateQueries({ queryKey: ["session"] });
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, error) =>
        failures < 2 && error instanceof ProblemError && [0, 503].includes(error.status),
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});

import { useLocation, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

/** What a page keeps after the # of its address, so that a link shows the same; null removes a key. */
export function useHashState() {
  const hash = useLocation({ select: (location) => location.hash });
  const navigate = useNavigate();
  const state = useMemo(() => new URLSearchParams(hash), [hash]);
  const replace = useCallback(
    (next: URLSearchParams) =>
      void navigate({
        to: ".",
        search: (old) => old,
        hash: next.toString(),
        replace: true,
        resetScroll: false,
        hashScrollIntoView: false,
      }),
    [navigate],
  );
  const set = useCallback(
    (key: string, value: string | null) => {
      const next = new URLSearchParams(state);
      if (value === null) next.delete(key);
      else next.set(key, value);
      replace(next);
    },
    [state, replace],
  );
  return { state, set, replace };
}

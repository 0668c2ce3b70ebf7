import { useDebouncedCallback } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";

/** A value that the address holds, so that a page can be shared as it is seen; undefined is left out. */
export function useAddress(key: string): readonly [string | undefined, (value: string | undefined) => void] {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const held = search[key];
  const set = useCallback(
    (value: string | undefined) => {
      const changed = (old: object) => ({ ...old, [key]: value });
      void navigate({ to: ".", search: changed, replace: true, resetScroll: false });
    },
    [key, navigate],
  );
  return [held === undefined || held === null || held === "" ? undefined : String(held), set];
}

/** What is typed into a field, at once here and a moment later in the address. */
export function useTyped(key: string): readonly [string, (value: string) => void] {
  const [held, hold] = useAddress(key);
  const [typed, setTyped] = useState(held ?? "");
  const later = useDebouncedCallback((value: string) => hold(value === "" ? undefined : value), 250);
  const type = useCallback(
    (value: string) => {
      setTyped(value);
      later(value);
    },
    [later],
  );
  return [typed, type];
}

import { useDebouncedCallback } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";

type Values = Readonly<Record<string, string | number | undefined>>;

/** Change values that the address holds, all at once; undefined is left out. */
export function useHold(): (values: Values) => void {
  const navigate = useNavigate();
  return useCallback(
    (values) => {
      const changed = (old: object) => ({ ...old, ...values });
      void navigate({ to: ".", search: changed, replace: true, resetScroll: false });
    },
    [navigate],
  );
}

/** A value that the address holds, so that a page can be shared as it is seen; undefined is left out. */
export function useAddress(key: string): readonly [string | undefined, (value: string | undefined) => void] {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const hold = useHold();
  const held = search[key];
  const set = useCallback((value: string | undefined) => hold({ [key]: value }), [key, hold]);
  return [held === undefined || held === null || held === "" ? undefined : String(held), set];
}

/** What is typed into a field, at once here and a moment later in the address; that may end another value. */
export function useTyped(key: string, ends?: string): readonly [string, (value: string) => void] {
  const [held] = useAddress(key);
  const hold = useHold();
  const [typed, setTyped] = useState(held ?? "");
  const later = useDebouncedCallback(
    (value: string) =>
      hold({ [key]: value === "" ? undefined : value, ...(ends ? { [ends]: undefined } : {}) }),
    250,
  );
  const type = useCallback(
    (value: string) => {
      setTyped(value);
      later(value);
    },
    [later],
  );
  return [typed, type];
}

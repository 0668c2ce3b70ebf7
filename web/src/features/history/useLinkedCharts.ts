import { type RefObject, useEffect, useRef } from "react";
import type { ZoomWindow } from "./chartOption";

/**
 * Link the charts inside an element as soon as they are drawn, and again after each redraw. What is answered
 * holds the part of the sessions that is looked at, so that a redraw keeps it; other sessions begin anew.
 */
export function useLinkedCharts(
  place: RefObject<HTMLElement | null>,
  days: readonly string[],
  onPick: (day: string) => void,
): RefObject<ZoomWindow | null> {
  const window = useRef<ZoomWindow | null>(null);
  const latest = useRef({ days, onPick });
  useEffect(() => {
    latest.current = { days, onPick };
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other days are what it begins anew for
  useEffect(() => {
    window.current = null;
  }, [days]);
  useEffect(() => {
    const root = place.current;
    if (root === null) return;
    const pick = (at: number) => {
      const day = latest.current.days[at];
      if (day !== undefined) latest.current.onPick(day);
    };
    const zoom = (next: ZoomWindow) => {
      window.current = next;
    };
    const link = (elements: Iterable<Node>) => {
      const listener = { pick, zoom };
      import("./linkCharts").then(
        ({ linkChart }) => {
          for (const element of elements) if (element instanceof HTMLElement) linkChart(element, listener);
        },
        () => undefined, // each chart says itself that it could not be loaded
      );
    };
    const watch = new MutationObserver((changes) => link(new Set(changes.map((change) => change.target))));
    watch.observe(root, { subtree: true, attributeFilter: ["data-scheme"] });
    link(root.querySelectorAll("[data-chart]"));
    return () => watch.disconnect();
  }, [place]);
  return window;
}

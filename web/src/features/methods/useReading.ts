import { useEffect, useState } from "react";

const BELOW_HEADER = "-80px 0px -70% 0px";

/** The id of the heading that is being read: the last one that has passed the top of the window. */
export function useReading(ids: string): string | null {
  const [current, setCurrent] = useState<string | null>(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(
      (entries) => {
        const seen = entries.find((entry) => entry.isIntersecting);
        if (seen) setCurrent(seen.target.id);
      },
      { rootMargin: BELOW_HEADER },
    );
    for (const id of ids.split(" ")) {
      const heading = document.getElementById(id);
      if (heading) watcher.observe(heading);
    }
    return () => watcher.disconnect();
  }, [ids]);
  return current;
}

/** Scroll to what the address names, also when it comes from within the page. */
export function useScrollTo(anchor: string): void {
  useEffect(() => {
    if (anchor === "") return;
    const target = document.getElementById(anchor);
    if (target === null) return;
    const frame = requestAnimationFrame(() => {
      target.scrollIntoView({ block: "start" });
      target.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [anchor]);
}

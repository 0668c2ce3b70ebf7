import type { KeyboardEvent, ReactNode } from "react";
import "~/ui/tables.css";
import { scrollHint } from "~/ui/scrollHint";

/** A wide table scrolls in here, not the page; its arrow keys scroll and do nothing else. */
export function ScrollBox({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  const keep = (event: KeyboardEvent) => {
    const own = event.target === event.currentTarget;
    if (own && (event.key === "ArrowLeft" || event.key === "ArrowRight")) event.stopPropagation();
  };
  return (
    <section
      ref={scrollHint}
      className="rp-scroll"
      aria-label={`${label}, scrolls sideways`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      onKeyDown={keep}
    >
      {children}
    </section>
  );
}

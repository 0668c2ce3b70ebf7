/** The ref of a box that scrolls sideways: its right edge fades while there is more beyond it. */
export function scrollHint(box: HTMLElement | null): (() => void) | undefined {
  if (box === null) return undefined;
  const look = () => {
    box.dataset.more = String(box.scrollWidth - box.clientWidth - box.scrollLeft > 1);
  };
  const watch = new ResizeObserver(look);
  for (const one of [box, ...box.children]) watch.observe(one);
  box.addEventListener("scroll", look, { passive: true });
  return () => {
    watch.disconnect();
    box.removeEventListener("scroll", look);
  };
}

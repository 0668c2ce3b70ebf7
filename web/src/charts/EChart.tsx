import { useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { useEffect, useRef, useState } from "react";

type Instance = import("echarts/core").ECharts;

/** The colours of a scheme, read from the page, so that charts and words agree. */
export interface Palette {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly second: string;
  readonly more: string;
  readonly less: string;
  readonly track: string;
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: of("--mantine-color-text"),
    quiet: of("--mantine-color-dimmed"),
    line: of("--rp-line"),
    surface: of("--rp-surface"),
    accent: of("--rp-accent"),
    accentSoft: of("--rp-accent-soft"),
    second: of("--rp-second"),
    more: of("--rp-more"),
    less: of("--rp-less"),
    track: of("--rp-track"),
  };
}

interface EChartProps {
  /** Builds the options for a palette; memoise it, a new one redraws. */
  readonly option: (palette: Palette) => EChartsCoreOption;
  readonly height: number;
  /** What a screen reader is told in place of the picture. */
  readonly label: string;
  /** Name of the file that the picture is saved as. */
  readonly name?: string;
}

/** A chart, loaded apart from the page; its table stands beside it. */
export function EChart({ option, height, label, name }: EChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Instance | null>(null);
  const scheme = useComputedColorScheme("light");
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let gone = false;
    const sizes = new ResizeObserver(() => chart.current?.resize());
    import("./echarts").then(
      ({ init }) => {
        if (gone) return;
        chart.current = init(element, undefined, { renderer: "svg" });
        draw(chart.current);
        sizes.observe(element);
      },
      () => setFailed(true), // such as in a page that was opened before the server was upgraded
    );
    function draw(instance: Instance) {
      const shared = { animation: false, aria: { enabled: true, label: { description: label } } };
      instance.setOption({ ...shared, ...option(readPalette()) }, true);
      instance.getZr().flush(); // at once: a printer does not wait for the next picture
      element?.setAttribute("data-scheme", scheme);
    }
    return () => {
      gone = true;
      sizes.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, [option, label, scheme]);

  if (failed)
    return (
      <p className="rp-chart-failed rp-quiet" role="status" style={{ height }}>
        The picture could not be loaded; its table is beside it. Reload the page for the picture.
      </p>
    );
  return (
    <div ref={place} role="img" aria-label={label} data-chart={name} style={{ height, width: "100%" }} />
  );
}

/** Charts of one page as a whole: one crosshair, one zoom, and a click that names a session. */

import { connect, getInstanceByDom } from "echarts/core";
import type { ZoomWindow } from "./chartOption";

const GROUP = "history";
const heard = new WeakSet<object>();

export interface Listener {
  /** The place of the session that is clicked on. */
  readonly pick: (at: number) => void;
  readonly zoom: (window: ZoomWindow) => void;
}

/** Link a chart to its neighbours, and tell what is done to it. */
export function linkChart(element: HTMLElement, { pick, zoom }: Listener): void {
  const chart = getInstanceByDom(element);
  if (chart === undefined) return;
  chart.group = GROUP;
  connect(GROUP);
  if (heard.has(chart)) return;
  heard.add(chart);
  chart.on("datazoom", () => {
    const window = windowOf(chart.getOption().dataZoom);
    if (window !== null) zoom(window);
  });
  chart.getZr().on("click", ({ offsetX, offsetY }) => {
    if (!chart.containPixel({ gridIndex: 0 }, [offsetX, offsetY])) return;
    const at: unknown = chart.convertFromPixel({ xAxisIndex: 0 }, offsetX);
    if (typeof at === "number" && Number.isFinite(at)) pick(Math.round(at));
  });
}

function windowOf(zooms: unknown): ZoomWindow | null {
  const first: unknown = Array.isArray(zooms) ? zooms[0] : null;
  if (typeof first !== "object" || first === null || !("start" in first) || !("end" in first)) return null;
  const { start, end } = first;
  return typeof start === "number" && typeof end === "number" ? { start, end } : null;
}

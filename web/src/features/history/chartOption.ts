/** Options of a chart over sessions: lines or bars, marked days, and a tooltip that snaps to a session. */

import type { EChartsCoreOption } from "echarts/core";
import {
  grid,
  type Line,
  levelMarks,
  lineSeries,
  markLine,
  sessionAxis,
  type TipPoint,
  tipText,
  tooltipOf,
  valueAxis,
} from "~/charts/axes";
import type { Palette } from "~/charts/EChart";
import { shortDay } from "~/lib/format";

export interface MarkedDay {
  readonly day: string;
  readonly label: string;
}

/** What part of the sessions is looked at, in per cent of them. */
export interface ZoomWindow {
  readonly start: number;
  readonly end: number;
}

export interface ChartParts {
  readonly name: string;
  readonly kind: "lines" | "bars";
  readonly days: readonly string[];
  readonly lines: readonly Line[];
  readonly marks: readonly MarkedDay[];
  readonly levels: readonly number[];
  readonly format: (value: number) => string;
  readonly axis: (value: number, step: number) => string;
  readonly zoom: boolean;
}

export function chartOption(
  palette: Palette,
  parts: ChartParts,
  window: ZoomWindow | null,
): EChartsCoreOption {
  const { days, zoom } = parts;
  const bars = parts.kind === "bars";
  return {
    grid: grid(20, zoom ? 44 : 8),
    xAxis: sessionAxis(palette, days, { gap: bars }),
    yAxis: valueAxis(palette, parts.axis, !bars),
    tooltip: tooltipOf(palette, (points) => tooltip(points, parts)),
    dataZoom: zooms(palette, zoom).map((one) => ({ ...one, ...window })),
    series: parts.lines.map((line, at) => seriesOf(palette, line, parts, at === 0)),
  };
}

function seriesOf(palette: Palette, line: Line, parts: ChartParts, first: boolean) {
  const lines = first ? markLines(palette, parts) : {};
  if (parts.kind === "bars") {
    return {
      type: "bar",
      name: line.name,
      data: line.values.map((value) => ({
        value,
        itemStyle: { color: value !== null && value < 0 ? palette.more : palette.less },
      })),
      barCategoryGap: "20%",
      barMaxWidth: 32,
      emphasis: { disabled: true },
      ...lines,
    };
  }
  return { ...lineSeries(palette, line), ...lines };
}

function markLines(palette: Palette, { marks, levels, days, axis }: ChartParts) {
  const shown = marks.filter((mark) => days.includes(mark.day));
  return markLine(palette, [
    ...levelMarks(palette, levels, axis),
    ...shown.map((mark) => ({
      xAxis: mark.day,
      label: { ...sideOf(days.indexOf(mark.day) / days.length), formatter: mark.label },
      lineStyle: { color: palette.text, type: "dashed", width: 1 },
    })),
  ]);
}

/** Where the label of a marked day stands so that it stays inside the picture. */
function sideOf(share: number) {
  const align = share > 0.9 ? "right" : share < 0.1 ? "left" : "center";
  return { position: "end", distance: 4, align };
}

function zooms(palette: Palette, slider: boolean) {
  // Every chart can be zoomed, so that the slider of one moves them all; the wheel still scrolls the page.
  // A move of one is told to the others by its id, so each chart has both.
  const inside = {
    type: "inside",
    id: "wheel",
    zoomOnMouseWheel: "ctrl",
    moveOnMouseMove: "shift",
    moveOnMouseWheel: false,
    preventDefaultMouseMove: false,
  };
  if (!slider) return [inside, { type: "inside", id: "slider", disabled: true }];
  return [
    inside,
    {
      type: "slider",
      id: "slider",
      left: 56,
      right: 56,
      height: 20,
      bottom: 6,
      borderColor: palette.line,
      fillerColor: `${palette.accent}26`,
      handleStyle: { color: palette.surface, borderColor: palette.accent },
      moveHandleStyle: { color: palette.second },
      dataBackground: { lineStyle: { color: palette.second }, areaStyle: { color: palette.track } },
      selectedDataBackground: { lineStyle: { color: palette.accent }, areaStyle: { color: palette.track } },
      textStyle: { color: palette.quiet, fontSize: 11 },
      labelFormatter: (_: number, text: string) => (text ? shortDay(text) : ""),
      brushSelect: false,
    },
  ];
}

/** Linked charts move one crosshair; the words stand only where the pointer is. */
function tooltip(points: readonly TipPoint[], { name, format }: ChartParts): string {
  return isElsewhere(name) ? "" : tipText(points, format);
}

function isElsewhere(name: string): boolean {
  const pointed = document.querySelector("[data-chart]:hover");
  return pointed instanceof HTMLElement && pointed.dataset.chart !== name;
}

/** Options of a chart over sessions: lines or bars, marked days, and a tooltip that snaps to a session. */

import type { EChartsCoreOption } from "echarts/core";
import type { Palette } from "~/charts/EChart";
import { day, shortDay } from "~/lib/format";
import { daysBetween } from "./range";

export interface ChartLine {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly colour: "accent" | "second" | "more" | "less";
  readonly thin?: boolean;
  readonly dashed?: boolean;
}

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
  readonly lines: readonly ChartLine[];
  readonly marks: readonly MarkedDay[];
  readonly levels: readonly number[];
  readonly format: (value: number) => string;
  readonly axis: (value: number) => string;
  readonly zoom: boolean;
}

export function chartOption(
  palette: Palette,
  parts: ChartParts,
  window: ZoomWindow | null,
): EChartsCoreOption {
  const { days, zoom } = parts;
  return {
    grid: {
      left: 4,
      right: 14,
      top: 20,
      bottom: zoom ? 44 : 8,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: xAxis(palette, days, parts.kind),
    yAxis: {
      type: "value",
      scale: parts.kind === "lines",
      splitNumber: 3,
      axisLabel: { color: palette.quiet, fontSize: 11.5, formatter: parts.axis },
      splitLine: { lineStyle: { color: palette.line, width: 0.7 } },
    },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.text, fontSize: 12.5 },
      axisPointer: { type: "line", lineStyle: { color: palette.second, type: "solid", width: 1 } },
      formatter: (points: unknown) => tooltip(points as readonly TipPoint[], parts),
    },
    dataZoom: zooms(palette, zoom).map((one) => ({ ...one, ...window })),
    series: parts.lines.map((line, at) => seriesOf(palette, line, parts, at === 0)),
  };
}

function xAxis(palette: Palette, days: readonly string[], kind: ChartParts["kind"]) {
  const { starts, write } = dayLabels(days);
  return {
    type: "category",
    data: days,
    boundaryGap: kind === "bars",
    axisLine: { onZero: false, lineStyle: { color: palette.line } },
    axisTick: { show: false },
    axisLabel: {
      color: palette.quiet,
      fontSize: 11.5,
      hideOverlap: true,
      formatter: write,
      interval: (at: number) => starts.has(at),
    },
  };
}

function seriesOf(palette: Palette, line: ChartLine, parts: ChartParts, first: boolean) {
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
  return {
    type: "line",
    name: line.name,
    data: line.values,
    showSymbol: line.values.length === 1,
    symbol: "circle",
    symbolSize: 6,
    connectNulls: false,
    lineStyle: {
      color: palette[line.colour],
      width: line.thin ? 1.3 : 2,
      type: line.dashed ? "dashed" : "solid",
    },
    itemStyle: { color: palette[line.colour] },
    emphasis: { disabled: true },
    ...lines,
  };
}

function markLines(palette: Palette, { marks, levels, days, axis }: ChartParts) {
  const shown = marks.filter((mark) => days.includes(mark.day));
  const data = [
    ...levels.map((level) => ({
      yAxis: level,
      label: { position: "insideEndTop", formatter: axis(level) },
      lineStyle: { color: palette.second, type: "dotted", width: 1 },
    })),
    ...shown.map((mark) => ({
      xAxis: mark.day,
      label: { ...sideOf(days.indexOf(mark.day) / days.length), formatter: mark.label },
      lineStyle: { color: palette.text, type: "dashed", width: 1 },
    })),
  ];
  if (data.length === 0) return {};
  return { markLine: { silent: true, symbol: "none", label: { color: palette.quiet, fontSize: 11 }, data } };
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

const DAYS_BY_WEEK = 75; // calendar days up to which weeks are labelled, then months, then years
const DAYS_BY_MONTH = 1_150;

interface DayLabels {
  readonly starts: ReadonlySet<number>;
  readonly write: (day: string) => string;
}

/** Which sessions of an axis are labelled, and how: the first of each week, month or year. */
export function dayLabels(days: readonly string[]): DayLabels {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return { starts: new Set(), write: shortDay };
  const span = daysBetween(first, last);
  if (span <= DAYS_BY_WEEK) return { starts: startsOf(days, weekOf), write: shortDay };
  if (span <= DAYS_BY_MONTH) return { starts: startsOf(days, (one) => one.slice(0, 7)), write: monthOf };
  return { starts: startsOf(days, (one) => one.slice(0, 4)), write: (one) => one.slice(0, 4) };
}

function startsOf(days: readonly string[], part: (day: string) => string): ReadonlySet<number> {
  const starts = new Set<number>();
  days.forEach((one, at) => {
    const before = days[at - 1];
    if (before !== undefined && part(one) !== part(before)) starts.add(at);
  });
  return starts.size > 0 ? starts : new Set([0, days.length - 1]);
}

function weekOf(iso: string): string {
  return String(Math.floor((new Date(`${iso}T00:00:00Z`).getTime() / 86_400_000 + 3) / 7)); // Monday to Sunday
}

function monthOf(iso: string): string {
  const options: Intl.DateTimeFormatOptions = { month: "short", timeZone: "UTC" };
  if (iso.slice(5, 7) === "01") options.year = "numeric";
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(`${iso}T00:00:00Z`));
}

interface TipPoint {
  readonly axisValue: string;
  readonly seriesName: string;
  readonly marker: string;
  readonly value: number | null;
}

function tooltip(points: readonly TipPoint[], { name, format }: ChartParts): string {
  const first = points[0];
  if (first === undefined || isElsewhere(name)) return "";
  const rows = points
    .filter((point) => point.value !== null && point.value !== undefined)
    .map(
      (point) =>
        `${point.marker}${point.seriesName} <b style="float:right;margin-left:14px">${format(point.value ?? 0)}</b>`,
    );
  return [day(first.axisValue), ...(rows.length > 0 ? rows : ["not known"])].join("<br>");
}

/** Linked charts move one crosshair; the words stand only where the pointer is. */
function isElsewhere(name: string): boolean {
  const pointed = document.querySelector("[data-chart]:hover");
  return pointed instanceof HTMLElement && pointed.dataset.chart !== name;
}

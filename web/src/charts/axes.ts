/** What all charts over sessions share: axes, lines, and a tooltip that snaps to a session. */

import { daysBetween } from "~/lib/days";
import { day, shortDay } from "~/lib/format";
import type { Palette } from "./EChart";

export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly colour: "accent" | "second" | "more" | "less";
  readonly thin?: boolean;
  readonly dashed?: boolean;
}

export interface TipPoint {
  readonly axisValue: string;
  readonly seriesName: string;
  readonly marker: string;
  readonly value: number | null;
}

/** The place of the lines, beside which the labels of the axes stand. */
export function grid(top: number, bottom: number) {
  return { left: 4, right: 14, top, bottom, outerBoundsMode: "same", outerBoundsContain: "axisLabel" };
}

/** Sessions, and what else is given after them, which is not labelled (ECharts asks for its labels all the same). */
export function sessionAxis(
  palette: Palette,
  days: readonly string[],
  { ahead = [], gap = false }: { readonly ahead?: readonly string[]; readonly gap?: boolean } = {},
) {
  const { starts, write } = dayLabels(days);
  return {
    type: "category",
    data: [...days, ...ahead],
    boundaryGap: gap,
    axisLine: { onZero: false, lineStyle: { color: palette.line } },
    axisTick: { show: false },
    axisLabel: {
      color: palette.quiet,
      fontSize: 11.5,
      hideOverlap: true,
      formatter: (text: string, at: number) => (at < days.length ? write(text) : ""),
      interval: (at: number) => starts.has(at),
    },
  };
}

const PARTS = 3; // into which an axis of values is split, about

/** An axis whose labels have the digits that its steps need; a label knows how far the next one is. */
export function valueAxis(palette: Palette, write: (value: number, step: number) => string, scale = true) {
  let step = 1;
  return {
    type: "value",
    scale,
    splitNumber: PARTS,
    // Asked whenever the axis is drawn anew, with what is in view; null leaves the end to the chart.
    min: ({ min, max }: { readonly min: number; readonly max: number }) => {
      step = stepOf(scale ? min : Math.min(0, min), scale ? max : Math.max(0, max));
      return null;
    },
    axisLabel: {
      color: palette.quiet,
      fontSize: 11.5,
      formatter: (value: number) => write(value, step),
    },
    splitLine: { lineStyle: { color: palette.line, width: 0.7 } },
  };
}

/** How far the labels of an axis are from each other, by the rule of ECharts. */
export function stepOf(low: number, high: number): number {
  const span = high > low ? high - low : Math.abs(low) || 1;
  const rough = span / PARTS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  const nice = share < 1.5 ? 1 : share < 2.5 ? 2 : share < 4 ? 3 : share < 7 ? 5 : 10;
  return nice * power;
}

export function tooltipOf(palette: Palette, write: (points: readonly TipPoint[]) => string) {
  return {
    trigger: "axis",
    confine: true,
    backgroundColor: palette.surface,
    borderColor: palette.line,
    textStyle: { color: palette.text, fontSize: 12.5 },
    axisPointer: { type: "line", lineStyle: { color: palette.second, type: "solid", width: 1 } },
    formatter: (points: unknown) => write(points as readonly TipPoint[]),
  };
}

/** The session that is pointed at, and each line on it. */
export function tipText(points: readonly TipPoint[], format: (value: number) => string): string {
  const first = points[0];
  if (first === undefined) return "";
  const rows = points.flatMap(({ marker, seriesName, value }) =>
    value === null || value === undefined
      ? []
      : [`${marker}${seriesName} <b style="float:right;margin-left:14px">${format(value)}</b>`],
  );
  return [day(first.axisValue), ...(rows.length > 0 ? rows : ["not known"])].join("<br>");
}

export function lineSeries(palette: Palette, line: Line) {
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
  };
}

/** Horizontal lines at some values, such as 0 or 1. */
export function levelMarks(
  palette: Palette,
  levels: readonly number[],
  write: (value: number, step: number) => string,
) {
  return levels.map((level) => ({
    yAxis: level,
    label: { position: "insideEndTop", formatter: write(level, 1) },
    lineStyle: { color: palette.second, type: "dotted", width: 1 },
  }));
}

export function markLine(palette: Palette, data: readonly object[]) {
  if (data.length === 0) return {};
  return { markLine: { silent: true, symbol: "none", label: { color: palette.quiet, fontSize: 11 }, data } };
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

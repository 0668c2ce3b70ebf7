import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
import { day, shortDay } from "~/lib/format";
import { EChart, type Palette } from "./EChart";

export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly colour: "accent" | "second" | "more" | "less";
  readonly thin?: boolean;
  readonly dashed?: boolean;
}

/** What is expected from the last day on: low, middle, high, so many sessions ahead. */
export interface Fan {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  readonly sessions: number;
}

interface LinesChartProps {
  readonly days: readonly string[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly label: string;
  readonly name: string;
  readonly height?: number;
  readonly fan?: Fan | null;
  /** Values to mark by a horizontal line, such as 0 or 1. */
  readonly levels?: readonly number[];
  readonly zoom?: boolean;
}

const EMPTY_LEVELS: readonly number[] = [];

/** Lines over sessions; the tooltip snaps to a session and shows every line. */
export function LinesChart(props: LinesChartProps) {
  const {
    days,
    lines,
    format,
    label,
    name,
    height = 180,
    fan = null,
    levels = EMPTY_LEVELS,
    zoom = false,
  } = props;
  const option = useCallback(
    (palette: Palette) => build(palette, { days, lines, format, fan, levels, zoom }),
    [days, lines, format, fan, levels, zoom],
  );
  return <EChart option={option} height={height} label={label} name={name} />;
}

interface Parts {
  readonly days: readonly string[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly fan: Fan | null;
  readonly levels: readonly number[];
  readonly zoom: boolean;
}

function build(palette: Palette, { days, lines, format, fan, levels, zoom }: Parts): EChartsCoreOption {
  const ahead = fan ? Array.from({ length: fan.sessions }, (_, at) => `+${at + 1}`) : [];
  const axis = [...days, ...ahead];
  const series: Record<string, unknown>[] = lines.map((line, at) => ({
    type: "line",
    name: line.name,
    data: line.values,
    showSymbol: line.values.length === 1,
    connectNulls: false,
    lineStyle: {
      color: palette[line.colour],
      width: line.thin ? 1.2 : 2,
      type: line.dashed ? "dashed" : "solid",
    },
    itemStyle: { color: palette[line.colour] },
    emphasis: { disabled: true },
    ...(at === 0 && levels.length > 0 ? { markLine: levelLines(palette, levels, format) } : {}),
  }));
  if (fan) series.push(...fanSeries(palette, days.length, fan));
  return {
    grid: {
      left: 4,
      right: 12,
      top: 10,
      bottom: zoom ? 34 : 4,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: {
      type: "category",
      data: axis,
      boundaryGap: false,
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: {
        color: palette.quiet,
        fontSize: 11.5,
        hideOverlap: true,
        formatter: (value: string) => (value.startsWith("+") ? "" : monthOf(value)),
        interval: (at: number) => at > 0 && monthStarts(axis, at),
      },
    },
    yAxis: {
      type: "value",
      scale: true,
      splitNumber: 3,
      axisLabel: { color: palette.quiet, fontSize: 11.5, formatter: (value: number) => format(value) },
      splitLine: { lineStyle: { color: palette.line, width: 0.7 } },
    },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.text, fontSize: 12.5 },
      axisPointer: { lineStyle: { color: palette.second, type: "solid", width: 1 } },
      formatter: (points: unknown) => tooltip(points as Point[], format, fan),
    },
    ...(zoom
      ? {
          dataZoom: [
            { type: "inside" },
            {
              type: "slider",
              height: 18,
              bottom: 4,
              borderColor: palette.line,
              textStyle: { color: palette.quiet, fontSize: 11 },
              labelFormatter: (_: number, text: string) => shortDay(text),
            },
          ],
        }
      : {}),
    series,
  };
}

function levelLines(palette: Palette, levels: readonly number[], format: (value: number) => string) {
  return {
    silent: true,
    symbol: "none",
    data: levels.map((level) => ({ yAxis: level })),
    lineStyle: { color: palette.second, type: "dotted", width: 1 },
    label: {
      color: palette.quiet,
      fontSize: 11,
      position: "insideEndTop",
      formatter: ({ value }: { value: number }) => format(value),
    },
  };
}

function fanSeries(palette: Palette, past: number, fan: Fan): Record<string, unknown>[] {
  const blank = Array.from({ length: past }, () => null as number | null);
  const flat = (value: number) => [...blank, ...Array.from({ length: fan.sessions }, () => value)];
  const shared = { type: "line", showSymbol: false, silent: true, emphasis: { disabled: true } };
  return [
    { ...shared, name: "low", data: flat(fan.low), stack: "fan", lineStyle: { opacity: 0 } },
    {
      ...shared,
      name: "band",
      data: flat(fan.high - fan.low),
      stack: "fan",
      lineStyle: { opacity: 0 },
      areaStyle: { color: palette.accentSoft, opacity: 1 },
    },
    {
      ...shared,
      name: "expected",
      data: flat(fan.middle),
      lineStyle: { color: palette.accent, width: 2, type: "dashed" },
    },
  ];
}

interface Point {
  readonly axisValue: string;
  readonly seriesName: string;
  readonly marker: string;
  readonly value: number | null;
}

const OF_FAN = new Set(["low", "band", "expected"]);

function tooltip(points: readonly Point[], format: (value: number) => string, fan: Fan | null): string {
  const first = points[0];
  if (first === undefined) return "";
  if (first.axisValue.startsWith("+")) {
    return fan
      ? `expected over the next ${fan.sessions} sessions<br>${format(fan.middle)}, ${format(fan.low)} to ${format(fan.high)}`
      : "";
  }
  const rows = points
    .filter((point) => !OF_FAN.has(point.seriesName) && point.value !== null && point.value !== undefined)
    .map(
      (point) =>
        `${point.marker}${point.seriesName} <b style="float:right;margin-left:14px">${format(point.value ?? 0)}</b>`,
    );
  return [day(first.axisValue), ...rows].join("<br>");
}

function monthOf(iso: string): string {
  const date = new Date(`${iso}T00:00:00Z`);
  const options: Intl.DateTimeFormatOptions = { month: "short", timeZone: "UTC" };
  if (date.getUTCMonth() === 0) options.year = "numeric";
  return new Intl.DateTimeFormat("en-GB", options).format(date);
}

function monthStarts(axis: readonly string[], at: number): boolean {
  const own = axis[at];
  const before = axis[at - 1];
  return (
    own !== undefined &&
    before !== undefined &&
    !own.startsWith("+") &&
    own.slice(0, 7) !== before.slice(0, 7)
  );
}

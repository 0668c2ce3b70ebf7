import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
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
} from "./axes";
import { EChart, type Palette } from "./EChart";

/** What is expected from the last day on: low, middle, high, so many sessions ahead. */
export interface Fan {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  readonly sessions: number;
}

interface Parts {
  readonly days: readonly string[];
  readonly lines: readonly Line[];
  /** The number in the tooltip. */
  readonly format: (value: number) => string;
  /** A label of the axis, the next of which is a step away. */
  readonly axis: (value: number, step: number) => string;
  readonly fan: Fan | null;
  /** Values to mark by a horizontal line, such as 0 or 1. */
  readonly levels: readonly number[];
}

interface LinesChartProps extends Omit<Parts, "fan" | "levels">, Partial<Pick<Parts, "fan" | "levels">> {
  readonly label: string;
  readonly name: string;
}

const HEIGHT = 180;
const NO_LEVELS: readonly number[] = [];

/** Lines over sessions; the tooltip snaps to a session and shows every line. */
export function LinesChart(props: LinesChartProps) {
  const { days, lines, format, axis, label, name, fan = null, levels = NO_LEVELS } = props;
  const option = useCallback(
    (palette: Palette) => build(palette, { days, lines, format, axis, fan, levels }),
    [days, lines, format, axis, fan, levels],
  );
  return <EChart option={option} height={HEIGHT} label={label} name={name} />;
}

function build(palette: Palette, { days, lines, format, axis, fan, levels }: Parts): EChartsCoreOption {
  const ahead = Array.from({ length: fan?.sessions ?? 0 }, (_, at) => `+${at + 1}`);
  const marks = markLine(palette, levelMarks(palette, levels, axis));
  const drawn = lines.map((line, at) => ({ ...lineSeries(palette, line), ...(at === 0 ? marks : {}) }));
  return {
    grid: grid(10, 4),
    xAxis: sessionAxis(palette, days, { ahead }),
    yAxis: valueAxis(palette, axis),
    tooltip: tooltipOf(palette, (points) => tooltip(points, format, fan)),
    series: [...drawn, ...(fan ? fanSeries(palette, days.length, fan) : [])],
  };
}

function fanSeries(palette: Palette, past: number, fan: Fan) {
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

const OF_FAN = new Set(["low", "band", "expected"]);

function tooltip(points: readonly TipPoint[], format: (value: number) => string, fan: Fan | null): string {
  if (fan && points[0]?.axisValue.startsWith("+"))
    return `expected over the next ${fan.sessions} sessions<br>${format(fan.middle)}, ${format(fan.low)} to ${format(fan.high)}`;
  return tipText(
    points.filter((point) => !OF_FAN.has(point.seriesName)),
    format,
  );
}

// @vitest-environment node
import { LineChart } from "echarts/charts";
import { DataZoomComponent, GridComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { describe, expect, it } from "vitest";
import { onAxis } from "~/lib/format";
import { stepOf, valueAxis } from "./axes";
import type { Palette } from "./EChart";

use([LineChart, GridComponent, DataZoomComponent, SVGRenderer]);

const palette = new Proxy({}, { get: () => "#000000" }) as Palette;

/** The labels that a chart writes beside its lines. */
function labelsOf(
  values: readonly number[],
  write: (value: number, step: number) => string,
  { scale = true, zoom = [0, 100] }: { readonly scale?: boolean; readonly zoom?: readonly number[] } = {},
): string[] {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 560, height: 180 });
  chart.setOption({
    animation: false,
    xAxis: { type: "category", data: values.map((_, at) => `d${at}`), show: false },
    yAxis: valueAxis(palette, write, scale),
    dataZoom: [{ type: "inside", start: zoom[0], end: zoom[1] }],
    series: [{ type: "line", data: values, showSymbol: false }],
  });
  const texts = [...chart.renderToSVGString().matchAll(/<text[^>]*>([^<]+)<\/text>/g)];
  chart.dispose();
  return texts.map(([, text]) => text ?? "");
}

const money = (value: number, step: number) => onAxis.money(value, step, "USD");
const noisy = (from: number, to: number) =>
  Array.from({ length: 40 }, (_, at) => from + ((to - from) * ((at * 17) % 40)) / 39);

describe("the labels of a chart", () => {
  it.each([
    ["a million that hardly moves", noisy(1_010_000, 1_080_000), money, true],
    ["some thousands", noisy(120_300, 123_900), money, true],
    ["small money", noisy(2, 11), money, true],
    ["from loss to gain", noisy(-0.012, 0.011), onAxis.percent, false],
    ["volatility", noisy(0.141, 0.152), onAxis.percent, true],
    ["a quiet beta", noisy(0.671, 0.682), onAxis.number, true],
    ["HHI", noisy(980, 1_020), onAxis.number, true],
    ["one value", [0.2, 0.2], onAxis.percent, true],
    ["nothing", [0, 0], onAxis.percent, true],
  ] as const)("are all different: %s", (_, values, write, scale) => {
    const labels = labelsOf(values, write, { scale });
    expect(labels.length).toBeGreaterThan(1);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it("have no more digits than they need", () => {
    expect(labelsOf(noisy(0, 0.3), onAxis.percent)[0]).toMatch(/^0\s%$/);
  });

  it("get more digits where a part is looked at", () => {
    const values = [...noisy(0.1, 0.5), ...noisy(0.201, 0.209)];
    const labels = labelsOf(values, onAxis.percent, { zoom: [52, 100] });
    expect(new Set(labels).size).toBe(labels.length);
  });
});

describe("stepOf", () => {
  it("is that of ECharts", () => {
    expect(stepOf(0, 0.3)).toBeCloseTo(0.1);
    expect(stepOf(1_010_000, 1_080_000)).toBe(20_000);
    expect(stepOf(5, 5)).toBeGreaterThan(0);
    expect(stepOf(0, 0)).toBeGreaterThan(0);
  });
});

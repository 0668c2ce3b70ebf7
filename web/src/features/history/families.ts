/** The charts of the past: what each shows, and what is to be said about it. */

import { day, money, number, onAxis, percent, points, ratio } from "~/lib/format";
import type { Point } from "./seriesQuery";

type Key = Exclude<keyof Point, "snapshot_date">;

export interface SeriesLine {
  readonly key: Key;
  readonly name: string;
  readonly colour: "accent" | "second" | "more" | "less";
  readonly thin?: boolean;
  readonly dashed?: boolean;
}

export interface Family {
  readonly id: "value" | "return" | "volatility" | "beta" | "concentration";
  readonly title: string;
  readonly about: string;
  readonly method: string;
  readonly kind: "lines" | "bars";
  readonly lines: readonly SeriesLine[];
  /** The number in charts and tables; on the axis it is shorter, and a label tells itself from the next. */
  readonly format: (value: number, currency: string) => string;
  readonly axis: (value: number, step: number, currency: string) => string;
  readonly levels?: readonly number[];
  /** How far a number has come from another; none where that says nothing. */
  readonly change?: (then: number, now: number) => string;
  readonly sentence: (past: readonly Point[], currency: string) => string;
}

export const FAMILIES: readonly Family[] = [
  {
    id: "value",
    title: "Net asset value",
    about: "Cash and the signed value of every position at the close, in the portfolio's currency.",
    method: "net_asset_value",
    kind: "lines",
    lines: [{ key: "net_asset_value", name: "NAV", colour: "accent" }],
    format: (value, currency) => money(value, currency),
    axis: onAxis.money,
    change: (then, now) => percent(then === 0 ? null : (now - then) / Math.abs(then), 1, true),
    sentence: valueSentence,
  },
  {
    id: "return",
    title: "Daily return",
    about: "What the book of the day before made, as a share of what it was worth then.",
    method: "daily_return",
    kind: "bars",
    lines: [{ key: "daily_return", name: "Return", colour: "less" }],
    format: (value) => percent(value, 2, true),
    axis: onAxis.percent,
    sentence: returnSentence,
  },
  {
    id: "volatility",
    title: "Volatility",
    about:
      "How much the value has swung over 21 and 63 sessions, and how much it was expected to, at the rate of a year.",
    method: "realized_volatility_21d",
    kind: "lines",
    lines: [
      { key: "realized_volatility_21d", name: "21 sessions", colour: "accent" },
      { key: "realized_volatility_63d", name: "63 sessions", colour: "second", thin: true },
      { key: "expected_volatility_21d", name: "Expected", colour: "more", dashed: true, thin: true },
    ],
    format: (value) => percent(value),
    axis: onAxis.percent,
    change: (then, now) => `${points(now - then)} points`,
    sentence: (past) =>
      spanned(past, "realized_volatility_21d", (value) => percent(value), "Volatility over 21 sessions"),
  },
  {
    id: "beta",
    title: "Market beta",
    about:
      "How far the portfolio has moved for each move of the market: the sum over positions, and of its own series.",
    method: "market_beta_weighted",
    kind: "lines",
    lines: [
      { key: "market_beta_weighted", name: "Sum of positions", colour: "accent" },
      { key: "market_beta_direct", name: "Direct", colour: "more", thin: true, dashed: true },
    ],
    format: (value) => ratio(value),
    axis: onAxis.number,
    levels: [0, 1],
    change: (then, now) => number(now - then, 2, true),
    sentence: (past) => spanned(past, "market_beta_weighted", ratio, "Beta"),
  },
  {
    id: "concentration",
    title: "Concentration",
    about:
      "Herfindahl index of shares of gross exposure, in points: 10,000 is a single position, 10,000 / n is n equal ones.",
    method: "hhi",
    kind: "lines",
    lines: [{ key: "hhi", name: "HHI", colour: "accent" }],
    format: (value) => number(value),
    axis: onAxis.number,
    change: (then, now) => `${number(now - then, 0, true)} points`,
    sentence: (past) => spanned(past, "hhi", (value) => number(value), "HHI"),
  },
];

export interface Known {
  readonly day: string;
  readonly value: number;
}

/** The sessions on which a number is known. */
export function knownOf(past: readonly Point[], key: Key): readonly Known[] {
  return past.flatMap((point) => {
    const value = point[key];
    return value === null ? [] : [{ day: point.snapshot_date, value }];
  });
}

export function lowest(known: readonly Known[]): Known | undefined {
  return known.reduce<Known | undefined>(
    (best, one) => (!best || one.value < best.value ? one : best),
    undefined,
  );
}

export function highest(known: readonly Known[]): Known | undefined {
  return known.reduce<Known | undefined>(
    (best, one) => (!best || one.value > best.value ? one : best),
    undefined,
  );
}

function spanned(past: readonly Point[], key: Key, format: (value: number) => string, what: string): string {
  const known = knownOf(past, key);
  const [low, high] = [lowest(known), highest(known)];
  if (low === undefined || high === undefined) return "Not known on any of these sessions.";
  if (format(low.value) === format(high.value)) return `${what} stayed at ${format(low.value)}.`;
  return `${what} was between ${format(low.value)} (${day(low.day)}) and ${format(high.value)} (${day(high.day)}).`;
}

export interface Fall {
  readonly share: number;
  readonly from: string;
  readonly to: string;
}

/** The deepest fall of returns put end to end; null where there is none, or a return is missing. */
export function deepestFall(past: readonly Point[]): Fall | null {
  let [level, peak, peakDay] = [1, 1, past[0]?.snapshot_date ?? ""];
  let deepest: Fall | null = null;
  for (const point of past.slice(1)) {
    if (point.daily_return === null) return null;
    level *= 1 + point.daily_return;
    if (level >= peak) [peak, peakDay] = [level, point.snapshot_date];
    else if (deepest === null || level / peak - 1 < deepest.share)
      deepest = { share: level / peak - 1, from: peakDay, to: point.snapshot_date };
  }
  return deepest;
}

function valueSentence(past: readonly Point[], currency: string): string {
  const [first, last] = [past[0], past.at(-1)];
  if (first === undefined || last === undefined) return "";
  if (first === last) return `One session is stored in this range, ${day(first.snapshot_date)}.`;
  const fall = deepestFall(past);
  const moved = `From ${money(first.net_asset_value, currency)} on ${day(first.snapshot_date)} to ${money(last.net_asset_value, currency)} on ${day(last.snapshot_date)}.`;
  return fall === null
    ? moved
    : `${moved} Deepest fall of the returns: ${percent(fall.share)}, from ${day(fall.from)} to ${day(fall.to)}.`;
}

function returnSentence(past: readonly Point[]): string {
  const known = knownOf(past, "daily_return");
  const [worst, best] = [lowest(known), highest(known)];
  if (worst === undefined || best === undefined) return "Not known on any of these sessions.";
  if (known.length === 1) return `${percent(worst.value, 1, true)} on ${day(worst.day)}.`;
  const gained = known.filter((one) => one.value > 0).length;
  return `Best ${percent(best.value, 1, true)} on ${day(best.day)}, worst ${percent(worst.value, 1, true)} on ${day(worst.day)}; ${percent(gained / known.length, 0)} of sessions gained.`;
}

/** Dates as the address holds them, and the ranges of the quick buttons. */

import { monthsBefore } from "~/lib/days";

export const RANGES = [
  { label: "1M", months: 1, told: "1 month" },
  { label: "3M", months: 3, told: "3 months" },
  { label: "6M", months: 6, told: "6 months" },
  { label: "1Y", months: 12, told: "1 year" },
] as const;

interface Wanted {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

interface Range {
  readonly from: string;
  readonly to: string;
}

/** What the charts show: what the address says, else the year up to the newest session, or to an older one that is shown. */
export function rangeOf({ from, to }: Wanted, newest: string, shown: string): Range {
  const end = to ?? (shown < monthsBefore(newest, 12) ? shown : newest);
  const start = from ?? monthsBefore(end, 12);
  return start <= end ? { from: start, to: end } : { from: end, to: start };
}

/** The quick button that a range is, if any. */
export function quickOf({ from, to }: Range, end: string): string | null {
  if (to !== end) return null;
  return RANGES.find(({ months }) => monthsBefore(end, months) === from)?.label ?? null;
}

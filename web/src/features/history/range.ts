/** Dates as the address holds them, and the ranges of the quick buttons. */

export const RANGES = [
  { label: "1M", months: 1, told: "1 month" },
  { label: "3M", months: 3, told: "3 months" },
  { label: "6M", months: 6, told: "6 months" },
  { label: "1Y", months: 12, told: "1 year" },
] as const;

const DAY = 86_400_000;

function at(iso: string): Date {
  return new Date(`${iso}T00:00:00Z`);
}

function iso(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** A date so many days later, or earlier. */
export function shifted(day: string, days: number): string {
  return iso(new Date(at(day).getTime() + days * DAY));
}

/** A date so many months earlier; the last day of the month where that month is shorter. */
export function monthsBefore(day: string, months: number): string {
  const date = at(day);
  const wanted = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(wanted, last));
  return iso(date);
}

export function daysBetween(from: string, to: string): number {
  return Math.round((at(to).getTime() - at(from).getTime()) / DAY);
}

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

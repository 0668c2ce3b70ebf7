/** Dates without a time, as ISO 8601 writes them: YYYY-MM-DD. */

const DAY = 86_400_000;

function at(iso: string): Date {
  return new Date(`${iso}T00:00:00Z`);
}

function iso(date: Date): string {
  return date.toISOString().slice(0, 10);
}

const ISO = /^\d{4}-\d{2}-\d{2}$/;

/** Whether a text is a day of the calendar, written YYYY-MM-DD. */
export function isDay(text: unknown): text is string {
  if (typeof text !== "string" || !ISO.test(text) || text < "0001") return false;
  const date = at(text);
  return !Number.isNaN(date.getTime()) && iso(date) === text;
}

/** The date where the reader is. */
export function today(): string {
  const now = new Date();
  return iso(new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())));
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

/** Calendar days from one date to another; negative when it is the earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((at(to).getTime() - at(from).getTime()) / DAY);
}

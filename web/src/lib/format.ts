/** Numbers and dates in words. Null is never a number: it is an em dash here, and its reason elsewhere. */

export const MISSING = "—";
const MINUS = "−";
const SPACE = "\u202f"; // narrow, and never a line break

type Cell = number | null | undefined;

const cache = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let found = cache.get(key);
  if (found === undefined) {
    found = new Intl.NumberFormat(undefined, options);
    cache.set(key, found);
  }
  return found;
}

function written(value: number, options: Intl.NumberFormatOptions): string {
  const text = formatter(options).format(value).replace("-", MINUS);
  // What rounds to zero has no sign.
  return /[1-9]/.test(text) ? text : text.replace(MINUS, "").replace("+", "");
}

function isMissing(value: Cell): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value);
}

/** A plain number, thousands separated. */
export function number(value: Cell, digits = 0, signed = false): string {
  if (isMissing(value)) return MISSING;
  return written(value, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    ...(signed ? { signDisplay: "exceptZero" as const } : {}),
  });
}

/** A decimal as a percentage: 0.214 is "21.4 %". */
export function percent(value: Cell, digits = 1, signed = false): string {
  return isMissing(value) ? MISSING : `${number(value * 100, digits, signed)}${SPACE}%`;
}

/** A difference of two shares: 0.17 is "+17.0 points". */
export function points(value: Cell): string {
  return isMissing(value) ? MISSING : `${number(value * 100, 1, true)}`;
}

/** A beta, a leverage, a ratio: two digits. */
export function ratio(value: Cell): string {
  return number(value, 2);
}

/** Money in full: "$12,400" and, below a thousand, cents. */
export function money(value: Cell, currency: string, signed = false): string {
  if (isMissing(value)) return MISSING;
  return inCurrency(value, currency, Math.abs(value) < 1_000 ? 2 : 0, signed);
}

function inCurrency(value: number, currency: string, digits: number, signed: boolean): string {
  return written(value, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    ...(signed ? { signDisplay: "exceptZero" as const } : {}),
  });
}

/** Money in a few characters: "$12.4k", "$1.2m"; the full figure belongs into a tooltip beside it. */
export function moneyCompact(value: Cell, currency: string, signed = false): string {
  if (isMissing(value)) return MISSING;
  const size = Math.abs(value);
  // What would round up to a thousand of a unit is written in the next one.
  const [unit, suffix] =
    size >= 999.95e6 ? [1e9, "bn"] : size >= 999.95e3 ? [1e6, "m"] : size >= 1e4 ? [1e3, "k"] : [1, ""];
  return `${inCurrency(value / unit, currency, suffix === "" ? 0 : 1, signed)}${suffix}`;
}

const DAY = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;

/** "28 Dec 2022", of an ISO date. */
export function day(iso: string | null | undefined): string {
  if (iso === null || iso === undefined) return MISSING;
  return new Intl.DateTimeFormat("en-GB", DAY).format(new Date(`${iso.slice(0, 10)}T00:00:00Z`));
}

/** "28 Dec", of an ISO date. */
export function shortDay(iso: string): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(
    new Date(`${iso.slice(0, 10)}T00:00:00Z`),
  );
}

/** "28 Dec 2022, 21:04 UTC", of an instant. */
export function moment(iso: string | null | undefined): string {
  if (iso === null || iso === undefined) return MISSING;
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
  return `${day(iso)}, ${time.format(new Date(iso))} UTC`;
}

/** "4.2 s", "3 min 20 s". */
export function duration(seconds: Cell): string {
  if (isMissing(seconds)) return MISSING;
  const whole = Math.round(seconds);
  if (whole < 60) return `${number(seconds, seconds < 10 ? 1 : 0)}${SPACE}s`;
  return `${Math.floor(whole / 60)}${SPACE}min ${whole % 60}${SPACE}s`;
}

/** "1 finding", "3 findings", "2 of 3 entries". */
export function count(how: number, noun: string, plural = `${noun}s`): string {
  return `${number(how)} ${how === 1 ? noun : plural}`;
}

/** "32nd". */
export function ordinal(value: number): string {
  const whole = Math.round(value);
  const teens = whole % 100 >= 11 && whole % 100 <= 13;
  const ending = teens ? "th" : (["th", "st", "nd", "rd"][whole % 10] ?? "th");
  return `${whole}${ending}`;
}

/** "A, B and C". */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  const last = shown[shown.length - 1];
  return shown.length < 2 ? (last ?? "") : `${shown.slice(0, -1).join(", ")} and ${last}`;
}

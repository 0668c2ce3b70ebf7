/** Numbers and dates in words. Null is never a number: it is an em dash here, and its reason elsewhere. */

export const MISSING = "—";
const MINUS = "−";
const SPACE = "\u202f"; // narrow, and never a line break
const BIDI = /[\u061c\u200e\u200f]/g; // marks of languages that are written from the right; the page is not

type Cell = number | null | undefined;

const cache = new Map<string, Intl.NumberFormat>();
let locale: string | undefined;

/** Write numbers as another language does; undefined is the reader's own. */
export function writeAs(language: string | undefined): void {
  locale = language;
  cache.clear();
}

/** Digits are those of the dates and texts around them; separators and places of signs are the reader's. */
const SHARED: Intl.NumberFormatOptions = { numberingSystem: "latn" };

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let found = cache.get(key);
  if (found === undefined) {
    found = new Intl.NumberFormat(locale, { ...SHARED, ...options });
    cache.set(key, found);
  }
  return found;
}

const DIGITS = new Set(["integer", "decimal", "fraction", "group"]);

/** A number by its parts: one true minus, no sign where it rounds to zero, a suffix right after the digits. */
function written(value: number, options: Intl.NumberFormatOptions, suffix = ""): string {
  const parts = formatter(options).formatToParts(value);
  const isZero = !parts.some(
    ({ type, value: text }) => (type === "integer" || type === "fraction") && Number(text) !== 0,
  );
  const last = parts.findLastIndex(({ type }) => DIGITS.has(type));
  return parts
    .map(({ type, value: text }, at) => {
      if (type === "minusSign") return isZero ? "" : MINUS;
      if (type === "plusSign") return isZero ? "" : "+";
      return at === last ? text + suffix : text;
    })
    .join("")
    .replaceAll(BIDI, "")
    .trim();
}

function isMissing(value: Cell): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value);
}

const signDisplay = (signed: boolean) => (signed ? { signDisplay: "exceptZero" as const } : {});

/** A plain number, thousands separated. */
export function number(value: Cell, digits = 0, signed = false): string {
  if (isMissing(value)) return MISSING;
  return written(value, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    ...signDisplay(signed),
  });
}

const EXACT = 8; // digits of a quantity

/** Units, of which a fraction may be held: as many digits as it has, up to eight. */
export function quantity(value: Cell): string {
  if (isMissing(value)) return MISSING;
  return Math.abs(value) >= 10 ** EXACT
    ? number(value)
    : written(value, { minimumFractionDigits: 0, maximumSignificantDigits: EXACT });
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

/** Digits after the point that tell labels apart which are so far from each other. */
function digitsOf(step: number): number {
  return step > 0 && Number.isFinite(step) ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0;
}

/** Labels of an axis, with as many digits as its step needs. */
export const onAxis = {
  number: (value: number, step: number) => number(value, digitsOf(step)),
  percent: (value: number, step: number) => percent(value, digitsOf(step * 100)),
  money: (value: number, step: number, currency: string) => {
    const { unit, suffix } = unitOf(value);
    const digits = digitsOf(step / unit);
    return inCurrency(value / unit, currency, { digits: unit === 1 && digits > 0 ? 2 : digits, suffix });
  },
};

const WHOLE_FROM = 1_000; // amounts from which cents are left out
const COMPACT_WHOLE_FROM = 100;
const COMPACT_FROM = 1e4;

function centsOf(value: number, wholeFrom: number): number {
  return Math.abs(value) >= wholeFrom || Number.isInteger(value) ? 0 : 2;
}

/** Money in full: "$12,400" and, below a thousand, cents. */
export function money(value: Cell, currency: string, signed = false): string {
  if (isMissing(value)) return MISSING;
  return inCurrency(value, currency, { digits: centsOf(value, WHOLE_FROM), signed });
}

const OF_SMALL = 4; // digits of a price below one

/** What one unit costs: cents, and of less than one as many digits as tell it apart. */
export function price(value: Cell, currency: string): string {
  if (isMissing(value)) return MISSING;
  const size = Math.abs(value);
  const most = size > 0 && size < 1 ? Math.min(20, OF_SMALL - 1 - Math.floor(Math.log10(size))) : 2;
  return inCurrency(value, currency, { digits: 2, most });
}

interface Amount {
  readonly digits: number;
  readonly most?: number;
  readonly signed?: boolean;
  readonly suffix?: string;
}

function inCurrency(value: number, currency: string, amount: Amount): string {
  const { digits, most = digits, signed = false, suffix = "" } = amount;
  const options: Intl.NumberFormatOptions = {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits,
    maximumFractionDigits: Math.max(digits, most),
    ...signDisplay(signed),
  };
  return written(value, options, suffix);
}

const UNITS = [
  { unit: 1e12, suffix: "T" },
  { unit: 1e9, suffix: "B" },
  { unit: 1e6, suffix: "M" },
  { unit: 1e3, suffix: "k" },
] as const;
const ONE = { unit: 1, suffix: "" } as const;

/** The unit that an amount is short in; what would round up to a thousand of one is written in the next. */
function unitOf(value: number): { readonly unit: number; readonly suffix: string } {
  const size = Math.abs(value);
  if (size < COMPACT_FROM) return ONE;
  return UNITS.find(({ unit }) => size / unit >= 0.99995) ?? ONE;
}

/** Money in a few characters: "$12.4k", "$1.2M"; the full figure belongs into a tooltip beside it. */
export function moneyCompact(value: Cell, currency: string, signed = false): string {
  if (isMissing(value)) return MISSING;
  const { unit, suffix } = unitOf(value);
  if (unit > 1) return inCurrency(value / unit, currency, { digits: 1, signed, suffix });
  return inCurrency(value, currency, { digits: centsOf(value, COMPACT_WHOLE_FROM), signed });
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

/** "28 Dec" of this year, "28 Dec 2022" of another. */
export function nearDay(iso: string, now = new Date()): string {
  return Number(iso.slice(0, 4)) === now.getFullYear() ? shortDay(iso) : day(iso);
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

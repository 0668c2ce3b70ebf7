/** Rows in the order of a column: what is not known stands last, whichever way. */

export type Sortable = string | number | null | undefined;

export interface Order {
  readonly key: string;
  readonly down: boolean;
}

/** An order as the address has it: "beta" is upwards, "-beta" downwards. */
export function readOrder(text: string | undefined, keys: readonly string[], otherwise: Order): Order {
  if (text === undefined) return otherwise;
  const down = text.startsWith("-");
  const key = down ? text.slice(1) : text;
  return keys.includes(key) ? { key, down } : otherwise;
}

export function writeOrder({ key, down }: Order): string {
  return down ? `-${key}` : key;
}

/** What a press on a head asks for: the other way, or this column, numbers from the largest. */
export function nextOrder(order: Order, key: string, numeric: boolean): Order {
  return order.key === key ? { key, down: !order.down } : { key, down: numeric };
}

const byText = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return byText.compare(String(a), String(b));
}

export function sorted<Row>(rows: readonly Row[], of: (row: Row) => Sortable, down: boolean): Row[] {
  const isKnown = (value: Sortable): value is string | number => value !== null && value !== undefined;
  const keyed = rows.map((row) => ({ row, key: of(row) }));
  keyed.sort(({ key: a }, { key: b }) => {
    if (!isKnown(a) || !isKnown(b)) return Number(!isKnown(a)) - Number(!isKnown(b));
    return down ? compare(b, a) : compare(a, b);
  });
  return keyed.map(({ row }) => row);
}

/** Whether each word of what was typed is in one of the texts. */
export function matches(wanted: string, texts: readonly (string | null)[]): boolean {
  const all = texts.join(" ").toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

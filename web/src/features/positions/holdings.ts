/** What the table of holdings shows, and what of it can be summed. */

import type { Complete, Holding } from "~/api/queries";
import { day } from "~/lib/format";
import type { Sortable } from "~/lib/sorting";
import { matches } from "~/lib/sorting";
import { contextOf, reasonOf } from "~/lib/words";

export interface Status {
  readonly what: string;
  readonly remedy: string;
}

export interface Row extends Holding {
  /** Day of the price where it is older than the session; null where it is not. */
  readonly oldPrice: string | null;
  readonly statuses: readonly Status[];
}

/** Holdings with what there is to know about each: its own reasons, and the findings that name it. */
export function rowsOf(found: Complete): Row[] {
  const { holdings, snapshot, data_quality } = found;
  const context = contextOf(found);
  return (holdings ?? []).map((one) => {
    const old = one.price_date !== null && one.price_date < snapshot.snapshot_date;
    const codes = new Set(Object.values(one.reasons));
    for (const finding of data_quality.findings) {
      if (finding.symbols.includes(one.symbol)) codes.add(finding.reason);
    }
    if (one.price === null) codes.add("unpriced");
    if (one.expected_volatility_clamped === true) codes.add("clamped");
    const statuses = [...codes].map((code) => reasonOf(code, context));
    if (old && !codes.has("stale"))
      statuses.push({ what: `its price is of ${day(one.price_date)}`, remedy: "Import newer prices." });
    return { ...one, oldPrice: old ? one.price_date : null, statuses };
  });
}

export const SIDES = ["all", "long", "short"] as const;
export type Side = (typeof SIDES)[number];

export interface Filter {
  readonly text: string;
  readonly side: Side;
  readonly findingsOnly: boolean;
}

export function filtered(rows: readonly Row[], { text, side, findingsOnly }: Filter): Row[] {
  return rows.filter(
    (one) =>
      (side === "all" || one.quantity < 0 === (side === "short")) &&
      (!findingsOnly || one.statuses.length > 0) &&
      matches(text, [one.symbol, one.name, one.sector ?? "Unclassified"]),
  );
}

/** A sum, and how many of the values are not known and so not in it; null where none is known. */
export interface Sum {
  readonly sum: number | null;
  readonly unknown: number;
}

export function sumOf(rows: readonly Row[], of: (row: Row) => number | null): Sum {
  const known = rows.map(of).filter((value) => value !== null);
  return {
    sum: known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0),
    unknown: rows.length - known.length,
  };
}

export const SORTS: Readonly<Record<string, (one: Row) => Sortable>> = {
  symbol: (one) => one.symbol,
  sector: (one) => one.sector,
  quantity: (one) => one.quantity,
  price: (one) => one.price,
  value: (one) => one.value,
  weight: (one) => one.weight,
  share: (one) => one.share,
  risk: (one) => one.risk_contribution,
  beta: (one) => one.beta,
  expected: (one) => one.expected_volatility_21d,
  realized: (one) => one.realized_volatility_21d,
  trend: (one) => TREND_ORDER[one.volatility_trend ?? ""],
  status: (one) => one.statuses.length,
};
const TREND_ORDER: Readonly<Record<string, number>> = { decreasing: -1, stable: 0, increasing: 1 };

/** The columns of the file, as they are called in the server's exports, of what is shown. */
const FILE = [
  "symbol",
  "name",
  "sector",
  "quantity",
  "price",
  "price_date",
  "value",
  "weight",
  "share",
  "risk_contribution",
  "beta",
  "beta_low",
  "beta_high",
  "expected_volatility_21d",
  "realized_volatility_21d",
  "volatility_trend",
] as const;

export const FILE_HEADS = [...FILE, "status"];

export function fileRow(row: Row): (string | number | null)[] {
  return [...FILE.map((name) => row[name]), row.statuses.map(({ what }) => what).join("; ")];
}

/** Lots of a portfolio, and how a form becomes what the API asks for. */

import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schema } from "~/api/client";
import type { Sortable } from "~/lib/sorting";

export type Lot = Schema<"PositionModel">;

export function lotsQuery(portfolioId: number) {
  return queryOptions({
    queryKey: ["lots", portfolioId],
    queryFn: async (): Promise<Lot[]> => {
      const lots: Lot[] = [];
      let cursor: string | null = null;
      do {
        const page = answered(
          await api.GET("/api/v1/portfolios/{portfolio_id}/positions", {
            params: {
              path: { portfolio_id: portfolioId },
              query: { limit: 500, ...(cursor ? { cursor } : {}) },
            },
          }),
        ) as { items: Lot[]; next_cursor: string | null };
        lots.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== null);
      return lots;
    },
  });
}

export const LOT_SORTS: Readonly<Record<string, (lot: Lot) => Sortable>> = {
  symbol: (lot) => lot.symbol,
  side: (lot) => lot.position_type,
  quantity: (lot) => lot.quantity,
  entry: (lot) => lot.entry_date,
  exit: (lot) => lot.exit_date,
};

export const LOT_FIELDS = [
  "symbol",
  "quantity",
  "position_type",
  "multiplier",
  "entry_date",
  "entry_price",
  "exit_date",
  "exit_price",
] as const;
export type LotField = (typeof LOT_FIELDS)[number];
/** What stands in the fields, as text. */
export type LotForm = Readonly<Record<LotField, string>>;

const text = (value: string | number | null) => (value === null ? "" : String(value));

export function formOf(lot: Lot | null): LotForm {
  return {
    symbol: lot?.symbol ?? "",
    quantity: text(lot?.quantity ?? null),
    position_type: lot?.position_type === "SHORT" ? "SHORT" : "LONG",
    multiplier: text(lot?.multiplier ?? 1),
    entry_date: lot?.entry_date ?? "",
    entry_price: text(lot?.entry_price ?? null),
    exit_date: lot?.exit_date ?? "",
    exit_price: text(lot?.exit_price ?? null),
  };
}

const sideOf = (form: LotForm) => (form.position_type === "SHORT" ? "SHORT" : "LONG");
const given = (value: string) => (value.trim() === "" ? null : value.trim());

/** Numbers go as they were typed, so that no digit is lost. */
export function inputOf(form: LotForm): Schema<"PositionInput"> {
  return {
    symbol: form.symbol.trim(),
    quantity: form.quantity.trim(),
    position_type: sideOf(form),
    multiplier: given(form.multiplier) ?? "1",
    entry_date: given(form.entry_date),
    entry_price: given(form.entry_price),
    exit_date: given(form.exit_date),
    exit_price: given(form.exit_price),
  };
}

/** What was changed, and nothing else: null where a date or price was emptied. */
export function changeOf(lot: Lot, form: LotForm): Schema<"PositionChange"> {
  const before = formOf(lot);
  const now = inputOf(form);
  const changed = LOT_FIELDS.filter((field) => before[field].trim() !== form[field].trim());
  return Object.fromEntries(changed.map((field) => [field, now[field] ?? null]));
}

export type LotState = "open" | "ended" | "later";

/** How a lot stands on a day: held, not any more, or not yet. */
export function stateOf(lot: Pick<Lot, "entry_date" | "exit_date">, on: string): LotState {
  if (lot.exit_date !== null && lot.exit_date <= on) return "ended";
  return lot.entry_date !== null && lot.entry_date > on ? "later" : "open";
}

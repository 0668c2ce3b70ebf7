/** The terms of a portfolio, and how a form becomes what the API asks for. */

import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { answered, api, ProblemError, type Schema } from "~/api/client";
import { type Faults, faultsOf, NO_FAULTS } from "~/api/faults";
import { portfolioQuery } from "~/api/queries";

export type Terms = Schema<"PortfolioTermsModel">;
export type Edited = Schema<"EditedModel">;

/** What was done to a portfolio, for the notice that tells it. */
export type Done =
  | { readonly kind: "created" | "changed"; readonly name: string; readonly edited: Edited }
  | { readonly kind: "removed"; readonly name: string };

/** Asked anew for each form, and left alone while it is filled in. */
export function termsQuery(portfolioId: number) {
  return queryOptions({
    queryKey: ["terms", portfolioId],
    queryFn: async (): Promise<Terms> =>
      answered(
        await api.GET("/api/v1/portfolios/{portfolio_id}", {
          params: { path: { portfolio_id: portfolioId } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

export const TERM_FIELDS = ["name", "market_index", "benchmark_code", "cash_balance"] as const;
export type TermField = (typeof TERM_FIELDS)[number];
/** What stands in the fields, as text. */
export type TermsForm = Readonly<Record<TermField, string>>;

export function formOf(terms: Terms | null): TermsForm {
  return {
    name: terms?.name ?? "",
    market_index: terms?.market_index ?? "",
    benchmark_code: terms?.benchmark_code ?? "",
    cash_balance: terms === null ? "" : String(terms.cash_balance),
  };
}

/** Cash goes as it was typed, so that no digit is lost; what is empty is left to the API. */
export function inputOf(form: TermsForm): Schema<"PortfolioInput"> {
  const given = (text: string) => (text.trim() === "" ? null : text.trim());
  return {
    name: form.name.trim(),
    market_index: given(form.market_index),
    benchmark_code: given(form.benchmark_code),
    cash_balance: given(form.cash_balance),
    positions: [],
  };
}

/** What was changed, and nothing else. */
export function changeOf(terms: Terms, form: TermsForm): Schema<"PortfolioChange"> {
  const before = formOf(terms);
  const changed = TERM_FIELDS.filter((field) => before[field].trim() !== form[field].trim());
  return Object.fromEntries(changed.map((field) => [field, form[field].trim()]));
}

/** Fields that were emptied: a portfolio has each of them, and the API would keep what it has. */
export function emptiedIn(form: TermsForm): Faults {
  const empty = TERM_FIELDS.filter((field) => form[field].trim() === "");
  if (empty.length === 0) return NO_FAULTS;
  return { fields: Object.fromEntries(empty.map((field) => [field, "is needed"])), rest: null };
}

/** Faults at their fields; a conflict is about the name. */
export function faultsIn(error: unknown): Faults {
  if (error instanceof ProblemError && error.status === 409)
    return { fields: { name: error.hint ? `${error.detail} (${error.hint})` : error.detail }, rest: null };
  return faultsOf(error, TERM_FIELDS);
}

/** Whether a name was typed as it is read, where spaces in a row are one. */
export function isTyped(typed: string, name: string): boolean {
  const read = (text: string) => text.normalize().trim().replace(/\s+/g, " ");
  return read(typed) === read(name);
}

/** Drop what is kept of a portfolio that is gone, so that the way back does not show it once more. */
export function forget(client: QueryClient, portfolioId: number): void {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[1] === portfolioId, type: "inactive" });
  client.removeQueries({ queryKey: portfolioQuery(portfolioId).queryKey, type: "inactive" });
}

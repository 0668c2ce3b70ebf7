import { ProblemError } from "~/api/client";

/** What the API refused, by field of a form, and what belongs to none of them. */
export interface Faults {
  readonly fields: Readonly<Record<string, string>>;
  readonly rest: string | null;
}

export const NO_FAULTS: Faults = { fields: {}, rest: null };

/** Faults at their fields: "body.cash_balance" is of the field cash_balance. */
export function faultsOf(error: unknown, known: readonly string[]): Faults {
  if (!(error instanceof ProblemError)) return { fields: {}, rest: "This failed. Try again." };
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const { location, detail } of error.faults) {
    const field = location.split(".")[1] ?? "";
    const words = plain(detail);
    if (!known.includes(field)) rest.push(`${location}: ${words}`);
    else fields[field] = fields[field] === undefined ? words : `${fields[field]}; ${words}`;
  }
  if (error.faults.length === 0) rest.push(error.hint ? `${error.detail} (${error.hint})` : error.detail);
  return { fields, rest: rest.length === 0 ? null : rest.join(". ") };
}

const PLAIN: Readonly<Record<string, string>> = {
  "Input should be a valid decimal": "not a number",
  "Input should be a valid string": "a text is needed",
  "Field required": "is needed",
};

function plain(detail: string): string {
  const words = detail.replace(/^Value error, /, "");
  return PLAIN[words] ?? words;
}

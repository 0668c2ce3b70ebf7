/** What an import did, or would do: three shapes of the API told in one way. */

import { type Schema, sendFile } from "~/api/client";
import { count } from "~/lib/format";
import type { Kind } from "./kinds";

export interface Bad {
  /** Line of a CSV file, or name of a scenario. */
  readonly place: string;
  readonly column: string;
  readonly reason: string;
}

export type PortfolioChange = Schema<"ImportedPortfolioModel">;

export interface Report {
  readonly bad: readonly Bad[];
  /** How many there are, those included that are not listed. */
  readonly badCount: number;
  readonly warnings: readonly string[];
  readonly portfolios: readonly PortfolioChange[];
  /** What changes, in words: "3 lots added"; empty when nothing does. */
  readonly changes: readonly string[];
  /** What stays, in words. */
  readonly stays: readonly string[];
  readonly runRequestId: number | null;
}

type Holdings = Schema<"HoldingsImportModel">;
type Instruments = Schema<"InstrumentsImportModel">;
type Scenarios = Schema<"ScenariosImportModel">;

const some = (how: number, noun: string, did: string) => (how === 0 ? [] : [`${count(how, noun)} ${did}`]);

export function holdingsReport(told: Holdings): Report {
  const of = (name: "added" | "changed" | "removed" | "unchanged" | "kept") =>
    told.portfolios.reduce((sum, one) => sum + one[name], 0);
  const being = (status: string) => told.portfolios.filter((one) => one.status === status).length;
  return {
    bad: told.bad.map(({ line, column, reason }) => ({ place: String(line), column, reason })),
    badCount: told.bad_count,
    warnings: told.warnings,
    portfolios: told.portfolios,
    changes: [
      ...some(being("created"), "portfolio", "created"),
      ...some(being("changed"), "portfolio", "changed"),
      ...some(of("added"), "lot", "added"),
      ...some(of("changed"), "lot", "changed"),
      ...some(of("removed"), "lot", "removed"),
    ],
    stays: [
      ...some(of("unchanged"), "lot", "unchanged"),
      ...some(of("kept"), "lot", "kept that the file lacks"),
    ],
    runRequestId: told.run_request_id,
  };
}

export function instrumentsReport(told: Instruments): Report {
  return {
    bad: told.bad.map(({ line, column, reason }) => ({ place: String(line), column, reason })),
    badCount: told.bad_count,
    warnings: told.warnings,
    portfolios: [],
    changes: some(told.written, "instrument", "new or changed"),
    stays: some(told.unchanged, "instrument", "unchanged"),
    runRequestId: null,
  };
}

export function scenariosReport(told: Scenarios): Report {
  return {
    bad: told.faults.map(({ name, key, reason }) => ({ place: name, column: key, reason })),
    badCount: told.faults.length,
    warnings: told.warnings,
    portfolios: [],
    changes: [
      ...some(told.added.length, "scenario", "added"),
      ...some(told.changed.length, "scenario", "changed"),
      ...some(told.removed.length, "scenario", "removed"),
    ],
    stays: [
      ...some(told.unchanged.length, "scenario", "unchanged"),
      ...some(told.kept.length, "scenario", "kept that the file lacks"),
    ],
    runRequestId: told.run_request_id,
  };
}

/** Options as they stand in the fields. */
export interface Options {
  readonly portfolio: string;
  readonly balance: "none" | "cash" | "equity";
  readonly amount: string;
  readonly marketIndex: string;
  readonly replace: boolean;
}

export const NO_OPTIONS: Options = {
  portfolio: "",
  balance: "none",
  amount: "",
  marketIndex: "",
  replace: false,
};

/** The address to send a file to; a name of a file goes along for the messages. */
export function addressOf(kind: Kind, fileName: string, options: Options, dryRun: boolean): string {
  const asked = new URLSearchParams({ dry_run: String(dryRun) });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what the API refuses in a name
  const name = fileName.replaceAll(/[\x00-\x1f/\\]/g, " ").slice(-200);
  if (name.trim() !== "") asked.set("name", name);
  if (kind.name === "positions") {
    if (options.portfolio.trim() !== "") asked.set("portfolio", options.portfolio.trim());
    if (options.balance !== "none") asked.set(options.balance, options.amount.trim());
    if (options.marketIndex.trim() !== "") asked.set("market_index", options.marketIndex.trim());
  }
  if ((kind.name === "positions" || kind.name === "scenarios") && options.replace)
    asked.set("replace", "true");
  return `/api/v1/imports/${kind.name}?${asked}`;
}

export async function sendImport(kind: Kind, file: File, options: Options, dryRun: boolean): Promise<Report> {
  const address = addressOf(kind, file.name, options, dryRun);
  if (kind.name === "instruments") return instrumentsReport(await sendFile(address, file, kind.type));
  if (kind.name === "scenarios") return scenariosReport(await sendFile(address, file, kind.type));
  return holdingsReport(await sendFile(address, file, kind.type));
}

/** Bad cells by their place, in the order of the file. */
export function byPlace(bad: readonly Bad[]): readonly (readonly [place: string, cells: readonly Bad[]])[] {
  const groups = new Map<string, Bad[]>();
  for (const cell of bad) {
    const group = groups.get(cell.place);
    if (group) group.push(cell);
    else groups.set(cell.place, [cell]);
  }
  return [...groups];
}

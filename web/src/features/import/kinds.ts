/** What can be imported, how its file looks, and an example of it. */

export const KIND_NAMES = ["positions", "portfolios", "scenarios", "instruments"] as const;
export type KindName = (typeof KIND_NAMES)[number];

export interface Kind {
  readonly name: KindName;
  readonly label: string;
  readonly about: string;
  readonly endings: readonly string[];
  readonly type: string;
  /** What stands in the file: name, meaning, and what it is when it is absent. */
  readonly columns: readonly (readonly [name: string, meaning: string, absent: string])[];
  readonly template: string;
}

const CSV = { endings: [".csv", ".tsv", ".txt"], type: "text/csv" } as const;

export const KINDS: Readonly<Record<KindName, Kind>> = {
  positions: {
    name: "positions",
    label: "Positions",
    about: "What you hold, lot by lot; new portfolios are made on the way",
    ...CSV,
    columns: [
      ["symbol", "BRK.B, BRK/B and brk-b are one", "required"],
      ["quantity", "units; below 0 is a short position", "required"],
      ["portfolio", "its name; created when it is new", "one for the whole file"],
      ["position_type", "LONG or SHORT", "by the sign"],
      ["entry_date, exit_date", "first day held, first day not held any more", "always held"],
      ["entry_price, exit_price", "a unit’s price", "not known"],
      ["multiplier", "units that a unit stands for", "1"],
    ],
    template:
      "symbol,quantity,portfolio,entry_date\nAAPL,120,Growth,2022-01-03\nMSFT,45,Growth,\nXOM,-60,Growth,2022-06-01\n",
  },
  portfolios: {
    name: "portfolios",
    label: "Portfolios",
    about: "Names, cash, market index and benchmark",
    ...CSV,
    columns: [
      ["name", "of the portfolio; created when it is new", "required"],
      ["currency", "USD, the only one so far", "USD"],
      ["market_index", "symbol that betas are measured against", "SPY"],
      ["benchmark_code", "benchmark of the sectors", "SP500"],
      ["cash_balance", "cash; below 0 when borrowed", "0"],
      ["equity_balance", "cash and positions together, in place of cash_balance", ""],
    ],
    template:
      "name,market_index,benchmark_code,cash_balance\nGrowth,^GSPC,SP500,10000\nRetirement,^GSPC,SP500,2500.50\n",
  },
  scenarios: {
    name: "scenarios",
    label: "Scenarios",
    about: "Stress scenarios of your own",
    endings: [".toml"],
    type: "application/toml",
    columns: [
      ["market", "move of the market, a decimal: -0.07 is −7 %", "it stays"],
      ["sectors", "moves of sectors by their GICS names", "beta times the market’s move"],
      ["from, to", "a window of the past, in place of moves", ""],
      ["description", "a note", ""],
    ],
    template: `[scenarios.rate_shock]
description = "Rates rise by 2 points"
market = -0.07

[scenarios.rate_shock.sectors]
"Information Technology" = -0.15
"Real Estate" = -0.12

[scenarios.euro_crisis_2011]
from = 2011-07-22
to = 2011-10-03
`,
  },
  instruments: {
    name: "instruments",
    label: "Instruments",
    about: "Names and sectors of symbols, for all users",
    ...CSV,
    columns: [
      ["symbol", "of the instrument", "required"],
      ["name", "of the company or fund", "not known"],
      ["asset_class", "such as equity", "equity"],
      ["sector", "GICS; other vocabularies are mapped", "Unclassified"],
      ["industry", "GICS sub-industry", "not known"],
    ],
    template:
      "symbol,name,asset_class,sector,industry\nAAPL,Apple,equity,Information Technology,Technology Hardware\nXOM,ExxonMobil,equity,Energy,Integrated Oil & Gas\n",
  },
};

export function readKind(text: string | undefined, admin: boolean): Kind {
  const name = KIND_NAMES.find((one) => one === text) ?? "positions";
  return KINDS[name === "instruments" && !admin ? "positions" : name];
}

export const MOST_BYTES = 5 * 2 ** 20;

/** Why a file cannot be sent; null where it can. */
export function refusalOf(file: Pick<File, "name" | "size">, kind: Kind): string | null {
  const name = file.name.toLowerCase();
  if (!kind.endings.some((ending) => name.endsWith(ending))) {
    return `${kind.label} come in a file that ends in ${kind.endings.join(", ")}; this one is called ${file.name}.`;
  }
  if (file.size > MOST_BYTES) {
    return "A file has at most 5 MiB here; larger ones are for “riskpanel import” on the server.";
  }
  return file.size === 0 ? "This file is empty." : null;
}

/** The heads of a CSV file, from its first line. */
export function headsOf(start: string): string[] {
  const line = start.replace(/^\uFEFF/, "").split(/\r?\n/, 1)[0] ?? "";
  return line.split(/[,;\t]/).map((head) => head.trim().replace(/^"|"$/g, "").toLowerCase());
}

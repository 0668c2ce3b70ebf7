/** Findings in plain words: what is missing, what follows from it, and what mends it. */

import { listed } from "~/lib/format";
import { causesOf, type Finding, METRICS, reasonOf } from "~/lib/words";

export type { Finding } from "~/lib/words";
export type Kind = "missing" | "partial" | "flag";

/** What somebody can do about a finding, besides reading its advice. */
export type Mend = "prices" | "benchmark" | "sectors" | "import" | "compute" | "positions" | null;

export interface Explained {
  readonly key: string;
  readonly kind: Kind;
  readonly reason: string;
  readonly what: string;
  readonly effect: string;
  readonly remedy: string;
  readonly mend: Mend;
  readonly symbols: readonly string[];
  /** Where the methods page tells of it. */
  readonly method: string;
}

export const KINDS: Readonly<Record<Kind, string>> = {
  missing: "Not shown",
  partial: "Rests on part of the portfolio",
  flag: "Worth a look",
};

const MENDS: Readonly<Record<string, Mend>> = {
  short_history: "prices",
  stale: "prices",
  gap: "prices",
  unpriced: "prices",
  imputed: "prices",
  left_out: "prices",
  small_universe: "prices",
  uncovered: "prices",
  market_index_unpriced: "prices",
  fallback: "prices",
  benchmark_old: "benchmark",
  unclassified: "sectors",
  no_positions: "import",
  changed_since: "compute",
  degenerate: "positions",
  extreme: "positions",
  clamped: "positions",
};

/** Of a metric and reason: what follows. */
const EFFECTS: Readonly<Record<string, string>> = {
  "price_coverage stale": "Valued at the last close before the session.",
  "sector_exposure unclassified": "Counted as Unclassified.",
  "sector_exposure no_benchmark": "Sector weights are shown without a comparison.",
  "sector_exposure benchmark_after_as_of":
    "Differences compare this day with weights that were published after it.",
  "sector_exposure fund_weights_after_as_of": "It counts by its sectors of that day.",
  "sector_exposure benchmark_old": "Differences compare with weights that were published long before.",
  "expected_volatility_21d clamped": "Shown is the nearest value that the past supports.",
  "expected_volatility_21d fallback": "A plain average of the past stands in for the model; it has no range.",
  "volatility_coverage imputed": "On those days their return is taken as beta times the market’s.",
  "volatility_coverage left_out": "On those days they are left out of the portfolio’s returns.",
};

const BY_REASON: Readonly<Record<string, string>> = {
  changed_since: "The numbers are those of before the change.",
  market_index_unpriced: "Market beta and the market scenarios are not shown.",
};

export function kindOf(kind: string): Kind {
  return kind === "missing" || kind === "partial" ? kind : "flag";
}

function metricName(metric: string): string {
  return METRICS[metric] ?? capital(metric.replaceAll("_", " "));
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function lower(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

function effectOf(kind: Kind, reason: string, metrics: readonly string[]): string {
  const specific = metrics.map((metric) => EFFECTS[`${metric} ${reason}`]).find((one) => one !== undefined);
  const names = metrics.map((metric, at) => (at === 0 ? metricName(metric) : lower(metricName(metric))));
  const whole = listed(names, names.length);
  if (specific !== undefined && metrics.length === 1) return specific;
  if (kind === "missing")
    return BY_REASON[reason] ?? `${whole} ${metrics.length === 1 ? "is" : "are"} not shown.`;
  if (kind === "partial") return `${whole} ${metrics.length === 1 ? "leaves" : "leave"} them out.`;
  return BY_REASON[reason] ?? `${whole} ${metrics.length === 1 ? "stands" : "stand"} as computed.`;
}

/** One entry for each cause: what several numbers lack for the same reason is told once. */
export function explain(findings: readonly Finding[]): Explained[] {
  return causesOf(findings).flatMap((cause) => {
    const [first] = cause;
    if (first === undefined) return [];
    const metrics = [...new Set(cause.map(({ metric }) => metric))];
    const { what, remedy } = reasonOf(first.reason, undefined, first.symbols.length > 1);
    const kind = kindOf(first.kind);
    return {
      key: [first.kind, first.reason, ...first.symbols].join(" "),
      kind,
      reason: first.reason,
      what: capital(what),
      effect: effectOf(kind, first.reason, metrics),
      remedy,
      mend: MENDS[first.reason] ?? null,
      symbols: first.symbols,
      method: metrics[0] ?? "reasons",
    };
  });
}

/** Entries by kind, what is not shown first. */
export function byKind(entries: readonly Explained[]): readonly (readonly [Kind, readonly Explained[]])[] {
  return (["missing", "partial", "flag"] as const)
    .map((kind) => [kind, entries.filter((one) => one.kind === kind)] as const)
    .filter(([, some]) => some.length > 0);
}

/** What the sectors of a portfolio say against its benchmark's. */

import type { Complete } from "~/api/queries";
import { percent, points } from "~/lib/format";
import { sectorStance } from "~/lib/words";

type Sector = Pick<
  NonNullable<Complete["snapshot"]["sector_exposure"]>[string],
  "portfolio" | "benchmark" | "diff"
>;
export type Sectors = Readonly<Record<string, Sector>>;

const OUTSIDE = ["Unclassified", "Cash"]; // no sectors: they close the list and are compared with nothing
const MOSTLY_KNOWN = 0.5; // share of gross exposure with a sector, from which a comparison says something

type Ended = readonly [string, Sector];

export interface Message {
  readonly headline: string | null;
  readonly level: string | null;
  readonly sentence: string;
}

export function isComparable(coverage: number | null): boolean {
  return coverage === null || coverage >= MOSTLY_KNOWN;
}

/** The sector furthest from the benchmark, and the two ends; where most is unclassified, that is the message. */
export function sectorMessage(sectors: Sectors, coverage: number | null): Message {
  if (!isComparable(coverage))
    return {
      headline: percent(1 - (coverage ?? 0)),
      level: "of gross exposure has no known sector",
      sentence:
        "Too little is classified to compare with the benchmark. Import the sectors of the instruments, then compute the session again.",
    };
  const compared = Object.entries(sectors).filter(
    ([name, own]) => !OUTSIDE.includes(name) && own.diff !== null && own.benchmark !== null,
  );
  const [above, below, widest] = [(diff: number) => diff, (diff: number) => -diff, Math.abs].map((size) =>
    firstBy(compared, size),
  );
  if (above === undefined || below === undefined || widest === undefined)
    return {
      headline: null,
      level: null,
      sentence: "Not compared: no benchmark weights are stored. Choose a stored benchmark, such as SP500.",
    };
  const [name, { diff }] = widest;
  const stance = sectorStance(diff);
  return {
    headline: `${points(diff)} points`,
    level: `${stance === "neutral" ? "neutral in" : `${stance}weight`} ${name}`,
    sentence: ends(above, below),
  };
}

/** The two ends; which side is empty is said where one is. */
function ends(above: Ended, below: Ended): string {
  const [over, under] = [above[1].diff ?? 0, below[1].diff ?? 0];
  if (over < 0) return `Every sector is below the benchmark. Furthest below: ${against(below)}.`;
  if (under > 0) return `Every sector is above the benchmark. Furthest above: ${against(above)}.`;
  return `Furthest above the benchmark: ${against(above)}. Furthest below: ${against(below)}.`;
}

/** The first of the sectors whose difference is the largest by some size. */
function firstBy(compared: readonly (readonly [string, Sector])[], size: (diff: number) => number) {
  return compared.reduce<readonly [string, Sector] | undefined>(
    (best, one) => (best === undefined || size(one[1].diff ?? 0) > size(best[1].diff ?? 0) ? one : best),
    undefined,
  );
}

function against([name, own]: readonly [string, Sector]): string {
  return `${name} (${percent(own.portfolio)} against ${percent(own.benchmark)})`;
}

/** Sectors by weight or by difference, the largest first; what is no sector comes last. */
export function ordered(sectors: Sectors, byDifference: boolean): readonly [string, Sector][] {
  const size = (own: Sector) => (byDifference ? (own.diff ?? 0) : own.portfolio);
  return Object.entries(sectors).sort(([a, own], [b, other]) => {
    const last = OUTSIDE.indexOf(a) - OUTSIDE.indexOf(b);
    return OUTSIDE.includes(a) || OUTSIDE.includes(b) ? last : size(other) - size(own);
  });
}

interface Compared {
  readonly value: number | null;
  readonly mark: number | null;
  readonly difference: number | null;
  readonly stance: ReturnType<typeof sectorStance>;
}

/** What a row draws: the weight with the benchmark's as a mark, or the difference of both. */
export function comparison(
  name: string,
  own: Sector,
  { byDifference, comparable }: { readonly byDifference: boolean; readonly comparable: boolean },
): Compared {
  const outside = OUTSIDE.includes(name);
  const difference = outside || !comparable ? null : own.diff;
  return {
    value: byDifference ? difference : own.portfolio,
    mark: byDifference || outside ? null : own.benchmark,
    difference,
    stance: sectorStance(difference),
  };
}

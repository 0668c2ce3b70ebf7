/** The stored triangle as a matrix, its pairs, and orders in which likeness shows. */

import type { Schema } from "~/api/client";

export type Stored = Schema<"CorrelationModel">;

export interface Cell {
  /** From -1 to 1; null where two positions share too few sessions. */
  readonly value: number | null;
  readonly sessions: number;
}

export interface Pair extends Cell {
  readonly first: string;
  readonly second: string;
}

/** Place in the triangle: second with first, third with first, third with second, and so on. */
export function placeOf(row: number, column: number): number {
  const [low, high] = row > column ? [column, row] : [row, column];
  return (high * (high - 1)) / 2 + low;
}

/** A cell of the whole square; the diagonal has none. */
export function cellOf(stored: Stored, row: number, column: number): Cell | null {
  if (row === column) return null;
  const at = placeOf(row, column);
  return { value: stored.coefficients[at] ?? null, sessions: stored.observations[at] ?? 0 };
}

/** Every pair once, in the order of the triangle. */
export function pairsOf(stored: Stored): readonly Pair[] {
  return stored.symbols.flatMap((second, row) =>
    stored.symbols.slice(0, row).map((first, column) => {
      const at = placeOf(row, column);
      return {
        first,
        second,
        value: stored.coefficients[at] ?? null,
        sessions: stored.observations[at] ?? 0,
      };
    }),
  );
}

export type KnownPair = Pair & { readonly value: number };

/** The pairs with a coefficient, the most alike first. */
export function rankedPairs(stored: Stored): readonly KnownPair[] {
  return pairsOf(stored)
    .filter((pair): pair is KnownPair => pair.value !== null)
    .sort((a, b) => b.value - a.value);
}

/**
 * Places of the symbols so that those which move together stand together: joined by average linkage, each
 * join laid so that its alike ends touch. A pair without a coefficient counts as unrelated.
 */
export function similarityOrder(stored: Stored): readonly number[] {
  const likeness = (row: number, column: number) => cellOf(stored, row, column)?.value ?? 0;
  let groups: (readonly number[])[] = stored.symbols.map((_, at) => [at]);
  while (groups.length > 1) {
    const [a, b] = closest(groups, likeness);
    const [one, other] = [groups[a] ?? [], groups[b] ?? []];
    const joined = touching(one, other, likeness);
    groups = [...groups.filter((_, at) => at !== a && at !== b), joined];
  }
  return groups[0] ?? [];
}

type Likeness = (row: number, column: number) => number;

function closest(groups: readonly (readonly number[])[], likeness: Likeness): readonly [number, number] {
  let best: readonly [number, number] = [0, 1];
  let highest = Number.NEGATIVE_INFINITY;
  for (const [b, other] of groups.entries()) {
    for (const [a, one] of groups.slice(0, b).entries()) {
      const mean = meanOf(one.flatMap((x) => other.map((y) => likeness(x, y))));
      if (mean > highest) [best, highest] = [[a, b], mean];
    }
  }
  return best;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Two groups side by side, turned so that the ends which meet are the most alike. */
function touching(one: readonly number[], other: readonly number[], likeness: Likeness): readonly number[] {
  const ways = [
    [one, other],
    [one.toReversed(), other],
    [one, other.toReversed()],
    [one.toReversed(), other.toReversed()],
  ] as const;
  const meet = ([left, right]: readonly [readonly number[], readonly number[]]) =>
    likeness(left.at(-1) ?? 0, right[0] ?? 0);
  const best = ways.reduce((kept, way) => (meet(way) > meet(kept) ? way : kept), ways[0]);
  return best.flat();
}

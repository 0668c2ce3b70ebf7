/** The words of the command line, which tests hold the page to. */

import { readFileSync } from "node:fs";

export type Row = readonly [number | string | null, string | null];

export interface Vectors {
  readonly levels: Readonly<Record<string, readonly Row[]>>;
  readonly numbers: Readonly<Record<string, readonly Row[]>>;
  readonly reasons: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly remedies_of_several: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, string>>;
  readonly methods: Readonly<Record<string, string>>;
  readonly trends: Readonly<Record<string, string>>;
  readonly scenarios: readonly {
    readonly kind: string;
    readonly scenario: string;
    readonly shock: number | null;
    readonly name: string;
    readonly event: string;
  }[];
  readonly documents: { readonly base: object; readonly cases: readonly Case[] };
}

export interface Case {
  readonly name: string;
  readonly document: { readonly snapshot?: object };
  readonly only_cash: boolean;
  readonly health: string;
  readonly cards: Readonly<Record<string, Card>>;
  readonly scenarios: readonly string[];
}

export interface Card {
  readonly headline: string;
  readonly level: string;
  readonly sentence: string;
}

export const VECTORS = JSON.parse(readFileSync("src/lib/words.vectors.json", "utf8")) as Vectors;

/** A text with the spaces and apostrophes of the command line. */
export function plain(text: string | null): string {
  return (text ?? "").replaceAll(/[\u00a0\u202f]/g, " ").replaceAll("’", "'");
}

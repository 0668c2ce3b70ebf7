/** What the command palette offers for what was typed. */

import { matches } from "~/lib/sorting";

export interface Place {
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** What it is found by besides its label. */
  readonly words?: string | undefined;
  readonly go: () => void;
}

export interface PlaceGroup {
  readonly group: string;
  readonly places: readonly Place[];
}

const LISTED = 8; // of each group, so that none hides the others

/** The places of that name, a few of each group; what begins with what was typed is first. */
export function offered(groups: readonly PlaceGroup[], typed: string): PlaceGroup[] {
  const wanted = typed.trim().toLowerCase();
  return groups
    .map(({ group, places }) => {
      const found = places.filter(({ label, words = "" }) => matches(wanted, [label, words]));
      const begins = ({ label }: Place) => (label.toLowerCase().startsWith(wanted) ? 0 : 1);
      return { group, places: found.sort((a, b) => begins(a) - begins(b)).slice(0, LISTED) };
    })
    .filter(({ places }) => places.length > 0);
}

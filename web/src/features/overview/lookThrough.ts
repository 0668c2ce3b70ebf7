/** Which funds count by what they hold, in words: the largest by name. */

import type { Complete } from "~/api/queries";
import { count, day, percent } from "~/lib/format";

type Funds = Complete["snapshot"]["sector_look_through"];

const NAMED = 3;

export function lookThrough(funds: Funds): readonly string[] {
  const named = (funds ?? [])
    .slice(0, NAMED)
    .map(
      ({ symbol, asof_date, coverage }) =>
        `${symbol} counts by its sectors of ${day(asof_date)} (${percent(coverage)} known)`,
    );
  const others = (funds ?? []).length - named.length;
  return others > 0 ? [...named, `so do ${count(others, "other fund")}`] : named;
}

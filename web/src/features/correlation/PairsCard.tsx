import type { Complete } from "~/api/queries";
import { type BarRow, Bars } from "~/charts/Bars";
import { count, percent, ratio } from "~/lib/format";
import { Card } from "~/ui/Card";
import { type KnownPair, pairsOf, rankedPairs, type Stored } from "./matrix";

const SHOWN = 5;
const AS_ONE = 0.7;

interface PairsCardProps {
  readonly found: Complete;
  readonly stored: Stored;
}

/** The pairs at both ends. */
export function PairsCard({ found, stored }: PairsCardProps) {
  const ranked = rankedPairs(stored);
  const unknown = pairsOf(stored).length - ranked.length;
  const top = ranked.slice(0, SHOWN);
  const bottom = ranked.slice(Math.max(SHOWN, ranked.length - SHOWN));
  const asOne = ranked.filter((pair) => pair.value >= AS_ONE);
  return (
    <Card
      title="Pairs at both ends"
      about="The pairs that move most alike, and those that move least alike or against each other."
      span={4}
      asOf={found.snapshot.snapshot_date}
      sentence={
        asOne.length === 0
          ? "No pair moves almost as one."
          : `${count(asOne.length, "pair moves", "pairs move")} almost as one: together ${percent(weightOf(found, asOne))} of gross exposure.`
      }
      facts={
        unknown > 0 &&
        `${count(unknown, "pair shares", "pairs share")} too few sessions, and ${unknown === 1 ? "is" : "are"} not counted`
      }
    >
      <Bars
        caption="The most alike pairs"
        end={1}
        heads={["Most alike", "Picture", "Correlation"]}
        rows={top.map(row)}
      />
      {bottom.length > 0 && (
        <Bars
          caption="The least alike pairs"
          end={1}
          heads={[(bottom.at(-1)?.value ?? 0) < 0 ? "Most opposed" : "Least alike", "Picture", "Correlation"]}
          rows={bottom.toReversed().map(row)}
        />
      )}
    </Card>
  );
}

function row(pair: KnownPair): BarRow {
  return {
    name: `${pair.first} · ${pair.second}`,
    value: pair.value,
    tone: pair.value < 0 ? "less" : pair.value >= AS_ONE ? "more" : "calm",
    cells: [ratio(pair.value)],
  };
}

/** Share of gross exposure of the positions in some pairs, each counted once. */
function weightOf(found: Complete, pairs: readonly KnownPair[]): number {
  const symbols = new Set(pairs.flatMap((pair) => [pair.first, pair.second]));
  return (found.holdings ?? []).reduce(
    (sum, one) => (symbols.has(one.symbol) ? sum + (one.share ?? 0) : sum),
    0,
  );
}

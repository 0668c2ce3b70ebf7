import "./correlation.css";
import { SegmentedControl, useComputedColorScheme } from "@mantine/core";
import type { Complete } from "~/api/queries";
import { count, day, percent, ratio } from "~/lib/format";
import { contextOf, correlationLevel, reasonOf } from "~/lib/words";
import { Card } from "~/ui/Card";
import { useHashState } from "~/ui/hashState";
import { Value } from "~/ui/Missing";
import { EmptyState } from "~/ui/States";
import { TableBehind } from "~/ui/TableBehind";
import { paintOf } from "./colours";
import { HeatTable } from "./HeatTable";
import { type KnownPair, pairsOf, rankedPairs, type Stored, similarityOrder } from "./matrix";
import { PairsCard } from "./PairsCard";

const ABOUT =
  "Correlation of daily returns of each pair among the largest positions, over the sessions of the past year where both have one.";

export function Correlation({ found }: { readonly found: Complete }) {
  const stored = found.snapshot.correlation;
  if (found.snapshot.positions_count < 2) return <TooFew held={found.snapshot.positions_count} />;
  if (stored === null) return <Unknown found={found} />;
  return (
    <div className="rp-grid">
      <HeatCard found={found} stored={stored} />
      <PairsCard found={found} stored={stored} />
    </div>
  );
}

function TooFew({ held }: { readonly held: number }) {
  return held === 0 ? (
    <EmptyState title="No positions are held on this day">
      A correlation needs two. Import positions.
    </EmptyState>
  ) : (
    <EmptyState title="Only one position is held">
      A correlation needs two: with a second position this page shows whether they are one bet or two.
    </EmptyState>
  );
}

function Unknown({ found }: { readonly found: Complete }) {
  const { missing } = found.data_quality;
  const { what, remedy } = reasonOf(missing.correlation ?? missing.average_correlation, contextOf(found));
  return (
    <EmptyState title="Correlations are not known for this day">
      The reason: {what}. {remedy}
    </EmptyState>
  );
}

interface HeatCardProps {
  readonly found: Complete;
  readonly stored: Stored;
}

function HeatCard({ found, stored }: HeatCardProps) {
  const { snapshot } = found;
  const { state, set } = useHashState();
  const alike = state.get("order") === "likeness";
  const order = alike ? similarityOrder(stored) : stored.symbols.map((_, at) => at);
  const average = snapshot.average_correlation;
  const shorts = new Set((found.holdings ?? []).filter((one) => one.quantity < 0).map((one) => one.symbol));
  const ranked = rankedPairs(stored);
  return (
    <Card
      title="Correlation"
      about={ABOUT}
      method="correlation"
      span={8}
      asOf={snapshot.snapshot_date}
      coverage={coveredShare(found, stored)}
      headline={
        <Value value={average} format={ratio} reason={found.data_quality.missing.average_correlation} />
      }
      level={average === null ? null : `on average, they ${correlationLevel(average)}`}
      sentence={sentenceOf(ranked, shorts)}
      facts={
        <>
          the {stored.symbols.length} largest positions, {percent(shareOf(found, new Set(stored.symbols)))} of
          gross exposure · near 1 they are one bet, near 0 separate ones, below 0 they offset each other · of
          returns, whatever the sign of the position: two that move as one, one of them short, are a hedge · a
          year of daily returns knows a correlation near 0 to about ±0.12 · in a crisis correlations rise
        </>
      }
    >
      <div className="rp-legend">
        <Ramp />
        <span className="rp-heat-tools">
          <SegmentedControl
            size="xs"
            className="rp-no-print"
            value={alike ? "likeness" : "size"}
            onChange={(next) => set("order", next === "likeness" ? next : null)}
            aria-label="Order of positions"
            data={[
              { value: "size", label: "By size" },
              { value: "likeness", label: "By likeness" },
            ]}
          />
          <PairTable stored={stored} />
        </span>
      </div>
      <HeatTable
        stored={stored}
        order={order}
        shorts={shorts}
        caption={`Correlation of the ${stored.symbols.length} largest positions on ${day(snapshot.snapshot_date)}`}
      />
    </Card>
  );
}

/** Of the exposure of the positions shown, how much has a coefficient at all. */
export function coveredShare(found: Complete, stored: Stored): number | null {
  const known = new Set(rankedPairs(stored).flatMap((pair) => [pair.first, pair.second]));
  const all = shareOf(found, new Set(stored.symbols));
  return all === 0 ? null : shareOf(found, known) / all;
}

function shareOf(found: Complete, symbols: ReadonlySet<string>): number {
  return (found.holdings ?? []).reduce(
    (sum, one) => (symbols.has(one.symbol) ? sum + (one.share ?? 0) : sum),
    0,
  );
}

/** The most alike and the most opposed pair. */
export function sentenceOf(ranked: readonly KnownPair[], shorts: ReadonlySet<string>): string {
  const [most, least] = [ranked[0], ranked.at(-1)];
  if (most === undefined || least === undefined) return "";
  const named = (symbol: string) => (shorts.has(symbol) ? `${symbol} (short)` : symbol);
  const told = (pair: KnownPair) =>
    `${named(pair.first)} and ${named(pair.second)} (${ratio(pair.value)} over ${count(pair.sessions, "session")})`;
  if (most === least) return `${told(most)} are the only pair that is known.`;
  return `Most alike: ${told(most)}. ${least.value < 0 ? "Most opposed" : "Least alike"}: ${told(least)}.`;
}

const STEPS = [-1, -0.5, 0, 0.5, 1];

function Ramp() {
  const scheme = useComputedColorScheme("light");
  const colours = STEPS.map((step) => paintOf(step, scheme).background).join(", ");
  return (
    <span className="rp-heat-ramp">
      −1 offset
      <span
        aria-hidden
        className="rp-heat-ramp-bar"
        style={{ background: `linear-gradient(90deg, ${colours})` }}
      />
      +1 as one
    </span>
  );
}

function PairTable({ stored }: { readonly stored: Stored }) {
  return (
    <TableBehind
      title="Correlation of each pair"
      name="correlation"
      heads={["Pair", "First", "Second", "Correlation", "Sessions"]}
      rows={pairsOf(stored).map((pair) => [
        `${pair.first} ${pair.second}`,
        pair.first,
        pair.second,
        pair.value,
        pair.sessions,
      ])}
      show={(cell, at) => (at === 3 ? ratio(cell as number | null) : String(cell))}
    />
  );
}

import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import type { Complete } from "~/api/queries";
import { type BarRow, Bars } from "~/charts/Bars";
import { day, percent, points } from "~/lib/format";
import { sectorStance } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";

type Sector = NonNullable<Complete["snapshot"]["sector_exposure"]>[string];

const LAST = ["Unclassified", "Cash"];

export function SectorsCard({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality } = found;
  const [by, setBy] = useState("weight");
  const sectors = Object.entries(snapshot.sector_exposure ?? {});
  const compared = sectors.filter(([, own]) => own.diff !== null && own.benchmark !== null);
  const furthest = [...compared].sort(([, a], [, b]) => Math.abs(b.diff ?? 0) - Math.abs(a.diff ?? 0))[0];
  const stance = furthest ? sectorStance(furthest[1].diff) : null;
  const byDifference = by === "difference";
  return (
    <Card
      title="Sectors vs benchmark"
      about="Share of net asset value in each GICS sector, against the benchmark's; within 5 points counts as neutral."
      method="sector_exposure"
      coverage={snapshot.sector_coverage}
      asOf={snapshot.snapshot_date}
      headline={
        furthest ? (
          <span className="rp-nowrap">{points(furthest[1].diff)} points</span>
        ) : (
          <Missing reason={data_quality.missing.sector_exposure ?? "no_benchmark"} />
        )
      }
      level={furthest ? `${stance === "neutral" ? "neutral in" : `${stance}weight`} ${furthest[0]}` : null}
      tone="calm"
      sentence={sentence(compared)}
      facts={<Foot found={found} />}
    >
      <div className="rp-legend">
        <span className="rp-key rp-key-accent">{byDifference ? "difference" : "portfolio"}</span>
        {!byDifference && <span className="rp-key rp-key-mark">{snapshot.sector_benchmark_code}</span>}
        <SegmentedControl
          size="xs"
          className="rp-no-print"
          value={by}
          onChange={setBy}
          aria-label="Order and picture"
          data={[
            { value: "weight", label: "Weight" },
            { value: "difference", label: "Difference" },
          ]}
        />
      </div>
      <Bars
        caption={`Sector weights on ${day(snapshot.snapshot_date)} against ${snapshot.sector_benchmark_code ?? "no benchmark"}`}
        heads={["Sector", "Picture", "Weight", "Points", "Stance"]}
        rows={ordered(sectors, byDifference).map(([name, own]) => row(name, own, byDifference))}
      />
    </Card>
  );
}

function ordered(sectors: readonly [string, Sector][], byDifference: boolean): readonly [string, Sector][] {
  const size = (own: Sector) => (byDifference ? (own.diff ?? 0) : own.portfolio);
  return [...sectors].sort(([a, own], [b, other]) => {
    const last = LAST.indexOf(a) - LAST.indexOf(b);
    return LAST.includes(a) || LAST.includes(b) ? last : size(other) - size(own);
  });
}

function row(name: string, own: Sector, byDifference: boolean): BarRow {
  const stance = LAST.includes(name) ? null : sectorStance(own.diff);
  const tone = stance === "over" ? "more" : stance === "under" ? "less" : "calm";
  return {
    name,
    value: byDifference ? own.diff : own.portfolio,
    mark: byDifference ? null : own.benchmark,
    tone: byDifference ? tone : "accent",
    cells: [
      percent(own.portfolio),
      LAST.includes(name) ? "—" : points(own.diff),
      stance === null ? (
        ""
      ) : (
        <span key="stance" className={tone === "calm" ? "rp-quiet" : `rp-${tone}`}>
          {stance}
        </span>
      ),
    ],
  };
}

function sentence(compared: readonly [string, Sector][]): string {
  if (compared.length === 0) return "There are no weights of the benchmark to compare with.";
  const sorted = [...compared].sort(([, a], [, b]) => (b.diff ?? 0) - (a.diff ?? 0));
  const [above, below] = [sorted[0], sorted.at(-1)];
  if (above === undefined || below === undefined) return "";
  const told = ([name, own]: [string, Sector]) =>
    `${name} (${percent(own.portfolio)} against ${percent(own.benchmark)})`;
  return `Furthest above the benchmark: ${told(above)}. Furthest below: ${told(below)}.`;
}

function Foot({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality } = found;
  const codes = data_quality.findings
    .filter((one) => one.metric === "sector_exposure")
    .map((one) => one.reason);
  return (
    <>
      {snapshot.sector_benchmark_date
        ? `${snapshot.sector_benchmark_code} weights of ${day(snapshot.sector_benchmark_date)} · source: ${snapshot.sector_benchmark_source}`
        : "No benchmark weights are stored."}
      {codes.includes("benchmark_after_as_of") && (
        <strong className="rp-more"> · published after this session: a rough comparison</strong>
      )}
      {codes.includes("benchmark_old") && (
        <strong className="rp-more"> · old weights: a rough comparison</strong>
      )}
    </>
  );
}

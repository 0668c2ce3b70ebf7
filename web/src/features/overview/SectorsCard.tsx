import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import type { Complete } from "~/api/queries";
import { type BarRow, Bars } from "~/charts/Bars";
import { day, percent, points } from "~/lib/format";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";
import { comparison, isComparable, ordered, sectorMessage } from "./sectors";

const TONES = { over: "more", under: "less", neutral: "calm" } as const;

export function SectorsCard({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality } = found;
  const [by, setBy] = useState("weight");
  const sectors = snapshot.sector_exposure ?? {};
  const { headline, level, sentence } = sectorMessage(sectors, snapshot.sector_coverage);
  const options = { byDifference: by === "difference", comparable: isComparable(snapshot.sector_coverage) };
  return (
    <Card
      title="Sectors vs benchmark"
      about="Share of net asset value in each GICS sector, against the benchmark's; within 5 points counts as neutral."
      method="sector_exposure"
      coverage={snapshot.sector_coverage}
      asOf={snapshot.snapshot_date}
      headline={
        headline === null ? (
          <Missing reason={data_quality.missing.sector_exposure ?? "no_benchmark"} />
        ) : (
          <span className="rp-nowrap">{headline}</span>
        )
      }
      level={level}
      tone="calm"
      sentence={sentence}
      facts={<Foot found={found} />}
    >
      <div className="rp-legend">
        <span className="rp-key rp-key-accent">{options.byDifference ? "difference" : "portfolio"}</span>
        {!options.byDifference && (
          <span className="rp-key rp-key-mark">{snapshot.sector_benchmark_code}</span>
        )}
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
        rows={ordered(sectors, options.byDifference).map(([name, own]) =>
          row(name, percent(own.portfolio), comparison(name, own, options), options.byDifference),
        )}
      />
    </Card>
  );
}

function row(
  name: string,
  weight: string,
  { value, mark, difference, stance }: ReturnType<typeof comparison>,
  byDifference: boolean,
): BarRow {
  const tone = stance === null ? "calm" : TONES[stance];
  return {
    name,
    value,
    mark,
    tone: byDifference ? tone : "accent",
    cells: [
      weight,
      points(difference),
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

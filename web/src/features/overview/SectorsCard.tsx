import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import type { Complete } from "~/api/queries";
import { type BarRow, Bars } from "~/charts/Bars";
import { day, percent, points } from "~/lib/format";
import { absence, onlyCash } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";
import { lookThrough } from "./lookThrough";
import { comparison, isComparable, ordered, type Sectors, sectorMessage } from "./sectors";

const TONES = { over: "more", under: "less", neutral: "calm" } as const;

export function SectorsCard({ found }: { readonly found: Complete }) {
  return onlyCash(found) ? null : <Known found={found} />;
}

function Known({ found }: { readonly found: Complete }) {
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
      sentence={snapshot.sector_exposure === null ? absence(found, "sector_exposure") : sentence}
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
        <Behind sectors={sectors} code={snapshot.sector_benchmark_code} />
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

interface BehindProps {
  readonly sectors: Sectors;
  readonly code: string | null;
}

function Behind({ sectors, code }: BehindProps) {
  return (
    <TableBehind
      title={`Sector weights against ${code ?? "no benchmark"}`}
      name="sectors"
      heads={["Sector", "Weight", "Benchmark", "Difference"]}
      rows={ordered(sectors, false).map(([name, own]) => {
        const { mark, difference } = comparison(name, own, { byDifference: false, comparable: true });
        return [name, own.portfolio, mark, difference];
      })}
      show={(cell, at) => (at === 0 ? String(cell) : percent(cell as number | null, 1, at === 3))}
    />
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
      {lookThrough(snapshot.sector_look_through).map((told) => ` · ${told}`)}
      {codes.includes("benchmark_after_as_of") && (
        <strong className="rp-more"> · published after this session: a rough comparison</strong>
      )}
      {codes.includes("benchmark_old") && (
        <strong className="rp-more"> · old weights: a rough comparison</strong>
      )}
    </>
  );
}

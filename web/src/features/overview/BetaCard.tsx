import { useMemo } from "react";
import type { Complete } from "~/api/queries";
import type { Line } from "~/charts/axes";
import { LinesChart } from "~/charts/LinesChart";
import { Scale } from "~/charts/Scale";
import { day, onAxis, percent, ratio } from "~/lib/format";
import { contextOf, indexOf, isWhole, onlyCash, toneOf } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing, Value } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";
import { Joined } from "./Joined";
import { betaTold, sessions } from "./sentences";

const LEVELS = [0, 1];

export function BetaCard({ found }: { readonly found: Complete }) {
  if (onlyCash(found)) return null;
  const { snapshot, data_quality } = found;
  const beta = snapshot.market_beta_weighted;
  const { level, sentence } = betaTold(found);
  return (
    <Card
      title="Market beta"
      about="How far this portfolio has moved, on average, when the market index moved 1 %; 1 is the market, 0 no relation."
      method="market_beta_weighted"
      coverage={snapshot.market_beta_coverage}
      asOf={snapshot.snapshot_date}
      headline={
        <Value
          value={beta}
          format={ratio}
          reason={data_quality.missing.market_beta_weighted}
          context={contextOf(found)}
        />
      }
      level={level}
      tone={toneOf(level)}
      aside={beta === null ? null : `against ${indexOf(found)}`}
      sentence={sentence}
      facts={<Facts found={found} />}
    >
      <BetaScale found={found} />
      {(found.timeseries?.length ?? 0) > 1 && <Rolling found={found} />}
    </Card>
  );
}

function BetaScale({ found }: { readonly found: Complete }) {
  const {
    market_beta_weighted: beta,
    market_beta_direct_low: low,
    market_beta_direct_high: high,
  } = found.snapshot;
  if (beta === null) return null;
  const ends = [0, 1, beta, low ?? beta, high ?? beta];
  const pad = 0.25;
  const min = Math.min(...ends) - pad;
  const max = Math.max(...ends) + pad;
  const interval = low === null || high === null ? null : ([low, high] as const);
  const told = interval ? `, 95 % interval ${ratio(low)} to ${ratio(high)}` : "";
  return (
    <Scale
      min={min}
      max={max}
      value={beta}
      interval={interval}
      ticks={[
        { at: 0, label: "0" },
        { at: 1, label: "1 = market" },
      ]}
      label={`Market beta ${ratio(beta)}${told}`}
    />
  );
}

function Rolling({ found }: { readonly found: Complete }) {
  const series = found.timeseries ?? [];
  const days = useMemo(() => series.map((point) => point.snapshot_date), [series]);
  const lines = useMemo<readonly Line[]>(
    () => [
      {
        name: "sum of positions",
        values: series.map((point) => point.market_beta_weighted),
        colour: "accent",
      },
      {
        name: "of its own series",
        values: series.map((point) => point.market_beta_direct),
        colour: "second",
        thin: true,
      },
    ],
    [series],
  );
  return (
    <>
      <div className="rp-legend">
        <span className="rp-key rp-key-accent">sum of positions</span>
        <span className="rp-key rp-key-second">of its own series</span>
        <TableBehind
          title="Market beta of the past year"
          name="beta"
          heads={["Session", "Beta", "Of its own series"]}
          rows={series.map((point) => [
            point.snapshot_date,
            point.market_beta_weighted,
            point.market_beta_direct,
          ])}
          show={(cell, at) => (at === 0 ? day(String(cell)) : ratio(cell as number | null))}
        />
      </div>
      <LinesChart
        days={days}
        lines={lines}
        format={ratio}
        axis={onAxis.number}
        levels={LEVELS}
        name="beta"
        label={`Market beta since ${day(days[0])}`}
      />
    </>
  );
}

function Facts({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality } = found;
  const {
    market_beta_weighted: weighted,
    market_beta_direct: direct,
    market_beta_direct_low: low,
    market_beta_direct_high: high,
  } = snapshot;
  const missing = (metric: string) => ({
    reason: data_quality.missing[metric],
    context: contextOf(found),
  });
  return (
    <Joined
      facts={[
        direct !== null &&
          ratio(direct) !== ratio(weighted) &&
          `${ratio(direct)} by the portfolio’s own returns`,
        <>
          R²{" "}
          <Value
            value={snapshot.market_beta_direct_r_squared}
            format={ratio}
            {...missing("market_beta_direct")}
          />
        </>,
        weighted !== null && (
          <>
            <Value
              value={snapshot.market_beta_adjusted}
              format={ratio}
              {...missing("market_beta_adjusted")}
            />{" "}
            adjusted for noise
          </>
        ),
        ...sessions(snapshot.market_beta_direct_observations),
        low === null || high === null ? (
          <>
            95 % interval <Missing {...missing("market_beta_direct")} />
          </>
        ) : (
          `95 % interval ${ratio(low)} to ${ratio(high)} (sampling error only${tooNarrow(snapshot.market_beta_direct_coverage)})`
        ),
      ]}
    />
  );
}

function tooNarrow(coverage: number | null): string {
  if (isWhole(coverage)) return "";
  return `, and too narrow: ${percent(1 - (coverage ?? 1), 0)} of returns are imputed`;
}

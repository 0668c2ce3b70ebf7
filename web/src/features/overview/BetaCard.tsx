import { useMemo } from "react";
import type { Complete } from "~/api/queries";
import type { Line } from "~/charts/axes";
import { LinesChart } from "~/charts/LinesChart";
import { Scale } from "~/charts/Scale";
import { count, day, percent, ratio } from "~/lib/format";
import { betaLevel, reasonOf, toneOf } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";

const LEVELS = [0, 1];

export function BetaCard({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality, portfolio } = found;
  const beta = snapshot.market_beta_weighted;
  const level = betaLevel(beta);
  return (
    <Card
      title="Market beta"
      about="How far this portfolio has moved, on average, when the market index moved 1 %; 1 is the market, 0 no relation."
      method="market_beta_weighted"
      coverage={snapshot.market_beta_coverage}
      asOf={snapshot.snapshot_date}
      headline={beta === null ? <Missing reason={data_quality.missing.market_beta_weighted} /> : ratio(beta)}
      level={level}
      tone={toneOf(level)}
      aside={`against ${portfolio.market_index}`}
      sentence={sentence(found)}
      facts={<Facts found={found} />}
    >
      <BetaScale found={found} />
      {(found.timeseries?.length ?? 0) > 1 && <Rolling found={found} />}
    </Card>
  );
}

function sentence({ snapshot, data_quality }: Complete): string {
  const beta = snapshot.market_beta_weighted;
  if (beta === null) {
    const { what, remedy } = reasonOf(data_quality.missing.market_beta_weighted);
    return `Not known: ${what}. ${remedy}`;
  }
  if (Math.abs(beta) < 0.005)
    return `When the market moves ${percent(0.01, 0)}, this portfolio has hardly moved with it.`;
  const other = beta < 0 ? " the other way" : "";
  return `When the market moves ${percent(0.01, 0)}, this portfolio has moved about ${percent(Math.abs(beta) / 100, 2)}${other}.`;
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
      { name: "beta", values: series.map((point) => point.market_beta_weighted), colour: "accent" },
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
        levels={LEVELS}
        name="beta"
        label={`Market beta since ${day(days[0])}`}
      />
    </>
  );
}

function Facts({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality } = found;
  const { market_beta_direct_low: low, market_beta_direct_high: high } = snapshot;
  return (
    <>
      R²{" "}
      {snapshot.market_beta_direct_r_squared === null ? (
        <Missing reason={data_quality.missing.market_beta_direct} />
      ) : (
        ratio(snapshot.market_beta_direct_r_squared)
      )}{" "}
      · {count(snapshot.market_beta_observations ?? 0, "session")} ·{" "}
      {low === null || high === null ? (
        <>
          interval <Missing reason={data_quality.missing.market_beta_direct} />
        </>
      ) : (
        `95 % interval ${ratio(low)} to ${ratio(high)} (sampling error only${(snapshot.market_beta_direct_coverage ?? 1) < 0.9995 ? ", and too narrow where returns were imputed" : ""})`
      )}
      {snapshot.market_beta_adjusted !== null &&
        ` · ${ratio(snapshot.market_beta_adjusted)} adjusted for noise`}
      {snapshot.tracking_error !== null && ` · tracking error ${percent(snapshot.tracking_error)}`}
    </>
  );
}

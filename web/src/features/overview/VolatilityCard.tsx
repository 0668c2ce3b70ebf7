import { useMemo } from "react";
import type { Complete } from "~/api/queries";
import type { Line } from "~/charts/axes";
import { type Fan, LinesChart } from "~/charts/LinesChart";
import { Scale } from "~/charts/Scale";
import { count, day, number, onAxis, ordinal, percent } from "~/lib/format";
import { contextOf, METHODS, onlyCash, percentileLevel, toneOf, volatilityScale } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing, Value } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";
import { Joined } from "./Joined";
import { OnlyCash } from "./OnlyCash";
import { volatilityTold } from "./sentences";
import { Trend } from "./Trend";

const HORIZON = 21;
const PERCENTILES = [0, 25, 50, 75, 100].map((at) => ({ at, label: String(at) }));
const share = (value: number) => percent(value);

export function VolatilityCard({ found }: { readonly found: Complete }) {
  return onlyCash(found) ? <OnlyCash found={found} /> : <Known found={found} />;
}

function Known({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality, timeseries } = found;
  const expected = snapshot.expected_volatility_21d;
  const { level, sentence } = volatilityTold(found);
  const fan = useMemo(() => fanOf(found), [found]);
  const series = timeseries ?? [];
  const days = useMemo(() => series.map((point) => point.snapshot_date), [series]);
  const lines = useMemo<readonly Line[]>(
    () => [
      { name: "21 sessions", values: series.map((point) => point.realized_volatility_21d), colour: "accent" },
      {
        name: "63 sessions",
        values: series.map((point) => point.realized_volatility_63d),
        colour: "second",
        thin: true,
      },
    ],
    [series],
  );
  return (
    <Card
      title="Volatility"
      about="How much the value is expected to swing over the next 21 sessions, at the rate of a year: in two years of three it would end within this of its mean."
      method="expected_volatility_21d"
      coverage={snapshot.volatility_coverage}
      asOf={snapshot.snapshot_date}
      headline={
        <Value value={expected} format={share} reason={data_quality.missing.expected_volatility_21d} />
      }
      level={level}
      tone={toneOf(level)}
      aside={fan && `${number(fan.low * 100)} to ${percent(fan.high, 0)} about 8 times in 10`}
      sentence={sentence}
      facts={<Facts found={found} scale={expected !== null && level ? volatilityScale(expected) : null} />}
    >
      {days.length > 1 && (
        <>
          <div className="rp-legend">
            <span className="rp-key rp-key-accent">21 sessions</span>
            <span className="rp-key rp-key-second">63 sessions</span>
            {fan && <span className="rp-key rp-key-fan">expected</span>}
            <TableBehind
              title="Realized volatility"
              name="volatility"
              heads={["Session", "21 sessions", "63 sessions", "Expected"]}
              rows={series.map((point) => [
                point.snapshot_date,
                point.realized_volatility_21d,
                point.realized_volatility_63d,
                point.expected_volatility_21d,
              ])}
              show={(cell, at) => (at === 0 ? day(String(cell)) : percent(cell as number | null))}
            />
          </div>
          <LinesChart
            days={days}
            lines={lines}
            format={share}
            axis={onAxis.percent}
            fan={fan}
            name="volatility"
            label={`Realized volatility since ${day(days[0])}: now ${percent(snapshot.realized_volatility_21d)} over 21 sessions and ${percent(snapshot.realized_volatility_63d)} over 63`}
          />
        </>
      )}
      <Percentile found={found} />
    </Card>
  );
}

function fanOf({ snapshot }: Complete): Fan | null {
  const {
    expected_volatility_low: low,
    expected_volatility_21d: middle,
    expected_volatility_high: high,
  } = snapshot;
  return low === null || middle === null || high === null ? null : { low, middle, high, sessions: HORIZON };
}

function Percentile({ found }: { readonly found: Complete }) {
  const rank = found.snapshot.volatility_percentile;
  if (rank === null)
    return (
      <div className="rp-quiet rp-small">
        percentile of these holdings’ past year{" "}
        <Missing reason={found.data_quality.missing.volatility_percentile} />
      </div>
    );
  const told = `${ordinal(rank)} percentile, ${percentileLevel(rank)}`;
  return (
    <div>
      <Scale min={0} max={100} value={rank} ticks={PERCENTILES} label={told} />
      <div className="rp-quiet rp-small">{told}</div>
    </div>
  );
}

interface FactsProps {
  readonly found: Complete;
  /** What the level of the headline means; null where it has none. */
  readonly scale: string | null;
}

function Facts({ found, scale }: FactsProps) {
  const { snapshot, data_quality } = found;
  const { missing } = data_quality;
  const { volatility_trend: trend, volatility_trend_strength: sure } = snapshot;
  const used = snapshot.volatility_observations;
  const method = snapshot.expected_volatility_method;
  return (
    <Joined
      facts={[
        trend === null ? (
          <>
            trend <Missing reason={missing.volatility_trend} context={contextOf(found)} />
          </>
        ) : (
          <Trend
            key="trend"
            trend={trend}
            className="rp-chip"
            note={sure && trend !== "stable" ? ` (${percent(sure, 0)} confidence)` : ""}
          />
        ),
        <>
          <Value
            value={snapshot.realized_volatility_21d}
            format={share}
            reason={missing.realized_volatility_21d}
          />{" "}
          realized over 21 sessions
        </>,
        <>
          <Value
            value={snapshot.realized_volatility_63d}
            format={share}
            reason={missing.realized_volatility_63d}
          />{" "}
          over 63
        </>,
        used !== null && `${count(used, "return")} used`,
        method !== null && `expected ${METHODS[method] ?? method}`,
        snapshot.expected_volatility_clamped &&
          "the model’s answer was out of all proportion: shown is the nearest that the past supports",
        scale,
      ]}
    />
  );
}

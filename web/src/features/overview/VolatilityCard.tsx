import { IconArrowDownRight, IconArrowRight, IconArrowUpRight } from "@tabler/icons-react";
import { useMemo } from "react";
import type { Complete } from "~/api/queries";
import type { Line } from "~/charts/axes";
import { type Fan, LinesChart } from "~/charts/LinesChart";
import { Scale } from "~/charts/Scale";
import { count, day, number, ordinal, percent } from "~/lib/format";
import { percentileLevel, reasonOf, toneOf, volatilityLevel } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";

const METHODS: Readonly<Record<string, string>> = {
  log_har_close: "from closes",
  log_har_close_market: "from closes and the state of the market",
  log_har_market_range: "from closes and the daily ranges of the market",
  log_har_range: "from daily ranges",
  log_har_range_market: "from daily ranges and the state of the market",
  ewma_fallback: "by a plain average: fewer than 63 returns",
};
const NEAR = 0.1; // relative change that counts as staying near
const HORIZON = 21;
const PERCENTILES = [0, 25, 50, 75, 100].map((at) => ({ at, label: String(at) }));
const whole = (value: number) => percent(value, 0);

export function VolatilityCard({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality, timeseries } = found;
  const expected = snapshot.expected_volatility_21d;
  const level = volatilityLevel(expected);
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
        expected === null ? (
          <Missing reason={data_quality.missing.expected_volatility_21d} />
        ) : (
          percent(expected)
        )
      }
      level={level}
      tone={toneOf(level)}
      aside={fan && `${number(fan.low * 100)} to ${percent(fan.high, 0)} about 8 times in 10`}
      sentence={sentence(found)}
      facts={<Facts found={found} />}
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
            format={whole}
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

function sentence({ snapshot, data_quality }: Complete): string {
  const {
    expected_volatility_21d: expected,
    realized_volatility_21d: now,
    volatility_percentile: rank,
  } = snapshot;
  if (expected === null) {
    const { what, remedy } = reasonOf(data_quality.missing.expected_volatility_21d);
    return `Not known: ${what}. ${remedy}`;
  }
  if (now === null) return `Expected to be near ${percent(expected)} over the next 21 sessions.`;
  const verb =
    Math.abs(expected - now) <= NEAR * now ? "stay near" : expected > now ? "rise from" : "fall from";
  const year = rank === null ? "" : `, which is above ${percent(rank / 100, 0)} of these holdings’ past year`;
  return `Over the next 21 sessions expected to ${verb} today’s ${percent(now)}${year}.`;
}

function Percentile({ found }: { readonly found: Complete }) {
  const rank = found.snapshot.volatility_percentile;
  if (rank === null) return null;
  const told = `${ordinal(rank)} percentile, ${percentileLevel(rank)}`;
  return (
    <div>
      <Scale min={0} max={100} value={rank} ticks={PERCENTILES} label={told} />
      <div className="rp-quiet rp-small">{told}</div>
    </div>
  );
}

const TRENDS = {
  increasing: { Icon: IconArrowUpRight, word: "rising", tone: "rp-more" },
  decreasing: { Icon: IconArrowDownRight, word: "falling", tone: "rp-less" },
  stable: { Icon: IconArrowRight, word: "stable", tone: "" },
} as const;

function Facts({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality } = found;
  const trend = TRENDS[snapshot.volatility_trend as keyof typeof TRENDS];
  const sure = snapshot.volatility_trend_strength;
  return (
    <>
      {trend ? (
        <span className={`rp-chip ${trend.tone}`}>
          <trend.Icon size={15} aria-hidden /> {trend.word}
          {sure !== null && snapshot.volatility_trend !== "stable" && ` (${percent(sure, 0)} confidence)`}
        </span>
      ) : (
        <>
          trend <Missing reason={data_quality.missing.volatility_trend} />
        </>
      )}{" "}
      · {percent(snapshot.realized_volatility_21d)} over 21 sessions ·{" "}
      {percent(snapshot.realized_volatility_63d)} over 63 ·{" "}
      {count(snapshot.volatility_observations ?? 0, "return")} used
      {snapshot.expected_volatility_method &&
        ` · expected ${METHODS[snapshot.expected_volatility_method] ?? snapshot.expected_volatility_method}`}
      {snapshot.expected_volatility_clamped &&
        " · the model’s answer was out of all proportion: shown is the nearest that the past supports"}
    </>
  );
}

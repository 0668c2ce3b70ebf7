import type { Complete } from "~/api/queries";
import { Scale } from "~/charts/Scale";
import { count, percent } from "~/lib/format";
import { contextOf, indexOf, onlyCash } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing, ShortMoney } from "~/ui/Missing";
import { Joined } from "./Joined";
import { tailTold } from "./sentences";

const LEAST_END = 0.05; // share of net asset value to which the scale is drawn, unless the loss is beyond
const APART = 0.2; // part of the scale between two labels that keep clear of each other

export function TailCard({ found }: { readonly found: Complete }) {
  if (onlyCash(found)) return null;
  const { snapshot, data_quality, portfolio } = found;
  const risk = snapshot.value_at_risk_95;
  const { level, sentence } = tailTold(found);
  return (
    <Card
      title="Bad days"
      about="Value at risk and expected shortfall at 95 % for one session, from past returns scaled to the current volatility."
      method="value_at_risk_95"
      coverage={snapshot.tail_coverage}
      asOf={snapshot.snapshot_date}
      headline={
        <ShortMoney
          value={risk === null ? null : snapshot.value_at_risk_95_amount}
          currency={portfolio.currency}
          reason={data_quality.missing.value_at_risk_95}
        />
      }
      level={level}
      tone="calm"
      aside={risk === null ? null : `value at risk, ${percent(0.95, 0)}, one day`}
      sentence={sentence}
      facts={<Facts found={found} />}
    >
      <Losses found={found} />
    </Card>
  );
}

/** From the loss of 1 day in 20 to that of such days; left of 0 is a gain, which has as much room as a loss. */
function Losses({ found }: { readonly found: Complete }) {
  const { value_at_risk_95: risk, expected_shortfall_95: shortfall } = found.snapshot;
  if (risk === null || shortfall === null) return null;
  const size = 1.5 * Math.max(-risk, Math.abs(shortfall));
  const [min, max] = risk > 0 ? [0, Math.max(LEAST_END, 1.25 * shortfall)] : [-size, size || LEAST_END];
  const named = shortfall < 0 ? `a gain of ${percent(-shortfall)}` : percent(shortfall);
  const apart = Math.abs(shortfall) >= APART * (max - min);
  return (
    <Scale
      min={min}
      max={max}
      value={risk}
      interval={[risk, shortfall]}
      ticks={[
        { at: 0, label: "0" },
        { at: shortfall, label: apart ? `${named} on such days` : "" },
      ]}
      label={`Value at risk ${percent(risk)}, expected shortfall ${percent(shortfall)} of net asset value; below 0 is a gain`}
    />
  );
}

function Facts({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality } = found;
  const { max_drawdown: fall, tracking_error: tracking } = snapshot;
  const past = snapshot.max_drawdown_observations;
  return (
    <Joined
      facts={[
        fall === null ? (
          <>
            deepest fall of these holdings <Missing reason={data_quality.missing.max_drawdown} />
          </>
        ) : (
          `deepest fall of these holdings ${percent(fall)}${past === null ? "" : ` over ${count(past, "session")}`}`
        ),
        tracking === null ? (
          <>
            tracking error <Missing reason={data_quality.missing.tracking_error} context={contextOf(found)} />
          </>
        ) : (
          `tracking error ${percent(tracking)} a year against ${indexOf(found)}`
        ),
        snapshot.value_at_risk_95 !== null &&
          snapshot.tail_observations !== null &&
          `from ${count(snapshot.tail_observations, "session")}, scaled to the current volatility`,
      ]}
    />
  );
}

import type { Complete } from "~/api/queries";
import { Scale } from "~/charts/Scale";
import { count, money, moneyCompact, percent } from "~/lib/format";
import { reasonOf } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";

export function TailCard({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality, portfolio } = found;
  const { value_at_risk_95: risk, expected_shortfall_95: shortfall } = snapshot;
  const reason = data_quality.missing.value_at_risk_95;
  return (
    <Card
      title="Bad days"
      about="Value at risk and expected shortfall at 95 % for one session, from past returns scaled to today's volatility."
      method="value_at_risk_95"
      coverage={snapshot.tail_coverage}
      asOf={snapshot.snapshot_date}
      headline={
        risk === null ? (
          <Missing reason={reason} />
        ) : (
          <span title={money(snapshot.value_at_risk_95_amount, portfolio.currency)}>
            {moneyCompact(snapshot.value_at_risk_95_amount, portfolio.currency)}
          </span>
        )
      }
      level={risk === null ? null : percent(risk)}
      tone="calm"
      aside={risk === null ? null : `value at risk, ${percent(0.95, 0)}, one day`}
      sentence={
        risk === null
          ? `Not known: ${reasonOf(reason).what}. ${reasonOf(reason).remedy}`
          : `On 1 day in 20, expect to lose more than ${money(snapshot.value_at_risk_95_amount, portfolio.currency)} (${percent(risk)}); on such days about ${money(snapshot.expected_shortfall_95_amount, portfolio.currency)} (${percent(shortfall)}).`
      }
      facts={
        <>
          {count(snapshot.tail_observations ?? 0, "return")} behind it · deepest fall of these holdings in the
          past year{" "}
          {snapshot.max_drawdown === null ? (
            <Missing reason={data_quality.missing.max_drawdown} />
          ) : (
            percent(snapshot.max_drawdown)
          )}
        </>
      }
    >
      {risk !== null && shortfall !== null && (
        <Scale
          min={0}
          max={Math.max(0.05, shortfall * 1.25)}
          value={risk}
          interval={[risk, shortfall]}
          ticks={[
            { at: 0, label: "0" },
            { at: shortfall, label: `${percent(shortfall)} on such days` },
          ]}
          label={`Value at risk ${percent(risk)}, expected shortfall ${percent(shortfall)} of net asset value`}
        />
      )}
    </Card>
  );
}

import type { Complete } from "~/api/queries";
import { Bars } from "~/charts/Bars";
import { percent, points, ratio } from "~/lib/format";
import { correlationLevel, reasonOf } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";

const SHOWN = 10;
const GAP = 0.05; // difference of risk and share from which a position stands out

export function ContributorsCard({ found }: { readonly found: Complete }) {
  const { snapshot, data_quality } = found;
  const known = (found.holdings ?? []).filter((one) => one.risk_contribution !== null);
  const ranked = [...known].sort((a, b) => (b.risk_contribution ?? 0) - (a.risk_contribution ?? 0));
  const largest = ranked[0];
  const reason = data_quality.missing.diversification_ratio;
  const shown = [...ranked]
    .sort((a, b) => Math.abs(b.risk_contribution ?? 0) - Math.abs(a.risk_contribution ?? 0))
    .slice(0, SHOWN)
    .sort((a, b) => (b.risk_contribution ?? 0) - (a.risk_contribution ?? 0));
  return (
    <Card
      title="Risk contributions"
      about="Each position's share of the portfolio's variance; they add up to 100 %, and a hedge has a negative one."
      method="risk_contributions"
      coverage={snapshot.structure_coverage}
      asOf={snapshot.snapshot_date}
      headline={largest ? percent(largest.risk_contribution) : <Missing reason={reason} />}
      level={largest ? `of the risk comes from ${largest.symbol}` : null}
      tone={largest && (largest.risk_contribution ?? 0) - (largest.share ?? 0) > GAP ? "more" : "calm"}
      sentence={
        largest
          ? `${largest.symbol} is ${percent(largest.share)} of gross exposure and carries ${percent(largest.risk_contribution)} of the risk.`
          : `Not known: ${reasonOf(reason).what}. ${reasonOf(reason).remedy}`
      }
      facts={
        <>
          {snapshot.diversification_ratio !== null &&
            `diversification ratio ${ratio(snapshot.diversification_ratio)} · `}
          {snapshot.average_correlation !== null &&
            `the largest positions ${correlationLevel(snapshot.average_correlation)} (correlation ${ratio(snapshot.average_correlation)}) · `}
          {snapshot.structure_observations ?? 0} sessions
        </>
      }
    >
      {shown.length > 0 && (
        <>
          <div className="rp-legend">
            <span className="rp-key rp-key-accent">share of risk</span>
            <span className="rp-key rp-key-mark">share of gross exposure</span>
          </div>
          <Bars
            caption="Share of risk and of gross exposure, by position"
            heads={["Position", "Picture", "Risk", "Exposure", "Points"]}
            rows={shown.map((one) => {
              const gap = one.share === null ? null : (one.risk_contribution ?? 0) - one.share;
              return {
                name: one.quantity < 0 ? `${one.symbol} short` : one.symbol,
                value: one.risk_contribution,
                mark: one.share,
                tone:
                  gap === null || Math.abs(gap) <= GAP
                    ? ("accent" as const)
                    : gap > 0
                      ? ("more" as const)
                      : ("less" as const),
                cells: [percent(one.risk_contribution), percent(one.share), points(gap)],
              };
            })}
          />
        </>
      )}
    </Card>
  );
}

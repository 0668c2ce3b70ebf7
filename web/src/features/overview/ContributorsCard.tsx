import type { Complete } from "~/api/queries";
import { type BarRow, Bars } from "~/charts/Bars";
import { count, percent, points, ratio } from "~/lib/format";
import { correlationLevel, onlyCash, speaksForAll, standsOut } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Value } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";
import { Joined } from "./Joined";
import { cancelled, commas, contributorsTold, rankedContributors } from "./sentences";

const SHOWN = 10;

interface Contribution {
  readonly name: string;
  readonly risk: number;
  readonly share: number | null;
}

export function ContributorsCard({ found }: { readonly found: Complete }) {
  if (onlyCash(found)) return null;
  const { snapshot, data_quality } = found;
  const { level, sentence } = contributorsTold(found);
  const largest = level === null ? undefined : rankedContributors(found)[0];
  const rows = largest === undefined ? [] : contributions(found);
  return (
    <Card
      title="Risk contributions"
      about="Each position's share of the portfolio's variance; they add up to 100 %, and a hedge has a negative one."
      method="risk_contributions"
      coverage={snapshot.structure_coverage}
      asOf={snapshot.snapshot_date}
      headline={
        <Value
          value={largest?.risk_contribution}
          format={(value) => percent(value)}
          reason={data_quality.missing.diversification_ratio}
        />
      }
      level={level}
      tone={
        largest && speaksForAll(snapshot.structure_coverage)
          ? standsOut(largest.risk_contribution, largest.share)
          : "calm"
      }
      sentence={sentence}
      facts={<Facts found={found} />}
    >
      {rows.length > 0 && (
        <>
          <div className="rp-legend">
            <span className="rp-key rp-key-accent">share of risk</span>
            <span className="rp-key rp-key-mark">share of gross exposure</span>
            <Behind found={found} />
          </div>
          <Bars
            caption="Share of risk and of gross exposure, by position"
            heads={["Position", "Picture", "Risk", "Exposure", "Points"]}
            rows={rows.map(row)}
          />
        </>
      )}
    </Card>
  );
}

/** The ten largest contributions, and the rest as one, so that they sum to the whole. */
function contributions(found: Complete): readonly Contribution[] {
  const ranked = rankedContributors(found);
  const bySize = [...ranked].sort((a, b) => Math.abs(b.risk_contribution) - Math.abs(a.risk_contribution));
  const largest = new Set(bySize.slice(0, SHOWN));
  const rest = bySize.slice(SHOWN);
  const shown = ranked
    .filter((one) => largest.has(one))
    .map((one) => ({
      name: one.quantity < 0 ? `${one.symbol} short` : one.symbol,
      risk: one.risk_contribution,
      share: one.share,
    }));
  if (rest.length === 0) return shown;
  const sum = (of: (one: (typeof rest)[number]) => number) => rest.reduce((all, one) => all + of(one), 0);
  return [
    ...shown,
    {
      name: count(rest.length, "other"),
      risk: sum((one) => one.risk_contribution),
      share: sum((one) => one.share ?? 0),
    },
  ];
}

function row({ name, risk, share }: Contribution): BarRow {
  const tone = standsOut(risk, share);
  return {
    name,
    value: risk,
    mark: share,
    tone: tone === "calm" ? "accent" : tone,
    cells: [percent(risk), percent(share), points(share === null ? null : risk - share)],
  };
}

function Behind({ found }: { readonly found: Complete }) {
  return (
    <TableBehind
      title="Share of risk and of gross exposure"
      name="risk-contributions"
      heads={["Position", "Share of risk", "Share of gross exposure"]}
      rows={rankedContributors(found).map((one) => [one.symbol, one.risk_contribution, one.share])}
      show={(cell, at) => (at === 0 ? String(cell) : percent(cell as number | null))}
    />
  );
}

function Facts({ found }: { readonly found: Complete }) {
  const { snapshot, holdings } = found;
  const { average_correlation: average, structure_observations: observations } = snapshot;
  if (snapshot.diversification_ratio === null) return null;
  const without = (holdings ?? []).filter((one) => one.risk_contribution === null);
  return (
    <Joined
      facts={[
        cancelled(found),
        average !== null &&
          `the largest positions ${correlationLevel(average)} (correlation ${ratio(average)})`,
        "risk is the variance of daily returns",
        observations !== null && `${count(observations, "session")} at the current weights`,
        without.length > 0 && (
          <strong className="rp-more">
            left out, without any return in these sessions: {commas(without)}
          </strong>
        ),
      ]}
    />
  );
}

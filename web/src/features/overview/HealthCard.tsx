import { Link } from "@tanstack/react-router";
import type { Complete } from "~/api/queries";
import { FindingList } from "~/features/health/FindingList";
import { moment } from "~/lib/format";
import { causesOf, findingsCount, healthWords } from "~/lib/words";
import { Card } from "~/ui/Card";

const SHOWN = 4;

export function HealthCard({ found }: { readonly found: Complete }) {
  const { meta, data_quality, snapshot } = found;
  const count = findingsCount(found);
  const shown = causesOf(data_quality.findings).slice(0, SHOWN);
  return (
    <Card
      title="Data health"
      about="What is missing, stale, imputed or unclassified behind the numbers of this page."
      method="reasons"
      asOf={snapshot.snapshot_date}
      headline={healthWords(count)}
      tone={count === 0 ? "less" : "more"}
      sentence={
        count === 0
          ? "Every number of this page rests on complete, current data."
          : "What to know before acting on these numbers:"
      }
      facts={
        <>
          riskpanel {meta.version} · run {meta.run_id} of {moment(meta.started_at)} · policy{" "}
          {meta.policy_fingerprint} · inputs {(meta.inputs_hash ?? "—").slice(0, 12)}
        </>
      }
    >
      <FindingList findings={shown.flat()} />
      {count > 0 && (
        <div className="rp-no-print">
          <Link to="/health" search={{ portfolio: found.portfolio.id }} className="rp-pill">
            {count > SHOWN ? `All ${count}, and how to mend them` : "How to mend them"}
          </Link>
        </div>
      )}
    </Card>
  );
}

import { Link } from "@tanstack/react-router";
import type { Complete } from "~/api/queries";
import { FindingList } from "~/features/health/FindingList";
import { count, moment } from "~/lib/format";
import { Card } from "~/ui/Card";

const SHOWN = 4;

export function HealthCard({ found }: { readonly found: Complete }) {
  const { meta, data_quality, snapshot } = found;
  const findings = data_quality.findings;
  return (
    <Card
      title="Data health"
      about="What is missing, stale, imputed or unclassified behind the numbers of this page."
      asOf={snapshot.snapshot_date}
      headline={findings.length === 0 ? "Healthy" : count(findings.length, "finding")}
      tone={findings.length === 0 ? "less" : "more"}
      sentence={
        findings.length === 0
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
      <FindingList findings={findings.slice(0, SHOWN)} />
      {findings.length > 0 && (
        <div className="rp-no-print">
          <Link to="/health" search={{ portfolio: found.portfolio.id }} className="rp-pill">
            {findings.length > SHOWN ? `All ${findings.length}, and how to mend them` : "How to mend them"}
          </Link>
        </div>
      )}
    </Card>
  );
}

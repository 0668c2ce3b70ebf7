import { IconAlertTriangle, IconCircleDashed, IconFlag } from "@tabler/icons-react";
import type { Complete } from "~/api/queries";
import { listed } from "~/lib/format";
import { METRICS, reasonOf } from "~/lib/words";

export type Finding = Complete["data_quality"]["findings"][number];

const KINDS = {
  missing: { Icon: IconCircleDashed, effect: "is not shown" },
  partial: { Icon: IconAlertTriangle, effect: "leaves out or stands in for some positions" },
  flag: { Icon: IconFlag, effect: "is worth a look" },
} as const;

/** What was found, its effect in plain words, and what mends it. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul className="rp-findings">
      {findings.map((one) => {
        const { Icon, effect } = KINDS[one.kind as keyof typeof KINDS] ?? KINDS.flag;
        const { what, remedy } = reasonOf(one.reason);
        return (
          <li key={`${one.metric} ${one.kind} ${one.reason}`}>
            <Icon size={16} stroke={1.7} aria-hidden className="rp-more" />
            <div>
              <strong>{METRICS[one.metric] ?? one.metric}</strong> {effect}: {what}
              {one.symbols.length > 0 && ` (${listed(one.symbols)})`}.{" "}
              <span className="rp-quiet">{remedy}</span>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

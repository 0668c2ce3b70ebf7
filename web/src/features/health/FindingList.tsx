import { IconAlertTriangle, IconCircleDashed, IconFlag } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { listed } from "~/lib/format";
import { type Explained, explain, type Finding } from "./explain";
import "./health.css";

export type { Finding } from "./explain";

const ICONS = { missing: IconCircleDashed, partial: IconAlertTriangle, flag: IconFlag } as const;

/** What was found, its effect in plain words, and what mends it. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return <Entries entries={explain(findings)} />;
}

interface EntriesProps {
  readonly entries: readonly Explained[];
  /** The symbols of an entry, where they are more than a word. */
  readonly symbols?: (entry: Explained) => ReactNode;
  readonly mend?: (entry: Explained) => ReactNode;
}

export function Entries({ entries, symbols, mend }: EntriesProps) {
  return (
    <ul className="rp-findings">
      {entries.map((one) => {
        const Icon = ICONS[one.kind];
        return (
          <li key={one.key}>
            <Icon size={16} stroke={1.7} aria-hidden className="rp-more" />
            <div>
              <strong>{one.what}</strong>
              {one.symbols.length > 0 && (symbols ? symbols(one) : ` (${listed(one.symbols)})`)}
              {". "}
              {one.effect} <span className="rp-quiet">{one.remedy}</span>
              {mend?.(one)}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

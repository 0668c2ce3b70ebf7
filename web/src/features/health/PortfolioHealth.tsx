import { Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Complete } from "~/api/queries";
import { count, day } from "~/lib/format";
import { findingsCount } from "~/lib/words";
import { Refused } from "~/ui/Note";
import { byKind, explain, KINDS } from "./explain";
import { Entries } from "./FindingList";
import { Compute, Mending } from "./Mending";
import type { Summary } from "./queries";
import { Symbols } from "./Symbols";

interface PortfolioProps {
  readonly one: Summary;
  /** Its answer; without one nothing was asked, because nothing is to be said. */
  readonly asked: UseQueryResult<Complete> | undefined;
  readonly open: boolean;
}

/** What is known about the data behind one portfolio. */
export function PortfolioHealth({ one, asked, open }: PortfolioProps) {
  const findings = asked?.data === undefined ? one.findings_count : findingsCount(asked.data);
  const state = one.snapshot_date === null ? "none" : findings === 0 ? "sound" : "found";
  const Icon = { none: IconCircleDashed, sound: IconCircleCheck, found: IconAlertTriangle }[state];
  return (
    <details className="rp-panel rp-health" open={open || undefined}>
      <summary>
        <Icon size={19} stroke={1.7} aria-hidden className={state === "sound" ? "rp-less" : "rp-more"} />
        <div className="rp-health-line">
          <h3>{one.name}</h3>
          <span className="rp-health-word">
            {state === "none" && "no snapshot yet"}
            {state === "sound" && "healthy"}
            {state === "found" && findings !== null && count(findings, "finding")}
          </span>
          {one.snapshot_date !== null && (
            <span className="rp-quiet rp-small">as of {day(one.snapshot_date)}</span>
          )}
        </div>
      </summary>
      <div className="rp-health-body">
        {one.snapshot_date === null ? <NoSnapshot one={one} /> : <Findings one={one} asked={asked} />}
      </div>
    </details>
  );
}

function NoSnapshot({ one }: { readonly one: Summary }) {
  return (
    <>
      <p>
        Nothing was computed for it yet, so it has no numbers. A snapshot needs a price of each position;{" "}
        <Link to="/import" className="rp-text-link">
          import positions
        </Link>{" "}
        where there are none.
      </p>
      <Compute portfolioId={one.id} />
    </>
  );
}

function Findings({ one, asked }: Omit<PortfolioProps, "open">) {
  if (asked === undefined || (asked.data !== undefined && findingsCount(asked.data) === 0))
    return (
      <p className="rp-quiet">
        Every number rests on complete, current data.{" "}
        <Link to="/p/$portfolioId" params={{ portfolioId: one.id }} className="rp-text-link">
          Overview
        </Link>
      </p>
    );
  if (asked.error && !asked.data) return <Refused error={asked.error} />;
  if (asked.data === undefined)
    return (
      <div role="status" aria-label="Loading" aria-busy="true">
        <Skeleton h={14} w="70%" mb={8} />
        <Skeleton h={14} w="50%" />
      </div>
    );
  const { snapshot, data_quality, portfolio } = asked.data;
  return byKind(explain(data_quality.findings)).map(([kind, entries]) => (
    <div key={kind} className="rp-health-kind">
      <h4>{KINDS[kind]}</h4>
      <Entries
        entries={entries}
        symbols={(entry) => <Symbols symbols={entry.symbols} portfolioId={one.id} />}
        mend={(entry) => (
          <Mending
            entry={entry}
            portfolioId={one.id}
            session={snapshot.snapshot_date}
            index={portfolio.market_index}
          />
        )}
      />
    </div>
  ));
}

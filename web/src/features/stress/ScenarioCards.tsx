import type { ReactNode } from "react";
import type { Complete } from "~/api/queries";
import { type BarRow, Bars } from "~/charts/Bars";
import { day, money, moneyCompact, percent } from "~/lib/format";
import { scenarioName } from "~/lib/scenarios";
import { isWhole } from "~/lib/words";
import { Card } from "~/ui/Card";
import { Value } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";
import { type Groups, leastCoverage, type Stored } from "./groups";

interface ScenarioCardsProps {
  readonly found: Complete;
  readonly groups: Groups;
}

const KINDS = [
  {
    kind: "market",
    title: "Market moves",
    about: "Each position by its beta times the market's move.",
    none: "No move of the market is stored for this day. Compute the day again.",
  },
  {
    kind: "sector",
    title: "Sector falls",
    about: "One GICS sector falls, everything else stays.",
    none: "No fall of a sector is stored for this day. Compute the day again.",
  },
  {
    kind: "replay",
    title: "The past again",
    about:
      "Each position does what it did then; one without prices of that time moves by its beta of today times what the market did.",
    none: "No replay is stored: it needs prices of the market or of a position in those days. Import older prices.",
  },
] as const;

/** The scenarios that come with riskpanel, by kind, the worst first. */
export function ScenarioCards({ found, groups }: ScenarioCardsProps) {
  return KINDS.map(({ kind, title, about, none }) => {
    const rows = groups[kind];
    return (
      <Card
        key={kind}
        title={title}
        about={about}
        method="stress_test_results"
        asOf={found.snapshot.snapshot_date}
        coverage={leastCoverage(rows)}
        sentence={rows.length === 0 ? none : worstSentence(rows, found.portfolio.currency)}
      >
        {rows.length > 0 && (
          <>
            <div className="rp-legend">
              <span>the worst first</span>
              <StoredTable
                title={title}
                name={`stress-${kind}`}
                rows={rows}
                currency={found.portfolio.currency}
              />
            </div>
            <Bars
              caption={`${title}: P&L, the worst first`}
              heads={HEADS}
              rows={rows.map((one) => scenarioRow(one, labelOf(one), found.portfolio.currency))}
            />
          </>
        )}
      </Card>
    );
  });
}

export const HEADS = ["Scenario", "Picture", "P&L", "Of NAV", "Covers"];

function worstSentence(rows: readonly Stored[], currency: string): string {
  const worst = rows[0];
  if (worst === undefined || worst.pnl === null) return "Not known: nothing that is held has an estimate.";
  if (worst.pnl >= 0) return "None of these would be expected to cost anything.";
  return `Worst: ${scenarioName(worst)}, expected to cost about ${money(-worst.pnl, currency)} (${percent(Math.abs(worst.pnl_pct ?? 0))} of NAV).`;
}

/** A name, and under it of a replay its days, what the market did then, and how much moves by beta. */
function labelOf(one: Stored): ReactNode {
  const name = scenarioName(one);
  return one.window_from === null ? name : <Named name={name} note={windowNote(one)} />;
}

export function Named({ name, note }: { readonly name: string; readonly note: string }) {
  return (
    <span className="rp-stress-named">
      {name}
      <span className="rp-quiet rp-stress-note">{note}</span>
    </span>
  );
}

export function windowNote(one: Stored): string {
  return [
    `${day(one.window_from)} to ${day(one.window_to)}`,
    one.shock === null ? "market not known" : `market ${percent(one.shock, 1, true)}`,
    ...(one.proxied === null
      ? []
      : [one.proxied === 0 ? "none by beta" : `${percent(one.proxied, 0)} by beta`]),
  ].join(" · ");
}

export function scenarioRow(one: Stored, label: ReactNode, currency: string): BarRow {
  return {
    name: one.scenario,
    label,
    value: one.pnl_pct,
    tone: (one.pnl ?? 0) < 0 ? "more" : "less",
    cells: [
      <Value
        key="pnl"
        value={one.pnl}
        format={(value) => moneyCompact(value, currency, true)}
        full={money(one.pnl, currency, true)}
        reason="uncovered"
      />,
      <Value
        key="share"
        value={one.pnl_pct}
        format={(value) => percent(value, 1, true)}
        reason="uncovered"
      />,
      <span key="coverage" className={isWhole(one.coverage) ? "rp-quiet" : "rp-more"}>
        <Value value={one.coverage} format={(value) => percent(value, 0)} reason="no_positions" />
      </span>,
    ],
  };
}

interface StoredTableProps {
  readonly title: string;
  readonly name: string;
  readonly rows: readonly Stored[];
  readonly currency: string;
}

export function StoredTable({ title, name, rows, currency }: StoredTableProps) {
  const names = new Map(rows.map((one) => [one.scenario, scenarioName(one)]));
  return (
    <TableBehind
      title={title}
      name={name}
      heads={["Scenario", "Shock", "P&L", "Of NAV", "Coverage", "Moved by beta", "From", "To"]}
      rows={rows.map((one) => [
        one.scenario,
        one.shock,
        one.pnl,
        one.pnl_pct,
        one.coverage,
        one.proxied,
        one.window_from,
        one.window_to,
      ])}
      show={(cell, at) => {
        if (at === 0) return names.get(String(cell)) ?? String(cell);
        if (at === 2) return money(cell as number | null, currency, true);
        if (at > 5) return day(cell as string | null);
        return percent(cell as number | null, at === 4 || at === 5 ? 0 : 1, at === 1 || at === 3);
      }}
    />
  );
}

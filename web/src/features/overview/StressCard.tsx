import { Link } from "@tanstack/react-router";
import type { Complete } from "~/api/queries";
import { Bars } from "~/charts/Bars";
import { count, money, percent } from "~/lib/format";
import { scenarioName } from "~/lib/scenarios";
import { contextOf, onlyCash, speaksForAll } from "~/lib/words";
import { Card } from "~/ui/Card";
import { ShortMoney, Value } from "~/ui/Missing";
import { TableBehind } from "~/ui/TableBehind";
import { Joined } from "./Joined";
import { type Stressed, shownScenarios, stressSentence, uncovered, worstOf } from "./sentences";

const SHOWN = 8;
const BEST = 2; // of these, how many are the best

export function StressCard({ found }: { readonly found: Complete }) {
  if (onlyCash(found)) return null;
  const { snapshot, portfolio, data_quality } = found;
  const held = shownScenarios(found);
  const worst = worstOf(held);
  const rows = bothEnds(held.filter((one) => one.pnl !== null));
  const { currency } = portfolio;
  return (
    <Card
      title="Stress"
      about="What each scenario would do to what is held now: exposure times beta times the market's move, a sector's own move, or the past again."
      method="stress_test_results"
      coverage={worst?.coverage ?? null}
      asOf={snapshot.snapshot_date}
      headline={
        <Value
          value={worst?.pnl_pct}
          format={(value) => percent(value, 1, true)}
          reason={data_quality.missing.hhi ?? data_quality.missing.market_beta_weighted ?? "uncovered"}
          context={contextOf(found)}
        />
      }
      level={worst && scenarioName(worst)}
      tone={worst && (worst.pnl ?? 0) < 0 ? "more" : "calm"}
      aside={
        worst && (
          <span className="rp-nowrap">
            <ShortMoney value={worst.pnl} currency={currency} signed />
          </span>
        )
      }
      sentence={stressSentence(found)}
      facts={<Facts found={found} held={held} more={held.length - rows.length} />}
    >
      {rows.length > 0 && (
        <>
          <div className="rp-legend">
            <span>the worst first</span>
            <Behind held={held} currency={currency} />
          </div>
          <Bars
            caption="P&L of scenarios, the worst first"
            heads={["Scenario", "Picture", "P&L", "Of NAV"]}
            rows={rows.map((one) => ({
              name: one.scenario,
              label: scenarioName(one),
              value: one.pnl_pct,
              tone: toneOf(one),
              cells: [
                <ShortMoney key="pnl" value={one.pnl} currency={currency} signed />,
                percent(one.pnl_pct, 1, true),
              ],
            }))}
          />
        </>
      )}
    </Card>
  );
}

function bothEnds(known: readonly Stressed[]): readonly Stressed[] {
  return known.length <= SHOWN ? known : [...known.slice(0, SHOWN - BEST), ...known.slice(-BEST)];
}

function toneOf({ pnl }: Stressed) {
  if (pnl === null || pnl === 0) return "calm";
  return pnl < 0 ? "more" : "less";
}

interface FactsProps {
  readonly found: Complete;
  readonly held: readonly Stressed[];
  /** How many scenarios have no bar. */
  readonly more: number;
}

function Facts({ found, held, more }: FactsProps) {
  const all = found.stress ?? [];
  const elsewhere = all.length - held.length;
  const lacks = uncovered(all);
  return (
    <>
      {lacks.length > 0 && <div className="rp-more">{lacks.join(" ")}</div>}
      <Joined
        facts={[
          more > 0 && `${count(more, "more scenario")}`,
          elsewhere > 0 &&
            speaksForAll(found.snapshot.sector_coverage) &&
            `${count(elsewhere, "sector")} not held`,
        ]}
      />
      <div>
        <Link
          to="/p/$portfolioId/stress"
          params={{ portfolioId: found.portfolio.id }}
          search={(old) => old}
          className="rp-link"
        >
          All scenarios, and moves of your own
        </Link>
      </div>
    </>
  );
}

function Behind({ held, currency }: { readonly held: readonly Stressed[]; readonly currency: string }) {
  return (
    <TableBehind
      title="P&L of scenarios"
      name="stress"
      heads={["Scenario", "P&L", "Of NAV", "Coverage"]}
      rows={held.map((one) => [scenarioName(one), one.pnl, one.pnl_pct, one.coverage])}
      show={(cell, at) => {
        if (at === 0) return String(cell);
        const value = cell as number | null;
        return at === 1 ? money(value, currency, true) : percent(value, at === 2 ? 1 : 0, at === 2);
      }}
    />
  );
}

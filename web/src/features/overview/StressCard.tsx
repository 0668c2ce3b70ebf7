import { Link } from "@tanstack/react-router";
import type { Complete } from "~/api/queries";
import { Bars } from "~/charts/Bars";
import { moneyCompact, percent } from "~/lib/format";
import { scenarioName } from "~/lib/scenarios";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";

const SHOWN = 8;

export function StressCard({ found }: { readonly found: Complete }) {
  const { snapshot, portfolio } = found;
  const known = (found.stress ?? []).filter((one) => one.pnl_pct !== null);
  const worstFirst = [...known].sort((a, b) => (a.pnl_pct ?? 0) - (b.pnl_pct ?? 0));
  const shown = [...worstFirst.slice(0, SHOWN - 2), ...worstFirst.slice(-2)].filter(
    (one, at, all) => all.indexOf(one) === at,
  );
  const worst = worstFirst[0];
  const drop = known.find((one) => one.scenario === "market_down_10");
  const coverage = Math.min(1, ...known.map((one) => one.coverage ?? 1));
  return (
    <Card
      title="Stress"
      about="What each scenario would do to what is held now: exposure times beta times the market's move, a sector's own move, or the past again."
      method="stress_test_results"
      coverage={coverage}
      asOf={snapshot.snapshot_date}
      headline={worst ? percent(worst.pnl_pct, 1, true) : <Missing reason="uncovered" />}
      level={worst ? `in ${scenarioName(worst.scenario)}` : null}
      tone={worst && (worst.pnl_pct ?? 0) < 0 ? "more" : "calm"}
      aside={worst && <span className="rp-nowrap">{moneyCompact(worst.pnl, portfolio.currency, true)}</span>}
      sentence={
        drop && drop.pnl !== null
          ? `If the market fell ${percent(0.1, 0)}, this portfolio would be expected to ${drop.pnl < 0 ? "lose" : "gain"} about ${percent(Math.abs(drop.pnl_pct ?? 0))} (${moneyCompact(Math.abs(drop.pnl), portfolio.currency)}).`
          : "No scenario can be computed for what is held."
      }
      facts={
        <>
          {coverage < 0.9995 &&
            `The least covered scenario knows ${percent(coverage, 0)} of gross exposure. `}
          {known.length > shown.length && `${known.length - shown.length} more scenarios. `}
          <Link
            to="/p/$portfolioId/stress"
            params={{ portfolioId: portfolio.id }}
            search={(old) => old}
            className="rp-link"
          >
            All scenarios, and moves of your own
          </Link>
        </>
      }
    >
      <Bars
        caption="P&L of scenarios, the worst first"
        heads={["Scenario", "Picture", "P&L", "Of NAV"]}
        rows={shown.map((one) => ({
          name: one.scenario,
          label: scenarioName(one.scenario),
          value: one.pnl_pct,
          tone: (one.pnl_pct ?? 0) < 0 ? ("more" as const) : ("less" as const),
          cells: [moneyCompact(one.pnl, portfolio.currency, true), percent(one.pnl_pct, 1, true)],
        }))}
      />
    </Card>
  );
}

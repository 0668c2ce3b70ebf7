import { Button, Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { Complete } from "~/api/queries";
import { type BarRow, Bars } from "~/charts/Bars";
import { RunNotice } from "~/features/runs/RunNotice";
import { Card } from "~/ui/Card";
import { Missing } from "~/ui/Missing";
import { RowActions } from "~/ui/RowActions";
import { ErrorState } from "~/ui/States";
import { definitionOf, leastCoverage, type Own } from "./groups";
import { HEADS, Named, StoredTable, scenarioRow, windowNote } from "./ScenarioCards";
import type { Scenario } from "./stressQuery";

export interface Followed {
  readonly requestId: number | null;
  readonly what: string;
  readonly warnings: readonly string[];
}

interface OwnScenariosProps {
  readonly found: Complete;
  readonly rows: readonly Own[];
  readonly loading: boolean;
  readonly error: unknown;
  readonly onRetry: () => void;
  readonly followed: Followed | null;
  readonly onClose: () => void;
  readonly onNew: () => void;
  readonly onEdit: (scenario: Scenario) => void;
  readonly onRemove: (scenario: Scenario) => void;
}

/** The user's own scenarios: what they did to this portfolio, and the way to change them. */
export function OwnScenarios(props: OwnScenariosProps) {
  const { found, rows, followed } = props;
  const results = rows.flatMap((row) => (row.result === null ? [] : [row.result]));
  return (
    <Card
      title="Your scenarios"
      about="Moves or windows of the past that you have set; every run computes them for all of your portfolios."
      asOf={found.snapshot.snapshot_date}
      coverage={leastCoverage(results)}
      sentence={
        rows.length === 0 && !props.loading && !props.error
          ? "None yet. Set the moves that you worry about, or a stretch of the past; each night computes them."
          : null
      }
    >
      {props.error ? <ErrorState error={props.error} retry={props.onRetry} /> : null}
      {followed && <Notice followed={followed} onClose={props.onClose} />}
      <Group justify="space-between" gap="xs" className="rp-no-print">
        <Button
          size="xs"
          variant="light"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={props.onNew}
        >
          New scenario
        </Button>
        {results.length > 0 && (
          <StoredTable
            title="Your scenarios"
            name="stress-own"
            rows={results}
            currency={found.portfolio.currency}
          />
        )}
      </Group>
      {rows.length > 0 && (
        <Bars
          caption="Your scenarios: P&L, the worst first"
          heads={[...HEADS, "Change"]}
          rows={rows.map((row) => ownRow(row, props))}
        />
      )}
    </Card>
  );
}

function Notice({ followed, onClose }: { readonly followed: Followed; readonly onClose: () => void }) {
  const what = [followed.what, ...followed.warnings].join(" ");
  if (followed.requestId !== null)
    return <RunNotice requestId={followed.requestId} what={what} onClose={onClose} />;
  return (
    <p className="rp-sentence" role="status">
      {what}
    </p>
  );
}

function ownRow({ name, result, scenario }: Own, { found, onEdit, onRemove }: OwnScenariosProps): BarRow {
  const note = [
    ...(scenario === null ? ["removed since"] : [definitionOf(scenario)]),
    ...(result !== null && result.window_from !== null
      ? [windowNote(result).split(" · ").slice(1).join(" · ")]
      : []),
  ].join(" · ");
  const label = <Named name={name} note={note} />;
  const buttons = scenario && (
    <RowActions what={scenario.name} onEdit={() => onEdit(scenario)} onRemove={() => onRemove(scenario)} />
  );
  if (result === null) {
    const none = <Missing key="none" />;
    return { name, label, value: null, cells: [<NotYet key="pnl" />, none, none, buttons] };
  }
  const row = scenarioRow(result, label, found.portfolio.currency);
  return { ...row, cells: [...row.cells, buttons] };
}

function NotYet() {
  return <span className="rp-quiet">not computed</span>;
}

import "./stress.css";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "~/api/client";
import type { Complete } from "~/api/queries";
import { Dialog } from "~/ui/Dialog";
import { groupsOf } from "./groups";
import { MoveCard } from "./MoveCard";
import type { Move } from "./move";
import { type Followed, OwnScenarios } from "./OwnScenarios";
import { PositionsCard } from "./PositionsCard";
import { RemoveScenario } from "./RemoveScenario";
import { ScenarioCards } from "./ScenarioCards";
import { ScenarioForm } from "./ScenarioForm";
import { draftOf, draftOfMove, type ScenarioDraft } from "./scenarioForm";
import { moveQuery, type Scenario, scenariosQuery } from "./stressQuery";
import { useMove } from "./useMove";

/** What is being done in the dialog. */
type Task =
  | { readonly kind: "save"; readonly id: number | null; readonly first: ScenarioDraft }
  | { readonly kind: "remove"; readonly scenario: Scenario }
  | null;

const TITLES = {
  new: "New scenario",
  change: "Change the scenario",
  remove: "Remove the scenario?",
} as const;

function titleOf(task: Task): string {
  if (task === null) return "";
  if (task.kind === "remove") return TITLES.remove;
  return task.id === null ? TITLES.new : TITLES.change;
}

export function Stress({ found }: { readonly found: Complete }) {
  const { move, settled, setMove } = useMove();
  const given = useQuery({ ...moveQuery(found, settled), placeholderData: keepPreviousData });
  const own = useQuery(scenariosQuery);
  const [task, setTask] = useState<Task>(null);
  const { followed, follow, stop } = useFollowed(() => setTask(null));
  const groups = groupsOf(found.stress ?? [], own.data ?? []);
  const updating = given.isPlaceholderData || move !== settled;
  const create = (from: Move) => setTask({ kind: "save", id: null, first: draftOfMove(from) });
  return (
    <div className="rp-stress">
      <div className="rp-stress-top">
        <MoveCard
          found={found}
          move={move}
          onMove={setMove}
          given={given.data}
          updating={updating}
          error={given.error}
          onRetry={() => void given.refetch()}
          onKeep={() => create(move)}
        />
        <PositionsCard found={found} given={given.data} updating={updating} failed={given.error !== null} />
      </div>
      <div className="rp-grid">
        <ScenarioCards found={found} groups={groups} />
        <OwnScenarios
          found={found}
          rows={groups.own}
          loading={own.isPending}
          error={own.error}
          onRetry={() => void own.refetch()}
          followed={followed}
          onClose={stop}
          onNew={() => create({ market: -10, sectors: {} })}
          onEdit={(scenario) => setTask({ kind: "save", id: scenario.id, first: draftOf(scenario) })}
          onRemove={(scenario) => setTask({ kind: "remove", scenario })}
        />
      </div>
      <Dialog opened={task !== null} onClose={() => setTask(null)} title={titleOf(task)}>
        {task?.kind === "save" && (
          <ScenarioForm
            found={found}
            first={task.first}
            id={task.id}
            onDone={(edited, name) =>
              follow(edited, `${name} is ${task.id === null ? "created" : "changed"}.`)
            }
            onCancel={() => setTask(null)}
          />
        )}
        {task?.kind === "remove" && (
          <RemoveScenario
            scenario={task.scenario}
            onDone={(edited, name) => follow(edited, `${name} is removed.`)}
            onCancel={() => setTask(null)}
          />
        )}
      </Dialog>
    </div>
  );
}

/** The change that was made last, and the run that it asked for. */
function useFollowed(onChange: () => void) {
  const client = useQueryClient();
  const [followed, setFollowed] = useState<Followed | null>(null);
  const follow = (edited: Schema<"EditedModel">, what: string) => {
    setFollowed({ requestId: edited.run_request_id, what, warnings: edited.warnings });
    void client.invalidateQueries({ queryKey: scenariosQuery.queryKey });
    onChange();
  };
  return { followed, follow, stop: () => setFollowed(null) };
}

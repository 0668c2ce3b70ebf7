import "./stress.css";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { memo, useCallback, useMemo, useState } from "react";
import type { Schema } from "~/api/client";
import type { Complete } from "~/api/queries";
import { Dialog } from "~/ui/Dialog";
import { CardsSkeleton } from "~/ui/States";
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

// The slider moves often; what does not follow it at once is left alone until an answer is there.
const Positions = memo(PositionsCard);
const Stored = memo(ScenarioCards);
const Own = memo(OwnScenarios);

export function Stress({ found }: { readonly found: Complete }) {
  const { move, settled, setMove } = useMove();
  const given = useQuery({ ...moveQuery(found, settled), placeholderData: keepPreviousData });
  const own = useQuery(scenariosQuery);
  const [task, setTask] = useState<Task>(null);
  const close = useCallback(() => setTask(null), []);
  const { followed, follow, stop } = useFollowed(close);
  const groups = useMemo(() => groupsOf(found.stress ?? [], own.data ?? []), [found.stress, own.data]);
  const updating = given.isPlaceholderData || move !== settled;
  const create = useCallback(
    (from: Move) => setTask({ kind: "save", id: null, first: draftOfMove(from) }),
    [],
  );
  const createNew = useCallback(() => create({ market: -10, sectors: {} }), [create]);
  const edit = useCallback(
    (scenario: Scenario) => setTask({ kind: "save", id: scenario.id, first: draftOf(scenario) }),
    [],
  );
  const remove = useCallback((scenario: Scenario) => setTask({ kind: "remove", scenario }), []);
  const askOwn = useCallback(() => void own.refetch(), [own.refetch]);
  if (given.isLoading) return <CardsSkeleton spans={[6, 6, 12]} />;
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
        <Positions found={found} given={given.data} updating={updating} failed={given.error !== null} />
      </div>
      <div className="rp-grid">
        <Stored found={found} groups={groups} />
        <Own
          found={found}
          rows={groups.own}
          loading={own.isPending}
          error={own.error}
          onRetry={askOwn}
          followed={followed}
          onClose={stop}
          onNew={createNew}
          onEdit={edit}
          onRemove={remove}
        />
      </div>
      <Dialog opened={task !== null} onClose={close} title={titleOf(task)}>
        {task?.kind === "save" && (
          <ScenarioForm
            found={found}
            first={task.first}
            id={task.id}
            onDone={(edited, name) =>
              follow(edited, `${name} is ${task.id === null ? "created" : "changed"}.`)
            }
            onCancel={close}
          />
        )}
        {task?.kind === "remove" && (
          <RemoveScenario
            scenario={task.scenario}
            onDone={(edited, name) => follow(edited, `${name} is removed.`)}
            onCancel={close}
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
  const stop = useCallback(() => setFollowed(null), []);
  return { followed, follow, stop };
}

import { Button, Group } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { answered, api, type Schema } from "~/api/client";
import { faultsOf } from "~/api/faults";
import type { Scenario } from "./stressQuery";

interface RemoveScenarioProps {
  readonly scenario: Scenario;
  readonly onDone: (edited: Schema<"EditedModel">, name: string) => void;
  readonly onCancel: () => void;
}

export function RemoveScenario({ scenario, onDone, onCancel }: RemoveScenarioProps) {
  const remove = useMutation({
    mutationFn: async () =>
      answered(
        await api.DELETE("/api/v1/scenarios/{scenario_id}", {
          params: { path: { scenario_id: scenario.id } },
        }),
      ),
    onSuccess: (edited) => onDone(edited, scenario.name),
  });
  return (
    <>
      <p className="rp-sentence">
        It goes from the newest session of each of your portfolios, and stays in older ones.
      </p>
      {remove.error && (
        <div role="alert" className="rp-more">
          ! {faultsOf(remove.error, []).rest}
        </div>
      )}
      <Group justify="flex-end" mt="md" gap="xs">
        <Button variant="default" onClick={onCancel} data-autofocus>
          Cancel
        </Button>
        <Button loading={remove.isPending} onClick={() => remove.mutate()}>
          Remove
        </Button>
      </Group>
    </>
  );
}

import { Button, Group, NumberInput, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answered, api, ProblemError, type Schema } from "~/api/client";
import { type Faults, faultsOf, NO_FAULTS } from "~/api/faults";
import type { Complete } from "~/api/queries";
import { typed } from "./move";
import { SectorInputs } from "./SectorMoves";
import { bodyOf, type ScenarioDraft } from "./scenarioForm";

interface ScenarioFormProps {
  readonly found: Complete;
  readonly first: ScenarioDraft;
  /** The scenario that is changed; null creates one. */
  readonly id: number | null;
  readonly onDone: (edited: Schema<"EditedModel">, name: string) => void;
  readonly onCancel: () => void;
}

const FIELDS = ["name", "description", "market", "sectors", "from", "to"];

/** A scenario of one's own: moves, or a window of the past. What the API refuses stands at its field. */
export function ScenarioForm({ found, first, id, onDone, onCancel }: ScenarioFormProps) {
  const [draft, setDraft] = useState(first);
  const save = useMutation({
    mutationFn: async () => saveScenario(id, draft),
    onSuccess: (edited) => onDone(edited, draft.name.trim()),
  });
  const { fields, rest } = save.error ? scenarioFaults(save.error) : NO_FAULTS;
  const change = (part: Partial<ScenarioDraft>) => setDraft((old) => ({ ...old, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className="rp-stress-form" noValidate>
      <TextInput
        label="Name"
        data-autofocus
        required
        maxLength={60}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        error={fields.name}
      />
      <Textarea
        label="Description"
        autosize
        minRows={1}
        maxLength={400}
        value={draft.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
        error={fields.description}
      />
      <SegmentedControl
        fullWidth
        aria-label="Kind of scenario"
        value={draft.kind}
        onChange={(kind) => change({ kind: kind === "window" ? "window" : "moves" })}
        data={[
          { value: "moves", label: "Moves" },
          { value: "window", label: "A window of the past" },
        ]}
      />
      {draft.kind === "moves" ? (
        <Moves found={found} draft={draft} fields={fields} onChange={change} />
      ) : (
        <Window draft={draft} fields={fields} onChange={change} />
      )}
      {rest && (
        <div role="alert" className="rp-more">
          ! {rest}
        </div>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" loading={save.isPending}>
          {id === null ? "Create" : "Save"}
        </Button>
      </Group>
    </form>
  );
}

/** A name that is taken stands at the name; that nothing moves belongs to the whole. */
export function scenarioFaults(error: unknown): Faults {
  const { fields, rest } = faultsOf(error, FIELDS);
  if (error instanceof ProblemError && error.status === 409)
    return { fields: { ...fields, name: rest ?? error.detail }, rest: null };
  if (!fields.name?.startsWith("nothing moves")) return { fields, rest };
  const { name, ...others } = fields;
  return { fields: others, rest: [name, rest].filter(Boolean).join(". ") };
}

async function saveScenario(id: number | null, draft: ScenarioDraft) {
  const body = bodyOf(draft);
  if (id === null) return answered(await api.POST("/api/v1/scenarios", { body }));
  return answered(
    await api.PUT("/api/v1/scenarios/{scenario_id}", { params: { path: { scenario_id: id } }, body }),
  );
}

interface PartProps {
  readonly draft: ScenarioDraft;
  readonly fields: Readonly<Record<string, string>>;
  readonly onChange: (part: Partial<ScenarioDraft>) => void;
}

function Moves({ found, draft, fields, onChange }: PartProps & { readonly found: Complete }) {
  return (
    <>
      <NumberInput
        label="The market moves"
        placeholder="not at all"
        value={draft.market ?? ""}
        min={-100}
        max={100}
        step={1}
        decimalScale={2}
        suffix=" %"
        clampBehavior="blur"
        onChange={(next) => onChange({ market: typed(next, 100) })}
        error={fields.market}
      />
      <fieldset className="rp-stress-fieldset">
        <legend>Sectors that move on their own</legend>
        <SectorInputs found={found} sectors={draft.sectors} onChange={(sectors) => onChange({ sectors })} />
        {fields.sectors && (
          <div role="alert" className="rp-more rp-small">
            ! {fields.sectors}
          </div>
        )}
      </fieldset>
    </>
  );
}

function Window({ draft, fields, onChange }: PartProps) {
  return (
    <Group grow align="flex-start">
      <TextInput
        type="date"
        label="First day"
        value={draft.from}
        onChange={(event) => onChange({ from: event.currentTarget.value })}
        error={fields.from}
      />
      <TextInput
        type="date"
        label="Last day"
        value={draft.to}
        onChange={(event) => onChange({ to: event.currentTarget.value })}
        error={fields.to}
      />
    </Group>
  );
}

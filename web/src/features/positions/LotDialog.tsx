import { Button, Group, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answered, api, type Schema } from "~/api/client";
import { faultsOf, NO_FAULTS } from "~/api/faults";
import { Dialog } from "~/ui/Dialog";
import { changeOf, formOf, inputOf, LOT_FIELDS, type Lot, type LotField, type LotForm } from "./lots";

export type Edited = Schema<"EditedModel">;

interface LotDialogProps {
  readonly portfolioId: number;
  /** The lot to change; null adds one; undefined shows nothing. */
  readonly lot: Lot | null | undefined;
  readonly onClose: () => void;
  readonly onDone: (edited: Edited, what: string) => void;
}

export function LotDialog({ portfolioId, lot, onClose, onDone }: LotDialogProps) {
  return (
    <Dialog
      opened={lot !== undefined}
      onClose={onClose}
      title={lot ? `Change the lot of ${lot.symbol}` : "Add a lot"}
    >
      {lot !== undefined && (
        <Form key={lot?.id ?? 0} portfolioId={portfolioId} lot={lot} onClose={onClose} onDone={onDone} />
      )}
    </Dialog>
  );
}

interface FormProps extends Omit<LotDialogProps, "lot"> {
  readonly lot: Lot | null;
}

function Form({ portfolioId, lot, onClose, onDone }: FormProps) {
  const [form, setForm] = useState<LotForm>(() => formOf(lot));
  const save = useMutation({
    mutationFn: () => (lot ? change(lot, form) : add(portfolioId, form)),
    onSuccess: (edited) => {
      onDone(edited, lot ? `The lot of ${form.symbol} is changed.` : `A lot of ${form.symbol} is added.`);
      onClose();
    },
  });
  const faults = save.error ? faultsOf(save.error, LOT_FIELDS) : NO_FAULTS;
  const unchanged = lot !== null && Object.keys(changeOf(lot, form)).length === 0;
  const set = (name: LotField, value: string) => setForm((old) => ({ ...old, [name]: value }));
  const field = (name: LotField) => ({
    value: form[name],
    error: faults.fields[name],
    onChange: (event: { currentTarget: { value: string } }) => set(name, event.currentTarget.value),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={send} noValidate>
      <div className="rp-lot-fields">
        <TextInput label="Symbol" required data-autofocus {...field("symbol")} />
        <TextInput label="Quantity" required inputMode="decimal" {...field("quantity")} />
        <div data-wide="true">
          <SegmentedControl
            fullWidth
            aria-label="Side"
            value={form.position_type}
            onChange={(value) => set("position_type", value)}
            data={[
              { value: "LONG", label: "Long" },
              { value: "SHORT", label: "Short" },
            ]}
          />
          {faults.fields.position_type && <div className="rp-more">{faults.fields.position_type}</div>}
        </div>
        <TextInput
          label="Entry date"
          type="date"
          description="First day held, or empty"
          {...field("entry_date")}
        />
        <TextInput
          label="Entry price"
          inputMode="decimal"
          description="A unit’s; may stay empty"
          {...field("entry_price")}
        />
        <TextInput
          label="Exit date"
          type="date"
          description="First day not held, or empty"
          {...field("exit_date")}
        />
        <TextInput
          label="Exit price"
          inputMode="decimal"
          description="A unit’s; may stay empty"
          {...field("exit_price")}
        />
        <TextInput
          label="Multiplier"
          inputMode="decimal"
          description="Units that a unit stands for"
          {...field("multiplier")}
        />
        {faults.rest && (
          <div role="alert" className="rp-fault" data-wide="true">
            {faults.rest}
          </div>
        )}
      </div>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={save.isPending} disabled={unchanged}>
          {lot ? "Save" : "Add"}
        </Button>
      </Group>
    </form>
  );
}

async function add(portfolioId: number, form: LotForm): Promise<Edited> {
  return answered(
    await api.POST("/api/v1/portfolios/{portfolio_id}/positions", {
      params: { path: { portfolio_id: portfolioId } },
      body: inputOf(form),
    }),
  );
}

async function change(lot: Lot, form: LotForm): Promise<Edited> {
  return answered(
    await api.PATCH("/api/v1/positions/{position_id}", {
      params: { path: { position_id: lot.id } },
      body: changeOf(lot, form),
    }),
  );
}

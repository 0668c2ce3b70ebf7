import { Button, Group } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { answered, api } from "~/api/client";
import { faultsOf } from "~/api/faults";
import { quantity } from "~/lib/format";
import { Dialog } from "~/ui/Dialog";
import type { Edited } from "./LotDialog";
import type { Lot } from "./lots";

interface RemoveLotProps {
  /** Undefined shows nothing. */
  readonly lot: Lot | undefined;
  readonly onClose: () => void;
  /** What is mostly meant instead: the lot ends on a day. */
  readonly onEnd: (lot: Lot) => void;
  readonly onDone: (edited: Edited, what: string) => void;
}

export function RemoveLot({ lot, onClose, onEnd, onDone }: RemoveLotProps) {
  return (
    <Dialog
      opened={lot !== undefined}
      onClose={onClose}
      title={lot ? `Remove the lot of ${lot.symbol}?` : ""}
    >
      {lot && <Question key={lot.id} lot={lot} onClose={onClose} onEnd={onEnd} onDone={onDone} />}
    </Dialog>
  );
}

function Question({ lot, onClose, onEnd, onDone }: RemoveLotProps & { readonly lot: Lot }) {
  const remove = useMutation({
    mutationFn: async () =>
      answered(
        await api.DELETE("/api/v1/positions/{position_id}", { params: { path: { position_id: lot.id } } }),
      ),
    onSuccess: (edited) => {
      onDone(edited, `The lot of ${lot.symbol} is removed.`);
      onClose();
    },
  });
  return (
    <>
      <p className="rp-sentence">
        {quantity(lot.quantity)} {lot.symbol}, {lot.position_type === "SHORT" ? "short" : "long"}. A removed
        lot is as if it had never been held: a day that is computed again is without it.
      </p>
      <p className="rp-sentence">
        <strong>If you have sold it, give it an exit date instead.</strong> Then the days before keep it.
      </p>
      {remove.error && (
        <div role="alert" className="rp-fault">
          {faultsOf(remove.error, []).rest}
        </div>
      )}
      <Group justify="flex-end" mt="md" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button variant="default" loading={remove.isPending} onClick={() => remove.mutate()}>
          Remove
        </Button>
        {lot.exit_date === null && (
          <Button data-autofocus onClick={() => onEnd(lot)}>
            Set an exit date
          </Button>
        )}
      </Group>
    </>
  );
}

import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "~/api/client";
import { faultsOf } from "~/api/faults";
import { allPortfoliosQuery, portfoliosQuery } from "~/api/queries";
import { Dialog } from "~/ui/Dialog";
import { type Done, forget, isTyped } from "./terms";

interface Named {
  readonly id: number;
  readonly name: string;
}

interface RemovePortfolioProps {
  /** Undefined shows nothing. */
  readonly portfolio: Named | undefined;
  readonly onClose: () => void;
  readonly onDone: (done: Done) => void | Promise<void>;
}

export function RemovePortfolio({ portfolio, onClose, onDone }: RemovePortfolioProps) {
  return (
    <Dialog opened={portfolio !== undefined} onClose={onClose} title="Remove the portfolio?">
      {portfolio && <Question key={portfolio.id} portfolio={portfolio} onClose={onClose} onDone={onDone} />}
    </Dialog>
  );
}

function Question({ portfolio, onClose, onDone }: RemovePortfolioProps & { readonly portfolio: Named }) {
  const { id, name } = portfolio;
  const [typed, setTyped] = useState("");
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: async () => {
      await api.DELETE("/api/v1/portfolios/{portfolio_id}", { params: { path: { portfolio_id: id } } });
    },
    onSuccess: async () => {
      await onDone({ kind: "removed", name });
      for (const { queryKey } of [portfoliosQuery, allPortfoliosQuery])
        client.setQueryData(
          queryKey,
          (list) => list && { ...list, items: list.items.filter((one) => one.id !== id) },
        );
      forget(client, id);
      void client.invalidateQueries({ queryKey: ["portfolios"] });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (isTyped(typed, name)) remove.mutate();
  };
  return (
    <form onSubmit={send} noValidate>
      <Stack gap="sm">
        <p className="rp-sentence">
          <strong className="rp-strong">{name}</strong> goes with all its lots, all its snapshots and its
          whole history. <strong>This cannot be undone.</strong>
        </p>
        <p className="rp-sentence">
          To keep what it holds,{" "}
          <a href={`/api/v1/portfolios/${id}/exports/positions`} download className="rp-link">
            save its positions as CSV
          </a>{" "}
          first. That file can be imported again.
        </p>
        <TextInput
          label="Its name, to confirm"
          description={`Type “${name}”`}
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {remove.error && (
          <div role="alert" className="rp-fault">
            {faultsOf(remove.error, []).rest}
          </div>
        )}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={remove.isPending} disabled={!isTyped(typed, name)}>
            Remove
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

import { Autocomplete, Button, Group, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answered, api, type Schema } from "~/api/client";
import { faultsOf, NO_FAULTS } from "~/api/faults";
import { Dialog } from "~/ui/Dialog";

const FIELDS = ["name", "market_index", "benchmark_code", "cash_balance"] as const;
type Field = (typeof FIELDS)[number];
const EMPTY: Readonly<Record<Field, string>> = {
  name: "",
  market_index: "",
  benchmark_code: "",
  cash_balance: "",
};

export interface Created {
  readonly name: string;
  readonly edited: Schema<"EditedModel">;
}

interface NewPortfolioProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onCreated: (created: Created) => void;
}

export function NewPortfolio({ opened, onClose, onCreated }: NewPortfolioProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title="New portfolio">
      <Form onClose={onClose} onCreated={onCreated} />
    </Dialog>
  );
}

function Form({ onClose, onCreated }: Omit<NewPortfolioProps, "opened">) {
  const [asked, setAsked] = useState(EMPTY);
  const client = useQueryClient();
  const benchmarks = useQuery({
    queryKey: ["benchmarks"],
    queryFn: async () => answered(await api.GET("/api/v1/benchmarks", { params: { query: { limit: 500 } } })),
  });
  const create = useMutation({
    mutationFn: async () => answered(await api.POST("/api/v1/portfolios", { body: bodyOf(asked) })),
    onSuccess: (edited) => {
      void client.invalidateQueries({ queryKey: ["portfolios"] });
      onCreated({ name: asked.name.trim(), edited });
      onClose();
    },
  });
  const faults = create.error ? faultsOf(create.error, FIELDS) : NO_FAULTS;
  const field = (name: Field) => ({
    value: asked[name],
    error: faults.fields[name],
  });
  const set = (name: Field, value: string) => setAsked((old) => ({ ...old, [name]: value }));
  const send = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={send} noValidate>
      <Stack gap="sm">
        <TextInput
          label="Name"
          required
          data-autofocus
          {...field("name")}
          onChange={(event) => set("name", event.currentTarget.value)}
        />
        <TextInput
          label="Market index"
          description="The symbol that betas are measured against; SPY unless you say otherwise"
          placeholder="SPY"
          {...field("market_index")}
          onChange={(event) => set("market_index", event.currentTarget.value)}
        />
        <Autocomplete
          label="Benchmark"
          description="Whose sector weights yours are compared with; SP500 unless you say otherwise"
          placeholder="SP500"
          data={(benchmarks.data?.items ?? []).map((one) => one.code)}
          {...field("benchmark_code")}
          onChange={(value) => set("benchmark_code", value)}
        />
        <TextInput
          label="Cash"
          description="In USD; below 0 when borrowed"
          placeholder="0"
          inputMode="decimal"
          {...field("cash_balance")}
          onChange={(event) => set("cash_balance", event.currentTarget.value)}
        />
        {faults.rest && (
          <div role="alert" className="rp-fault">
            {faults.rest}
          </div>
        )}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function bodyOf(asked: Readonly<Record<Field, string>>): Schema<"PortfolioInput"> {
  const given = (text: string) => (text.trim() === "" ? null : text.trim());
  return {
    name: asked.name.trim(),
    market_index: given(asked.market_index),
    benchmark_code: given(asked.benchmark_code),
    cash_balance: given(asked.cash_balance),
    positions: [],
  };
}

import { Autocomplete, Button, Group, Skeleton, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { answered, api } from "~/api/client";
import { NO_FAULTS } from "~/api/faults";
import { Dialog } from "~/ui/Dialog";
import { ErrorState } from "~/ui/States";
import {
  changeOf,
  type Done,
  type Edited,
  emptiedIn,
  faultsIn,
  formOf,
  inputOf,
  type TermField,
  type Terms,
  termsQuery,
} from "./terms";

interface PortfolioDialogProps {
  /** The portfolio to change; null creates one; undefined shows nothing. */
  readonly portfolioId: number | null | undefined;
  readonly onClose: () => void;
  readonly onDone: (done: Done) => void;
}

export function PortfolioDialog({ portfolioId, onClose, onDone }: PortfolioDialogProps) {
  return (
    <Dialog
      opened={portfolioId !== undefined}
      onClose={onClose}
      title={portfolioId === null ? "New portfolio" : "Change the portfolio"}
    >
      {portfolioId === null ? (
        <Form terms={null} onClose={onClose} onDone={onDone} />
      ) : (
        portfolioId !== undefined && (
          <Stored key={portfolioId} portfolioId={portfolioId} onClose={onClose} onDone={onDone} />
        )
      )}
    </Dialog>
  );
}

interface StoredProps extends PortfolioDialogProps {
  readonly portfolioId: number;
}

/** The form, when what is stored is known. */
function Stored({ portfolioId, onClose, onDone }: StoredProps) {
  const { data, error, refetch } = useQuery(termsQuery(portfolioId));
  if (data) return <Form terms={data} onClose={onClose} onDone={onDone} />;
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <Stack gap="md" role="status" aria-busy="true" aria-label="Loading">
      {[0, 1, 2, 3].map((at) => (
        <Skeleton key={at} h={56} />
      ))}
    </Stack>
  );
}

interface FormProps extends Omit<PortfolioDialogProps, "portfolioId"> {
  readonly terms: Terms | null;
}

function Form({ terms, onClose, onDone }: FormProps) {
  const [form, setForm] = useState(() => formOf(terms));
  const [emptied, setEmptied] = useState(NO_FAULTS);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []); // it may come after the dialog
  const client = useQueryClient();
  const benchmarks = useQuery({
    queryKey: ["benchmarks"],
    queryFn: async () => answered(await api.GET("/api/v1/benchmarks", { params: { query: { limit: 500 } } })),
  });
  const save = useMutation({
    mutationFn: async (): Promise<Edited> => {
      if (terms === null) return answered(await api.POST("/api/v1/portfolios", { body: inputOf(form) }));
      const params = { path: { portfolio_id: terms.id } };
      const body = changeOf(terms, form);
      return answered(await api.PATCH("/api/v1/portfolios/{portfolio_id}", { params, body }));
    },
    onSuccess: (edited) => {
      void client.invalidateQueries({ queryKey: ["portfolios"] });
      void client.invalidateQueries({ queryKey: ["complete", edited.id] });
      onDone({ kind: terms === null ? "created" : "changed", name: form.name.trim(), edited });
      onClose();
    },
  });
  const faults = save.error ? faultsIn(save.error) : emptied;
  const unchanged = terms !== null && Object.keys(changeOf(terms, form)).length === 0;
  const field = (name: TermField, onNew?: string) => ({
    value: form[name],
    error: faults.fields[name],
    ...(terms === null && onNew !== undefined ? { placeholder: onNew } : {}),
  });
  const set = (name: TermField, value: string) => setForm((old) => ({ ...old, [name]: value }));
  const send = (event: FormEvent) => {
    event.preventDefault();
    const missing = terms === null ? NO_FAULTS : emptiedIn(form);
    save.reset();
    setEmptied(missing);
    if (missing === NO_FAULTS) save.mutate();
  };
  const otherwise = (code: string) => (terms === null ? `; ${code} unless you say otherwise` : "");
  return (
    <form onSubmit={send} noValidate>
      <Stack gap="sm">
        <TextInput
          label="Name"
          required
          data-autofocus
          ref={first}
          {...field("name")}
          onChange={(event) => set("name", event.currentTarget.value)}
        />
        <TextInput
          label="Market index"
          description={`The symbol that betas are measured against${otherwise("SPY")}`}
          {...field("market_index", "SPY")}
          onChange={(event) => set("market_index", event.currentTarget.value)}
        />
        <Autocomplete
          label="Benchmark"
          description={`Whose sector weights yours are compared with${otherwise("SP500")}`}
          data={(benchmarks.data?.items ?? []).map((one) => one.code)}
          {...field("benchmark_code", "SP500")}
          onChange={(value) => set("benchmark_code", value)}
        />
        <TextInput
          label="Cash"
          description={`In ${terms?.currency ?? "USD"}; below 0 when borrowed`}
          inputMode="decimal"
          {...field("cash_balance", "0")}
          onChange={(event) => set("cash_balance", event.currentTarget.value)}
        />
        {faults.rest && (
          <div role="alert" className="rp-fault">
            {faults.rest}
          </div>
        )}
        {terms !== null && (
          <p className="rp-sentence rp-quiet rp-small">
            A change is computed at once for the newest session; earlier ones stay until they are computed
            again.
          </p>
        )}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={unchanged}>
            {terms === null ? "Create" : "Save"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

import { Button, Collapse, Group, Select, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAdjustments, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queryClient } from "~/api/cache";
import { answered, api, type Schema } from "~/api/client";
import { sessionQuery } from "~/api/queries";
import { faultOf, isTold } from "~/api/refusals";
import { usePortfolios } from "~/api/usePortfolios";
import { Refused } from "~/ui/Note";
import { requestsQuery } from "./runs";

const LISTED = 50; // portfolios that are listed at once; typing finds the others
const MINE = "mine";
const EVERYBODY = "everybody";

/** Ask for a run: the newest session of all of one's own at once, or what the form says. */
export function ComputeForm() {
  const [open, form] = useDisclosure(false);
  const { data: session } = useQuery(sessionQuery);
  const portfolios = usePortfolios(open ? "all" : "none");
  const [whose, setWhose] = useState(MINE);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const ask = useMutation({
    mutationFn: async (body: Partial<Schema<"RunInput">>) =>
      answered(await api.POST("/api/v1/run-requests", { body: { everybody: false, ...body } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: requestsQuery.queryKey }),
  });
  const choices = [
    { value: MINE, label: "All of mine" },
    ...(session?.is_admin ? [{ value: EVERYBODY, label: "Everybody’s" }] : []),
    ...portfolios.known.map((one) => ({ value: String(one.id), label: one.name })),
  ];
  return (
    <>
      <Group gap="xs">
        <Button
          leftSection={<IconPlayerPlay size={16} stroke={1.8} aria-hidden />}
          loading={ask.isPending && !open}
          onClick={() => ask.mutate({})}
        >
          Compute now
        </Button>
        <Button
          variant="default"
          leftSection={<IconAdjustments size={16} stroke={1.8} aria-hidden />}
          onClick={form.toggle}
          aria-expanded={open}
        >
          Other dates
        </Button>
      </Group>
      <Collapse expanded={open} className="rp-fields rp-whole">
        <form
          className="rp-compute"
          onSubmit={(event) => {
            event.preventDefault();
            ask.mutate(wanted(whose, from, to));
          }}
        >
          <Select
            label="Portfolios"
            data={choices}
            value={whose}
            onChange={(value) => setWhose(value ?? MINE)}
            allowDeselect={false}
            searchable
            limit={LISTED}
            nothingFoundMessage="No portfolio of that name"
            error={faultOf(ask.error, "portfolio_id") ?? faultOf(ask.error, "everybody")}
          />
          <TextInput
            type="date"
            label="From"
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
            error={faultOf(ask.error, "from")}
          />
          <TextInput
            type="date"
            label="To"
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
            error={faultOf(ask.error, "to")}
          />
          <Button type="submit" variant="light" loading={ask.isPending}>
            Compute
          </Button>
          <p className="rp-quiet rp-small">
            Without dates the newest session with prices. A past session is computed from what was known then;
            what was stored of it is replaced.
          </p>
        </form>
      </Collapse>
      {ask.error && !isTold(ask.error, ["from", "to", "portfolio_id", "everybody"]) && (
        <div className="rp-whole">
          <Refused error={ask.error} />
        </div>
      )}
    </>
  );
}

function wanted(whose: string, from: string, to: string): Partial<Schema<"RunInput">> {
  return {
    ...(whose === EVERYBODY ? { everybody: true } : whose === MINE ? {} : { portfolio_id: Number(whose) }),
    ...(from === "" ? {} : { from }),
    ...(to === "" ? {} : { to }),
  };
}

import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answered, api } from "~/api/client";
import { faultsOf } from "~/api/faults";
import { LotDialog } from "~/features/positions/LotDialog";
import { RunNotice } from "~/features/runs/RunNotice";
import type { Summary } from "./summaries";

/** What a portfolio shows before its first night: why it is empty, and the way to fill it. */
export function NoSnapshot({ one }: { readonly one: Summary }) {
  const ask = useMutation({
    mutationFn: async () =>
      answered(await api.POST("/api/v1/run-requests", { body: { portfolio_id: one.id, everybody: false } })),
  });
  const [adding, setAdding] = useState(false);
  const [everAdding, setEverAdding] = useState(false);
  const [added, setAdded] = useState<number | null>(null);
  const requestId = ask.data?.id ?? added;
  return (
    <span className="rp-none">
      <span className="rp-quiet">No snapshot yet</span>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => {
          setEverAdding(true);
          setAdding(true);
        }}
        aria-label={`Add a position to ${one.name}`}
      >
        Add a position
      </Button>
      <Button
        size="compact-sm"
        variant="light"
        loading={ask.isPending}
        onClick={() => ask.mutate()}
        aria-label={`Compute ${one.name} now`}
      >
        Compute now
      </Button>
      <Link to="/import" className="rp-link">
        Import a file
      </Link>
      {everAdding && (
        <LotDialog
          portfolioId={one.id}
          lot={adding ? null : undefined}
          onClose={() => setAdding(false)}
          onDone={(edited) => {
            ask.reset();
            setAdded(edited.run_request_id);
          }}
        />
      )}
      {requestId !== null && <RunNotice key={requestId} requestId={requestId} />}
      {ask.error && (
        <span role="alert" className="rp-more">
          {faultsOf(ask.error, []).rest}
        </span>
      )}
    </span>
  );
}
